"""What the engine ranks, on small collections and an encoder without a model."""

import itertools
import re
from pathlib import Path

import pytest

from search_api.engine import highlight
from search_api.engine.answer import Channel, HighlightKind, SearchRequest
from search_api.engine.errors import UnknownCompartment
from search_api.engine.fusion import Weights
from search_api.engine.retrieval import Depth
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

FILES = {
    "ief.md": "# Contrôle des investissements\n\n## Seuil\n\nContrôle des investisseurs étrangers : seuil de 10 %.\n",
    "loi.md": "# Loi de blocage\n\nLa loi n° 68-678 interdit de communiquer des documents à une autorité étrangère.\n",
    "budget.md": "# Exécution budgétaire\n\nLes crédits de l’UO 0218-CEMA-C026 sont ouverts pour 400 000 €.\n",
    "cantine.md": "# Restauration\n\nLe menu du mardi comporte une entrée et un plat.\n",
}


@pytest.fixture
def asked(data: Path, fake: FakeEncoder, tmp_path: Path) -> Engine:
    index(data, fake, write_files(tmp_path / "lot", FILES))
    return engine(data, fake)


def found(asked: Engine, query: str, **options: object) -> list[str]:
    answer = asked.search(SearchRequest(query=query, **options))  # type: ignore[arg-type]
    return [hit.document.external_id for hit in answer.hits]


@pytest.mark.parametrize("channel", list(Channel))
def test_the_document_that_answers_comes_first(asked: Engine, channel: Channel) -> None:
    assert found(asked, "seuil du contrôle des investisseurs étrangers", channel=channel)[0] == "ief.md"


@pytest.mark.parametrize("written", ["0218-CEMA-C026", "0218 - CEMA - C026", "0218.cema.c026"])
@pytest.mark.parametrize("channel", list(Channel))
def test_an_identifier_is_found_exactly_however_it_is_written(asked: Engine, written: str, channel: Channel) -> None:
    answer = asked.search(SearchRequest(query=f"{written} menu entrée plat", channel=channel))
    assert answer.hits[0].document.external_id == "budget.md"
    assert answer.clear


def test_a_passage_is_marked_alike_whether_late_interaction_read_it_or_not(
    asked: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highlight, "CLOSE", 0.01)
    request = SearchRequest(query="documents d’une autorité, crédits ouverts, menu")
    every, one = (asked.changed(depth=Depth(late=most)).search(request).hits for most in (40, 1))
    marks = {hit.document.id: (hit.passage.highlights, hit.passage.best_sentence) for hit in every}
    assert marks == {hit.document.id: (hit.passage.highlights, hit.passage.best_sentence) for hit in one}
    assert sum(mark.kind is HighlightKind.MEANING for highlights, _ in marks.values() for mark in highlights) > 1


def test_an_identifier_that_nobody_holds_is_not_answered(asked: Engine) -> None:
    assert not asked.search(SearchRequest(query="0219-XXXX-C999")).clear


