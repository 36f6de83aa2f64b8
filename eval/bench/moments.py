"""``reuni bench moments``: people read while drops are published, and nothing that they are told contradicts itself.

Each version of each note says in every paragraph which one it is: whatever is told under a file's digits can be held to
what that very file says.
"""

import hashlib
import random
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from eval.bench.indexing_here import indexing_here
from eval.bench.load import served
from indexer.compartment import DEFAULT, Compartment
from indexer.encoder.onnx_encoder import OnnxEncoder

_NOTES = 24
_CHANGED, _LEFT_OUT = 5, 6
_FULL_EVERY = 6
_OPENED = 4
_ALERTS_SHOWN = 20
_SUBJECTS = (
    "lasers de la filière photonique",
    "vignoble champenois qui exporte",
    "fournisseur unique du projet Zéphyr",
    "délégation de gestion des crédits",
    "contrôle des investissements étrangers",
    "batteries et métaux rares",
)
_MARK = re.compile(r"m\d+v\d+z")
_EXPECTED = frozenset({200, 404, 409, 410})
"""What is not there, has changed or was withdrawn may be told as such."""
_ELSEWHERE = (
    *("/", "/fonds", "/fonds/retires", "/veille/flux.atom", "/metrics", "/api/v1/drops"),
    *("/api/v1/watch/searches", "/api/v1/watch/alerts", "/documents/{}/similaires", "/documents/{}/differences"),
    *("/api/v1/documents/{}", "/api/v1/documents/{}/similar"),
)

Publish = Callable[[Path, str, str], object]
"""Indexes a folder as a drop of this name, ``delta`` or ``full``."""


class Drops:
    """Drops of notes, one after the other: all of them, then some that change, now and then a full one that leaves
    some out.

    Attributes:
        says: the mark of each version, by its SHA-256.
        published: how many there were.
    """

    def __init__(self, root: Path, publish: Publish, seed: int = 0) -> None:
        self._root = root
        self._publish = publish
        self._dice = random.Random(seed)  # noqa: S311 - a fixed draw
        self._versions = dict.fromkeys(range(_NOTES), 0)
        self.says: dict[str, str] = {}
        self.published = 0

    def publish(self) -> None:
        """Write the next drop and publish it."""
        full = self.published % _FULL_EVERY == _FULL_EVERY - 1
        count = _NOTES - _LEFT_OUT if full else _CHANGED
        sent = self._dice.sample(range(_NOTES), count) if self.published else range(_NOTES)
        name = f"lot-{self.published}"
        (self._root / name).mkdir()
        for number in sent:
            if not full or self._dice.random() < 0.3:
                self._versions[number] = self.published
            path = self._root / name / f"note-{number}.txt"
            path.write_text(_note(number, self._versions[number]), encoding="utf-8")
            self.says[hashlib.sha256(path.read_bytes()).hexdigest()] = _mark(number, self._versions[number])
        self._publish(self._root / name, name, "full" if full else "delta")
        self.published += 1


def _mark(number: int, version: int) -> str:
    return f"m{number}v{version}z"


def _note(number: int, version: int) -> str:
    subject, mark = _SUBJECTS[number % len(_SUBJECTS)], _mark(number, version)
    told = (f"Paragraphe {n} ({mark}) : les pièces du dossier {'suivent ' * (version % 7)}." for n in range(3))
    return "\n\n".join((f"Note {number} sur {subject}", f"La présente note ({mark}) traite de : {subject}.", *told))


@dataclass
class Told:
    """What readers were told.

    Attributes:
        requests: by status.
        held: answers that were held to themselves, by what they are.
        contradictions: each in one line.
    """

    requests: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    contradictions: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, path: str, status: str, *, expected: bool) -> None:
        """Count one answer, or the reason why there is none."""
        with self.lock:
            self.requests[status] += 1
            if not expected:
                self.contradictions.append(f"{path} answers {status}")

    def hold(self, what: str, *, to: object, said: object) -> None:
        """Count an answer, and whether it says what it should."""
        with self.lock:
            self.held[what] += 1
            if said != to:
                self.contradictions.append(f"{what}: {said} where {to} is told")


