"""What a GPU allows: occupancy of a kernel, and the least time a workload can take (its roofline)."""

import dataclasses

WARP = 32


@dataclasses.dataclass(frozen=True)
class Multiprocessor:
    """Limits of one SM, from the occupancy tables of the CUDA C++ Programming Guide."""

    warps: int
    blocks: int
    shared: int  # bytes
    registers: int = 65536
    register_unit: int = 256  # registers are given to a warp in such pieces
    shared_unit: int = 128
    shared_of_system: int = 1024  # bytes a block


MULTIPROCESSORS = {
    80: Multiprocessor(warps=64, blocks=32, shared=164 * 1024),
    90: Multiprocessor(warps=64, blocks=32, shared=228 * 1024),
    100: Multiprocessor(warps=64, blocks=32, shared=228 * 1024),
}


def occupancy(architecture, threads, registers, shared):
    """Share of an SM's warps that can be resident at once, 0 to 1. `shared` is what the block asks
    for, static and dynamic, without the system's part."""
    sm = MULTIPROCESSORS[architecture]
    warps = round_up(threads, WARP) // WARP
    limits = [sm.blocks, sm.warps // warps]
    if registers:
        of_warp = round_up(registers * WARP, sm.register_unit)
        limits.append(sm.registers // of_warp // warps)
    limits.append(sm.shared // round_up(shared + sm.shared_of_system, sm.shared_unit))
    return min(limits) * warps / sm.warps


def round_up(value, unit):
    return -(-value // unit) * unit


@dataclasses.dataclass(frozen=True)
class Device:
    """Peak rates a second, from the vendor's data sheets."""

    name: str
    bytes: float
    fma: float  # float32
    special: float  # exp2, log2, reciprocal, sine: 16 a clock and SM


# 132 SMs of 128 float32 lanes at 1.98 GHz; the H200 differs in its memory only.
DEVICES = (
    Device("H100", bytes=3.35e12, fma=132 * 128 * 1.98e9, special=132 * 16 * 1.98e9),
    Device("H200", bytes=4.8e12, fma=132 * 128 * 1.98e9, special=132 * 16 * 1.98e9),
)


def floor_seconds(device, work):
    """(seconds, what binds) of a workload {bytes, fma, special}."""
    times = {
        "memory": work.get("bytes", 0) / device.bytes,
        "FMA": work.get("fma", 0) / device.fma,
        "special functions": work.get("special", 0) / device.special,
    }
    binding = max(times, key=times.get)
    return times[binding], binding
