"""``reuni bench``: timings, each beside a named baseline of the same run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import click

_JSON = click.option("--json", "as_json", is_flag=True, help="Répondre par une ligne de JSON.")


class Workbench(Protocol):
    """The parts a benchmark needs."""

    def model_folder(self) -> Path:
        """Folder of the prepared encoder."""
        ...


@click.group()
def bench() -> None:
    """Mesurer les temps, à côté d’une référence nommée."""


@bench.command()
@_JSON
@click.pass_obj
def encode(work: Workbench, as_json: bool) -> None:
    """Vitesse et fidélité de l’encodeur, à côté de sentence-transformers en fp32."""
    from eval.bench.encode import run

    _show(run(work.model_folder()), as_json)


_PASSAGES = click.option(
    "--passages", type=click.IntRange(1000), default=100_000, show_default=True, help="Taille du fonds de mesure."
)
_FOLDER = click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Dossier où garder et reprendre ce fonds."
)


@bench.command()
@_PASSAGES
@_FOLDER
@_JSON
@click.pass_obj
def index(work: Workbench, passages: int, keep: Path | None, as_json: bool) -> None:
    """Vitesse d’écriture de l’index, les embeddings étant déjà calculés."""
    from eval.bench.index import run

    _show(run(work.model_folder(), passages, keep), as_json)


@bench.command()
@_PASSAGES
@_JSON
@click.pass_obj
def approximate(work: Workbench, passages: int, as_json: bool) -> None:
    """Index de vecteurs approchés, à côté du parcours exact qui est employé."""
    from eval.bench.approximate import run

    _show(run(work.model_folder(), passages), as_json)


@bench.command()
@click.option(
    "--documents", type=click.IntRange(100), default=1000, show_default=True, help="Taille du fonds de mesure."
)
@_JSON
@click.pass_obj
def reindex(work: Workbench, documents: int, as_json: bool) -> None:
    """Coût d’un lot qui change un document sur cent, à côté de l’indexation complète."""
    from eval.bench.reindex import run

    _show(run(work.model_folder(), documents), as_json)


@bench.command()
@_PASSAGES
@_FOLDER
@_JSON
@click.pass_obj
def query(work: Workbench, passages: int, keep: Path | None, as_json: bool) -> None:
    """Temps d’une question sur un grand fonds, à côté de FAISS exact et bm25s."""
    from eval.bench.query import run

    _show(run(work.model_folder(), passages, data=keep), as_json)


@bench.command()
@_PASSAGES
@_FOLDER
@click.option("--clients", type=click.IntRange(1, 500), default=50, show_default=True, help="Demandes à la fois.")
@click.option("--seconds", type=click.FloatRange(1, 3600), default=300, show_default=True, help="Durée.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processus qui servent.")
@_JSON
@click.pass_obj
def load(
    work: Workbench, passages: int, keep: Path | None, clients: int, seconds: float, workers: int, as_json: bool
) -> None:
    """Temps de réponse d’un serveur de cette machine sous la charge, des générations étant publiées."""
    from eval.bench.load import run

    _show(run(work.model_folder(), passages, clients=clients, seconds=seconds, workers=workers, data=keep), as_json)


@bench.command()
@_PASSAGES
@_FOLDER
@click.option("--tries", type=click.IntRange(2, 100), default=5, show_default=True, help="Ouvertures de chaque page.")
@_JSON
@click.pass_obj
def page(work: Workbench, passages: int, keep: Path | None, tries: int, as_json: bool) -> None:
    """Attente et poids des pages dans Chromium, à côté d’une page sans recherche."""
    from eval.bench.page import run

    _show(run(work.model_folder(), passages, tries=tries, data=keep), as_json)


@bench.command()
@click.option("--folder", type=click.Path(path_type=Path), help="Où garder les livres de Debian d’une fois à l’autre.")
@click.option("--sample", type=click.Path(path_type=Path), help="Texte Markdown à imprimer, abîmer et relire.")
@click.option("--scan-pages", type=click.IntRange(1), default=2, show_default=True, help="Pages lues par texte.")
@click.option(
    "--full-pages", type=click.IntRange(0, 20_000), default=0, help="Lire aussi un PDF d’autant de pages pleines."
)
@_JSON
def pdf(folder: Path | None, sample: Path | None, scan_pages: int, full_pages: int, as_json: bool) -> None:
    """Fidélité et vitesse de la lecture des PDF et des scans, à côté de pypdf et de pdfium bruts."""
    from eval.bench.pdf import run

    found = run(folder=folder, sample=sample, scan_pages=scan_pages)
    if full_pages:
        from eval.bench.pdf_long import run as run_long

        found["long"] = run_long(full_pages)
    _show(found, as_json)


@bench.command()
@click.option("--seconds", type=click.FloatRange(1), default=600, show_default=True, help="Durée au plus.")
@click.option("--seed", type=int, default=0, help="Autre tirage des instants.")
@click.option("--kills", is_flag=True, help="Tuer à des instants tirés au sort, sans les fautes posées à chaque appel.")
@click.option("--moments", type=click.IntRange(1), default=1000, show_default=True, help="Nombre de ces instants.")
@_JSON
@click.pass_obj
def crash(work: Workbench, seconds: float, seed: int, kills: bool, moments: int, as_json: bool) -> None:
    """Interrompre l’indexation de toutes les façons, et vérifier ce qui reste."""
    from eval.bench.crash import run

    result = run(seconds=seconds, stride=0 if kills else 1, moments=moments, seed=seed)
    _show(result, as_json)
    if result["failures"]:
        click.get_current_context().exit(1)


@bench.command()
@click.option("--tries", type=click.IntRange(1), default=1000, show_default=True, help="Nombre de dommages.")
@click.option("--seed", type=int, default=0, help="Autre tirage.")
@_JSON
def damage(tries: int, seed: int, as_json: bool) -> None:
    """Changer un octet ou couper un fichier de l’index, et vérifier que rien d’endommagé ne sert."""
    from eval.bench.damage import run

    result = run(tries=tries, seed=seed)
    _show(result, as_json)
    if result["failures"]:
        click.get_current_context().exit(1)


@bench.command()
@click.option("--seconds", type=click.FloatRange(1, 3600), default=120, show_default=True, help="Durée.")
@click.option("--clients", type=click.IntRange(1, 100), default=4, show_default=True, help="Lecteurs à la fois.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processus qui servent.")
@click.option("--seed", type=int, default=0, help="Autre tirage de ce qui change.")
@_JSON
@click.pass_obj
def moments(work: Workbench, seconds: float, clients: int, workers: int, seed: int, as_json: bool) -> None:
    """Lire pendant que des lots sont publiés, et vérifier que rien de ce qui est dit ne se contredit."""
    from eval.bench.moments import run

    result = run(work.model_folder(), seconds=seconds, clients=clients, workers=workers, seed=seed)
    _show(result, as_json)
    if result["contradictions"]:
        click.get_current_context().exit(1)


def _show(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for line in _lines(result, ""):
        click.echo(line)


def _lines(result: dict[str, Any], margin: str) -> Iterator[str]:
    """A line a figure; groups of figures under their name, unless they fit on its line."""
    for key, value in result.items():
        if isinstance(value, dict) and any(isinstance(inside, dict | list) for inside in value.values()):
            yield f"{margin}{key}"
            yield from _lines(value, margin + "  ")
        elif isinstance(value, dict):
            yield f"{margin}{key:<24}  " + ", ".join(f"{name} {figure}" for name, figure in value.items())
        else:
            yield f"{margin}{key:<24}  {value}"
