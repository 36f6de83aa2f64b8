"""Acronyms and what they stand for are one question, when the collection says which."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.acronyms import AcronymMiner, definitions, read_acronyms, write_acronyms
from search_api.engine.answer import Answer, Channel, SearchRequest
from search_api.engine.part import PartKind
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
        miner.read(document, "La Direction générale des Entreprises (DGE) agit.")
    miner.read(9, "la direction générale des entreprises (D.G.E.)")
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
