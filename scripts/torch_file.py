"""Finds the parts of a file of torch.save: its pickle and the bytes of the storages.

Both formats are read: the zip archive of torch 1.6 and later, with `NAME/data.pkl` and one entry
`NAME/data/KEY` a storage, and the older one, pickles one after another with the storages behind them.
The bytes stay where they are, in the mapped file.
"""

import io
import struct
import zipfile
import zlib

import torch_pickle
from restricted_pickle import PickleError

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
# How a file of the older format begins, behind the opcode of its protocol.
LEGACY_START = b"\x8a\x0a" + LEGACY_MAGIC.to_bytes(10, "little")

_PIECE = 1 << 24


def load(mapped, is_checked=True):
    """The value that was saved; tensors are torch_pickle.Tensor with storages in `mapped`.

    `is_checked`: the zip archive's CRC32 of every part is compared.
    """
    view = memoryview(mapped)
    if view[:4] == b"PK\x03\x04":
        return _load_zip(mapped, view, is_checked)
    if LEGACY_START in bytes(view[:32]):
        return _load_legacy(mapped, view)
    raise PickleError(_other_file(bytes(view[:512])))


def _other_file(start):
    if start.startswith(b"version https://git-lfs"):
        return "this is a git-lfs pointer, not the file itself: run 'git lfs pull'"
    if start.lstrip()[:1] == b"<":
        return "this is a web page, not the file itself: download it again"
    if start[257:262] == b"ustar":
        return "this is a tar archive, perhaps of a torch before 0.2, which is not read"
    if start[:1] in (b"\x80", b"(", b"c"):
        return (
            "this is a plain pickle, not a file of torch.save; of Inception take "
            "pt_inception-2015-12-05-6726825d.pth instead"
        )
    return "this is not a file of torch.save: neither its zip archive nor its older format"


def _load_zip(mapped, view, is_checked):
    try:
        archive = zipfile.ZipFile(io.BufferedReader(_Reader(view)))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
        raise PickleError(f"the zip archive is damaged or truncated: {error}") from error
    entries = {entry.filename: entry for entry in archive.infolist()}
    top = next((name[: -len("data.pkl")] for name in entries if name.endswith("/data.pkl")), None)
    if top is None:
        raise PickleError("this is a zip archive without data.pkl, not a file of torch.save")
    if top + "constants.pkl" in entries or any(n.startswith(top + "code/") for n in entries):
        raise PickleError(
            "this is a TorchScript program, not a file of tensors; of Inception take "
            "pt_inception-2015-12-05-6726825d.pth instead"
        )

    def part(name):
        return _zip_bytes(view, entries, top + name, is_checked)

    is_big = top + "byteorder" in entries and bytes(part("byteorder")) == b"big"
    value, storages = torch_pickle.load(io.BytesIO(part("data.pkl")))
    for key, storage in storages.items():
        storage.data = part(f"data/{key}")
        storage.is_big_endian = is_big
        expected = storage.count * storage.type.item_size
        if len(storage.data) != expected:
            raise PickleError(
                f"the storage {key} needs {expected} bytes, its zip entry has {len(storage.data)}"
            )
    return value


def _zip_bytes(view, entries, name, is_checked):
    """The bytes of an entry, in place."""
    entry = entries.get(name)
    if entry is None:
        raise PickleError(f"the zip archive has no entry {name}")
    if entry.flag_bits & 1:
        raise PickleError(f"the zip entry {name} is encrypted")
    if entry.compress_type != zipfile.ZIP_STORED:
        raise PickleError(f"the zip entry {name} is compressed, which torch.save never does")
    start = entry.header_offset
    if bytes(view[start : start + 4]) != b"PK\x03\x04" or start + 30 > len(view):
        raise PickleError(f"the zip entry {name} is damaged")
    name_size, extra_size = struct.unpack_from("<HH", view, start + 26)
    start += 30 + name_size + extra_size
    data = view[start : start + entry.file_size]
    if len(data) != entry.file_size or entry.compress_size != entry.file_size:
        raise PickleError(f"the zip entry {name} is truncated")
    if is_checked and _crc32(data) != entry.CRC:
        raise PickleError(
            f"the zip entry {name} has another CRC32 than the archive says: a damaged file (or one "
            "saved with torch's set_crc32_options(False): then pass --ignore-crc)"
        )
    return data


def _crc32(data):
    crc = 0
    for start in range(0, len(data), _PIECE):
        crc = zlib.crc32(data[start : start + _PIECE], crc)
    return crc


class _Reader(io.RawIOBase):
    """A view as a file, for zipfile."""

    def __init__(self, view):
        self._view, self._position = view, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self._view)}[whence]
        if base + offset < 0:
            raise ValueError("a position before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer):
        data = self._view[self._position : self._position + len(buffer)]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def _load_legacy(mapped, view):
    mapped.seek(0)
    if torch_pickle.load_plain(mapped) != LEGACY_MAGIC:
        raise PickleError("the magic number of torch.save is missing")
    protocol = torch_pickle.load_plain(mapped)
    if protocol != LEGACY_PROTOCOL:
        raise PickleError(f"protocol {protocol!r} of torch.save; expected {LEGACY_PROTOCOL}")
    system = torch_pickle.load_plain(mapped)
    is_big = isinstance(system, dict) and system.get("little_endian") is False
    value, storages = torch_pickle.load(mapped)
    keys = torch_pickle.load_plain(mapped)
    if not isinstance(keys, list) or sorted(map(str, keys)) != sorted(storages):
        raise PickleError("its list of storages is not that of its tensors")
    position = mapped.tell()
    for key in keys:
        position = _take_legacy(view, position, storages[key], is_big)
    return value


def _take_legacy(view, position, storage, is_big):
    """The storage at `position`: the number of its elements, int64, and their bytes."""
    end = position + 8 + storage.count * storage.type.item_size
    if end > len(view):
        raise PickleError(f"the file is truncated: storage {storage.key} ends at byte {end}")
    (count,) = struct.unpack_from("<q", view, position)
    if count != storage.count:
        raise PickleError(f"storage {storage.key} has {count} elements, expected {storage.count}")
    storage.data = view[position + 8 : end]
    storage.is_big_endian = is_big
    return end
