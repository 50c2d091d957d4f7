"""Reads pickles of plain values, and executes nothing.

Python's own unpickler calls whatever a pickle names. This one is a separate implementation of the
opcodes that knows None, bool, int, float, str, bytes, tuple, list and dict. What else is read a
Vocabulary says: the names of the pickle it knows and what stands for them here (numpy_pickle.py,
torch_pickle.py). Every other name of a function or class raises PickleError.
"""

import pickletools
from dataclasses import dataclass
from typing import Callable


class PickleError(Exception):
    """The pickle is damaged or holds something that is not read."""


def _no_state(_target, _state):
    raise PickleError("unexpected state of an object")


@dataclass
class Vocabulary:
    names: dict  # (module, name) -> a function of this program, or something that is never called
    described: str  # what is read, for messages
    set_state: Callable = _no_state  # called with an object and its state (the opcode BUILD)
    load_persistent: Callable = None  # called with what stands for data outside the pickle


class _Mark:
    """Lies on the stack where a list of items starts."""


# Opcodes that push their argument.
_VALUES = set(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING "
    "UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8 "
    "BYTEARRAY8".split()
)

# Opcodes that push something new.
_CONSTANTS = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
}


class _Machine:
    """The stack machine of the pickle format: one method an opcode, but for those above."""

    def __init__(self, vocabulary):
        self._vocabulary = vocabulary
        self._stack = []
        self._memo = {}

    def run(self, stream):
        # genops only cuts the bytes into opcodes and their arguments.
        for opcode, argument, _position in pickletools.genops(stream):
            if opcode.name == "STOP":
                return self._pop()
            self._execute(opcode.name, argument)
        raise PickleError("it ends without a STOP")

    def _execute(self, name, argument):
        if name in _VALUES:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name]())
        else:
            method = getattr(self, "_op_" + name.lower(), None)
            if method is None:
                raise PickleError(f"the opcode {name} is not read")
            method(argument)

    def _pop(self):
        if not self._stack or self._stack[-1] is _Mark:
            raise PickleError("its stack runs empty")
        return self._stack.pop()

    def _top(self, kind):
        if not self._stack or not isinstance(self._stack[-1], kind):
            raise PickleError(f"expected a {kind.__name__} on the stack")
        return self._stack[-1]

    def _pop_to_mark(self):
        items = []
        while self._stack:
            item = self._stack.pop()
            if item is _Mark:
                return items[::-1]
            items.append(item)
        raise PickleError("a mark is missing on its stack")

    def _op_proto(self, version):
        if version > 5:
            raise PickleError(f"pickle protocol {version} is unknown")

    def _op_frame(self, _size):
        pass

    def _op_mark(self, _):
        self._stack.append(_Mark)

    def _op_pop(self, _):
        if not self._stack:
            raise PickleError("its stack runs empty")
        self._stack.pop()

    def _op_pop_mark(self, _):
        self._pop_to_mark()

    def _op_dup(self, _):
        item = self._pop()
        self._stack += [item, item]

    def _op_tuple(self, _):
        self._stack.append(tuple(self._pop_to_mark()))

    def _op_tuple1(self, _):
        self._stack.append((self._pop(),))

    def _op_tuple2(self, _):
        second, first = self._pop(), self._pop()
        self._stack.append((first, second))

    def _op_tuple3(self, _):
        third, second, first = self._pop(), self._pop(), self._pop()
        self._stack.append((first, second, third))

    def _op_list(self, _):
        self._stack.append(self._pop_to_mark())

    def _op_append(self, _):
        item = self._pop()
        self._top(list).append(item)

    def _op_appends(self, _):
        items = self._pop_to_mark()
        self._top(list).extend(items)

    def _op_dict(self, _):
        items = self._pop_to_mark()
        self._stack.append({})
        self._set_items(items)

    def _op_setitem(self, _):
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def _op_setitems(self, _):
        self._set_items(self._pop_to_mark())

    def _set_items(self, items):
        target = self._top(dict)
        if len(items) % 2:
            raise PickleError("a key without its value")
        for key, value in zip(items[::2], items[1::2]):
            if not isinstance(key, (int, str)):
                raise PickleError(f"a key is a {type(key).__name__}; expected an int or a str")
            target[key] = value

    def _op_put(self, index):
        self._memo[index] = self._stack[-1] if self._stack else None

    _op_binput = _op_long_binput = _op_put

    def _op_memoize(self, _):
        self._op_put(len(self._memo))

    def _op_get(self, index):
        if index not in self._memo:
            raise PickleError(f"its memo has no entry {index}")
        self._stack.append(self._memo[index])

    _op_binget = _op_long_binget = _op_get

    def _op_global(self, argument):
        module, _space, name = argument.partition(" ")
        self._push_global(module, name)

    def _op_stack_global(self, _):
        name, module = self._pop(), self._pop()
        self._push_global(module, name)

    def _push_global(self, module, name):
        found = None
        if isinstance(module, str) and isinstance(name, str):
            found = self._vocabulary.names.get((module, name))
        if found is None:
            raise PickleError(
                f"it names {module}.{name}, which is refused: only {self._vocabulary.described} are "
                "read, because anything else can run code"
            )
        self._stack.append(found)

    def _op_reduce(self, _):
        arguments, function = self._pop(), self._pop()
        if not callable(function) or not isinstance(arguments, tuple):
            raise PickleError("a call of something that is no function")
        try:
            self._stack.append(function(*arguments))
        except (TypeError, UnicodeError, AttributeError) as error:
            raise PickleError(f"unexpected arguments: {error}") from error

    def _op_build(self, _):
        state = self._pop()
        target = self._pop()
        self._vocabulary.set_state(target, state)
        self._stack.append(target)

    def _op_binpersid(self, _):
        if self._vocabulary.load_persistent is None:
            raise PickleError("the opcode BINPERSID is not read")
        self._stack.append(self._vocabulary.load_persistent(self._pop()))


def load(stream, vocabulary):
    """The value in a pickle; `stream` has read, readline and tell (a file, io.BytesIO, an mmap)."""
    try:
        return _Machine(vocabulary).run(stream)
    except (ValueError, IndexError, OverflowError) as error:  # of genops
        raise PickleError(f"it is damaged or truncated: {error}") from error
