"""Writes Microsoft compound files, just enough of the format ([MS-CFB]) to make Outlook messages."""

import struct
from dataclasses import dataclass, field
from itertools import pairwise

_SECTOR, _MINI_SECTOR, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


@dataclass
class Storage:
    """A folder of a compound file."""

    streams: dict[str, bytes] = field(default_factory=dict)
    storages: "dict[str, Storage]" = field(default_factory=dict)


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    child: int = _FREE
    right: int = _FREE


def compound_file(root: Storage) -> bytes:
    """The bytes of a compound file. Siblings are a list, not a balanced tree: readers do not mind."""
    entries = [_Entry("Root Entry", 5)]
    _add(root, 0, entries)
    sectors: list[bytes] = []
    chains: list[int] = []

    def store(data: bytes) -> int:
        if not data:
            return _END
        first = len(sectors)
        count = -(-len(data) // _SECTOR)
        for rank in range(count):
            sectors.append(data[rank * _SECTOR : (rank + 1) * _SECTOR].ljust(_SECTOR, b"\0"))
            chains.append(first + rank + 1 if rank < count - 1 else _END)
        return first

    mini = b""
    mini_chains: list[int] = []
    starts: list[int] = []
    for entry in entries:
        if not 0 < len(entry.data) < _CUTOFF:
            starts.append(store(entry.data))
            continue
        first = len(mini_chains)
        count = -(-len(entry.data) // _MINI_SECTOR)
        mini += entry.data.ljust(count * _MINI_SECTOR, b"\0")
        mini_chains += [*range(first + 1, first + count), _END]
        starts.append(first)
    # The small streams together are the root's own stream.
    starts[0], entries[0].data = store(mini), mini
    mini_fat = struct.pack(f"<{len(mini_chains)}I", *mini_chains)
    mini_fat_sectors = -(-len(mini_fat) // _SECTOR)
    mini_fat_start = store(mini_fat.ljust(mini_fat_sectors * _SECTOR, b"\xff"))
    directory = b"".join(_directory_entry(entry, start) for entry, start in zip(entries, starts, strict=True))
    directory_start = store(directory.ljust(-(-len(directory) // _SECTOR) * _SECTOR, b"\0"))
    fat_sectors = 1
    while fat_sectors * (_SECTOR // 4) < len(sectors) + fat_sectors:
        fat_sectors += 1
    fat_start = len(sectors)
    chains += [_FAT] * fat_sectors
    fat = struct.pack(f"<{len(chains)}I", *chains).ljust(fat_sectors * _SECTOR, b"\xff")
    difat = [*range(fat_start, fat_start + fat_sectors)]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        fat_sectors,
        directory_start,
        0,
        _CUTOFF,
        mini_fat_start,
        mini_fat_sectors,
        _END,
        0,
    ) + struct.pack("<109I", *(difat + [_FREE] * (109 - len(difat))))
    return header + b"".join(sectors) + fat


def _add(storage: Storage, parent: int, entries: list[_Entry]) -> None:
    siblings = []
    for name, data in storage.streams.items():
        siblings.append(len(entries))
        entries.append(_Entry(name, 2, data))
    for name, inner in storage.storages.items():
        siblings.append(len(entries))
        entries.append(_Entry(name, 1))
        _add(inner, len(entries) - 1, entries)
    if siblings:
        entries[parent].child = siblings[0]
    for left, right in pairwise(siblings):
        entries[left].right = right


def _directory_entry(entry: _Entry, start: int) -> bytes:
    name = (entry.name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI8x8xIQ",
        name,
        len(name),
        entry.kind,
        1,
        _FREE,
        entry.right,
        entry.child,
        0,
        start if entry.data else 0 if entry.kind == 1 else _END,
        len(entry.data),
    )


_TEXT, _BINARY, _INTEGER = 0x001F, 0x0102, 0x0003


def _properties(header: bytes, values: dict[tuple[int, int], str | bytes | int]) -> Storage:
    """MAPI properties ([MS-OXMSG]): a stream of fixed records, a stream for each long value."""
    storage = Storage()
    records = b""
    for (number, kind), value in values.items():
        if isinstance(value, int):
            records += struct.pack("<HHIII", kind, number, 6, value, 0)
            continue
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        size = len(data) + (2 if isinstance(value, str) else 0)
        records += struct.pack("<HHIII", kind, number, 6, size, 0)
        storage.streams[f"__substg1.0_{number:04X}{kind:04X}"] = data
    storage.streams["__properties_version1.0"] = header + records
    return storage


def outlook_message(subject: str, body: str, sender: str, attachments: dict[str, bytes]) -> bytes:
    """An Outlook message (MSG) with attached files."""
    header = struct.pack("<8xIIII8x", 0, len(attachments), 0, len(attachments))
    root = _properties(
        header,
        {
            (0x001A, _TEXT): "IPM.Note",
            (0x0037, _TEXT): subject,
            (0x1000, _TEXT): body,
            (0x5D01, _TEXT): sender,
            (0x0C1A, _TEXT): sender,
            (0x0C1F, _TEXT): sender,
        },
    )
    for rank, (name, data) in enumerate(attachments.items()):
        root.storages[f"__attach_version1.0_#{rank:08X}"] = _properties(
            bytes(8), {(0x3707, _TEXT): name, (0x3701, _BINARY): data, (0x3705, _INTEGER): 1}
        )
    return compound_file(root)
