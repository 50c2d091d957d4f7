"""scripts/convert_weights: what it reads, what it refuses. Needs Python only."""

import collections
import hashlib
import io
import json
import mmap
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

HERE = pathlib.Path(__file__).parent
SCRIPTS = HERE.parent.parent / "scripts"
DATA = HERE / "data" / "weights"
sys.path.insert(0, str(SCRIPTS))
import restricted_pickle  # noqa: E402
import torch_file  # noqa: E402

TYPES = {  # what a struct says of safetensors' names; bfloat16 is the upper half of a float
    "F64": "d", "F32": "f", "F16": "e", "BF16": "H", "I64": "q", "I32": "i", "I16": "h", "I8": "b",
    "U8": "B", "BOOL": "?",
}  # fmt: skip
# The flags of a zip entry stand at byte 8 of its record in the directory.
ENCRYPTED = (b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
MATRIX = [[6 * row + column for column in range(6)] for row in range(4)]


def read_safetensors(path):
    """{name: (dtype, shape, values)} and the metadata of a file."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    metadata, tensors, used = header.pop("__metadata__"), {}, 0
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        assert begin == used
        code = TYPES[entry["dtype"]]
        values = struct.unpack(f"<{(end - begin) // struct.calcsize(code)}{code}", data[begin:end])
        if entry["dtype"] == "BF16":
            values = [struct.unpack("<f", struct.pack("<I", value << 16))[0] for value in values]
        tensors[name] = (entry["dtype"], entry["shape"], list(values))
        used = end
    assert used == len(data) and length % 8 == 0
    return tensors, metadata


def expected_tensors():
    """What make_weights.py describes."""
    count = lambda dtype, *shape, n: (dtype, list(shape), list(range(n)))  # noqa: E731
    flat = lambda rows: [value for row in rows for value in row]  # noqa: E731
    return {
        "float64": count("F64", 2, 3, n=6), "float32": count("F32", 2, 3, n=6),
        "float16": count("F16", 2, 3, n=6), "bfloat16": count("BF16", 2, 3, n=6),
        "int64": count("I64", 2, 3, n=6), "int32": count("I32", 2, 3, n=6),
        "int16": count("I16", 2, 3, n=6), "int8": count("I8", 2, 3, n=6),
        "uint8": count("U8", 2, 3, n=6), "bool": count("BOOL", 2, n=2),
        "view_all": ("F32", [4, 6], flat(MATRIX)),
        "view_transposed": ("F32", [6, 4], flat(zip(*MATRIX))),
        "view_block": ("F32", [2, 3], flat(row[2:5] for row in MATRIX[1:3])),
        "view_columns": ("F32", [4, 3], flat(row[1::2] for row in MATRIX)),
        "view_row_twice": ("F32", [2, 6], 2 * MATRIX[2]),
        "channels_last": count("F32", 2, 3, 2, 4, n=48),
        "parameter": count("F32", 3, n=3), "scalar": ("F32", [], [0]), "empty": ("F32", [0, 3], []),
    }  # fmt: skip


class Storage:
    """Pickles as torch pickles a reference to a storage."""

    def __init__(self, count=4, key="0", kind="FloatStorage"):
        self.id = ("storage", Global("torch", kind), key, "cpu", count)


class Global:
    def __init__(self, module, name):
        self.module, self.name = module, name

    def __reduce__(self):
        raise AssertionError("only its name is pickled")


class Tensor:
    def __init__(self, offset=0, shape=(2, 2), strides=(2, 1), storage=None, name=None):
        self.function = Global("torch._utils", name or "_rebuild_tensor_v2")
        self.arguments = (storage or Storage(), offset, shape, strides, False, {})


class Pickler(pickle._Pickler):  # the one in Python, whose dispatch can be extended
    dispatch = dict(pickle._Pickler.dispatch)

    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None

    def save_global_name(self, value):
        self.write(f"c{value.module}\n{value.name}\n".encode())

    def save_tensor(self, value):
        self.save(value.function)
        self.save(value.arguments)
        self.write(pickle.REDUCE)

    dispatch[Global] = save_global_name
    dispatch[Tensor] = save_tensor


def pickled(value):
    stream = io.BytesIO()
    Pickler(stream, 2).dump(value)
    return stream.getvalue()


def zipped(content, parts=(("data/0", bytes(16)),), **options):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        archive.writestr("a/data.pkl", content)
        for name, data in parts:
            archive.writestr("a/" + name, data)
    return stream.getvalue()


def mapped(content):
    result = mmap.mmap(-1, len(content))
    result[:] = content
    return result


class ConvertWeights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.output = self.folder / "out.safetensors"

    def run_script(self, *arguments):
        command = [sys.executable, SCRIPTS / "convert_weights", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=self.folder)

    def converted(self, *arguments):
        result = self.run_script(*arguments, "-o", self.output, "--overwrite")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(hashlib.sha256(self.output.read_bytes()).hexdigest(), result.stdout)
        return read_safetensors(self.output)

    def put(self, content, name="weights.pth"):
        (self.folder / name).write_bytes(content)
        return self.folder / name

    def expect_refused(self, words, *arguments, status=3):
        before = sorted(self.folder.iterdir())
        result = self.run_script(*arguments, "-o", self.output)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(words, result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def expect_pickle_refused(self, words, content):
        with self.assertRaises(restricted_pickle.PickleError) as caught:
            torch_file.load(mapped(zipped(content)))
        self.assertIn(words, str(caught.exception))

    def test_files_of_torch(self):
        names = sorted(path.name for path in DATA.glob("tensors_*.pth"))
        self.assertEqual(
            names, ["tensors_legacy.pth", "tensors_protocol4.pth", "tensors_zip.pth"]
        )
        for name in names:
            with self.subTest(name):
                tensors, metadata = self.converted(DATA / name)
                self.assertEqual(tensors, expected_tensors())
                digest = hashlib.sha256((DATA / name).read_bytes()).hexdigest()
                self.assertEqual(metadata["source_sha256"], digest)

    def test_the_folder_is_made(self):
        self.output = self.folder / "cache" / "gpst" / "out.safetensors"
        self.assertEqual(len(self.converted(DATA / "tensors_zip.pth")[0]), 19)

    def test_the_same_bytes_every_time(self):
        self.converted(DATA / "tensors_zip.pth")
        first = self.output.read_bytes()
        self.converted(self.put((DATA / "tensors_zip.pth").read_bytes(), "other.pth"))
        self.assertEqual(self.output.read_bytes(), first)

    def test_keys_and_names(self):
        for suffix in "zip", "legacy":
            with self.subTest(suffix):
                source = DATA / f"checkpoint_{suffix}.pth"
                weight = lambda *a: self.converted(source, *a)[0]["weight"][2]  # noqa: E731
                self.assertEqual(weight("--key", "state_dict"), [10, 11, 12])
                self.assertEqual(weight("--key", "nets", "--key", "ema"), [20, 21, 22])
                tensors, _ = self.converted(
                    source, "--key", "state_dict", "--drop", "run", "--strip", "num_"
                )
                self.assertEqual(sorted(tensors), ["batches_tracked", "bias", "weight"])
                self.output.unlink()
                self.expect_refused(
                    "no tensors here; found 'state_dict' (dict, 5 tensors), 'nets' (dict, 0 tensors), "
                    "'epoch' (int): choose one with --key",
                    source,
                )
                self.expect_refused("--key model: there is no such key", source, "--key", "model")
                self.expect_refused("found a int", source, "--key", "epoch")
                self.expect_refused(
                    "no tensor is left", source, "--key", "state_dict", "--drop", ""
                )

    def test_several_files_into_one(self):
        second = self.put(zipped(pickled({"lin": Tensor(0, (4,), (1,))})))
        tensors, metadata = self.converted(DATA / "tensors_zip.pth", second)
        self.assertEqual(tensors.pop("lin"), ("F32", [4], [0, 0, 0, 0]))
        self.assertEqual(tensors, expected_tensors())
        self.assertEqual(len(metadata["source_sha256"]), 64 + 1 + 64)
        self.output.unlink()
        self.expect_refused("float64 is also in", DATA / "tensors_zip.pth", DATA / "tensors_legacy.pth")

    def test_list(self):
        result = self.run_script(DATA / "checkpoint_zip.pth", "--list")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("besides: 'state_dict' (dict, 5 tensors)", result.stdout)
        result = self.run_script(DATA / "checkpoint_zip.pth", "--list", "--key", "state_dict")
        self.assertIn("  num_batches_tracked I64 []\n", result.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_name_with_another_checksum_is_warned_of(self):
        content = (DATA / "tensors_zip.pth").read_bytes()
        good = hashlib.sha256(content).hexdigest()[:8]
        for name, is_warned in [(f"net-{good}.pth", False), ("net-00000000.pth", True)]:
            result = self.run_script(self.put(content, name), "-o", name + ".safetensors")
            self.assertEqual(result.returncode, 0)
            self.assertEqual("not the published file" in result.stderr, is_warned, result.stderr)

    def test_big_endian(self):
        little = zipped(pickled({"a": Tensor()}), [("data/0", struct.pack("<4f", 1, 2, 3, 4))])
        parts = [("data/0", struct.pack(">4f", 1, 2, 3, 4)), ("byteorder", b"big")]
        expected, _ = self.converted(self.put(little))
        self.assertEqual(expected, {"a": ("F32", [2, 2], [1, 2, 3, 4])})
        tensors, _ = self.converted(self.put(zipped(pickled({"a": Tensor()}), parts)))
        self.assertEqual(tensors, expected)

    def test_strings_of_python_2(self):
        # As the oldest published files have them: SHORT_BINSTRING.
        content = b"\x80\x02}U\x01a" + pickled(Tensor())[2:-1] + b"s."
        tensors, _ = self.converted(self.put(zipped(content)))
        self.assertEqual(list(tensors), ["a"])

    def test_names_of_functions_are_refused_and_not_called(self):
        marker = self.folder / "called"

        class Evil:
            def __reduce__(self):
                return os.mkdir, (str(marker),)

        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            words = f"{os.mkdir.__module__}.mkdir, which is refused"
            with self.subTest(protocol):
                self.expect_pickle_refused(words, pickle.dumps({"a": Evil()}, protocol))
        source = self.put(zipped(pickle.dumps(Evil())))
        self.expect_refused("mkdir, which is refused: only tensors in dicts, lists", source)
        magic = (DATA / "tensors_legacy.pth").read_bytes()[:15]
        self.expect_refused("which is refused", self.put(magic + pickle.dumps(Evil())))
        self.assertFalse(marker.exists())

    def test_other_names_are_refused(self):
        for name in [
            "torch load", "torch._utils _rebuild_tensor_v3", "torch._utils __import__", "builtins eval",
            "torch.nn.modules.linear Linear", "torch.storage _load_from_bytes", "torch QInt8Storage",
            "numpy.core.multiarray scalar", "collections OrderedDict.fromkeys", "argparse Namespace",
        ]:  # fmt: skip
            with self.subTest(name):
                module, _, name = name.partition(" ")
                content = f"c{module}\n{name}\n.".encode()
                self.expect_pickle_refused(f"{module}.{name}, which is refused", content)
        for suffix in "zip", "legacy":
            words = "torch.nn.modules.linear.Linear, which is refused"
            self.expect_refused(words, DATA / f"module_{suffix}.pth")

    def test_opcodes_that_make_objects_are_refused(self):
        kind = b"ctorch\nFloatStorage\n"
        self.expect_pickle_refused("the opcode NEWOBJ is not read", kind + b")\x81.")
        self.expect_pickle_refused("the opcode INST is not read", b"(itorch\nFloatStorage\n.")
        self.expect_pickle_refused("the opcode PERSID is not read", b"P1\n.")
        self.expect_pickle_refused("a call of something that is no function", kind + b")R.")
        self.expect_pickle_refused("unexpected state of an object", kind + b"}b.")

    def test_impossible_tensors_are_refused(self):
        for words, tensor in [
            ("ends at element 5 of the storage 0, which has 4", Tensor(1)),
            ("ends at element 16 of the storage 0", Tensor(strides=(14, 1))),
            ("offset -1", Tensor(-1)),
            ("shape (2, -2)", Tensor(shape=(2, -2))),
            ("strides (2, 1.5)", Tensor(strides=(2, 1.5))),
            ("2 dimensions with 1 strides", Tensor(strides=(1,))),
            ("repeats 4 elements", Tensor(shape=(1 << 40, 2), strides=(0, 0))),
            ("a tensor without a storage", Tensor(storage=7)),
            ("a parameter without a tensor", Tensor(name="_rebuild_parameter")),
            ("the storage 0 needs 32 bytes, its zip entry has 16", Tensor(storage=Storage(8))),
            ("has no entry a/data/9", Tensor(storage=Storage(key="9"))),
            ("torch.ComplexFloatStorage", Tensor(storage=Storage(kind="ComplexFloatStorage"))),
            ("described in two ways", [Tensor(), Tensor(storage=Storage(5))]),
        ]:
            with self.subTest(words):
                self.expect_pickle_refused(words, pickled(tensor))

    def test_other_files_are_named(self):
        content = (DATA / "tensors_zip.pth").read_bytes()
        for words, other in [
            ("the file is empty", b""),
            ("git lfs pull", b"version https://git-lfs.github.com/spec/v1\n"),
            ("this is a web page", b"<!DOCTYPE html><html>"),
            ("damaged or truncated", content[:-100]),
            ("without data.pkl", zipped(b"").replace(b"data.pkl", b"data.txt")),
            ("a plain pickle, not a file of torch.save", pickle.dumps({})),
            ("neither its zip archive nor its older format", b"\x00" * 600),
            ("is compressed", zipped(pickled({}), compression=zipfile.ZIP_DEFLATED)),
            ("is encrypted", zipped(pickled({})).replace(*ENCRYPTED)),
            ("tar archive", b"x" * 257 + b"ustar"),
            ("expected a dict of tensors, found a list", zipped(pickled([Tensor()]))),
        ]:
            with self.subTest(words):
                self.expect_refused(words, self.put(other))
        self.expect_refused("TorchScript program", DATA / "torchscript.pt")
        self.expect_refused("absent.pth", self.folder / "absent.pth", status=4)
        self.assertEqual(self.run_script("a.pth").returncode, 2)

    def test_an_existing_output_is_kept(self):
        self.output.write_bytes(b"mine")
        self.expect_refused("pass --overwrite", DATA / "tensors_zip.pth", status=4)
        self.assertEqual(self.output.read_bytes(), b"mine")

    def test_damaged_values_are_found_by_the_archives_checksum(self):
        content = bytearray((DATA / "tensors_zip.pth").read_bytes())
        position = content.index(struct.pack("<3f", 21, 22, 23))
        content[position] ^= 1
        source = self.put(bytes(content))
        self.expect_refused("another CRC32 than the archive says", source)
        tensors, _ = self.converted(source, "--ignore-crc")
        self.assertEqual(tensors["float32"], expected_tensors()["float32"])

    def test_damage_never_ends_in_a_traceback(self):
        refused = 0
        for name in "tensors_zip.pth", "tensors_legacy.pth":
            content = (DATA / name).read_bytes()
            damaged = [content[:size] for size in range(1, len(content), 9)]
            for position in range(0, len(content), 2):
                copy = bytearray(content)
                copy[position] ^= 1 << position // 2 % 8
                damaged.append(bytes(copy))
            for copy in damaged:
                try:
                    torch_file.load(mapped(copy), is_checked=False)
                except restricted_pickle.PickleError:
                    refused += 1
        self.assertGreater(refused, 500)

    def test_order_of_the_state_dict(self):
        pairs = [("z", Tensor()), ("a", Tensor())]
        tensors, _ = self.converted(self.put(zipped(pickled(dict(pairs)))))
        self.assertEqual(list(tensors), ["z", "a"])
        ordered = pickle.dumps(collections.OrderedDict(z=1, a=2), 2)
        self.assertEqual(torch_file.load(mapped(zipped(ordered))), {"z": 1, "a": 2})


if __name__ == "__main__":
    unittest.main()
