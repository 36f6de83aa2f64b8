"""What was typed is read as it was meant; sentences are sentences, signs are signs, and nothing fails."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_api.engine.answer import Answer, Channel, SearchRequest
from search_api.engine.part import PartKind, without_part
from search_api.engine.query_syntax import leaves
from search_api.engine.reading import LONGEST_QUERY, Reading, read_query
from search_api.engine.search import Engine
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

PAPERS = {
    "delegation.md": "---\ntitle: Convention de délégation de gestion\ndate: 2018-03-12\nservice: SISSE\n"
    "author: Anne Martin\n---\n\nLe délégant confie la gestion du programme. Réf. 0218-CEMA-C026.\n",
    "avenant.md": "---\ntitle: Avenant n° 1\ndate: 2019-07-18\nservice: Bureau des achats\nauthor: Paul Durand\n---\n\n"
    "Cet avenant prolonge la convention et la gestion.\n",
    "rapport.md": "---\ntitle: Rapport annuel\ndate: 2020-11\nservice: SISSE\n---\n\n"
    "Le rapport traite des entrepreneurs, de la douane et de la sous-traitance.\n",
    "note.md": "---\ntitle: Note sur la douane\n---\n\nLes entreprises de la douane, sans convention particulière.\n",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    root = tmp_path_factory.mktemp("reading")
    index(root / "data", FakeEncoder(), write_files(root / "files", PAPERS), name="lot-1")
    return engine(root / "data", FakeEncoder())


def answer(asked: Engine, query: str) -> Answer:
    return asked.search(SearchRequest(query=query, k=50))


def names(asked: Engine, query: str) -> set[str]:
    return {hit.document.external_id.removesuffix(".md") for hit in answer(asked, query).hits}


SENTENCES = (
    "Micro-entrepreneur : quand déclarer ?",
    "Qu’est-ce qu’un avenant ?",
    "TVA : taux de -5 % ou de 20 %",
    "Où en est-on - après la réforme - de la sous-traitance ?",
    "Le SISSE -service rattaché à la DGE- suit le dossier",
    "type : note de service",
    "Date: à préciser",
    "crédit d’impôt recherche (CIR)",
    "CONVENTION DE DÉLÉGATION ET DE GESTION",
    "que dit-il -t-il vraiment",
    "Comment déclarer ET payer la TVA, et quand le faire ?",
    "horaires : 8:30 à 12:00",
    "https://exemple.fr/type/note",
    "a-t-on besoin d’un K-bis",
    "5 * 3 et **gras**",
    "la *due diligence* intrusive",
    "appel au +33 1 23 45",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_an_ordinary_sentence_is_only_words(sentence: str) -> None:
    reading = read_query(sentence)
    assert reading.text == sentence
    assert reading.condition is None
    assert reading.prefixes == ()
    assert reading.messages == ()


@given(st.text(alphabet="abcdeéèàç ,.;:’'!…\u00a0", max_size=80))
def test_words_and_punctuation_are_never_signs(text: str) -> None:
    spaced = text.replace(":", " : ")
    assert read_query(spaced).condition is None
    assert read_query(spaced).text == " ".join(spaced.split())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("+gestion", {"delegation", "avenant"}),
        ("+gestion +programme", {"delegation"}),
        ("gestion ET programme", {"delegation"}),
        ("convention -avenant", {"delegation", "rapport", "note"}),
        ("convention SAUF avenant", {"delegation", "note"}),
        ("programme OU sous-traitance", {"delegation", "rapport"}),
        ("(programme OU prolonge) ET gestion", {"delegation", "avenant"}),
        ("douane AND NOT rapport", {"note"}),
        ('+"délégation de gestion"', {"delegation"}),
        ('-"délégation de gestion" convention', {"avenant", "rapport", "note"}),
        ("gestion -type:avenant", {"delegation", "rapport", "note"}),
        ("titre:douane", {"note"}),
        ("type:rapport", {"rapport"}),
        ("service:sisse", {"delegation", "rapport"}),
        ('service:"bureau des achats"', {"avenant"}),
        ("auteur:martin", {"delegation"}),
        ("drop:lot-1 type:note", {"note"}),
        ("date:2019", {"avenant"}),
        ("date:2018..2019", {"delegation", "avenant"}),
        ("date:2019-07..", {"avenant", "rapport"}),
        ("date:..2018", {"delegation"}),
        ("date:12/03/2018", {"delegation"}),
        ("reference:0218.CEMA.C026", {"delegation"}),
        ("+entrepren*", {"rapport"}),
        ("+entrepr*", {"rapport", "note"}),
        ("-convention -avenant -rapport", set()),
        ("-gestion", {"rapport", "note"}),
    ],
)
def test_a_condition_is_met_by_every_document_of_the_answer(asked: Engine, query: str, expected: set[str]) -> None:
    assert names(asked, query) == expected


def test_a_word_cut_by_a_star_is_wanted_with_all_its_ends(asked: Engine) -> None:
    lexical = asked.search(SearchRequest(query="entrepren*", channel=Channel.LEXICAL))
    assert [hit.document.external_id for hit in lexical.hits] == ["rapport.md"]


def test_the_encoder_reads_neither_signs_nor_fields_nor_what_is_excluded() -> None:
    assert read_query("+gestion type:note -avenant contrat* date:2019").text == "gestion contrat"
    assert read_query("(convention OU avenant) SAUF (rapport annuel)").text == "convention avenant"
    assert read_query('"délégation de gestion"~3 du programme').text == '"délégation de gestion" du programme'


def kinds(reading: Reading) -> list[tuple[PartKind, str, str]]:
    return [(part.kind, part.text, part.value) for part in reading.parts]


def test_parts_say_how_each_piece_was_read() -> None:
    reading = read_query('conventions de "délégation de gestion"~2 0218-CEMA-C026 -avenant +contrat* type:note')
    assert kinds(reading) == [
        (PartKind.WORD, "conventions", "convent"),
        (PartKind.PHRASE, '"délégation de gestion"~2', "delegation de gestion ~2"),
        (PartKind.IDENTIFIER, "0218-CEMA-C026", "0218cemac026"),
        (PartKind.EXCLUDED, "-avenant", "aven"),
        (PartKind.REQUIRED, "+contrat*", "contrat*"),
        (PartKind.FIELD, "type:note", "kind:note"),
    ]


@given(st.lists(st.sampled_from(["convention", "-avenant", "+gestion", '"a b"', "type:note", "ab-12-3", "abc*", "de"])))
def test_taking_a_part_off_leaves_the_others(pieces: list[str]) -> None:
    reading = read_query(" ".join(pieces))
    for place, part in enumerate(reading.parts):
        assert reading.query[part.start : part.end] == part.text
        rest = kinds(read_query(without_part(reading.query, part)))
        assert rest == [one for at, one in enumerate(kinds(reading)) if at != place]


WORDS = st.sampled_from(["convention", "gestion", '"a b"', "type:note", "ab-12-3", "l’avenant", "porte-parole"])
GROUPS = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["ET", "OU", "SAUF"]), inner).map(" ".join),
        inner.map(lambda one: f"({one})"),
    ),
    max_leaves=6,
)


@given(GROUPS)
def test_taking_a_part_off_takes_its_operator_too(query: str) -> None:
    reading = read_query(query)
    for place, part in enumerate(reading.parts):
        rest = read_query(without_part(reading.query, part))
        others = [one for at, one in enumerate(reading.parts) if at != place]
        assert [one.value for one in rest.parts] == [one.value for one in others]
        assert len(rest.messages) <= 1


@pytest.mark.parametrize(
    ("query", "taken", "rest"),
    [
        ("brevet SAUF logiciel", "logiciel", "brevet"),
        ("brevet ET SAUF logiciel", "logiciel", "brevet"),
        ("brevet OU logiciel", "brevet", "logiciel"),
        ("brevet SAUF logiciel", "brevet", "SAUF logiciel"),
        ("brevet ET (logiciel OU licence)", "logiciel", "brevet ET (licence)"),
        ("brevet ET (logiciel)", "logiciel", "brevet"),
        ("(brevet OU logiciel) ET licence", "licence", "(brevet OU logiciel)"),
        ("((brevet)) OU licence", "brevet", "licence"),
        ("brevet OU logiciel ET licence", "logiciel", "brevet OU licence"),
        ("brevet ET logiciel OU licence", "logiciel", "brevet OU licence"),
        ("brevet OU logiciel SAUF licence", "logiciel", "brevet OU SAUF licence"),
        ("l’entreprise et la douane", "entreprise", "et la douane"),
        ("porte-parole du ministère", "porte", "parole du ministère"),
        ("porte-parole du ministère", "parole", "porte du ministère"),
    ],
)
def test_an_operator_goes_with_the_part_it_tied(query: str, taken: str, rest: str) -> None:
    reading = read_query(query)
    part = next(one for one in reading.parts if one.text == taken)
    assert without_part(reading.query, part) == rest
    assert not any("ignoré" in message for message in read_query(rest).messages)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ('"convention de gestion', "guillemet"),
        ("gestion ET", "ET"),
        ("OU gestion ET douane", "OU"),
        ("gestion SAUF", "SAUF"),
        ("(gestion ET (programme", "parenthèse"),
        ("gestion) ET programme", "parenthèse"),
        ("(" * 9 + "gestion ET douane" + ")" * 9, "niveaux"),
        (" ET ".join(f"mot{n}" for n in range(60)), "conditions"),
        ("x" * 3_000, "caractères"),
    ],
)
def test_what_is_badly_written_is_read_and_said(asked: Engine, query: str, word: str) -> None:
    assert any(word in message for message in answer(asked, query).messages)


def test_a_date_that_is_none_is_said(asked: Engine) -> None:
    found = answer(asked, "convention date:bientôt")
    assert found.hits == ()
    assert any("bientôt" in message for message in found.messages)


SIGNS = [
    *'"«»()+-*:~ ', " ET ", " OU ", " SAUF ", "date:", "type:", "titre:", "..", "~3", "convention", "douane", "2019",
    "0218-CEMA-C026", "é", "?", "\u00a0", "\x00", "𝒳", "L. 151-3", "entrepr*", "-gestion", "+note", "(a ET ",
]  # fmt: skip


def test_ten_thousand_odd_queries_are_read_within_bounds() -> None:
    chance = random.Random(2018)
    for _ in range(10_000):
        query = "".join(chance.choices(SIGNS, k=chance.randrange(40)))
        reading = read_query(query)
        assert len(reading.text) <= LONGEST_QUERY
        assert len(list(leaves(reading.condition))) <= 48
        assert all(reading.query[part.start : part.end] == part.text for part in reading.parts)


def test_odd_queries_are_answered(asked: Engine) -> None:
    chance = random.Random(2019)
    for _ in range(300):
        query = "".join(chance.choices(SIGNS, k=chance.randrange(30)))
        found = answer(asked, query)
        assert found.total <= len(PAPERS)


@settings(max_examples=100)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert read_query(text).query == " ".join(text.split())[:LONGEST_QUERY]


def test_a_long_and_deep_query_stays_small() -> None:
    reading = read_query("((((a OU b) ET " * 400)
    assert len(reading.parts) <= 64
    assert len(list(leaves(reading.condition))) <= 48
