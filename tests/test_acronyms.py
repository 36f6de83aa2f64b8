"""Acronyms and what they stand for are one question, when the collection says which."""

from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import InputError
from indexer.acronyms import AcronymMiner, definitions, keyed_definitions, long_stems, read_acronyms, write_acronyms
from search_api.engine.acronyms import common_acronyms
from search_api.engine.answer import Answer, Channel, SearchRequest
from search_api.engine.glossary import NONE, Glossary
from search_api.engine.part import PartKind
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("la Direction générale des Entreprises (DGE) publie", [("DGE", "Direction générale des Entreprises")]),
        ("le crédit d’impôt recherche (CIR) ouvre", [("CIR", "crédit d’impôt recherche")]),
        ("Le décret vise l’Économie sociale et solidaire (ESS).", [("ESS", "Économie sociale et solidaire")]),
        ("la TVA (taxe sur la valeur ajoutée) est due", [("TVA", "taxe sur la valeur ajoutée")]),
        ("• IEF : investissements étrangers en France\n", [("IEF", "investissements étrangers en France")]),
        ("le service (voir annexe) et la note (DGE)", []),
        ("Réponse. Des gens entrent (DGE)", []),
        ("le chargé de mission régional (CRIE)", []),
        ("Il part demain (2019) avec eux (ABCD).", []),
        ("Objet : convention de délégation", []),
        ("Le ministère de l’Économie (BERCY) répond", []),
    ],
)
def test_definitions_are_found_and_other_parentheses_left(text: str, found: list[tuple[str, str]]) -> None:
    assert list(definitions(text)) == found


@given(st.text(alphabet="abDGE (): .é-", max_size=120))
def test_any_text_is_mined(text: str) -> None:
    for short, long in definitions(text):
        assert sum(c.isupper() for c in short) >= 2
        assert len(long.split()) >= 2


def test_what_is_mined_is_counted_with_its_sources(tmp_path: Path) -> None:
    miner = AcronymMiner()
    for document in (3, 3, 8):
        miner.add(document, keyed_definitions("La Direction générale des Entreprises (DGE) agit."))
    miner.add(9, keyed_definitions("la direction générale des entreprises (D.G.E.)"))
    write_acronyms(tmp_path / "acronyms.json", miner.expansions())
    (one,) = read_acronyms(tmp_path / "acronyms.json")
    assert (one.short, one.long, one.passages, one.documents) == (
        "DGE",
        "Direction générale des Entreprises",
        4,
        (3, 8, 9),
    )
    assert read_acronyms(tmp_path / "absent.json") == ()


