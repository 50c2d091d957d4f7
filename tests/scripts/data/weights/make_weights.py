"""Makes the files beside it with torch; was run once, by hand, with torch 2.11.

The tensor `NAME` of tensors() holds 0, 1, 2, ... row by row, but for those whose names begin with
`view_`: they show the matrix 0 ... 23 of shape [4, 6], stored once, in several ways.
"""

import collections
import pathlib

import torch

HERE = pathlib.Path(__file__).parent
TYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8"]


def tensors():
    matrix = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    image = torch.arange(48, dtype=torch.float32).reshape(2, 3, 2, 4)
    result = collections.OrderedDict()
    for name in TYPES:
        result[name] = torch.arange(6).reshape(2, 3).to(getattr(torch, name))
    result["bool"] = torch.tensor([False, True])
    result["view_all"] = matrix
    result["view_transposed"] = matrix.t()
    result["view_block"] = matrix[1:3, 2:5]
    result["view_columns"] = matrix[:, 1::2]
    result["view_row_twice"] = matrix[2].expand(2, 6)
    result["channels_last"] = image.contiguous(memory_format=torch.channels_last)
    result["parameter"] = torch.nn.Parameter(torch.arange(3.0))
    result["scalar"] = torch.tensor(0.0)
    result["empty"] = torch.zeros(0, 3)
    return result


def module_state(offset):
    module = torch.nn.BatchNorm2d(3)
    with torch.no_grad():
        module.weight.copy_(torch.arange(3) + offset)
    return module.state_dict()  # carries _metadata


def save(name, value, **options):
    torch.save(value, HERE / name, **options)


for suffix, is_zip in [("zip", True), ("legacy", False)]:
    format = {"_use_new_zipfile_serialization": is_zip}
    save(f"tensors_{suffix}.pth", tensors(), **format)
    checkpoint = {"state_dict": module_state(10), "nets": {"ema": module_state(20)}, "epoch": 7}
    save(f"checkpoint_{suffix}.pth", checkpoint, **format)
    save(f"module_{suffix}.pth", torch.nn.Linear(2, 2), **format)
save("tensors_protocol4.pth", tensors(), _use_new_zipfile_serialization=False, pickle_protocol=4)
torch.jit.save(torch.jit.script(torch.nn.ReLU()), HERE / "torchscript.pt")
