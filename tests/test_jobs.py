"""Long work: one at a time where it must be, followed, and found interrupted when its process dies."""

import multiprocessing
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from corpus.errors import InputError
from search_api.engine import jobs as module
from search_api.engine.desk import Conflict
from search_api.engine.jobs import JobKind, JobState, JobStore


def add(store: JobStore, name: str = "lot", kind: JobKind = JobKind.DROP) -> str:
    return store.add(kind, "a", name, {"n": 1}, alone_among=[JobKind.DROP, JobKind.RETRY]).id


def state(store: JobStore, job_id: str) -> JobState:
    job = store.job(job_id)
    assert job is not None
    return job.state


def test_a_job_is_queued_then_runs_then_is_done(data: Path) -> None:
    store = JobStore(data)
    job_id = add(store)
    assert state(store, job_id) is JobState.QUEUED
    with store.working(job_id) as work:
        work.progress("Lecture", 3, 3)
        job = store.job(job_id)
        assert job and (job.state, job.stage, job.done, job.total) == (JobState.RUNNING, "Lecture", 3, 3)
        work.result = {"files": 3}
    job = store.job(job_id)
    assert job and (job.state, job.result) == (JobState.DONE, {"files": 3})


def test_a_job_that_fails_says_why_and_what_to_do(data: Path) -> None:
    store = JobStore(data)
    job_id = add(store)
    with pytest.raises(InputError), store.working(job_id):
        raise InputError("la ligne 3 est fausse", remedy="Corrigez-la")
    job = store.job(job_id)
    assert job and (job.state, job.message, job.remedy) == (JobState.FAILED, "la ligne 3 est fausse", "Corrigez-la")


def test_an_unforeseen_fault_is_told_without_its_text(data: Path) -> None:
    store = JobStore(data)
    job_id = add(store)
    with pytest.raises(ZeroDivisionError), store.working(job_id):
        raise ZeroDivisionError("texte secret")
    job = store.job(job_id)
    assert job and job.state is JobState.FAILED and "secret" not in job.message + job.remedy


def test_two_jobs_that_write_do_not_wait_together(data: Path) -> None:
    store = JobStore(data)
    first = add(store, "lot 2026-s48")
    with pytest.raises(Conflict, match="lot 2026-s48"):
        add(store, kind=JobKind.RETRY)
    with store.working(first):
        pass
    add(store)


def test_a_job_is_done_once(data: Path) -> None:
    store = JobStore(data)
    job_id = add(store)
    with store.working(job_id):
        pass
    with pytest.raises(Conflict), store.working(job_id):
        raise AssertionError


def _work(data: Path, job_id: str, started: "multiprocessing.synchronize.Event") -> None:
    with JobStore(data).working(job_id):
        started.set()
        signal.pause()


def test_a_job_whose_process_is_killed_is_found_interrupted_with_a_remedy(data: Path) -> None:
    store = JobStore(data)
    job_id = add(store)
    spawn = multiprocessing.get_context("spawn")
    started = spawn.Event()
    process = spawn.Process(target=_work, args=(data, job_id, started))
    process.start()
    assert started.wait(60)
    assert state(store, job_id) is JobState.RUNNING
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    job = store.job(job_id)
    assert job and job.state is JobState.INTERRUPTED and job.remedy
    add(store)


def test_a_job_that_nobody_takes_is_found_interrupted(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = JobStore(data)
    job_id = add(store)
    monkeypatch.setattr(module, "_STARTS_WITHIN", timedelta(0))
    assert state(store, job_id) is JobState.INTERRUPTED


def test_jobs_are_counted_by_state(data: Path) -> None:
    store = JobStore(data)
    with store.working(add(store)):
        pass
    add(store)
    assert store.counts() == {"queued": 1, "running": 0, "done": 1, "failed": 0, "interrupted": 0}


def test_old_jobs_are_forgotten(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    store = JobStore(data)
    for number in range(5):
        with store.working(add(store, f"lot {number}")):
            pass
    assert [job.name for job in store.jobs()] == ["lot 4", "lot 3"]
