"""The house's side of one worker: starts it, feeds it, watches it, kills it, distrusts its answers."""

import hashlib
import os
import selectors
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

import psutil

from corpus.document import Word
from corpus.extraction import wire
from corpus.extraction.extracted import Attachment, Extracted, ExtractionFailure
from corpus.extraction.failures import misbehaved, out_of_memory, unreadable_on_disk
from corpus.extraction.isolation import Isolation, unprivileged_ids
from corpus.extraction.ocr import OcrReading
from corpus.extraction.ocr_cache import ReadingStore
from corpus.extraction.options import ExtractionOptions
from corpus.extraction.owned_folders import OwnedFolder

_TICK = 0.05
_STARTING_SECONDS = 120.0
_DYING_SECONDS = 2.0
_CHUNK = 1 << 20
# A worker is replaced after so many files, or when what it kept is this part of what it may take:
# leaks of parsers must not be charged to the next file.
_MOST_FILES = 500
_KEPT_PART = 0.5
# Read, turned, read again.
_READINGS_A_PAGE = 3
_CODE = Path(__file__).resolve().parents[2]

Keep = Callable[[OcrReading], None]


class WorkerLostError(Exception):
    """The worker died or was killed: ``failure`` is what its file is told, ``suspect`` says whether an earlier
    file may be the cause, so that this one deserves a fresh worker."""

    def __init__(self, failure: ExtractionFailure, *, suspect: bool) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.suspect = suspect


