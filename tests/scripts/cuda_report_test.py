"""scripts/cuda_report: how it reads the tools' output, and what it objects to. Needs Python only."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).parent.parent.parent / "scripts"
sys.path.insert(0, str(SCRIPTS))
import cuda_binary  # noqa: E402
import cuda_limits  # noqa: E402
import cuda_sass  # noqa: E402

loader = importlib.machinery.SourceFileLoader("cuda_report", str(SCRIPTS / "cuda_report"))
report = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(report)

RESOURCES = """
Fatbin elf code:
arch = sm_80
Resource usage:
 Common:
  GLOBAL:0
 Function _Z1fPf:
  REG:40 STACK:0 SHARED:512 LOCAL:0 CONSTANT[0]:372 TEXTURE:0 SURFACE:0 SAMPLER:0
Fatbin elf code:
arch = sm_90
 Function _Z1fPf:
  REG:42 STACK:16 SHARED:1536 LOCAL:0 CONSTANT[0]:372 TEXTURE:0 SURFACE:0 SAMPLER:0
"""

ELF = """
.nv.info
\tAttribute:\tEIATTR_MAX_STACK_SIZE
\tValue:\tfunction: f\tstack size: 0x0
.nv.info._Z1fPf
\tAttribute:\tEIATTR_CUDA_API_VERSION
\tValue:\t0x82
\tAttribute:\tEIATTR_MAX_THREADS
\tFormat:\tEIFMT_SVAL
\tValue:\t0x40 0x2 0x1
"""

SASS = """
\tcode for sm_90
\t\tFunction : _Z1fPf
        /*0000*/                   LDC R1, c[0x0][0x28] ;            /* 0x00000a00ff017b82 */
                                                                     /* 0x000fe20000000800 */
        /*0010*/                   LDG.E.128.CONSTANT R4, desc[UR6][R4.64] ; /* 0x1 */
        /*0020*/                   MUFU.EX2 R5, R5 ;                 /* 0x1 */
        /*0030*/                   FFMA R6, R5, R4, R6 ;             /* 0x1 */
        /*0040*/                   MUFU.EX2 R7, R5 ;                 /* 0x1 */
        /*0050*/              @!P0 BRA 0x20 ;                        /* 0x1 */
        /*0060*/                   STG.E.U16 desc[UR6][R4.64], R6 ;  /* 0x1 */
        /*0070*/               @P1 BRA 0x0 ;                         /* 0x1 */
        /*0080*/                   EXIT ;                            /* 0x1 */
        /*0090*/                   BRA 0x90;                         /* 0x1 */
