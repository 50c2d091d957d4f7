"""The bytes of a torch_pickle.Tensor as safetensors wants them: row by row, little endian."""

import array
import itertools

# Formats of memoryview and array by the bytes of an element; only the size matters here.
_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}
_PIECE = 1 << 24


def pieces(tensor):
    """The bytes of the tensor, in pieces of bounded size."""
    if tensor.size == 0:
        return
    storage = tensor.storage
    for data in _contiguous(tensor) if is_contiguous(tensor) else _strided(tensor):
        yield _swapped(data, storage.type.item_size) if storage.is_big_endian else data


def is_contiguous(tensor):
    expected = 1
    for count, stride in zip(reversed(tensor.shape), reversed(tensor.strides)):
        if count != 1 and stride != expected:
            return False
        expected *= count
    return True


def _contiguous(tensor):
    start = tensor.offset * tensor.storage.type.item_size
    for begin in range(start, start + tensor.size, _PIECE):
        yield tensor.storage.data[begin : min(begin + _PIECE, start + tensor.size)]


def _strided(tensor):
    elements = tensor.storage.data.cast(_FORMATS[tensor.storage.type.item_size])
    *outer, count = tensor.shape
    *outer_strides, stride = tensor.strides
    collected = bytearray()
    for index in itertools.product(*map(range, outer)):
        first = tensor.offset + sum(i * s for i, s in zip(index, outer_strides))
        if stride:
            collected += elements[first : first + (count - 1) * stride + 1 : stride].tobytes()
        else:
            collected += elements[first : first + 1].tobytes() * count
        if len(collected) >= _PIECE:
            yield collected
            collected = bytearray()
    yield collected


def _swapped(data, item_size):
    values = array.array(_FORMATS[item_size], bytes(data))
    values.byteswap()
    return values.tobytes()
