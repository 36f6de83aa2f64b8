"""What people judge, on disk: topics, the documents pooled for them, verdicts, decisions, opinions.

No text of a document is kept here: a pooled document is named, and read from its compartment by who may. Each row
that names one carries its compartment.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from corpus.document import Span
from corpus.errors import InputError
from eval.topics import Split, Topic
from search_api.engine.desk import Desk, Missing
from search_api.engine.judging import Opinion, Opinions, PassagePlace, Pooled, Verdict

VERSION = 1
_SCHEMA = """
CREATE TABLE topic (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL, narrative TEXT NOT NULL,
    category TEXT NOT NULL, split TEXT NOT NULL, answerable INTEGER NOT NULL
) WITHOUT ROWID;
-- One row a time `reuni eval pool` was run: kept apart from the items, which do not say who found them.
CREATE TABLE pooling (at TEXT NOT NULL, depth INTEGER NOT NULL, systems TEXT NOT NULL, added INTEGER NOT NULL);
CREATE TABLE item (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL REFERENCES topic(id), compartment TEXT NOT NULL,
    document_id TEXT NOT NULL, external_id TEXT NOT NULL, version TEXT NOT NULL, spans TEXT NOT NULL,
    UNIQUE (topic, compartment, document_id)
);
CREATE TABLE judgment (
    item INTEGER NOT NULL REFERENCES item(id), assessor TEXT NOT NULL, verdict TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (item, assessor)
) WITHOUT ROWID;
CREATE TABLE decision (
    item INTEGER PRIMARY KEY REFERENCES item(id), verdict TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,
    at TEXT NOT NULL
);
-- Nothing says who gave an opinion: only how many did, and the last day.
CREATE TABLE opinion (
    id INTEGER PRIMARY KEY, query TEXT NOT NULL, compartment TEXT NOT NULL, document_id TEXT NOT NULL,
    external_id TEXT NOT NULL, version TEXT NOT NULL, spans TEXT NOT NULL, useful INTEGER NOT NULL,
    useless INTEGER NOT NULL, last TEXT NOT NULL, UNIQUE (query, compartment, document_id)
);
"""
_ADD_ITEM = (
    "INSERT INTO item (topic, compartment, document_id, external_id, version, spans) VALUES (?,?,?,?,?,?) ON CONFLICT "
)


class JudgingStore:
    """The file ``judging.sqlite`` of the desk."""

    def __init__(self, path: Path) -> None:
        self._desk = Desk(path, VERSION, _SCHEMA)

    def add_pool(
        self, topics: Sequence[Topic], found: Iterable[tuple[str, PassagePlace]], systems: Sequence[str], depth: int
    ) -> int:
        """Add to the pools what they do not hold yet; what they hold follows the document's present version.

        Items are numbered in the order of their names, so that a number tells nothing of a rank or a system.

        Args:
            found: topic numbers, and a document that some system found for it.

        Returns:
            how many documents are new.

        Raises:
            InputError: a topic known under this number says something else.
        """
        ordered = sorted(found, key=lambda one: (one[0], one[1].compartment, one[1].external_id))
        with self._desk.writing() as db:
            for topic in topics:
                _add_topic(db, topic)
            before = _count(db)
            db.executemany(
                _ADD_ITEM + "DO UPDATE SET external_id = excluded.external_id, version = excluded.version, "
                "spans = excluded.spans",
                [(topic, *_row(place)) for topic, place in ordered],
            )
            added = _count(db) - before
            db.execute("INSERT INTO pooling VALUES (?,?,?,?)", (_now(), depth, json.dumps(list(systems)), added))
        return added

    def topics(self) -> tuple[Topic, ...]:
        """Every topic, by number."""
        with self._desk.reading() as db:
            rows = db.execute(
                "SELECT id, title, description, narrative, category, split, answerable FROM topic ORDER BY id"
            ).fetchall()
        return tuple(
            Topic(number, title, description, narrative, category, Split(split) if split else None, bool(answerable))
            for number, title, description, narrative, category, split, answerable in rows
        )

    def items(self, compartments: Sequence[str], topic: str | None = None) -> tuple[Pooled, ...]:
        """What was pooled from these compartments, by number."""
        with self._desk.reading() as db:
            rows = db.execute(
                "SELECT id, topic, compartment, document_id, external_id, version, spans FROM item "
                "WHERE compartment IN (SELECT value FROM json_each(?)) AND (? IS NULL OR topic = ?) ORDER BY id",
                (json.dumps(list(compartments)), topic, topic),
            ).fetchall()
        return tuple(Pooled(number, topic, _place(place)) for number, topic, *place in rows)

    def verdicts(self) -> dict[str, dict[int, Verdict]]:
        """Assessor to item to verdict, assessors by name."""
        found: dict[str, dict[int, Verdict]] = {}
        with self._desk.reading() as db:
            for assessor, item, verdict in db.execute(
                "SELECT assessor, item, verdict FROM judgment ORDER BY assessor, item"
            ):
                found.setdefault(assessor, {})[item] = Verdict(verdict)
        return found

    def judge(self, item: int, assessor: str, verdict: Verdict, compartments: Sequence[str]) -> None:
        """Keep a verdict, in the place of an earlier one."""
        with self._desk.writing() as db:
            _require_item(db, item, compartments)
            db.execute("INSERT OR REPLACE INTO judgment VALUES (?,?,?,?)", (item, assessor, verdict.value, _now()))

    def decisions(self) -> dict[int, Verdict]:
        """Item to what was decided."""
        with self._desk.reading() as db:
            return {item: Verdict(verdict) for item, verdict in db.execute("SELECT item, verdict FROM decision")}

    def decide(self, item: int, by: str, verdict: Verdict, reason: str, compartments: Sequence[str]) -> None:
        """Keep a decision, in the place of an earlier one."""
        if not verdict.final or not reason.strip():
            raise InputError(
                "une décision est une note, avec sa raison", remedy="Choisissez une note et écrivez la raison"
            )
        with self._desk.writing() as db:
            _require_item(db, item, compartments)
            row = (item, verdict.value, " ".join(reason.split()), by, _now())
            db.execute("INSERT OR REPLACE INTO decision VALUES (?,?,?,?,?)", row)

    def give(self, opinion: Opinion) -> None:
        """Count an opinion."""
        with self._desk.writing() as db:
            db.execute(
                "INSERT INTO opinion (query, compartment, document_id, external_id, version, spans, useful, useless, "
                "last) VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET external_id = excluded.external_id, "
                "version = excluded.version, spans = excluded.spans, useful = useful + excluded.useful, "
                "useless = useless + excluded.useless, last = excluded.last",
                (opinion.query, *_row(opinion.place), int(opinion.useful), int(not opinion.useful), _now()[:10]),
            )

    def opinions(self, compartments: Sequence[str]) -> tuple[Opinions, ...]:
        """Opinions of documents of these compartments, most recent first."""
        with self._desk.reading() as db:
            rows = db.execute(
                "SELECT id, query, useful, useless, last, compartment, document_id, external_id, version, spans "
                "FROM opinion WHERE compartment IN (SELECT value FROM json_each(?)) "
                "ORDER BY last DESC, query, external_id",
                (json.dumps(list(compartments)),),
            ).fetchall()
        return tuple(
            Opinions(number, query, _place(place), useful, useless, last)
            for number, query, useful, useless, last, *place in rows
        )

    def retain(self, opinions: int, topic_id: str, by: str, verdict: Verdict, compartments: Sequence[str]) -> None:
        """Put the document in the topic's pool with a verdict of ``by``, and erase the opinions; all or nothing."""
        with self._desk.writing() as db:
            place = _require_opinions(db, opinions, compartments)
            if not db.execute("SELECT 1 FROM topic WHERE id = ?", (topic_id,)).fetchone():
                raise Missing(
                    f"le sujet « {topic_id} » n’existe pas", remedy="Choisissez un sujet de la liste, ou écartez l’avis"
                )
            db.execute(_ADD_ITEM + "DO NOTHING", (topic_id, *_row(place)))
            (item,) = db.execute(
                "SELECT id FROM item WHERE topic = ? AND compartment = ? AND document_id = ?",
                (topic_id, place.compartment, place.document_id),
            ).fetchone()
            db.execute("INSERT OR REPLACE INTO judgment VALUES (?,?,?,?)", (item, by, verdict.value, _now()))
            db.execute("DELETE FROM opinion WHERE id = ?", (opinions,))

    def dismiss(self, opinions: int, compartments: Sequence[str]) -> None:
        """Erase opinions."""
        with self._desk.writing() as db:
            _require_opinions(db, opinions, compartments)
            db.execute("DELETE FROM opinion WHERE id = ?", (opinions,))