"""


def kernel(architecture, **changes):
    fields = dict(registers=32, stack=0, shared=0, threads=128, code=[])
    return cuda_binary.Kernel("f", architecture, **{**fields, **changes})


def row(*kernels):
    return report.Row("f<16>", list(kernels), [])


class ReadingTools(unittest.TestCase):
    def test_resources(self):
        kernels = cuda_binary.parse_resources(RESOURCES)
        self.assertEqual({("_Z1fPf", 80), ("_Z1fPf", 90)}, set(kernels))
        newer = kernels["_Z1fPf", 90]
        self.assertEqual((42, 16, 1536), (newer.registers, newer.stack, newer.shared))

    def test_threads_are_those_of_the_launch_bounds(self):
        self.assertEqual({"_Z1fPf": 128}, cuda_binary.parse_threads(ELF))

    def test_sass(self):
        code = cuda_binary.parse_sass(SASS)["_Z1fPf"]
        self.assertEqual(10, len(code))
        self.assertEqual((0x20, "MUFU.EX2 R5, R5"), code[2])
        self.assertEqual(128, cuda_sass.widest(code, "LDG"))
        self.assertEqual(16, cuda_sass.widest(code, "STG"))
        self.assertEqual(0, cuda_sass.widest(code, "STS"))
        # The inner loop has four instructions and two exponentials; the jump to itself is none.
        self.assertEqual([(0x20, 0x50), (0x0, 0x70)], cuda_sass.loops(code))
        self.assertEqual(2.0, cuda_sass.per_marker(code, "MUFU.EX2"))
        self.assertIsNone(cuda_sass.per_marker(code, "MUFU.LG2"))

    def test_spills_and_float_atomics(self):
        code = [(0, "@P0 STL.64 [R1], R2"), (16, "LDL R2, [R1]"), (32, "ATOMS.ADD R1, [R2], R3"),
                (48, "RED.E.ADD.F32.FTZ.RN.STRONG.GPU [R2.64], R5")]
        self.assertEqual(2, cuda_sass.local_accesses(code))
        self.assertEqual(1, cuda_sass.float_atomics(code))

    def test_names(self):
        long = "void gpst::cuda::(anonymous namespace)::f<(int)16, float, (bool)1>(float const*, int)"
        self.assertEqual("f<16, float, 1>", cuda_binary.short_name(long))
        self.assertEqual("g", cuda_binary.short_name("gpst::cuda::g(float*)"))


class Limits(unittest.TestCase):
    # Values of the vendor's occupancy calculator.
    def test_occupancy(self):
        self.assertEqual(1.0, cuda_limits.occupancy(90, 128, 32, 0))
        self.assertEqual(0.5, cuda_limits.occupancy(90, 128, 64, 0))
        self.assertEqual(0.25, cuda_limits.occupancy(90, 256, 128, 0))
        # 33 registers are given as 40.
        self.assertEqual(0.75, cuda_limits.occupancy(80, 256, 33, 0))
        # 48 KiB and the system's 1 KiB fit three times into 164 KiB, four times into 228 KiB.
        self.assertEqual(3 * 8 / 64, cuda_limits.occupancy(80, 256, 32, 48 * 1024))
        self.assertEqual(4 * 8 / 64, cuda_limits.occupancy(90, 256, 32, 48 * 1024))
        # 32 blocks of one warp.
        self.assertEqual(0.5, cuda_limits.occupancy(90, 32, 16, 0))

    def test_floor(self):
        device = cuda_limits.Device("toy", bytes=100, fma=10, special=1)
        self.assertEqual((2.0, "memory"), cuda_limits.floor_seconds(device, {"bytes": 200, "fma": 1}))
        self.assertEqual((3.0, "special functions"),
                         cuda_limits.floor_seconds(device, {"bytes": 200, "special": 3}))


class Checks(unittest.TestCase):
    recorded = {("f<16>", 90): 100}

    def problems(self, found_row, recorded=None):
        return report.problems([found_row], self.recorded if recorded is None else recorded, "doc.md")

    def test_a_good_kernel_passes(self):
        self.assertEqual([], self.problems(row(kernel(90))))

    def test_what_it_objects_to(self):
        cases = {
            "16 bytes of stack": kernel(90, stack=16),
            "1 accesses to local memory": kernel(90, code=[(0, "STL [R1], R2")]),
            "atomic additions of floats": kernel(90, code=[(0, "RED.E.ADD.F32.RN [R2.64], R5")]),
            "no __launch_bounds__": kernel(90, threads=0),
            "occupancy 50 %, doc.md says 100 %": kernel(90, registers=64),
        }
        for expected, bad in cases.items():
            with self.subTest(expected):
                self.assertIn(expected, " ".join(self.problems(row(bad))))

    def test_kernels_and_document_name_the_same(self):
        self.assertIn("not in doc.md", self.problems(row(kernel(90)), {})[0])
        gone = {**self.recorded, ("g", 90): 50}
        self.assertIn("there is no such kernel", self.problems(row(kernel(90)), gone)[0])

    def test_dynamic_shared_memory_counts(self):
        notes = [{"kernel": "^f<", "dynamic_shared": "96*1024"}]
        full = report.Row("f<16>", [kernel(90, shared=1024)], notes)
        self.assertEqual(2 * 4 / 64, full.occupancy(full.kernels[0]))

    def test_expressions_are_numbers_only(self):
        self.assertEqual(64.0, report.evaluate("64*(3 - 2)"))
        with self.assertRaises(report.ReportError):
            report.evaluate("__import__('os')")

    def test_the_document_is_read_back(self):
        rows = [row(kernel(80), kernel(90, registers=64))]
        workloads = [{"name": "w", "bytes": "3.35e12/1e6", "goal": "2 us"}]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "doc.md"
            path.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
            report.replace_tables(path, report.document(rows, workloads))
            text = path.read_text()
            self.assertEqual({("f<16>", 80): 100, ("f<16>", 90): 50}, report.recorded_occupancy(path))
            self.assertEqual([], report.problems(rows, report.recorded_occupancy(path), "doc.md"))
            path.write_text("nothing here")
            with self.assertRaises(report.ReportError):
                report.replace_tables(path, "")
        self.assertNotIn("old", text)
        self.assertIn("| w | 3.35 M | 0 | 0 | 1 us | 0.698 us | memory | 2 us | no GPU at hand |", text)
        self.assertTrue(text.startswith("before\n") and text.endswith("\nafter\n"))


if __name__ == "__main__":
    unittest.main()
