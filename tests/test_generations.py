"""Generations: immutable, verified, replaced in one step."""

import json
import multiprocessing
import random
from pathlib import Path

import numpy as np
import pytest

from indexer.compartment import Compartment
from indexer.embedding_cache import is_segment
from indexer.errors import EncoderMismatch, IndexDamaged, IndexMissing, IndexOutdated, WriterBusy
from indexer.generation import MANIFEST, Generation
from indexer.lock import writer_lock
from search_api.engine.answer import Channel, SearchRequest
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

TEXTS = {
    f"note-{n}.txt": f"Note {n}\n\nLe dossier numéro {n} traite de {word}."
    for n, word in enumerate(("douane", "photonique", "brevet", "norme", "satellite", "acier", "semence", "logiciel"))
}


@pytest.fixture
def built(data: Path, fake: FakeEncoder, tmp_path: Path) -> Compartment:
    index(data, fake, write_files(tmp_path / "lot", TEXTS))
    return Compartment(data, "general")


def files_of(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(".lock"))


def test_the_manifest_names_every_file(built: Compartment, fake: FakeEncoder) -> None:
    with_manifest = built.open(fake.identity)
    named = {built.generations / with_manifest.manifest.id / name for name in with_manifest.manifest.files}
    assert named | {with_manifest.folder / MANIFEST} == set(files_of(with_manifest.folder))


def test_counts_agree_four_ways(built: Compartment, fake: FakeEncoder) -> None:
    generation = built.open(fake.identity)
    assert (
        len(generation.dense)
        == len(generation.lexical)
        == len(generation.passages)
        == len(generation.tokens)
        == generation.manifest.passages
        == len(TEXTS)
    )


def test_an_index_refuses_another_encoder_and_says_what_to_run(built: Compartment) -> None:
    with pytest.raises(EncoderMismatch) as caught:
        built.open(FakeEncoder(salt="autre").identity)
    assert "reuni model prepare" in str(caught.value) and "reuni index --rebuild" in str(caught.value)


def test_nothing_indexed_is_said_with_the_remedy(data: Path, fake: FakeEncoder) -> None:
    with pytest.raises(IndexMissing, match="reuni index"):
        engine(data, fake).search(SearchRequest(query="x"))


@pytest.mark.parametrize("kind", ["flip", "cut", "remove"])
def test_damage_in_any_file_is_refused_and_the_last_good_generation_serves(
    built: Compartment, fake: FakeEncoder, tmp_path: Path, kind: str
) -> None:
    good = built.current_id()
    index(built.folder.parent.parent, fake, write_files(tmp_path / "lot", {"neuf.txt": "Un avis nouveau."}))
    current = built.current_id()
    assert good is not None and current is not None and good != current
    chance = random.Random(0)
    shared = {p.name for p in files_of(built.generations / good)}
    for path in files_of(built.generations / current):
        if is_segment(path) and path.name in shared:
            continue
        content = path.read_bytes()
        if not content:
            continue
        for _ in range(5):
            place = chance.randrange(len(content))
            path.unlink(missing_ok=True)
            if kind == "flip":
                path.write_bytes(
                    content[:place] + bytes([content[place] ^ (1 << chance.randrange(8))]) + content[place + 1 :]
                )
            elif kind == "cut":
                path.write_bytes(content[:place])
            with pytest.raises(IndexDamaged):
                Generation.open(built.generations / current, fake.identity)
            assert built.open(fake.identity).manifest.id == good
        path.unlink(missing_ok=True)
        path.write_bytes(content)
    assert built.open(fake.identity).manifest.id == current


@pytest.mark.parametrize("content", ["", "../../x", "99999999", "\x00"])
def test_a_damaged_pointer_falls_back_on_the_last_generation(
    built: Compartment, fake: FakeEncoder, content: str
) -> None:
    good = built.current_id()
    (built.folder / "current").write_text(content, encoding="utf-8")
    assert built.open(fake.identity).manifest.id == good


def test_an_index_of_another_format_is_refused_with_the_remedy_then_replaced(
    built: Compartment, fake: FakeEncoder, tmp_path: Path
) -> None:
    manifest = built.generations / "00000001" / MANIFEST
    manifest.write_text(manifest.read_text("utf-8").replace('"format": 5', '"format": 3'), encoding="utf-8")
    with pytest.raises(IndexOutdated, match="reuni index --rebuild"):
        built.open(fake.identity)
    index(built.folder.parent.parent, fake, tmp_path / "lot")
    assert built.open(fake.identity).manifest.id == "00000002"
    assert built.sealed() == ["00000002"]


def test_an_unsealed_folder_is_not_a_generation(built: Compartment, fake: FakeEncoder, tmp_path: Path) -> None:
    (built.generations / "00000009").mkdir()
    assert "00000009" not in built.sealed()
    index(built.folder.parent.parent, fake, write_files(tmp_path / "lot", {"neuf.txt": "Un avis nouveau."}))
    assert built.current_id() == "00000010"
    assert not (built.generations / "00000009").exists()


