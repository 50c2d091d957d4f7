"""Reads the pickle inside a file of torch.save: tensors in dicts, lists and tuples, nothing else.

A tensor comes out as a Tensor, a window on a Storage; torch itself is not needed. The bytes of the
storages stand outside the pickle, torch_file.py finds them.
"""

import math
from dataclasses import dataclass

import restricted_pickle
from restricted_pickle import PickleError

# Storage classes of torch: safetensors' name of the type and the bytes of an element.
STORAGE_TYPES = {
    "DoubleStorage": ("F64", 8),
    "FloatStorage": ("F32", 4),
    "HalfStorage": ("F16", 2),
    "BFloat16Storage": ("BF16", 2),
    "LongStorage": ("I64", 8),
    "IntStorage": ("I32", 4),
    "ShortStorage": ("I16", 2),
    "CharStorage": ("I8", 1),
    "ByteStorage": ("U8", 1),
    "BoolStorage": ("BOOL", 1),
}

# What one element of a storage may at most be repeated to, in bytes of a tensor.
LARGEST_REPEATED = 1 << 28


@dataclass
class StorageType:
    dtype: str
    item_size: int


@dataclass
class Storage:
    """One array of elements; several tensors may lie in it."""

    key: str
    type: StorageType
    count: int
    data: memoryview = None  # count * item_size bytes, little endian unless is_big_endian
    is_big_endian: bool = False


@dataclass
class Tensor:
    """The element at [i, j, ...] stands at offset + i * strides[0] + j * strides[1] + ..."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple

    @property
    def size(self):
        """In bytes, row by row."""
        return math.prod(self.shape) * self.storage.type.item_size


def _is_counts(values):
    return isinstance(values, tuple) and all(type(n) is int and n >= 0 for n in values)


def _rebuild_tensor(storage, offset, shape, strides, *_more):
    if not isinstance(storage, Storage):
        raise PickleError("a tensor without a storage")
    if not (_is_counts((offset,)) and _is_counts(shape) and _is_counts(strides)):
        raise PickleError(f"a tensor of offset {offset!r}, shape {shape!r}, strides {strides!r}")
    if len(shape) != len(strides):
        raise PickleError(f"a tensor of {len(shape)} dimensions with {len(strides)} strides")
    tensor = Tensor(storage, offset, shape, strides)
    if math.prod(shape):
        last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides))
        if last >= storage.count:
            raise PickleError(
                f"a tensor of shape {list(shape)} ends at element {last + 1} of the storage "
                f"{storage.key}, which has {storage.count}"
            )
        if math.prod(shape) > storage.count and tensor.size > LARGEST_REPEATED:
            raise PickleError(f"a tensor of shape {list(shape)} repeats {storage.count} elements")
    return tensor


def _rebuild_parameter(tensor, *_more):
    if not isinstance(tensor, Tensor):
        raise PickleError("a parameter without a tensor")
    return tensor


def _ordered_dict(pairs=()):
    if not isinstance(pairs, (list, tuple)) or not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[0], (int, str))
        for pair in pairs
    ):
        raise PickleError("unexpected items of an OrderedDict")
    return {key: value for key, value in pairs}


def _size(dimensions):
    if not _is_counts(tuple(dimensions)):
        raise PickleError(f"unexpected torch.Size {dimensions!r}")
    return tuple(dimensions)


_NAMES = {
    ("collections", "OrderedDict"): _ordered_dict,
    ("torch", "Size"): _size,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
}
_NAMES.update({("torch", name): StorageType(*facts) for name, facts in STORAGE_TYPES.items()})


def _set_state(target, _state):
    # The state of a state_dict is its _metadata: versions of modules, nothing that is kept.
    if not isinstance(target, dict):
        raise PickleError("unexpected state of an object")


class _Storages:
    """The storages a pickle names, by key; each is one object however often it is named."""

    def __init__(self):
        self.by_key = {}

    def load(self, name):
        # ("storage", type, key, device, count), and in the older format a view of it or None.
        if not isinstance(name, tuple) or len(name) not in (5, 6) or name[0] != "storage":
            raise PickleError("a reference to data outside that is not a storage")
        kind, key, count = name[1], name[2], name[4]
        if not isinstance(kind, StorageType) or not isinstance(key, str) or not _is_counts((count,)):
            raise PickleError("unexpected description of a storage")
        if len(name) == 6 and name[5] is not None:
            raise PickleError(f"the storage {key} is a view of another one, which is not read")
        known = self.by_key.setdefault(key, Storage(key, kind, count))
        if known.type != kind or known.count != count:
            raise PickleError(f"the storage {key} is described in two ways")
        return known


def load(stream):
    """The value in a pickle, and its storages by key, still without their data."""
    storages = _Storages()
    vocabulary = restricted_pickle.Vocabulary(
        names=_NAMES,
        described="tensors in dicts, lists and tuples",
        set_state=_set_state,
        load_persistent=storages.load,
    )
    return restricted_pickle.load(stream, vocabulary), storages.by_key


def load_plain(stream):
    """The value in a pickle that holds plain values only."""
    return restricted_pickle.load(
        stream, restricted_pickle.Vocabulary(names={}, described="numbers and strings")
    )
