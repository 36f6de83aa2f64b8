"""``reuni bench crash``: indexing struck down again and again, and what is left looked at each time.

After every strike: the last generation serves, an answer is the former one or the new one and never a mix of both,
nothing acknowledged is lost, and the same command run again completes, leaving nothing behind.
"""

import errno
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.bench.indexing_here import indexing_here
from eval.bench.word_encoder import WordEncoder
from indexer.check import check
from indexer.compartment import DEFAULT, Compartment
from indexer.faults import FaultKind, Faults, forked, limit_file_size
from indexer.indexing import Indexing
from search_api.engine.answer import SearchRequest
from search_api.engine.readers import Readers
from search_api.engine.search import Engine

_WORDS = ("douane", "photonique", "brevet", "norme", "satellite", "acier")
_FIRST = {f"note-{n}.txt": f"Note {n}\n\nLe dossier {n} traite de {word}." for n, word in enumerate(_WORDS)}
_SECOND = _FIRST | {"avis.txt": "Avis\n\nUn avis sur la semence et le brevet."}
# Struck: a full delivery that changes, adds and withdraws.
_THIRD = {name: text for name, text in _SECOND.items() if name != "note-1.txt"} | {
    "note-2.txt": "Note 2\n\nLe brevet a été cédé, le dossier est clos.",
    "decision.txt": "Décision\n\nLa décision sur le satellite est prise, la semence attendra.",
}
_QUERIES = ("brevet", "dossier photonique", "satellite", "semence")
# Kills on one collection, at most.
_ROW = 8
# Seconds after which a process that says nothing is held to be blocked; the longest takes some ten on a busy machine.
_SILENT = 120
_OWN_NAMES = (".managed.json", ".tantivy-")

Answers = list[list[tuple[str, str, float]]]


