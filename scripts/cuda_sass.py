"""Figures read off SASS, a GPU's machine code: widths of memory accesses, spills, the inner loop."""

import re

DEFAULT_WIDTH = 32  # bits of an access without a suffix


def opcode(instruction):
    """`@!P0 LDG.E.128 R4, ...` -> `LDG.E.128`"""
    words = instruction.split()
    return words[1] if words[0].startswith("@") else words[0]


def widest(code, kind):
    """Bits of the widest access of a kind (LDG, STG, LDS, STS); 0 when there is none."""
    widths = [access_width(opcode(text)) for _, text in code if opcode(text).split(".")[0] == kind]
    return max(widths, default=0)


def access_width(name):
    suffixes = name.split(".")[1:]
    for suffix in suffixes:
        if suffix in ("64", "128", "256"):
            return int(suffix)
        if match := re.fullmatch(r"[US](8|16)", suffix):
            return int(match[1])
    return DEFAULT_WIDTH


def local_accesses(code):
    """Loads and stores of thread-local memory: spilled registers or indexed local arrays."""
    return sum(opcode(text).split(".")[0] in ("LDL", "STL") for _, text in code)


def float_atomics(code):
    """Atomic additions of floating point numbers, which would make results depend on the order."""
    names = [opcode(text) for _, text in code]
    return sum(bool(re.match(r"(ATOM|ATOMG|ATOMS|RED)\b", name) and re.search(r"\.F(16|32|64)", name))
               for name in names)


def loops(code):
    """(first, last) address of each loop: a jump back to an earlier address and its target."""
    found = []
    for address, text in code:
        if opcode(text).split(".")[0] != "BRA":
            continue
        target = re.search(r"0x([0-9a-f]+)", text)
        if target and int(target[1], 16) < address:
            found.append((int(target[1], 16), address))
    return found


def per_marker(code, marker):
    """Instructions a use of `marker` (such as MUFU.EX2) in the smallest loop that holds one, or
    None. One exponential belongs to one pair of Gaussian and pixel."""
    best = None
    for first, last in loops(code):
        body = [opcode(text) for address, text in code if first <= address <= last]
        uses = sum(name.startswith(marker) for name in body)
        if uses and (best is None or len(body) < best[0]):
            best = (len(body), uses)
    return best and best[0] / best[1]
