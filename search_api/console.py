"""What the command line prints, in French: answers, reports, progress, and JSON lines."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from corpus.report import text_lines
from corpus.states import DropReport
from search_api.engine.answer import Answer

if TYPE_CHECKING:
    from indexer.check import Checked


def say(text: str) -> None:
    """One line on standard output."""
    click.echo(text)


def emit(value: Mapping[str, Any]) -> None:
    """One line of JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar a stage on standard error when it is a terminal, nothing elsewhere.

    Gives a function of the stage's name, what is done and what there is to do (0 when unknown).
    """
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, Any] = {}

        def update(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total or None)
            bar.update(tasks[stage], completed=done, total=total or None)

        yield update


def table(title: str, rows: Mapping[str, str]) -> None:
    """A table of two columns; values are data, never markup."""
    shown = Table(title=title, show_header=False, title_justify="left")
    for name, value in rows.items():
        shown.add_row(Text(name), Text(value))
    Console().print(shown)


def answer(found: Answer) -> None:
    """An answer for people."""
    for message in found.messages:
        say(message)
    if not found.hits:
        say("Aucun document ne répond.")
    for hit in found.hits:
        say(f"{hit.rank:>3}. {hit.document.title}  [{hit.score:.3f}]")
        for passage in (hit.passage, *hit.others):
            start, end = passage.best_sentence
            place = " › ".join((*passage.heading_path, f"p. {passage.page}"))
            say(f"     {hit.document.external_id} — {place}")
            say(f"     {' '.join(passage.text[start:end].split())}")
        if hit.explanation is not None:
            scores = ", ".join(f"{name} {value:.4f}" for name, value in hit.explanation.scores.items())
            say(f"     {scores} ; mots trouvés : {', '.join(hit.explanation.matched_terms) or 'aucun'}")
    coverage = found.coverage
    say(
        f"Cherché dans {coverage.documents} documents ({coverage.passages} passages) ; {coverage.unreadable} fichiers "
        f"illisibles, {coverage.awaiting_ocr} en attente de reconnaissance, {coverage.partial} lus en partie, "
        f"{coverage.weak_ocr} lus sans sûreté."
    )


def answer_json(found: Answer) -> dict[str, Any]:
    """An answer as JSON values."""
    return {
        "query": found.request.query,
        "channel": found.request.channel.value,
        "hits": [
            {
                "rank": hit.rank,
                "score": hit.score,
                "compartment": hit.compartment,
                "document": asdict(hit.document),
                "page": hit.passage.page,
                "passage": asdict(hit.passage),
                "others": [asdict(other) for other in hit.others],
                "explanation": asdict(hit.explanation) if hit.explanation else None,
            }
            for hit in found.hits
        ],
        "total": found.total,
        "clear": found.clear,
        "coverage": asdict(found.coverage),
        "messages": found.messages,
        "timings_ms": {stage: round(value, 3) for stage, value in found.timings_ms.items()},
    }


def drop_report(found: DropReport, *, failures_only: bool) -> None:
    """A drop report for people: counts, then what needs a hand and the remedy, then the rest."""
    for line in text_lines(found, every_file=not failures_only):
        say(line)


def report_json(found: DropReport) -> dict[str, Any]:
    """A drop report as JSON values."""
    result = asdict(found)
    counts = result.pop("counts")
    return result | {state.value: count for state, count in counts.items()}


_STATUS = {
    "generation": "génération",
    "documents": "documents",
    "passages": "passages",
    "created_at": "publiée le",
    "encoder": "encodeur",
    "encoder_fingerprint": "empreinte de l’encodeur",
    "unreadable": "fichiers illisibles",
    "awaiting_ocr": "en attente de reconnaissance",
    "partial": "lus en partie",
    "drops": "lots",
    "writer_running": "indexation en cours",
    "damaged": "endommagé",
    "catalogue": "catalogue",
    "originals": "originaux",
    "embeddings": "vecteurs",
    "generations": "index",
    "former_generations": "index précédents",
    "ocr": "lectures d’images",
    "page_images": "images de pages",
}


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "aucun"
    return "aucune" if value is None else str(value)


def status(compartments: Sequence[Mapping[str, Any]]) -> None:
    """The state of each compartment for people."""
    if not compartments:
        say("Le fonds est vide. Indexez un lot avec « reuni index DOSSIER ».")
    for found in compartments:
        rows = {
            _STATUS.get(key, key): _said(value) for key, value in found.items() if key not in {"compartment", "bytes"}
        }
        rows |= {f"disque : {_STATUS.get(use, use)}": f"{size / 2**20:.1f} Mio" for use, size in found["bytes"].items()}
        table(str(found["compartment"]), rows)


def coverage(title: str, said: Mapping[str, Any]) -> None:
    """What a server searches, for people."""
    rows = {_STATUS.get(key, key): _said(said[key]) for key in ("documents", "passages", "unreadable", "awaiting_ocr")}
    rows |= {f"génération : {name}": generation for name, generation in said["generations"].items()}
    table(title, rows | {"dernier lot": said["last_drop"] or "aucun"})


def checked(found: "Checked") -> None:
    """What a check looked at, and what is wrong with the remedy."""
    say(
        f"Vérifié : {found.compartments} compartiments, {found.generations} générations, {found.segments} segments "
        f"d’embeddings, {found.originals} originaux ; {found.sampled} passages sur {found.passages} recherchés."
    )
    for fault in found.faults:
        say(f"  ! {fault.compartment} : {fault.message}. {fault.remedy}.")
    say(f"{len(found.faults)} défaut{'s' if len(found.faults) > 1 else ''}." if found.faults else "Tout est entier.")


def usage_message(error: click.UsageError) -> str:
    """What is wrong in a command line, in French, with what to type to know more."""
    where = error.ctx.command_path if error.ctx else "reuni"
    remedy = f"Voyez « {where} --help »."
    if isinstance(error, click.NoSuchOption):
        return f"l’option {error.option_name} n’existe pas. {remedy}"
    if isinstance(error, click.MissingParameter):
        return f"il manque {_name(error.param)}. {remedy}"
    if isinstance(error, click.BadParameter):
        allowed = getattr(getattr(error.param, "type", None), "choices", None)
        expected = f" : choisissez parmi {', '.join(map(str, allowed))}" if allowed else f" ({error.message})"
        return f"la valeur de {_name(error.param)} ne convient pas{expected}. {remedy}"
    return f"la commande est mal formée ({error.format_message()}). {remedy}"


def _name(parameter: click.Parameter | None) -> str:
    """An option as it is typed, an argument by its name in the help."""
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    return parameter.human_readable_name if parameter is not None else "un argument"