PAPERS = {
    "definition.txt": "La Direction générale des Entreprises (DGE) publie ses orientations.",
    "full.txt": "Les missions de la direction générale des entreprises sont fixées par décret.",
    "short.txt": "La DGE recrute des ingénieurs.",
    "cir1.txt": "Le crédit d’impôt recherche (CIR) est ouvert.",
    "cir2.txt": "Le comité interministériel de restructuration (CIR) siège.",
    "other.txt": "La douane contrôle les semences.",
    "tva.txt": "La TVA est due chaque mois.",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    root = tmp_path_factory.mktemp("acronyms")
    index(root / "data", FakeEncoder(), write_files(root / "open", PAPERS), name="lot")
    secret = write_files(root / "secret", {"z.txt": "La Zone interdite de Berne (ZIB) est close."})
    index(root / "data", FakeEncoder(), secret, compartment="secret", name="lot")
    return engine(root / "data", FakeEncoder())


def answer(asked: Engine, query: str, *compartments: str) -> Answer:
    request = SearchRequest(query=query, channel=Channel.LEXICAL, compartments=compartments or None)
    return asked.search(request)


@pytest.mark.parametrize("query", ["DGE", "dge", "Direction générale des entreprises"])
def test_an_acronym_finds_the_long_form_and_the_long_form_the_acronym(asked: Engine, query: str) -> None:
    found = {hit.document.external_id for hit in answer(asked, query).hits}
    assert found == {"definition.txt", "full.txt", "short.txt"}


def test_what_is_expanded_is_said(asked: Engine) -> None:
    (message,) = answer(asked, "missions de la DGE").messages
    assert message == "« DGE » est aussi cherché en toutes lettres : « Direction générale des Entreprises »."


@pytest.mark.parametrize("typed", ["DGDDI", "dgddi"])
def test_an_acronym_that_no_document_says_is_looked_for_as_everybody_knows_it(asked: Engine, typed: str) -> None:
    found = answer(asked, typed)
    (message,) = found.messages
    assert "« Direction générale des douanes et droits indirects »" in message
    assert "other.txt" in {hit.document.external_id for hit in found.hits}


def test_an_acronym_that_documents_say_is_as_they_say_it(asked: Engine) -> None:
    assert answer(asked, "TVA").messages == ()


def test_common_acronyms_are_said_once_with_words_to_look_for() -> None:
    lines = files("search_api.engine").joinpath("common_acronyms.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(common_acronyms()) == len(lines)
    assert all(short.isupper() and long_stems(long) for short, long in (line.split("\t") for line in lines))


def test_an_expansion_is_a_part_that_can_be_taken_off(asked: Engine) -> None:
    (expansion,) = [part for part in answer(asked, "missions +DGE").parts if part.kind is PartKind.EXPANSION]
    assert (expansion.text, expansion.value) == ("DGE", "Direction générale des Entreprises")
    request = SearchRequest(query="dge", channel=Channel.LEXICAL, literal=(expansion.text,))
    literal = asked.search(request)
    assert literal.messages == ()
    assert {hit.document.external_id for hit in literal.hits} == {"definition.txt", "short.txt"}


def test_of_several_meanings_none_is_chosen(asked: Engine) -> None:
    found = answer(asked, "CIR")
    assert {hit.document.external_id for hit in found.hits} == {"cir1.txt", "cir2.txt"}
    assert "crédit d’impôt recherche" in found.messages[0]
    assert "comité interministériel de restructuration" in found.messages[0]


def test_acronyms_of_a_compartment_stay_in_it(asked: Engine) -> None:
    assert answer(asked, "ZIB").messages == ()
    assert "Berne" in answer(asked, "ZIB", "secret").messages[0]


@pytest.fixture
def decided(tmp_path: Path, fake: FakeEncoder) -> tuple[Engine, Glossary]:
    data = tmp_path / "data"
    index(data, fake, write_files(tmp_path / "open", PAPERS), name="lot")
    index(data, fake, write_files(tmp_path / "open", PAPERS), compartment="secret", name="lot")
    glossary = Glossary(data)
    return Engine(Readers(data, fake.identity), fake, glossary=glossary), glossary


def test_an_approved_meaning_is_chosen_among_several(decided: tuple[Engine, Glossary]) -> None:
    asked, glossary = decided
    glossary.decide("general", "CIR", "Crédit d’impôt recherche", approved=True, by="a.martin")
    assert answer(asked, "CIR").messages == (
        "« CIR » est aussi cherché en toutes lettres : « Crédit d’impôt recherche ».",
    )
    assert "plusieurs sens" in answer(asked, "CIR", "secret").messages[0]


def test_a_rejected_meaning_is_looked_for_in_neither_way(decided: tuple[Engine, Glossary]) -> None:
    asked, glossary = decided
    glossary.decide("general", "DGE", "direction générale des entreprises", approved=False, by="a.martin")
    for query, names in (
        ("DGE", {"definition.txt", "short.txt"}),
        ("direction générale des entreprises", {"full.txt"}),
    ):
        found = answer(asked, query)
        assert found.messages == ()
        assert {hit.document.external_id for hit in found.hits} - {"definition.txt"} == names - {"definition.txt"}
    assert glossary.forget("general", "dge", "Direction générale des Entreprises")
    assert not glossary.forget("general", "dge", "Direction générale des Entreprises")
    assert len(answer(asked, "DGE").hits) == 3


def test_a_meaning_that_no_document_gives_can_be_added(decided: tuple[Engine, Glossary]) -> None:
    asked, glossary = decided
    glossary.decide("general", "SEM", "semences", approved=True, by="a.martin")
    assert [hit.document.external_id for hit in answer(asked, "SEM").hits] == ["other.txt"]


def test_what_is_known_is_listed_with_its_sources_and_decisions(decided: tuple[Engine, Glossary]) -> None:
    asked, glossary = decided
    glossary.decide("general", "C.I.R.", "crédit d’impôt recherche", approved=True, by="a.martin")
    glossary.decide("general", "SEM", "semences", approved=True, by="a.martin")
    listed = asked.acronyms("general")
    assert [(one.short, one.long, one.passages) for one in listed.entries] == [
        ("CIR", "comité interministériel de restructuration", 1),
        ("CIR", "crédit d’impôt recherche", 1),
        ("DGE", "Direction générale des Entreprises", 1),
        ("SEM", "semences", 0),
    ]
    assert [one.decision.by if one.decision else "" for one in listed.entries] == ["", "a.martin", "", "a.martin"]
    assert [document.external_id for document in listed.entries[0].documents] == ["cir2.txt"]
    page = asked.acronyms("general", "c", offset=1, k=5)
    assert (page.total, [one.long for one in page.entries]) == (2, ["crédit d’impôt recherche"])
    assert all(one.decision is None for one in asked.acronyms("secret").entries)


@pytest.mark.parametrize(
    ("short", "long"),
    [("", "semences"), ("X", "xylophone"), ("SEM", ""), ("SEM", "de la"), ("SEM", "sem"), ("A B", "c d")],
)
def test_what_is_no_acronym_is_refused(tmp_path: Path, short: str, long: str) -> None:
    with pytest.raises(InputError):
        Glossary(tmp_path).decide("general", short, long, approved=True, by="a.martin")
    assert Glossary(tmp_path).of("general") == NONE


def test_a_search_says_that_decisions_cannot_be_read(decided: tuple[Engine, Glossary], tmp_path: Path) -> None:
    asked, glossary = decided
    glossary.decide("general", "SEM", "semences", approved=True, by="a.martin")
    for path in (tmp_path / "data" / "desk").iterdir():
        path.write_bytes(b"nothing that SQLite knows" * 100)
    found = answer(asked, "douane")
    assert "sigles" in found.messages[0]
    assert found.hits
