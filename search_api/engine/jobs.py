"""Long work asked for by people: queued, done elsewhere, followed, and found again after a restart
(``DATA/desk/jobs.sqlite``).

Whoever does a job holds a lock that the kernel frees when its process ends, however it ends: a job that is said to
run and whose lock nobody holds was interrupted.
"""

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from corpus.errors import ReuniError
from indexer.lock import is_held, writer_lock
from search_api.engine.desk import Conflict, Desk

FILE = "jobs.sqlite"
MOST_KEPT = 500
"""Finished jobs that are remembered."""

_FORMAT = 1
_SCHEMA = """
CREATE TABLE job (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, owner TEXT NOT NULL, compartment TEXT NOT NULL, name TEXT NOT NULL, params TEXT NOT NULL,
    state TEXT NOT NULL, stage TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL,
    message TEXT NOT NULL, remedy TEXT NOT NULL, result TEXT NOT NULL,
    created_at TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT NOT NULL
)
"""
_COLUMNS = (
    "id, kind, owner, compartment, name, params, state, stage, done, total, message, remedy, result, "
    "created_at, started_at, finished_at"
)
_STARTS_WITHIN = timedelta(seconds=60)
_PROGRESS_EVERY_S = 0.3


class JobKind(StrEnum):
    """What is to be done."""

    DROP = "drop"
    RETRY = "retry"
    WITHDRAW = "withdraw"
    WATCH_LIST = "watch_list"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