def _add_topic(db: sqlite3.Connection, topic: Topic) -> None:
    row = (
        *(topic.id, topic.title, topic.description, topic.narrative),
        *(topic.category, topic.split or "", int(topic.answerable)),
    )
    known = db.execute("SELECT title, description, narrative FROM topic WHERE id = ?", (topic.id,)).fetchone()
    if known and known != row[1:4]:
        raise InputError(
            f"le sujet {topic.id} est déjà au banc de jugement avec un autre texte",
            remedy="Un sujet jugé ne se corrige pas : donnez au nouveau un autre numéro",
        )
    if not known:
        db.execute("INSERT INTO topic VALUES (?,?,?,?,?,?,?)", row)


def _require_item(db: sqlite3.Connection, item: int, compartments: Sequence[str]) -> None:
    row = db.execute("SELECT compartment FROM item WHERE id = ?", (item,)).fetchone()
    if row is None or row[0] not in compartments:
        raise Missing(f"il n’y a pas de document n° {item} à juger", remedy="Rechargez la page du sujet")


def _require_opinions(db: sqlite3.Connection, opinions: int, compartments: Sequence[str]) -> PassagePlace:
    row = db.execute(
        "SELECT compartment, document_id, external_id, version, spans FROM opinion WHERE id = ?", (opinions,)
    ).fetchone()
    if row is None or row[0] not in compartments:
        raise Missing("cet avis n’est plus là", remedy="Rechargez la page des avis")
    return _place(row)


def _row(place: PassagePlace) -> tuple[str, str, str, str, str]:
    spans = json.dumps([(span.page, span.start, span.end) for span in place.spans])
    return place.compartment, place.document_id, place.external_id, place.version, spans


def _place(row: Sequence[str]) -> PassagePlace:
    compartment, document_id, external_id, version, spans = row
    found = tuple(Span(*span) for span in json.loads(spans))
    return PassagePlace(compartment, document_id, external_id, version, found)


def _count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM item").fetchone()[0])


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="seconds")
