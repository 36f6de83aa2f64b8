"""What ``reuni eval`` commands share: the parts they are given, their options, and how figures are shown."""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from eval.evaluation import Progress
from eval.judging.desk import Assessing
from eval.provenance import Provenance, code_version, collection_hash, file_hash
from eval.topics import Split, Topic, in_split, read_topics
from indexer.encoder.protocol import Encoder
from indexer.indexing import Indexing
from search_api.engine.answer import Channel
from search_api.engine.readers import Readers
from search_api.engine.search import Engine

ROOT = Path(__file__).parent.parent
SISSE = Path(__file__).parent / "sisse"

Command = TypeVar("Command", bound=Callable[..., Any])


class Workbench(Protocol):
    """The parts a measurement needs."""

    def encoder(self) -> Encoder:
        """The prepared encoder."""
        ...

    def engine(self, data: Path | None = None, encoder: Any = None, readers: Readers | None = None) -> Engine:
        """An engine over a data directory, or over what ``readers`` gives."""
        ...

    def readers(self, data: Path | None, encoder: Any) -> Readers:
        """The generations of a data directory that an encoder made."""
        ...

    def indexing(
        self, compartment: str, *, data: Path | None = None, encoder: Any = None
    ) -> AbstractContextManager[Indexing]:
        """What indexes drops."""
        ...

    def judging(self) -> Assessing:
        """The judging desk of the data directory."""
        ...


channel_option = click.option(
    "--channel",
    type=click.Choice([channel.value for channel in Channel]),
    default=Channel.HYBRID.value,
    show_default=True,
    help="Ce qui classe : les mots, le sens, ou les deux.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Répondre par une ligne de JSON.")
topics_option = click.option(
    "--topics",
    "topics_path",
    type=click.Path(path_type=Path),
    default=SISSE / "topics.txt",
    help="Sujets, au format TREC ou BEIR ; par défaut, ceux du SISSE.",
)
qrels_option = click.option(
    "--qrels",
    "qrels_path",
    type=click.Path(path_type=Path),
    default=SISSE / "qrels.tsv",
    help="Jugements, au format TREC ou BEIR ; par défaut, ceux du SISSE.",
)
split_option = click.option(
    "--split", type=click.Choice(["dev", "test"]), help="Ne mesurer que cette partie des sujets."
)

folders_argument = click.argument("folders", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False))
sisse_option = click.option(
    "--sisse/--no-sisse",
    default=True,
    show_default=True,
    help="Employer aussi les sujets du SISSE sur l’index courant.",
)


def splits_option(*chosen: Split) -> Callable[[Command], Command]:
    """``--split``, given as often as there are parts of the SISSE set to measure; those ``chosen`` when it is not."""
    return click.option(
        "--split",
        "splits",
        type=click.Choice([split.value for split in Split]),
        default=tuple(split.value for split in chosen),
        multiple=True,
        show_default=True,
        help="Partie du SISSE ; se répète.",
    )


page_option = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Écrire les tableaux dans une page."
)

kept_option = click.option(
    "--kept",
    type=click.Path(path_type=Path, file_okay=False),
    help="Dossier où garder d’une fois à l’autre les passages encodés et les numérisations lues.",
)


def chosen_topics(path: Path, split: str | None) -> tuple[Topic, ...]:
    """The topics of a file, or of one split of it."""
    return in_split(read_topics(path), Split(split) if split else None)


def provenance(engine: Engine, channel: Channel, topics: Path, qrels: Path) -> Provenance:
    """What a run of ``engine`` is made with."""
    generations = engine.coverage().generations
    return Provenance(
        collection=collection_hash((document.external_id, document.version) for _, document in engine.all_documents()),
        generation=", ".join(f"{name} {generation}" for name, generation in sorted(generations.items())),
        code=code_version(ROOT),
        encoder=engine.encoder.name,
        encoder_fingerprint=engine.encoder.fingerprint,
        parameters={"channel": channel.value, **engine.parameters()},
        topics=file_hash(topics),
        qrels=file_hash(qrels),
    )


def show(summary: dict[str, Any], as_json: bool) -> None:
    """Print figures, one a line, or all of them as one line of JSON."""
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    for key, value in summary.items():
        if not isinstance(value, dict):
            click.echo(f"{key:>24}  {value:.4f}" if isinstance(value, float) else f"{key:>24}  {value}")


def show_tables(head: str, tables: Sequence[Sequence[str]], values: Any, out: Path | None, *, as_json: bool) -> None:
    """Print Markdown tables, or ``values`` as one line of JSON; write the tables below ``head`` in a page if one is
    given."""
    lines = "\n\n".join("\n".join(table) for table in tables)
    if out is not None:
        out.write_text(f"{head}\n{lines}\n", encoding="utf-8")
    click.echo(json.dumps(values, ensure_ascii=False) if as_json else lines)


def counting(label: str) -> Progress:
    """Progress on a terminal, on a line of standard error that is written over; nothing elsewhere."""

    def count(done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{label} : {done}/{total}", nl=done == total, err=True)

    return count