def test_a_quoted_phrase_comes_before_its_words(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    files = {
        "mots.txt": "note note note du ministre : note au ministre, note pour le ministre",
        "phrase.txt": "ceci est une note du ministre parmi beaucoup d’autres choses sans aucun rapport",
    }
    index(data, fake, write_files(tmp_path / "lot", files))
    assert found(engine(data, fake), "« note du ministre »")[0] in {"mots.txt", "phrase.txt"}
    assert found(engine(data, fake), "« une note du ministre »")[0] == "phrase.txt"


def test_one_hit_a_document_with_its_passage_on_its_page(asked: Engine) -> None:
    answer = asked.search(SearchRequest(query="seuil investisseurs étrangers", explain=True))
    ids = [hit.document.id for hit in answer.hits]
    assert len(ids) == len(set(ids))
    hit = answer.hits[0]
    assert hit.passage.heading_path == ("Contrôle des investissements", "Seuil")
    assert hit.passage.page == 1
    assert hit.explanation is not None
    assert set(hit.explanation.scores) == {
        f"{name}{suffix}" for name in ("lexical", "dense", "late") for suffix in ("", "_document")
    }


def test_several_passages_of_a_document_are_shown_best_first_each_with_its_marks(
    data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    parts = ("seuil de contrôle des investisseurs", "seuil des marchés", "les investisseurs déclarent le contrôle")
    text = "\n\n".join(f"## Partie {n}\n\nRappel {n} : {part}." for n, part in enumerate(parts, start=1))
    index(data, fake, write_files(tmp_path / "lot", FILES | {"ief.md": f"# Contrôle\n\n{text}\n"}))
    asked = engine(data, fake)
    one, several, all_of_them = (
        asked.search(SearchRequest("seuil contrôle investisseurs", passages=wanted)).hits for wanted in (1, 2, 10)
    )
    assert [hit.document.id for hit in one] == [hit.document.id for hit in several]
    assert [(hit.passage, hit.others) for hit in one] == [(hit.passage, ()) for hit in several]
    (found,) = (hit for hit in all_of_them if hit.document.external_id == "ief.md")
    shown = (found.passage, *found.others)
    assert [passage.heading_path[-1] for passage in shown] == ["Partie 1", "Partie 3", "Partie 2"]
    for passage in shown:
        words = {passage.text[m.start : m.end] for m in passage.highlights if m.kind is HighlightKind.WORD}
        assert words == {"seuil", "contrôle", "investisseurs"} & set(re.findall(r"\w+", passage.text))
        assert passage.text[slice(*passage.best_sentence)].startswith("Rappel")
    assert next(hit for hit in several if hit.document.external_id == "ief.md").others == found.others[:1]


def test_the_passage_that_answers_is_the_same_however_many_are_asked_for(
    data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    parts = (
        "avis au contrôle",
        "avis, avis, brevet seuil délai",
        "l’avis sur autorité seuil autorité autorité investisseurs sanction seuil autorité et l’avis",
        "avis avis avis seuil brevet note documents autorité contrôle documents autorité sanction investisseurs",
    )
    text = "\n\n".join(f"## Partie {n}\n\nRappel {n} : {part}." for n, part in enumerate(parts, start=1))
    index(data, fake, write_files(tmp_path / "lot", FILES | {"ief.md": f"# Contrôle\n\n{text}\n"}))
    asked = engine(data, fake)
    # Words that the collection does not know take weight from the words it knows.
    for question in ("avis xylograt", "avis zorglub quasar", "avis du contrôle zorglub"):
        one, three = (asked.search(SearchRequest(question, passages=wanted)).hits for wanted in (1, 3))
        assert [hit.passage for hit in one] == [hit.passage for hit in three]


def test_the_passage_that_answers_does_not_depend_on_what_the_whole_document_counts_for(
    data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    text = "# Guide\n\n## Congés\n\nLes congés sont posés.\n\n## Télétravail\n\nLe télétravail est ouvert deux jours.\n"
    index(data, fake, write_files(tmp_path / "lot", {"guide.md": text}))
    half = engine(data, fake)
    for whole in (0.0, 1.0):
        other = half.changed(weights=Weights(whole=whole, late_whole=whole))
        (hit,) = other.search(SearchRequest(query="télétravail ouvert")).hits
        assert hit.passage.heading_path == ("Guide", "Télétravail")


def test_highlights_are_offsets_in_order_and_apart(asked: Engine) -> None:
    for hit in asked.search(SearchRequest(query="seuil contrôle documents autorité")).hits:
        marks = hit.passage.highlights
        assert all(a.end <= b.start for a, b in itertools.pairwise(marks))
        words = {hit.passage.text[m.start : m.end] for m in marks if m.kind is HighlightKind.WORD}
        assert all(" " not in word for word in words)
        start, end = hit.passage.best_sentence
        assert hit.passage.text[start:end].strip()


def test_pages_of_results_follow_each_other_and_are_stable(asked: Engine) -> None:
    whole = found(asked, "note contrôle loi budget menu", k=4)
    parts = [found(asked, "note contrôle loi budget menu", k=1, offset=n)[0] for n in range(len(whole))]
    assert parts == whole


def test_an_empty_question_has_an_empty_answer(asked: Engine) -> None:
    answer = asked.search(SearchRequest(query="  \n "))
    assert answer.hits == () and not answer.clear and answer.coverage.documents == 4


def test_a_very_long_question_is_cut_and_says_so(asked: Engine) -> None:
    answer = asked.search(SearchRequest(query="contrôle " * 5000))
    assert answer.hits and answer.messages


def test_an_unknown_compartment_and_a_closed_one_are_not_told_apart(asked: Engine) -> None:
    with pytest.raises(UnknownCompartment):
        asked.search(SearchRequest(query="x", compartments=("secret",)))


def test_suggestions_complete_the_word_being_typed(asked: Engine) -> None:
    assert "le contrôle des inv" in {s[:19] for s in asked.suggest("le contrôle des inv", None)}
    assert asked.suggest("contrôle ", None) == ()


def test_a_long_document_does_not_win_by_its_length(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    sections = "\n\n".join(f"## Partie {n}\n\n" + " ".join(f"mot{n}x{i}" for i in range(60)) for n in range(30))
    files = {
        "long.md": f"# Rapport annuel\n\n{sections}\n\n## Divers\n\nOn a parlé de photonique une fois.\n",
        "court.md": "# Photonique\n\nLa photonique en France.\n\n## Acteurs\n\nLes acteurs de la photonique.\n",
    }
    index(data, fake, write_files(tmp_path / "lot", files))
    for channel in Channel:
        assert found(engine(data, fake), "photonique", channel=channel)[0] == "court.md"


def test_scores_compare_across_compartments(data: Path, fake: FakeEncoder, tmp_path: Path) -> None:
    index(data, fake, write_files(tmp_path / "a", {"a.txt": FILES["ief.md"]}))
    index(data, fake, write_files(tmp_path / "b", {"b.txt": FILES["loi.md"]}), compartment="restreint")
    both = {"compartments": ("general", "restreint")}
    assert found(engine(data, fake), "loi de blocage autorité étrangère", **both)[0] == "b.txt"
    assert found(engine(data, fake), "seuil du contrôle des investisseurs", **both)[0] == "a.txt"


def test_a_reference_that_only_the_manifest_gives_is_found_exactly(
    data: Path, fake: FakeEncoder, tmp_path: Path
) -> None:
    manifest = "file,reference\nief.md,SISSE/BAJ/2022-061\n"
    index(data, fake, write_files(tmp_path / "lot", FILES | {"manifest.csv": manifest}))
    for channel in Channel:
        assert found(engine(data, fake), "SISSE-BAJ-2022-061 menu du mardi", channel=channel)[0] == "ief.md"
