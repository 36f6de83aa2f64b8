"""``reuni eval codes``: what late interaction loses by how token vectors are kept."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import click

from eval.beir import BeirCollection, read_beir
from eval.codes import Asked, ComparedWays, Size, TopicSet, compare_ways
from eval.collection import indexed
from eval.other_tokens import OtherReaders, OtherTokens, RememberingEncoder
from eval.qrels import read_qrels
from eval.token_vectors import TokenVectors, token_vectors
from eval.token_ways import SPAN_BYTES, WAYS, Way
from eval.topics import Split, in_split, read_topics
from eval.workbench import (
    SISSE,
    Workbench,
    counting,
    folders_argument,
    json_option,
    kept_option,
    page_option,
    provenance,
    show_tables,
    sisse_option,
    splits_option,
)
from indexer.compartment import DEFAULT
from indexer.encoder.protocol import Encoder
from search_api.engine.answer import Channel
from search_api.engine.search import Engine

_PAGE = """# Ce que coûte la manière de garder les vecteurs des mots

Page écrite par `reuni eval codes DOSSIERS --out docs/token-codes.md` ; ne la modifiez pas à la main. L’interaction
tardive compare chaque vecteur de la question à ceux d’un passage ; l’index n’en garde que des codes. Chaque ligne est
le même moteur sur le même index, ses vecteurs gardés autrement : entiers (la référence), sur moins de bits, ou moins
nombreux.

- **octets** : ceux d’un vecteur, avec les 4 de sa place dans le texte ; **Kio les 200 jetons** : ceux d’un passage de
  200 jetons, dont la ponctuation n’est jamais gardée. En italique : plus de 10 Kio, qu’un passage ne doit pas dépasser.
- Sur deux à huit bits, chaque coordonnée du vecteur tourné est arrondie à une grille fixe (QT_…bit_tqmse de FAISS), et
  chaque vecteur a une échelle de deux octets, qui rend exact son produit avec lui-même. Sur un bit, ce sont les codes
  de l’index (`indexer/token_codes.py`), la question sur huit bits comprise.
- RaBitQ de FAISS garde huit octets ou plus d’échelles et de corrections par vecteur. Les centres et la quantification
  produit (qui a une échelle aussi) sont appris sur les vecteurs mesurés eux-mêmes, ce qui les avantage.
- Écarts : intervalle à 95 %, par rééchantillonnage des sujets. p corrigée : de l’écart à un bit, Holm sur toutes les
  lignes et mesures d’un tableau.
"""


@click.command("codes")
@folders_argument
@sisse_option
@splits_option(*Split)
@kept_option
@page_option
@json_option
@click.pass_obj
def codes(
    bench: Workbench,
    folders: tuple[Path, ...],
    sisse: bool,
    splits: tuple[str, ...],
    kept: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Mesurer ce que coûte la manière de garder les vecteurs des mots, sur l’index courant et des DOSSIERS BEIR.

    Avec --kept, les vecteurs entiers (1,5 Ko par mot) et les mesures déjà faites par le même code sont repris.
    """
    with ExitStack() as opened:
        kept = kept or Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="reuni-codes-")))
        tables = list(_compared(bench, folders, splits if sisse else (), kept))
    if not tables:
        raise click.UsageError("Donnez un dossier BEIR, ou laissez les sujets du SISSE")
    values = {table.name: table.as_dict() for table in tables}
    show_tables(_PAGE, [table.lines() for table in tables], values, out, as_json=as_json)


def _compared(
    bench: Workbench, folders: tuple[Path, ...], splits: tuple[str, ...], kept: Path
) -> Iterator[ComparedWays]:
    encoder = RememberingEncoder(bench.encoder())
    if splits:
        files = SISSE / "topics.txt", SISSE / "qrels.tsv"
        topics, qrels = read_topics(files[0]), read_qrels(files[1])
        made_with = provenance(bench.engine(encoder=encoder), Channel.HYBRID, *files).as_dict()
        sets = [TopicSet(f"SISSE, partie {one}", in_split(topics, Split(one)), qrels, made_with) for one in splits]
        yield from compare_ways(*_asked(bench, encoder, None, kept), sets, kept / "runs")
    # Folders of one corpus are measured on one index.
    corpora: dict[str, dict[Path, BeirCollection]] = {}
    for folder in folders:
        found = read_beir(folder)
        corpora.setdefault(found.sha256, {})[folder] = found
    for collections in corpora.values():
        first = next(iter(collections.values()))
        with indexed(bench, {"beir": first.corpus}, encoder, kept / "index") as made:
            engine = bench.engine(made.data, encoder)
            sets = []
            for folder, found in collections.items():
                files = folder / "queries.jsonl", folder / "qrels" / "test.tsv"
                made_with = provenance(engine, Channel.HYBRID, *files).as_dict()
                sets.append(TopicSet(folder.name, found.topics, found.qrels, made_with))
            yield from compare_ways(*_asked(bench, encoder, made.data, kept), sets, kept / "runs")


def _asked(bench: Workbench, encoder: Encoder, data: Path | None, kept: Path) -> tuple[list[Way], Asked]:
    """The ways for so many vectors as a data directory has, and what gives an engine that keeps them in one."""

    @cache
    def full() -> TokenVectors:
        return token_vectors(storage, encoder, kept / "vectors", counting("Passages encodés"))

    def ask(way: Way) -> tuple[Engine, Size]:
        vectors, starts = way.kept(full())
        other = OtherReaders(readers, DEFAULT, storage, OtherTokens(storage.tokens, vectors, starts))
        size = Size(vectors.bytes_each + SPAN_BYTES, int(starts[-1]) / max(full().read, 1))
        return bench.engine(data, encoder, other), size

    readers = bench.readers(data, encoder)
    storage = readers.snapshot(None)[DEFAULT]
    count = sum(len(storage.tokens.offsets(row)) for row in range(len(storage.passages)))
    return [way for way in WAYS if way.least <= count], ask
