"""Temporary folders of killed processes are removed by the next one; those in use never are."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from corpus.extraction.owned_folders import OwnedFolder, remove_abandoned
from search_api import cli
from search_api.commands.workbench import Workbench
from tests.encoders import FakeEncoder

_OWNER = """
import sys, time
from corpus.extraction.owned_folders import OwnedFolder
print(OwnedFolder("reuni-worker-").path, flush=True)
time.sleep(600)
"""

_INDEX = """
import sys
from search_api import cli
from search_api.commands.workbench import Workbench
from tests.encoders import FakeEncoder
Workbench.encoder = lambda self: FakeEncoder()
cli.run(sys.argv[1:])
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


def test_what_a_killed_indexing_had_unpacked_is_gone_after_the_next(
    temporary: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path_factory.mktemp("drop")
    (place / "lot").mkdir()
    with zipfile.ZipFile(place / "lot" / "archive.zip", "w") as archive:
        for n in range(40):
            archive.writestr(f"note-{n}.txt", f"Note secrète {n} sur la photonique.")
    arguments = ["--data", str(place / "data"), "index", str(place / "lot")]
    with subprocess.Popen(
        [sys.executable, "-c", _INDEX, *arguments],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as indexing:
        while not (unpacked := [path for path in temporary.glob("reuni-unpacked-*/content/**/*") if path.is_file()]):
            assert indexing.poll() is None
            time.sleep(0.01)
        os.kill(indexing.pid, signal.SIGKILL)
    assert unpacked[0].is_file()
    assert list(temporary.glob("reuni-worker-*"))
    monkeypatch.setattr(Workbench, "encoder", lambda self: FakeEncoder())
    assert cli.run(arguments) == 0
    assert list(temporary.glob("reuni-*")) == []


def test_a_folder_used_by_a_block_holds_nothing_and_ends_with_it(tmp_path: Path, temporary: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with OwnedFolder("reuni-unpacked-", parent=elsewhere) as folder:
        assert list(folder.iterdir()) == []
        assert folder.is_relative_to(elsewhere)
        assert remove_abandoned("reuni-unpacked-", elsewhere) == 0
    assert list(elsewhere.iterdir()) == []