ACTIVE = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    Attributes:
        id: 16 hexadecimal digits.
        compartment: whose documents it concerns, or "".
        name: for people.
        params: what is to be done; JSON values.
        stage, done, total: how far it is, ``total`` 0 when it is not known.
        message, remedy: French, why it failed and what to do; "" otherwise.
        result: what came of it; JSON values.
        created_at, started_at, finished_at: ISO 8601, UTC, "" before they are.
    """

    id: str
    kind: JobKind
    owner: str
    compartment: str
    name: str
    params: Mapping[str, Any]
    state: JobState
    stage: str
    done: int
    total: int
    message: str
    remedy: str
    result: Mapping[str, Any]
    created_at: str
    started_at: str
    finished_at: str

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ACTIVE


class Working:
    """What the one who does a job tells of it."""

    def __init__(self, desk: Desk, job_id: str) -> None:
        self._desk = desk
        self._id = job_id
        self._said = 0.0
        self.result: dict[str, Any] = {}

    def progress(self, stage: str, done: int, total: int) -> None:
        """Say how far the job is; said too often, most of it is left out."""
        now = time.monotonic()
        if now - self._said >= _PROGRESS_EVERY_S or (total and done >= total):
            self._said = now
            with self._desk.writing() as db:
                db.execute("UPDATE job SET stage = ?, done = ?, total = ? WHERE id = ?", (stage, done, total, self._id))


class JobStore:
    """The jobs of a data directory. Safe to use from several threads and processes."""

    def __init__(self, data: Path) -> None:
        self._desk = Desk(data / "desk" / FILE, _FORMAT, _SCHEMA)
        self._locks = data / "desk" / "jobs"

    def add(
        self,
        kind: JobKind,
        owner: str,
        name: str,
        params: Mapping[str, Any],
        *,
        compartment: str = "",
        alone_among: Sequence[JobKind] = (),
    ) -> Job:
        """Queue a job; with ``alone_among``, only when no job of these kinds waits or runs.

        Raises:
            Conflict: one does; says which.
        """
        self.settle()
        job_id = secrets.token_hex(8)
        with self._desk.writing() as db:
            for (other,) in db.execute(
                "SELECT name FROM job WHERE state IN ('queued', 'running') "
                "AND kind IN (SELECT value FROM json_each(?))",
                (json.dumps(alone_among),),
            ):
                raise Conflict(
                    f"un autre travail est en cours sur le fonds : « {other} »",
                    remedy="Attendez qu’il finisse, puis recommencez",
                )
            db.execute(
                f"INSERT INTO job ({_COLUMNS}) "  # noqa: S608
                "VALUES (?, ?, ?, ?, ?, ?, 'queued', '', 0, 0, '', '', '{}', ?, '', '')",
                (job_id, kind, owner, compartment, name, json.dumps(params, ensure_ascii=False), _now()),
            )
            db.execute(
                "DELETE FROM job WHERE state NOT IN ('queued', 'running') AND number <= "
                "(SELECT MAX(number) FROM job) - ?",
                (MOST_KEPT,),
            )
        added = self.job(job_id)
        assert added is not None  # noqa: S101 - just written
        return added

    def job(self, job_id: str) -> Job | None:
        """One job, as it stands now."""
        self.settle()
        with self._desk.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM job WHERE id = ?", (job_id,)).fetchone()  # noqa: S608
        return None if row is None else _job(row)

    def jobs(self, kinds: Sequence[JobKind] = tuple(JobKind), most: int = 50) -> list[Job]:
        """The jobs of these kinds, latest first."""
        self.settle()
        with self._desk.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM job WHERE kind IN (SELECT value FROM json_each(?)) "  # noqa: S608
                "ORDER BY number DESC LIMIT ?",
                (json.dumps(kinds), most),
            ).fetchall()
        return [_job(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many jobs stand in each state; zero included."""
        self.settle()
        with self._desk.reading() as db:
            found = dict(db.execute("SELECT state, COUNT(*) FROM job GROUP BY state"))
        return {state.value: int(found.get(state.value, 0)) for state in JobState}

    @contextmanager
    def working(self, job_id: str) -> Iterator[Working]:
        """Do a job inside the block: it runs, then is done, or failed with what the error says.

        A job whose process dies in the block is found interrupted.

        Raises:
            Conflict: it is not waiting, or somebody else does it.
        """
        with writer_lock(self._lock(job_id)):
            with self._desk.writing() as db:
                taken = db.execute(
                    "UPDATE job SET state = 'running', started_at = ? WHERE id = ? AND state = 'queued'",
                    (_now(), job_id),
                ).rowcount
            if not taken:
                raise Conflict("ce travail n’est pas en attente", remedy="Voyez où il en est")
            work = Working(self._desk, job_id)
            try:
                yield work
            except ReuniError as error:
                self._end(job_id, JobState.FAILED, error.message, error.remedy)
                raise
            except Exception:
                remedy = "Recommencez ; si cela se répète, donnez le journal du serveur à l’exploitant"
                self._end(job_id, JobState.FAILED, "une erreur imprévue a arrêté ce travail", remedy)
                raise
            self._end(job_id, JobState.DONE, result=work.result)
            # The state tells the rest: a file a job would only pile up.
            self._lock(job_id).unlink(missing_ok=True)

    def settle(self) -> None:
        """Find the jobs that were interrupted."""
        with self._desk.reading() as db:
            active = db.execute("SELECT id, state, created_at FROM job WHERE state IN ('queued', 'running')").fetchall()
        for job_id, state, created_at in active:
            waits = state == JobState.QUEUED and _age(created_at) < _STARTS_WITHIN
            if not waits and not is_held(self._lock(job_id)):
                self._end(
                    job_id,
                    JobState.INTERRUPTED,
                    "ce travail a été interrompu (serveur arrêté ou processus tué)",
                    "Recommencez : ce qui était fait n’est pas à refaire",
                    only_if=state,
                )

    def _end(
        self,
        job_id: str,
        state: JobState,
        message: str = "",
        remedy: str = "",
        *,
        result: Mapping[str, Any] | None = None,
        only_if: str = JobState.RUNNING,
    ) -> None:
        with self._desk.writing() as db:
            db.execute(
                "UPDATE job SET state = ?, message = ?, remedy = ?, result = ?, finished_at = ? "
                "WHERE id = ? AND state = ?",
                (state, message, remedy, json.dumps(result or {}, ensure_ascii=False), _now(), job_id, only_if),
            )

    def _lock(self, job_id: str) -> Path:
        return self._locks / f"{job_id}.lock"


def _job(row: Sequence[Any]) -> Job:
    job_id, kind, owner, compartment, name, params, state, stage, done, total, message, remedy, result, *times = row
    return Job(
        job_id,
        JobKind(kind),
        owner,
        compartment,
        name,
        json.loads(params),
        JobState(state),
        stage,
        done,
        total,
        message,
        remedy,
        json.loads(result),
        *times,
    )


def _age(iso: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(iso)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
