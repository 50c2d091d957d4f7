"""Makes the pickles beside it with numpy; was run once, by hand, with numpy 2.

Every good one holds classes 3 (two layouts), 0 (one) and 1 (none), in this order, each layout two tokens
of seven columns with the value 20 * class + 4 * layout + token + column / 8, exact even in float16.
"""

import pathlib
import pickle

import numpy

HERE = pathlib.Path(__file__).parent


def layout(label, index, dtype):
    token = numpy.arange(2)[:, None]
    column = numpy.arange(7)[None, :]
    return (20 * label + 4 * index + token + column / 8).astype(dtype)


def layouts(dtype, arrange=numpy.ascontiguousarray):
    return {
        3: [arrange(layout(3, 0, dtype)), arrange(layout(3, 1, dtype))],
        0: [arrange(layout(0, 0, dtype))],
        1: [],
    }


def save(name, value, protocol=4):
    (HERE / f"{name}_protocol{protocol}.pkl").write_bytes(pickle.dumps(value, protocol))


for protocol in (0, 2, 4, 5):
    save("float32", layouts("<f4"), protocol)
save("float16", layouts("<f2"))
save("float64", layouts("<f8"))
save("big_endian", layouts(">f4"))
save("fortran", layouts("<f4", numpy.asfortranarray))
save("int32", {0: [numpy.zeros((2, 5), numpy.int32)]})
