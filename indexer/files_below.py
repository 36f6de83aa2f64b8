"""Files of a folder that others write and remove meanwhile."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path


def files_below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The regular files below a folder, in no order, with what ``lstat`` says of each; what leaves meanwhile, or
    cannot be looked at, is left out, which the globs of :mod:`pathlib` end in an error for."""
    for where, _, names in os.walk(folder):
        yield from regular_files(Path(where, name) for name in names)


def regular_files(paths: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """Those of some paths that are regular files still, with what ``lstat`` says of each."""
    for path in paths:
        try:
            status = path.lstat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield path, status