class WorkerProcess:
    """One running worker. Not safe for several threads, except :meth:`kill`.

    Args:
        options: how it reads; its limits bound it.
        module: the Python module that is run; tests give one that misbehaves.
    """

    def __init__(self, options: ExtractionOptions, module: str) -> None:
        self._options = options
        self._owned = OwnedFolder("reuni-worker-")
        self._folder = self._owned.path
        self._folder.chmod(0o711)
        self._ids = unprivileged_ids()
        self._number = 0
        scratch = self._own_folder("scratch")
        self._readings = None if options.ocr_cache is None else ReadingStore(options.ocr_cache)
        self._process = subprocess.Popen(  # noqa: S603 (the interpreter and a module of the house)
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_CODE,
            env=_environment(scratch),
            start_new_session=True,
        )
        self._sink = cast("IO[bytes]", self._process.stdin)
        self._source = cast("IO[bytes]", self._process.stdout)
        os.set_blocking(self._source.fileno(), False)
        self._received = bytearray()
        try:
            self._send(wire.Start(replace(options, ocr_cache=None), scratch))
            reply = self._receive(_STARTING_SECONDS)
            if not isinstance(reply, wire.Ready):
                raise WorkerLostError(misbehaved("le lecteur n’a pas démarré"), suspect=False)
        except BaseException:
            self.close()
            raise
        self.isolation: Isolation = reply.isolation

    @property
    def pid(self) -> int:
        """Of the worker's process."""
        return self._process.pid

    @property
    def worn(self) -> bool:
        """Whether the worker should be replaced before the next file."""
        kept = _resident(self._process.pid, family=False)
        return self._number >= _MOST_FILES or kept > self._options.limits.memory_bytes * _KEPT_PART

    def read(self, path: Path, name: str) -> Extracted:
        """Read one file.

        Raises:
            ExtractionFailure: the file cannot be read; the worker can read the next.
            WorkerLostError: the worker is no more (close it).
        """
        with self._exchange(path) as (staged, folder), self._known(staged) as (readings, keep):
            reply = self._ask(wire.Read(staged, _encodable(name), folder, self._number, readings), keep)
            if not isinstance(reply, wire.Done):
                raise self._distrusted()
            try:
                wire.check(reply.extracted, self._options.limits, folder)
                return self._keep_attachments(reply.extracted)
            except (wire.WireError, OSError) as error:
                raise self._distrusted() from error

    def draw(self, path: Path, page: int, width: int) -> tuple[int, int, bytes]:
        """Draw one page: its width and height in pixels, and their red, green and blue bytes, row by row.

        What comes back is checked to be that many bytes, and is nothing else: a worker that a hostile file took over
        can show another picture, not give a file to be parsed.

        Raises:
            ExtractionFailure, WorkerLostError: see :meth:`read`.
        """
        with self._exchange(path) as (staged, folder):
            reply = self._ask(wire.Draw(staged, page, width, folder, self._number))
            if not isinstance(reply, wire.Drawn):
                raise self._distrusted()
            try:
                wire.check_drawn(reply, folder)
                with _opened(reply.pixels) as file:
                    pixels = file.read(reply.width * reply.height * 3 + 1)
            except (wire.WireError, OSError) as error:
                raise self._distrusted() from error
            if len(pixels) != reply.width * reply.height * 3:
                raise self._distrusted()
            return reply.width, reply.height, pixels

    def locate(self, path: Path, page: int, text: str) -> tuple[Word, ...]:
        """Where the words of a page's text stand on it (see :mod:`corpus.extraction.page_words`).

        Raises:
            ExtractionFailure, WorkerLostError: see :meth:`read`.
        """
        with self._exchange(path) as (staged, _):
            reply = self._ask(wire.Locate(staged, page, text, self._number))
            if not isinstance(reply, wire.Located):
                raise self._distrusted()
            try:
                wire.check_words(reply.words, len(text))
            except wire.WireError as error:
                raise self._distrusted() from error
            return reply.words

    @contextmanager
    def _exchange(self, path: Path) -> Iterator[tuple[Path, Path]]:
        """A file staged for the worker and a folder it may write in, for one request."""
        self._number += 1
        folder = self._own_folder("unpacked")
        staged = self._folder / "input"
        try:
            try:
                self._stage(path, staged)
            except OSError as error:
                raise unreadable_on_disk(error) from error
            yield staged, folder
        finally:
            staged.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _known(self, staged: Path) -> Iterator[tuple[Path | None, Keep | None]]:
        """What OCR has already read of a file, in a copy for the worker; and what keeps what it reads."""
        store = self._readings
        if store is None:
            yield None, None
            return
        with staged.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        copy = self._folder / "readings"
        try:
            known = store.copy(content, copy)
            if known and self._ids is not None:
                os.chown(copy, *self._ids)
            yield copy if known else None, lambda reading: store.add(content, reading)
        finally:
            copy.unlink(missing_ok=True)

    def kill(self) -> None:
        """End the worker and what it started, at once; safe from any thread."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            self._process.kill()

    def close(self) -> None:
        """End the worker and remove what it wrote."""
        self.kill()
        self._process.wait()
        with suppress(OSError):
            self._sink.close()
        self._source.close()
        self._owned.close()

    def _own_folder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(mode=0o700)
        if self._ids is not None:
            os.chown(folder, *self._ids)
        return folder

    def _stage(self, path: Path, staged: Path) -> None:
        """Give the worker the file under a name that says nothing: a copy it owns, or a link as the same user."""
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(0, "ce n’est pas un fichier ordinaire")
            if self._ids is None:
                staged.symlink_to(path.absolute())
                return
            with staged.open("xb") as copy:
                shutil.copyfileobj(file, copy, _CHUNK)
                os.fchown(copy.fileno(), *self._ids)
                os.fchmod(copy.fileno(), 0o400)

    def _send(self, request: wire.Request) -> None:
        try:
            self._sink.write(wire.encode(request))
            self._sink.flush()
        except OSError as error:
            raise WorkerLostError(self._cause_of_death(), suspect=self._number > 1) from error

    def _ask(self, request: wire.Request, keep: Keep | None = None) -> wire.Reply:
        """What the worker answers in the end, ``keep`` having had what OCR read; its failures are raised."""
        self._send(request)
        readings = 0
        while True:
            reply = self._receive(self._options.limits.silence_seconds)
            if isinstance(reply, wire.Ready) or reply.number != self._number:
                raise self._distrusted()
            if isinstance(reply, wire.Failed):
                raise self._failure(reply)
            if isinstance(reply, wire.Recognised):
                readings += 1
                if keep is None or readings > _READINGS_A_PAGE * self._options.limits.pages:
                    raise self._distrusted()
                self._keep_reading(reply.reading, keep)
            elif not isinstance(reply, wire.Progress):
                return reply

    def _keep_reading(self, reading: OcrReading, keep: Keep) -> None:
        try:
            wire.check_reading(reading, self._options.limits)
        except wire.WireError as error:
            raise self._distrusted() from error
        keep(reading)

    def _failure(self, reply: wire.Failed) -> ExtractionFailure | WorkerLostError:
        try:
            failure = wire.checked_failure(reply)
        except wire.WireError:
            return self._distrusted()
        return WorkerLostError(failure, suspect=self._number > 1) if reply.spent else failure

    def _distrusted(self) -> WorkerLostError:
        return WorkerLostError(misbehaved("le lecteur a donné une réponse incohérente"), suspect=self._number > 1)

    def _receive(self, seconds: float) -> wire.Reply:
        """One reply within so many seconds of silence; kills the worker otherwise."""
        limits = self._options.limits
        heard = looked = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._source, selectors.EVENT_READ)
            while True:
                reply = self._next_reply()
                if reply is not None:
                    return reply
                if selector.select(_TICK):
                    data = self._source.read(_CHUNK)
                    if data == b"":
                        raise WorkerLostError(self._cause_of_death(), suspect=self._number > 1)
                    if data:
                        self._received += data
                        heard = time.monotonic()
                elif time.monotonic() - heard > seconds:
                    self.kill()
                    reason = f"aucune réponse depuis {seconds:g} secondes"
                    raise WorkerLostError(misbehaved(reason), suspect=False)
                if time.monotonic() - looked < _TICK:
                    continue
                looked = time.monotonic()
                if _resident(self._process.pid) > limits.memory_bytes:
                    self.kill()
                    raise WorkerLostError(out_of_memory(), suspect=self._number > 1)

    def _next_reply(self) -> wire.Reply | None:
        size = wire.HEADER.size
        if len(self._received) < size:
            return None
        length = wire.HEADER.unpack_from(self._received)[0]
        if length > wire.MOST_BYTES:
            raise self._distrusted()
        if len(self._received) < size + length:
            return None
        body = bytes(memoryview(self._received)[size : size + length])
        del self._received[: size + length]
        try:
            return wire.decode_reply(body)
        except wire.WireError as error:
            raise self._distrusted() from error

    def _cause_of_death(self) -> ExtractionFailure:
        try:
            code = self._process.wait(timeout=_DYING_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return misbehaved("le lecteur a fermé la communication")
        if code == -signal.SIGXCPU:
            return misbehaved("le temps de calcul permis est dépassé")
        if code == -signal.SIGXFSZ:
            return misbehaved("un fichier décompressé dépasse la taille permise")
        if code < 0:
            return misbehaved(f"le lecteur a été arrêté par le signal {-code}")
        return misbehaved(f"le lecteur s’est arrêté de lui-même (code {code})")

    def _keep_attachments(self, extracted: Extracted) -> Extracted:
        """Move checked attachments from the worker's folder to the house's, under names of the house."""
        if not extracted.attachments or self._options.unpack_dir is None:
            return replace(extracted, attachments=())
        kept = Path(tempfile.mkdtemp(prefix="attachments-", dir=self._options.unpack_dir))
        attachments = []
        for rank, attachment in enumerate(extracted.attachments):
            target = kept / f"{rank:05}"
            _take(attachment.path, target)
            attachments.append(Attachment(attachment.name, target))
        return replace(extracted, attachments=tuple(attachments))


def _opened(source: Path) -> IO[bytes]:
    """A file that the worker wrote, opened as the plain file it must be."""
    file = os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise wire.WireError("pièce jointe qui n’est pas un fichier")
    return file


def _take(source: Path, target: Path) -> None:
    with _opened(source) as file:
        status = os.fstat(file.fileno())
        try:
            source.rename(target)
            moved = target.lstat()
            if (moved.st_ino, moved.st_dev) != (status.st_ino, status.st_dev):
                raise wire.WireError("pièce jointe remplacée")
            os.fchown(file.fileno(), os.geteuid(), os.getegid())
            os.fchmod(file.fileno(), 0o600)
        except OSError:  # another file system
            with target.open("xb") as copy:
                shutil.copyfileobj(file, copy, _CHUNK)


def _resident(pid: int, *, family: bool = True) -> int:
    """Bytes of memory held by a process, and by its descendants; what has just ended holds none."""
    try:
        process = psutil.Process(pid)
        members = [process, *(process.children(recursive=True) if family else ())]
    except psutil.Error:
        return 0
    total = 0
    for member in members:
        with suppress(psutil.Error):
            total += member.memory_info().rss
    return total


def _environment(scratch: Path) -> dict[str, str]:
    """All that a worker knows of the outside: where programs are, and its own folder as home."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONPATH": str(_CODE),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Files are read in parallel: each library takes one core.
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _encodable(name: str) -> str:
    """A name that JSON can carry: bytes that were not UTF-8 become replacement characters."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
