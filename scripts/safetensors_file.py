"""Writes safetensors files: eight bytes of header length, a JSON header, the tensors' bytes."""

import hashlib
import json
import os
import struct
from dataclasses import dataclass


@dataclass
class Entry:
    """A tensor of the file: its name, safetensors' name of its type, its shape and its bytes."""

    name: str
    dtype: str
    shape: list
    size: int


def header(entries, metadata=None):
    """Length and JSON header, padded so that the data starts at a multiple of eight bytes."""
    fields, position = {}, 0
    if metadata:
        fields["__metadata__"] = metadata
    for entry in entries:
        fields[entry.name] = {
            "dtype": entry.dtype,
            "shape": list(entry.shape),
            "data_offsets": [position, position + entry.size],
        }
        position += entry.size
    text = json.dumps(fields, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def write(path, entries, pieces, metadata=None):
    """Writes header(entries) and the pieces, bytes one after another; returns the file's sha256.

    The file appears under its name when it is complete; otherwise nothing is left of it.
    """
    temporary, digest = path + ".partial", hashlib.sha256()
    try:
        with open(temporary, "wb") as file:

            def put(data):
                digest.update(data)
                file.write(data)

            put(header(entries, metadata))
            for piece in pieces:
                put(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    return digest.hexdigest()