class Reader:
    """Somebody who asks, opens what is found and looks at what is new, without a pause."""

    def __init__(self, http: httpx.Client, says: Mapping[str, str], told: Told, seed: int) -> None:
        self._http = http
        self._says = says
        self._told = told
        self._dice = random.Random(seed)  # noqa: S311 - a fixed draw

    def read(self) -> None:
        """One question, and what follows from it."""
        question = self._dice.choice(_SUBJECTS)
        found = self._get("/api/v1/search", q=question, passages="3")
        hits = found.json()["hits"] if found else []
        for hit in hits:
            for passage in (hit["passage"], *hit["others"]):
                self._hold("hit", hit["document"]["version"], passage["text"])
        for hit in self._dice.sample(hits, min(len(hits), _OPENED)):
            self._open(hit)
        self._get("/", q=question)
        self._watch()

    def _open(self, hit: Mapping[str, Any]) -> None:
        document, passage = hit["document"], hit["passage"]
        place = f"/api/v1/documents/{document['id']}"
        if page := self._get(f"{place}/pages/{passage['page']}", version=document["version"]):
            text = page.json()["text"]
            self._hold("page", document["version"], text)
            if len(passage["spans"]) == 1:
                (span,) = passage["spans"]
                self._told.hold("place", to=passage["text"], said=text[span["start"] : span["end"]])
        if passages := self._get(f"{place}/passages"):
            for one in passages.json()["passages"]:
                self._hold("passage", passages.json()["version"], one["text"])
        if opened := self._get(passage["url"]):
            shown = re.sub(r"<[^>]*>", " ", opened.text.partition("<main")[2])
            # Quoted, it bears digits; the passage of the link may have left with the version it was of.
            if digits := re.search(r"SHA-256 ([0-9a-f]{64})", shown):
                self._hold("document", digits[1], shown)
        for address in self._dice.sample(_ELSEWHERE, 3):
            self._get(address.format(document["id"]))

    def _watch(self) -> None:
        """The page says how many alerts are unread, and shows the latest."""
        if page := self._get("/veille"):
            count = re.search(r"(\d+)(?:\s|&nbsp;)+alertes? non lue", page.text)
            unread = int(count[1]) if count else 0
            self._told.hold("watch", to=min(unread, _ALERTS_SHOWN), said=page.text.count("Non lue"))

    def _hold(self, what: str, version: str, text: str) -> None:
        """A text told under a version's digits bears its mark, and no other."""
        told = self._says.get(version, "a version that was never sent")
        self._told.hold(what, to={told}, said={*_MARK.findall(text)})

    def _get(self, address: str, **asked: str) -> httpx.Response | None:
        """An answer, or None where there is nothing to read."""
        path = re.sub("[0-9a-f]{12,}", "…", address.partition("?")[0])
        try:
            answer = self._http.get(address, params=asked or None)
        except httpx.HTTPError as error:
            self._told.answered(path, type(error).__name__, expected=False)
            return None
        self._told.answered(path, str(answer.status_code), expected=answer.status_code in _EXPECTED)
        return answer if answer.status_code == 200 else None


def campaign(url: str, drops: Drops, *, seconds: float, clients: int, least: int = 1) -> Told:
    """Read a server of this machine while drops are published in the data directory it serves.

    Args:
        drops: of which one is published already.
        seconds: how long, or longer: until ``least`` more drops are published.
    """
    told, before, ended = Told(), drops.published, threading.Event()
    saved = {"q": _SUBJECTS[2], "name": "Zéphyr"}
    httpx.post(f"{url}/api/v1/watch/searches", json=saved, timeout=60).raise_for_status()

    def reading(seed: int) -> None:
        with httpx.Client(base_url=url, timeout=60) as http:
            reader = Reader(http, drops.says, told, seed)
            while not ended.is_set():
                reader.read()

    until = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as people:
        readings = [people.submit(reading, seed) for seed in range(clients)]
        try:
            while time.monotonic() < until or drops.published < before + least:
                drops.publish()
        finally:
            ended.set()
    for one in readings:
        one.result()
    return told


def run(
    encoder_folder: Path, *, seconds: float = 120, clients: int = 4, workers: int = 2, seed: int = 0
) -> dict[str, Any]:
    """Publish without a pause while people read.

    Args:
        clients: people who read at the same time.
        workers: processes that serve together.
        seed: another draw of the notes that change.

    Returns:
        ``seconds``, ``clients``, ``workers``, ``published`` (drops), ``requests`` (by status), ``held`` (answers held
        to themselves, by what they are), ``contradictions``.
    """
    with tempfile.TemporaryDirectory(prefix="reuni-moments-") as folder:
        data = Path(folder) / "data"
        indexing = indexing_here(Compartment(data, DEFAULT), OnnxEncoder.open(encoder_folder))
        drops = Drops(Path(folder), lambda drop, name, mode: indexing.drop(drop, mode=mode, name=name), seed)
        drops.publish()
        with served(data, workers) as (url, _):
            told = campaign(url, drops, seconds=seconds, clients=clients)
    return {
        "seconds": seconds,
        "clients": clients,
        "workers": workers,
        "published": drops.published,
        "requests": dict(sorted(told.requests.items())),
        "held": dict(sorted(told.held.items())),
        "contradictions": told.contradictions,
    }
