"""Temporary folders of killed processes are removed by the next one; those in use never are."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from corpus.extraction.owned_folders import OwnedFolder, remove_abandoned

_OWNER = """
import sys, time
from corpus.extraction.owned_folders import OwnedFolder
print(OwnedFolder("reuni-worker-").path, flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_of_a_killed_owner_is_removed_by_the_next(temporary: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _OWNER],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as owner:
        assert owner.stdout is not None
        folder = Path(owner.stdout.readline().strip())
        (folder / "input").write_bytes(b"x")
        assert folder.parent == temporary
        assert remove_abandoned("reuni-worker-") == 0
        assert folder.is_dir()
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    following = OwnedFolder("reuni-worker-")
    assert not folder.exists()
    assert following.path.is_dir()
    following.close()
    assert list(temporary.iterdir()) == []


def test_a_folder_taken_for_abandoned_before_it_was_locked_is_made_again(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock

    def late(file: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX:
            monkeypatch.setattr(fcntl, "flock", lock)
            assert remove_abandoned("reuni-worker-") == 1
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    folder = OwnedFolder("reuni-worker-")
    assert (folder.path / "owner.lock").exists()
    assert remove_abandoned("reuni-worker-") == 0
    folder.close()
    assert list(temporary.iterdir()) == []


def test_what_is_not_provably_abandoned_is_left(temporary: Path) -> None:
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / "owner.lock").touch()
    (temporary / "reuni-worker-link").symlink_to(temporary / "elsewhere")
    (temporary / "reuni-worker-unlocked").mkdir()
    (temporary / "reuni-worker-file").touch()
    (temporary / "reuni-worker-tricked").mkdir()
    (temporary / "reuni-worker-tricked" / "owner.lock").symlink_to(temporary / "elsewhere" / "owner.lock")
    before = sorted(temporary.rglob("*"))
    assert remove_abandoned("reuni-worker-") == 0
    assert sorted(temporary.rglob("*")) == before