def test_superseded_generations_leave_once_nobody_reads_them(
    built: Compartment, fake: FakeEncoder, tmp_path: Path
) -> None:
    data = built.folder.parent.parent
    read = built.open(fake.identity)
    for n in range(3):
        index(data, fake, write_files(tmp_path / "lot", {f"neuf-{n}.txt": f"Un avis nouveau, le {n}."}))
    kept = set(built.sealed())
    assert read.manifest.id in kept and len(kept) == 3
    assert read.passages.passage(0).text
    read.close()
    index(data, fake, write_files(tmp_path / "lot", {"neuf-3.txt": "Un avis nouveau, le dernier."}))
    assert len(built.sealed()) == 2


def test_a_running_engine_takes_up_a_new_generation(built: Compartment, fake: FakeEncoder, tmp_path: Path) -> None:
    data = built.folder.parent.parent
    asked = engine(data, fake)
    before = asked.search(SearchRequest(query="hydrogène", channel=Channel.LEXICAL))
    assert before.hits == ()
    index(data, fake, write_files(tmp_path / "lot", {"h.txt": "L’hydrogène est une filière."}))
    after = asked.search(SearchRequest(query="hydrogène"))
    assert after.hits[0].document.external_id == "h.txt"
    assert after.coverage.generations != before.coverage.generations


def _hold(path: Path, ready: object, done: object) -> None:
    with writer_lock(path):
        ready.set()  # type: ignore[attr-defined]
        done.wait(30)  # type: ignore[attr-defined]


def test_a_second_writer_is_told_who_is_writing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path / "c" / "writer.lock", ready, done))
    other.start()
    try:
        assert ready.wait(30)
        with pytest.raises(WriterBusy, match=str(other.pid)), writer_lock(tmp_path / "c" / "writer.lock"):
            pass
    finally:
        done.set()
        other.join()
    with writer_lock(tmp_path / "c" / "writer.lock"):
        owner = json.loads((tmp_path / "c" / "writer.lock").read_text("utf-8"))
        assert owner["pid"] != other.pid


def test_an_incremental_index_is_the_same_as_a_full_rebuild(fake: FakeEncoder, tmp_path: Path) -> None:
    names = list(TEXTS)
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    for first in range(0, len(names), 3):
        folder = write_files(tmp_path / f"lot{first}", {name: TEXTS[name] for name in names[first : first + 3]})
        index(grown, fake, folder)
    index(whole, fake, write_files(tmp_path / "lot", TEXTS))
    one, two = (Compartment(data, "general").open(fake.identity) for data in (grown, whole))
    rows = np.arange(len(one.dense))
    assert np.array_equal(one.dense.vectors(rows), two.dense.vectors(rows))
    assert [p.id for p in one.passages.passages(rows.tolist())] == [p.id for p in two.passages.passages(rows.tolist())]
    for word in ("dossier", "brevet", "le photonique"):
        answers = [
            [(h.document.id, h.score) for h in engine(d, fake).search(SearchRequest(query=word)).hits]
            for d in (grown, whole)
        ]
        assert answers[0] == answers[1]


def test_two_hundred_questions_find_the_same_in_an_index_that_grew_and_in_one_made_at_once(
    fake: FakeEncoder, tmp_path: Path
) -> None:
    chance = random.Random(1)
    words = [f"{first}{last}" for first in ("dou", "pho", "bre", "nor", "sa", "aci") for last in ("ane", "ton", "vet")]

    def told(count: int) -> str:
        return " ".join(chance.choices(words, k=count))

    texts = {f"note-{n:02}.txt": f"Note {n}\n\n{told(20)}." for n in range(40)}
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    # Some come in late, before others in order; some change; some are withdrawn by the last delivery, which is whole.
    late, early = dict(list(texts.items())[::2]), dict(list(texts.items())[1::2])
    index(grown, fake, write_files(tmp_path / "un", early | {"note-99.txt": f"Retirée\n\n{told(20)}."}))
    index(grown, fake, write_files(tmp_path / "deux", {name: f"{text} Ancien." for name, text in late.items()}))
    index(grown, fake, write_files(tmp_path / "trois", texts), mode="full")
    index(whole, fake, tmp_path / "trois")
    one, two = (Compartment(data, "general").open(fake.identity) for data in (grown, whole))
    assert [d.id for d in one.passages.all_documents()] == [d.id for d in two.passages.all_documents()]
    asked = [told(4) for _ in range(200)]
    for query in asked:
        found = [generation.dense.search(fake.encode_query(query).dense, 10) for generation in (one, two)]
        assert all(np.array_equal(mine, theirs) for mine, theirs in zip(*found, strict=True))
    answers = [
        [[(h.document.id, h.passage.id, h.score) for h in e.search(SearchRequest(query=query)).hits] for query in asked]
        for e in (engine(grown, fake), engine(whole, fake))
    ]
    assert answers[0] == answers[1]
