"""What the compiled kernels of a CUDA library are made of, read with cuobjdump.

resources() and instructions() return one entry a kernel and architecture: registers, stack, static
shared memory, threads a block, and the SASS instructions with their addresses.
"""

import dataclasses
import os
import re
import shutil
import subprocess


class ToolError(Exception):
    """cuobjdump, nvdisasm or c++filt is absent or failed."""


@dataclasses.dataclass
class Kernel:
    """One kernel on one architecture, such as 90."""

    name: str  # mangled
    architecture: int
    registers: int = 0
    stack: int = 0  # bytes a thread: spilled registers or local arrays
    shared: int = 0  # bytes a block, static; from sm_90 on with the 1 KiB that the system takes
    threads: int = 0  # of the launch bounds; 0: it has none
    code: list = dataclasses.field(default_factory=list)  # (address, text)


class Tools:
    """cuobjdump with nvdisasm beside it: from the folder given, the project's .deps, or the PATH."""

    def __init__(self, folders):
        path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
        self.cuobjdump = shutil.which("cuobjdump", path=path)
        if not self.cuobjdump or not shutil.which("nvdisasm", path=path):
            raise ToolError(
                "cuobjdump and nvdisasm were not found: run 'GPST_CUDA=ON scripts/setup.sh', "
                "which fetches them into .deps/"
            )
        self.environment = {**os.environ, "PATH": path}

    def dump(self, library, *options):
        run = subprocess.run(
            [self.cuobjdump, *options, str(library)],
            capture_output=True, text=True, env=self.environment, check=False,
        )
        if run.returncode != 0:
            raise ToolError(f"cuobjdump {' '.join(options)} {library}: {run.stderr.strip()}")
        return run.stdout


def read_kernels(tools, library):
    """All kernels of a library: {(mangled name, architecture): Kernel}."""
    kernels = parse_resources(tools.dump(library, "--dump-resource-usage"))
    for architecture in sorted({kernel.architecture for kernel in kernels.values()}):
        option = f"sm_{architecture}"
        threads = parse_threads(tools.dump(library, "-elf", "-arch", option))
        code = parse_sass(tools.dump(library, "-sass", "-arch", option))
        for kernel in kernels.values():
            if kernel.architecture == architecture:
                kernel.threads = threads.get(kernel.name, 0)
                kernel.code = code.get(kernel.name, [])
    return kernels


def parse_resources(text):
    kernels = {}
    architecture = name = None
    for line in text.splitlines():
        if match := re.match(r"\s*arch = sm_(\d+)", line):
            architecture = int(match[1])
        elif match := re.match(r"\s*Function (\S+):", line):
            name = match[1]
        elif (match := re.search(r"REG:(\d+) STACK:(\d+) SHARED:(\d+)", line)) and name:
            registers, stack, shared = map(int, match.groups())
            kernels[name, architecture] = Kernel(name, architecture, registers, stack, shared)
            name = None
    return kernels


def parse_threads(text):
    """{mangled name: threads a block} of the kernels that have launch bounds."""
    threads = {}
    name, wanted = None, False
    for line in text.splitlines():
        if match := re.match(r"\.nv\.info\.(\S+)$", line):
            name = match[1]
        elif "Attribute:" in line:
            wanted = "EIATTR_MAX_THREADS" in line or "EIATTR_REQNTID" in line
        elif wanted and name and (match := re.search(r"Value:\s+((?:0x[0-9a-f]+\s*){3})", line)):
            x, y, z = (int(value, 16) for value in match[1].split())
            threads[name] = x * y * z
            wanted = False
    return threads


def parse_sass(text):
    """{mangled name: [(address, instruction)]}"""
    code, current = {}, None
    for line in text.splitlines():
        if match := re.match(r"\s*Function : (\S+)", line):
            current = code.setdefault(match[1], [])
        elif match := re.match(r"\s*/\*([0-9a-f]{4,})\*/\s+(\S.*?)\s*;", line):
            if current is not None:
                current.append((int(match[1], 16), match[2]))
    return code


def demangled(names):
    """{mangled name: readable short name}: namespaces and parameters left out."""
    names = list(names)
    tool = shutil.which("c++filt")
    if not tool:
        raise ToolError("c++filt was not found: install binutils")
    run = subprocess.run([tool], input="\n".join(names), capture_output=True, text=True, check=True)
    return dict(zip(names, map(short_name, run.stdout.splitlines())))


def short_name(signature):
    """void gpst::cuda::(anonymous namespace)::f<(int)16, float>(float*) -> f<16, float>"""
    for noise in ("(anonymous namespace)::", "gpst::cuda::", "gpst::"):
        signature = signature.replace(noise, "")
    signature = re.sub(r"\([A-Za-z_][\w ]*\)(?=-?\d)", "", signature)  # (int)16, (MapOrder)1
    signature = re.sub(r"^void ", "", signature)
    depth = 0
    for index, character in enumerate(signature):
        depth += {"<": 1, ">": -1}.get(character, 0)
        if character == "(" and depth == 0:
            return signature[:index]
    return signature
