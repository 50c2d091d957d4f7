"""Reads pickles of plain values and numpy float arrays, and executes nothing.

Arrays of float16, float32 and float64 come out as an Array, numpy itself is not needed.
"""

import math
from dataclasses import dataclass

import restricted_pickle
from restricted_pickle import PickleError


@dataclass
class Array:
    """A numpy array: `data` holds its elements, row by row or, if is_fortran, column by column."""

    kind: str = ""  # 'f2', 'f4' or 'f8'
    byte_order: str = "<"  # or '>'
    shape: tuple = ()
    is_fortran: bool = False
    data: bytes = b""


ITEM_SIZE = {"f2": 2, "f4": 4, "f8": 8}


@dataclass
class _Dtype:
    kind: str
    byte_order: str = "<"


@dataclass
class _ArrayType:
    """Stands for numpy.ndarray where a pickle names it."""


def _reconstruct(kind, shape, _typecode):
    if not isinstance(kind, _ArrayType) or shape != (0,):
        raise PickleError("unexpected arguments of numpy's _reconstruct")
    return Array()


def _dtype(name, *_flags):
    if name not in ITEM_SIZE:
        raise PickleError(f"arrays of dtype {name!r} are not read; expected f2, f4 or f8")
    return _Dtype(name)


def _encode(text, encoding):
    """How pickles of protocol 2 and older hold bytes: as text, one character a byte."""
    if encoding != "latin1":
        raise PickleError(f"bytes in the encoding {encoding!r}; expected latin1")
    return text.encode("latin1")


def _frombuffer(data, dtype, shape, order):
    """How protocol 5 holds an array."""
    array = Array()
    _set_array(array, (1, shape, dtype, order == "F", data))
    return array


_NAMES = {
    ("numpy", "ndarray"): _ArrayType(),
    ("numpy", "dtype"): _dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
}


def _set_array(array, state):
    if len(state) != 5:
        raise PickleError("unexpected state of an array")
    _version, shape, dtype, is_fortran, data = state
    if isinstance(data, str):  # a string of Python 2
        data = data.encode("latin1")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise PickleError(f"unexpected shape {shape!r} of an array")
    if not isinstance(dtype, _Dtype) or not isinstance(data, (bytes, bytearray, memoryview)):
        raise PickleError("unexpected state of an array")
    expected = math.prod(shape) * ITEM_SIZE[dtype.kind]
    if len(data) != expected:
        raise PickleError(f"an array of shape {shape} needs {expected} bytes, found {len(data)}")
    array.kind, array.byte_order = dtype.kind, dtype.byte_order
    array.shape, array.is_fortran, array.data = shape, bool(is_fortran), data


def _set_dtype(dtype, state):
    if len(state) < 2 or state[1] not in ("<", ">", "="):
        raise PickleError("unexpected state of a dtype")
    dtype.byte_order = "<" if state[1] == "=" else state[1]


def _set_state(target, state):
    if isinstance(target, Array) and isinstance(state, tuple):
        _set_array(target, state)
    elif isinstance(target, _Dtype) and isinstance(state, tuple):
        _set_dtype(target, state)
    else:
        raise PickleError("unexpected state of an object")


_VOCABULARY = restricted_pickle.Vocabulary(
    names=_NAMES, described="numpy float arrays in dicts and lists", set_state=_set_state
)


def load(stream):
    """The value in a pickle; `stream` has read, readline and tell (a file, io.BytesIO, an mmap)."""
    return restricted_pickle.load(stream, _VOCABULARY)