def run(*, seconds: float = 600, stride: int = 1, moments: int = 1000, seed: int = 0) -> dict[str, Any]:
    """Strike until everything was tried or the time is up, in a process of its own.

    Kills at random moments come in a row on one collection, whose indexing is run again after each: what serves is
    looked at each time, and after the last one that the indexing completes.

    Args:
        seconds: at most, for the whole campaign.
        stride: every how many calls a fault is put; 0 for kills at random moments alone.
        moments: how many kills at random moments, and how many limits of file size.

    Returns:
        ``calls`` (in one undisturbed run), ``strikes`` by kind, ``completed`` (False when the time was up first),
        ``failures``: what was not as promised, each in one line.
    """
    command = [sys.executable, "-m", "eval.bench.crash", str(seconds), str(stride), str(moments), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    if done.returncode != 0:
        raise RuntimeError(f"the campaign itself failed: {done.stderr[-2000:]}")
    result = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(result, dict)  # noqa: S101 - what this module writes
    return result


@dataclass(frozen=True, slots=True)
class Strike:
    """One way to strike.

    Attributes:
        kind: its name in the report.
        call: at which call, for faults put at a call.
        error: errno of the calls that fail.
        size: bytes that files may not pass.
        moments: seconds after which each run is killed, one run after the other.
    """

    kind: str
    call: int = 0
    error: int = 0
    size: int = 0
    moments: tuple[float, ...] = ()


class Campaign:
    """Strikes one after the other on copies of one small collection."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._master = root / "master"
        self._drop = _written(root / "third", _THIRD)
        self._former: Answers = []
        self._new: Answers = []
        self.calls = 0
        self.seconds = 0.0
        self.done: Counter[str] = Counter()

    def prepare(self) -> None:
        """The collection before, and what answers before and after."""
        self._call(lambda: self._prepared(self._master))
        self._former = self._asked(self._master)
        whole = self._copy()
        started = time.perf_counter()
        counter = self._call(lambda: self._counted(whole))
        self.seconds = time.perf_counter() - started
        self.calls = int(counter)
        self._new = self._asked(whole)
        shutil.rmtree(whole)

    def strike(self, strike: Strike, until: float) -> str:
        """Strike once, or kill one run after the other until a time; returns what was not as promised, or ""."""
        data = self._copy()
        if strike.moments:
            acknowledged, wrong = self._killed(data, strike, until)
        else:
            acknowledged, wrong = _result(*forked(lambda: self._struck(data, strike))) == b"done", ""
            self.done[strike.kind] += 1
        wrong = wrong or self._call(lambda: self._looked(data, acknowledged)).decode()
        shutil.rmtree(data)
        return "" if wrong == "ok" else wrong

    def _killed(self, data: Path, strike: Strike, until: float) -> tuple[bool, str]:
        """Kill one run after the other while somebody searches, until one ends before its moment or the time is up."""
        searching = forked(lambda: self._searched(data))
        acknowledged, wrong = False, ""
        for moment in strike.moments:
            child, pipe = forked(lambda: self._struck(data, strike))
            time.sleep(moment)
            os.kill(child, signal.SIGKILL)
            acknowledged = _result(child, pipe) == b"done"
            self.done[strike.kind] += 1
            wrong = self._call(lambda acknowledged=acknowledged: self._served(data, acknowledged)).decode()  # type: ignore[misc]
            if wrong or acknowledged or time.monotonic() > until:
                break
        (data.parent / f"{data.name}.stop").touch()
        found = _result(*searching).decode() or "le lecteur est mort"
        return acknowledged, wrong or ("" if found == "ok" else found)

    def _copy(self) -> Path:
        return Path(shutil.copytree(self._master, tempfile.mkdtemp(dir=self._root), dirs_exist_ok=True))

    def _call(self, work: Callable[[], bytes]) -> bytes:
        return _result(*forked(_told(work)))

    def _asked(self, data: Path) -> Answers:
        found: Answers = json.loads(self._call(lambda: json.dumps(_answers(_engine(data))).encode()))
        return found

    def _prepared(self, data: Path) -> bytes:
        for name, files in (("first", _FIRST), ("second", _SECOND)):
            _indexing(data).drop(_written(self._root / name, files), name=name, mode="full")
        return b"ok"

    def _counted(self, data: Path) -> bytes:
        faults = Faults(data, FaultKind.ERROR_ONCE, 1 << 60, 0)
        faults.install()
        _indexing(data).drop(self._drop, name="third", mode="full")
        return str(faults.calls).encode()

    def _struck(self, data: Path, strike: Strike) -> bytes:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - before any fault is installed
            os.dup2(nowhere.fileno(), 2)
        if strike.kind == "small_files":
            limit_file_size(strike.size)
        elif strike.call:
            Faults(data, FaultKind(strike.kind), strike.call, strike.error).install()
        _indexing(data).drop(self._drop, name="third", mode="full")
        return b"done"

    def _searched(self, data: Path) -> bytes:
        """Search without rest while it is struck; every answer must be of one generation."""
        engine = _engine(data)
        engine.follow()
        stop = data.parent / f"{data.name}.stop"
        try:
            while not stop.exists():
                for place, query in enumerate(_QUERIES):
                    answer = _answer(engine, query)
                    if answer not in (self._former[place], self._new[place]):
                        return f"réponse mêlée à « {query} » pendant l’indexation".encode()
        except Exception:
            return f"erreur d’un lecteur : {traceback.format_exc(limit=-2)}".encode()
        return b"ok"

    def _served(self, data: Path, acknowledged: bool) -> bytes:
        """What is wrong with what serves right after a strike, or nothing."""
        found = json.loads(json.dumps(_answers(_engine(data))))
        if found not in (self._former, self._new):
            return "ce qui sert est un mélange".encode()
        return "ce qui était acquis est perdu".encode() if acknowledged and found != self._new else b""

    def _looked(self, data: Path, acknowledged: bool) -> bytes:
        """What is left after a strike, then after running the same command again."""
        if wrong := self._served(data, acknowledged):
            return wrong
        indexed = _indexing(data).drop(self._drop, name="third", mode="full")
        if indexed.report.files != len(_THIRD):
            return f"{indexed.report.files} fichiers au compte rendu".encode()
        if json.loads(json.dumps(_answers(_engine(data)))) != self._new:
            return "la reprise ne donne pas l’index attendu".encode()
        if faults := check(data, WordEncoder()).faults:
            return f"check : {faults[0].message}".encode()
        if left := _leftovers(Compartment(data, DEFAULT)):
            return f"reste : {left[0]}".encode()
        return b"ok"


def _leftovers(compartment: Compartment) -> list[str]:
    """What an interrupted writer left and nobody needs."""
    kept = set(compartment.sealed())
    found = [p.name for p in compartment.generations.iterdir() if p.name not in kept]
    found += [p.name for p in compartment.folder.rglob(".*") if not p.name.startswith(_OWN_NAMES)]
    return found + (["générations en trop"] if len(kept) > 2 else [])


def _told(work: Callable[[], bytes]) -> Callable[[], bytes]:
    """An exception is a result too."""

    def told() -> bytes:
        try:
            return work()
        except Exception:
            return f"exception : {traceback.format_exc(limit=-3)}".encode()

    return told


def _result(child: int, pipe: int) -> bytes:
    """What a forked process tells; one that tells nothing for two minutes is killed, and that is what is told."""
    content = b""
    while select.select([pipe], [], [], _SILENT)[0]:
        if not (piece := os.read(pipe, 1 << 16)):
            break
        content += piece
    else:
        os.kill(child, signal.SIGKILL)
        content = f"rien en {_SILENT} s : bloqué".encode()
    os.close(pipe)
    os.waitpid(child, 0)
    return content


def _written(folder: Path, files: Mapping[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _indexing(data: Path) -> Indexing:
    return indexing_here(Compartment(data, DEFAULT), WordEncoder())


def _engine(data: Path) -> Engine:
    encoder = WordEncoder()
    return Engine(Readers(data, encoder.identity), encoder)


def _answer(engine: Engine, query: str) -> list[Any]:
    hits = engine.search(SearchRequest(query=query)).hits
    return [[hit.document.id, hit.passage.text, hit.score] for hit in hits]


def _answers(engine: Engine) -> list[list[Any]]:
    return [_answer(engine, query) for query in _QUERIES]


def _strikes(calls: int, seconds: float, stride: int, moments: int, chance: random.Random) -> list[Strike]:
    ways = ((FaultKind.KILL, 0), (FaultKind.ERROR_ONCE, errno.EIO), (FaultKind.ERROR_ALWAYS, errno.ENOSPC))
    groups = [
        [Strike(kind.value, call, error) for call in chance.sample(range(1, calls + 2), calls + 1)[::stride]]
        for kind, error in (ways if stride else ())
    ]
    instants = [chance.uniform(0, 1.2 * seconds) for _ in range(moments)]
    groups.append([Strike("kill_at_moment", moments=tuple(instants[n : n + _ROW])) for n in range(0, moments, _ROW)])
    groups.append(
        [Strike("small_files", size=int(2 ** chance.uniform(4, 17))) for _ in range(moments if stride else 0)]
    )
    # Interleaved: whatever the time given, every kind gets its share.
    spread = [(i / len(group), n, strike) for n, group in enumerate(groups) for i, strike in enumerate(group)]
    return [strike for _, _, strike in sorted(spread, key=lambda entry: entry[:2])]


def main(arguments: list[str]) -> None:
    """The campaign's own process: it forks, so it starts no thread and opens no index itself."""
    seconds, stride, moments, seed = float(arguments[0]), int(arguments[1]), int(arguments[2]), int(arguments[3])
    started = time.monotonic()
    failures: list[str] = []
    struck = 0
    with tempfile.TemporaryDirectory(prefix="reuni-crash-") as folder:
        campaign = Campaign(Path(folder))
        campaign.prepare()
        todo = _strikes(campaign.calls, campaign.seconds, stride, moments, random.Random(seed))  # noqa: S311
        kinds = len({strike.kind for strike in todo})
        for strike in todo:
            # Whatever the time, each kind is struck with once.
            if time.monotonic() - started > seconds and struck >= kinds:
                break
            wrong = campaign.strike(strike, started + seconds)
            struck += 1
            if wrong:
                failures.append(f"{strike} : {wrong}")
    result = {
        "calls": campaign.calls,
        "strikes": dict(campaign.done),
        "completed": struck == len(todo) and time.monotonic() - started <= seconds,
        "seconds": round(time.monotonic() - started, 1),
        "failures": failures,
    }
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
