"""What is looked for: topics, in TREC and BEIR files."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape, unescape
from pathlib import Path

from corpus.beir_corpus import record_id
from corpus.errors import InputError
from eval.lines import json_records, malformed, read_text


class Split(StrEnum):
    """What a topic may be used for."""

    DEV = "dev"
    """To choose parameters, and in the regression gate."""
    TEST = "test"
    """To report, once choices are made."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One information need.

    Attributes:
        title: what the analyst types.
        description: the need, in one sentence.
        narrative: what is relevant and what is not.
        category: of task or subject, for tables; may be empty.
        split: None where the collection has none.
        answerable: False when the collection is known to hold no answer.
    """

    id: str
    title: str
    description: str = ""
    narrative: str = ""
    category: str = ""
    split: Split | None = None
    answerable: bool = True


# TREC name, the label TREC files put before the text, our attribute.
FIELDS = (
    ("num", "Number", "id"),
    ("title", "Topic", "title"),
    ("desc", "Description", "description"),
    ("narr", "Narrative", "narrative"),
    ("category", "Category", "category"),
    ("split", "Split", "split"),
    ("answerable", "Answerable", "answerable"),
)
_TAG = re.compile(r"<(/?)([a-zA-Z]+)>")


def split_of(topic_id: str) -> Split:
    """The split of a SISSE topic, for ever: by its id alone, half and half, through SHA-256."""
    digest = hashlib.sha256(f"reuni-sisse\0{topic_id}".encode()).digest()
    return Split.DEV if digest[0] % 2 == 0 else Split.TEST


def in_split(topics: Iterable[Topic], split: Split | None) -> tuple[Topic, ...]:
    """The topics of one split; all of them for None."""
    return tuple(topic for topic in topics if split is None or topic.split is split)


def read_topics(path: Path) -> tuple[Topic, ...]:
    """Read topics: BEIR for ``.jsonl``, TREC otherwise.

    Raises:
        InputError: naming file and line.
    """
    return read_beir_topics(path) if path.suffix == ".jsonl" else read_trec_topics(path)


def read_trec_topics(path: Path) -> tuple[Topic, ...]:
    """Read ``<top>`` elements; inner tags may be left open, as in TREC's own files."""
    text = read_text(path)
    topics: list[Topic] = []
    lines: list[int] = []
    fields: dict[str, str] | None = None
    matches = list(_TAG.finditer(text))
    for position, match in enumerate(matches):
        closing, name = match.group(1), match.group(2).lower()
        line = text.count("\n", 0, match.start()) + 1
        if name == "top":
            if closing:
                if fields is None:
                    raise malformed(path, line, "</top> sans <top>", remedy="Ouvrez chaque sujet par <top>")
                topics.append(_topic(path, lines[-1], fields))
                fields = None
            elif fields is None:
                fields, lines = {}, [*lines, line]
            else:
                raise malformed(path, line, "<top> dans un <top>", remedy="Fermez le sujet précédent par </top>")
            continue
        if closing:
            continue
        if fields is None:
            raise malformed(path, line, f"<{name}> hors d'un sujet", remedy="Ouvrez chaque sujet par <top>")
        label = next((label for tag, label, _ in FIELDS if tag == name), None)
        if label is None or name in fields:
            problem = "inconnu" if label is None else "en double"
            raise malformed(path, line, f"champ <{name}> {problem}", remedy=f"Champs admis : {_tags()}")
        end = matches[position + 1].start() if position + 1 < len(matches) else len(text)
        content = unescape(" ".join(text[match.end() : end].split()))
        fields[name] = content.removeprefix(f"{label}:").strip()
    if fields is not None:
        raise malformed(path, lines[-1], "sujet non fermé", remedy="Fermez-le par </top>")
    return _checked(path, topics, lines)


def _tags() -> str:
    return ", ".join(f"<{tag}>" for tag, _, _ in FIELDS)


def _topic(path: Path, line: int, fields: dict[str, str]) -> Topic:
    split, answerable = fields.get("split", ""), fields.get("answerable", "yes")
    if split not in ("", *Split):
        raise malformed(path, line, f"partie « {split} » inconnue", remedy="Écrivez dev ou test")
    if answerable not in ("yes", "no"):
        raise malformed(path, line, f"<answerable> vaut « {answerable} »", remedy="Écrivez yes ou no")
    return Topic(
        id=fields.get("num", ""),
        title=fields.get("title", ""),
        description=fields.get("desc", ""),
        narrative=fields.get("narr", ""),
        category=fields.get("category", ""),
        split=Split(split) if split else None,
        answerable=answerable == "yes",
    )


def read_beir_topics(path: Path) -> tuple[Topic, ...]:
    """Read a ``queries.jsonl``; our own fields stand in ``metadata``, where other collections put what they like."""
    topics: list[Topic] = []
    lines: list[int] = []
    for line, record in json_records(path):
        metadata = record.get("metadata")
        known = metadata if isinstance(metadata, dict) else {}
        fields = {tag: str(known[name]) for tag, _, name in FIELDS if isinstance(known.get(name), str) and known[name]}
        if fields.get("split", "") not in ("", *Split):
            del fields["split"]
        if fields.get("answerable", "yes") not in ("yes", "no"):
            del fields["answerable"]
        text = record.get("text")
        fields |= {"num": record_id(record), "title": text.strip() if isinstance(text, str) else ""}
        topics.append(_topic(path, line, fields))
        lines.append(line)
    return _checked(path, topics, lines)


def _checked(path: Path, topics: Sequence[Topic], lines: Sequence[int]) -> tuple[Topic, ...]:
    seen: set[str] = set()
    for topic, line in zip(topics, lines, strict=True):
        if not topic.id or not topic.title:
            missing = "numéro" if not topic.id else "titre"
            raise malformed(path, line, f"sujet sans {missing}", remedy="Complétez le sujet")
        if re.search(r"\s", topic.id) or topic.id in seen:
            problem = "en double" if topic.id in seen else "avec un blanc"
            raise malformed(path, line, f"numéro « {topic.id} » {problem}", remedy="Donnez un autre numéro")
        seen.add(topic.id)
    if not topics:
        raise InputError(f"{path} ne contient aucun sujet", remedy="Vérifiez le fichier donné")
    return tuple(topics)


def _values(topic: Topic) -> dict[str, str]:
    values = {name: str(getattr(topic, name) or "") for _, _, name in FIELDS}
    return values | {"answerable": "" if topic.answerable else "no"}


def trec_topics(topics: Iterable[Topic]) -> str:
    """The topics as a TREC file, every tag closed and every text escaped."""
    lines: list[str] = []
    for topic in topics:
        values = _values(topic)
        lines.append("<top>")
        lines += [f"<{tag}>{escape(values[name], quote=False)}</{tag}>" for tag, _, name in FIELDS if values[name]]
        lines += ["</top>", ""]
    return "\n".join(lines)


def beir_topics(topics: Iterable[Topic]) -> str:
    """The topics as a BEIR ``queries.jsonl``."""
    lines: list[str] = []
    for topic in topics:
        values = _values(topic)
        metadata = {name: values[name] for _, _, name in FIELDS[2:] if values[name]}
        record = {"_id": topic.id, "text": topic.title, **({"metadata": metadata} if metadata else {})}
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)
