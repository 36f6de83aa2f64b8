"""How much one file may take before it is set aside."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file; what goes over is quarantined with the reason.

    Attributes:
        memory_bytes: of the worker that reads it, what its libraries take included.
        silence_seconds: time without an answer after which the worker is killed.
        cpu_seconds: processor time for one file.
        file_bytes: the largest file a worker may write (unpacked member, conversion).
        open_files: file descriptors of a worker.
        output_chars: text of one file, over all its pages.
        pages: pages, slides or sheets.
        archive_members: files inside one archive or message.
        archive_bytes: unpacked bytes of one archive or office package.
        archive_ratio: unpacked bytes for each packed byte, above ``archive_ratio_floor`` bytes.
        archive_ratio_floor: unpacked bytes under which the ratio is not looked at.
        archive_depth: how deep archives and messages are opened one inside another.
    """

    memory_bytes: int = 1024 * MIB
    silence_seconds: float = 120.0
    cpu_seconds: int = 600
    file_bytes: int = 1024 * MIB
    open_files: int = 256
    output_chars: int = 50_000_000
    pages: int = 20_000
    archive_members: int = 10_000
    archive_bytes: int = 2048 * MIB
    archive_ratio: float = 200.0
    archive_ratio_floor: int = 32 * MIB
    archive_depth: int = 4
