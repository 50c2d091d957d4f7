"""scripts/convert_layouts: what it reads, what it refuses. Needs Python only."""

import json
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
SCRIPTS = HERE.parent.parent / "scripts"
DATA = HERE / "data"
GOOD = sorted(path for path in DATA.glob("*.pkl") if not path.name.startswith("int32"))


def read_store(path):
    """{name: (dtype, shape, values)} of a safetensors file."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    tensors, used = {}, 0
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        code = {"I64": "q", "F32": "f", "F16": "e"}[entry["dtype"]]
        values = struct.unpack(f"<{(end - begin) // struct.calcsize(code)}{code}", data[begin:end])
        tensors[name] = (entry["dtype"], entry["shape"], list(values))
        used += end - begin
    assert used == len(data)
    return tensors


def expected_layouts():
    """The values make_pickles.py describes: class 0, then class 3, five columns."""
    return [
        20 * label + 4 * index + token + column / 8
        for label, index in [(0, 0), (3, 0), (3, 1)]
        for token in range(2)
        for column in range(5)
    ]


class ConvertLayouts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.store = self.folder / "store.safetensors"

    def run_script(self, *arguments):
        command = [sys.executable, SCRIPTS / "convert_layouts", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=self.folder)

    def put(self, content):
        path = self.folder / "layouts.pkl"
        path.write_bytes(content)
        return path

    def expect_refused(self, content, words, status=3):
        result = self.run_script(self.put(content), self.store)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(words, result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["layouts.pkl"])

    def test_pickles_of_numpy(self):
        self.assertEqual(len(GOOD), 8)
        for path in GOOD:
            with self.subTest(path.name):
                result = self.run_script(path, self.store, "--overwrite")
                self.assertEqual(result.returncode, 0, result.stderr)
                tensors = read_store(self.store)
                dtype = "F16" if path.name.startswith("float16") else "F32"
                self.assertEqual(tensors["class_offsets"], ("I64", [5], [0, 1, 1, 1, 3]))
                self.assertEqual(tensors["layouts"], (dtype, [3, 2, 5], expected_layouts()))

    def test_options(self):
        source = DATA / "float32_protocol4.pkl"
        result = self.run_script(source, self.store, "--classes", "6", "--dtype", "float16")
        self.assertEqual(result.returncode, 0, result.stderr)
        tensors = read_store(self.store)
        self.assertEqual(tensors["class_offsets"], ("I64", [7], [0, 1, 1, 1, 3, 3, 3]))
        self.assertEqual(tensors["layouts"], ("F16", [3, 2, 5], expected_layouts()))

        result = self.run_script(source, self.store)
        self.assertEqual(result.returncode, 4)
        self.assertIn("--overwrite", result.stderr)
        result = self.run_script(source, self.store, "--overwrite", "--classes", "3")
        self.assertEqual(result.returncode, 3)
        self.assertIn("class 3 is beyond the 3 classes", result.stderr)
        self.assertEqual(self.run_script(source, self.store, "--class", "3").returncode, 2)
        self.assertEqual(self.run_script("absent.pkl", "other").returncode, 4)

    def test_names_of_functions_are_refused_and_not_called(self):
        marker = self.folder / "called"
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):

            class Evil:
                def __reduce__(self):
                    return os.mkdir, (str(marker),)

            with self.subTest(protocol):
                content = pickle.dumps({0: [Evil()]}, protocol)
                self.expect_refused(content, f"{os.mkdir.__module__}.mkdir, which is refused")
        self.assertFalse(marker.exists())

    def test_other_names_of_allowed_modules_are_refused(self):
        for module, name in [
            ("numpy", "load"),
            ("numpy.core.multiarray", "scalar"),
            ("_codecs", "decode"),
            ("builtins", "eval"),
            ("numpy", "ndarray.tofile"),
        ]:
            with self.subTest(name):
                content = f"c{module}\n{name}\n.".encode()
                self.expect_refused(content, f"{module}.{name}, which is refused")

    def test_opcodes_that_make_objects_are_refused(self):
        array_type = b"cnumpy\nndarray\n"
        self.expect_refused(array_type + b")\x81.", "the opcode NEWOBJ is not read")
        self.expect_refused(b"(inumpy\nndarray\n.", "the opcode INST is not read")
        self.expect_refused(b"(" + array_type + b"o.", "the opcode OBJ is not read")
        self.expect_refused(b"P1\n.", "the opcode PERSID is not read")
        self.expect_refused(b"\x82\x01.", "the opcode EXT1 is not read")
        self.expect_refused(array_type + b")R.", "a call of something that is no function")
        self.expect_refused(array_type + b"}b.", "unexpected state of an object")

    def test_other_arrays_are_refused(self):
        content = (DATA / "int32_protocol4.pkl").read_bytes()
        self.expect_refused(content, "dtype 'i4' are not read; expected f2, f4 or f8")

    def test_other_contents_are_refused(self):
        for value, words in [
            ([], "expected a dict of classes, found a list"),
            ({}, "expected a dict of classes"),
            ({"lion": []}, "expected class numbers from 0, found 'lion'"),
            ({-1: []}, "expected class numbers from 0, found -1"),
            ({True: []}, "expected class numbers from 0, found True"),
            ({0: {}}, "class 0: expected a list, found a dict"),
            ({0: [[0.5]]}, "class 0, layout 0: expected a float array, found a list"),
            ({0: []}, "not a single layout"),
        ]:
            with self.subTest(words):
                self.expect_refused(pickle.dumps(value), words)

    def test_arrays_of_other_shapes_are_refused(self):
        content = (DATA / "float32_protocol4.pkl").read_bytes()
        two_by_seven = b"K\x02K\x07\x86"
        self.assertEqual(content.count(two_by_seven), 3)
        changed = content.replace(two_by_seven, b"K\x07K\x02\x86")
        self.expect_refused(changed, "expected the shape [l, 5 or more], found (7, 2)")
        changed = content.replace(two_by_seven, b"K\x0eK\x01\x86")
        self.expect_refused(changed, "found (14, 1)")
        changed = content.replace(two_by_seven, b"K\x02K\x08\x86")
        self.expect_refused(changed, "needs 64 bytes, found 56")

        first, second = content.index(two_by_seven), content.rindex(two_by_seven)
        self.assertLess(first, second)
        changed = content[:second] + b"K\x01K\x0e\x86" + content[second + 5 :]
        self.expect_refused(changed, "1 tokens, but the ones before have 2")

    def test_values_that_are_not_finite_are_refused(self):
        content = (DATA / "float32_protocol4.pkl").read_bytes()
        value = struct.pack("<f", 60.125)
        self.assertEqual(content.count(value), 1)
        changed = content.replace(value, struct.pack("<f", float("nan")))
        self.expect_refused(changed, "class 3, layout 0: a value is not finite")

    def test_damage_never_ends_in_a_traceback(self):
        sys.path.insert(0, str(SCRIPTS))
        sys.dont_write_bytecode = True
        import io

        import numpy_pickle

        refused = 0
        for path in GOOD:
            content = path.read_bytes()
            damaged = [content[:size] for size in range(len(content))]
            for position in range(len(content)):
                for byte in (0, content[position] ^ 1, ord("R")):
                    copy = bytearray(content)
                    copy[position] = byte
                    damaged.append(bytes(copy))
            for copy in damaged:
                try:
                    numpy_pickle.load(io.BytesIO(copy))
                except numpy_pickle.PickleError:
                    refused += 1
        self.assertGreater(refused, 1000)

    def test_other_files_are_named(self):
        self.expect_refused(b"", "the file is empty")
        self.expect_refused(b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull")
        self.expect_refused(b"PK\x03\x04", "damaged or truncated")


if __name__ == "__main__":
    unittest.main()
