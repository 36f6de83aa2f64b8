"""The page of results: chips, facets, versions, reasons, ways of showing, and what is said of a miss."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from corpus.document import Page
from search_api.engine.answer import Answer, SearchRequest
from search_api.engine.part import Part, PartKind
from search_api.engine.reading import read_query
from search_api.web.chips import without
from tests.service_in_memory import H, Held, MemoryService, P, held, many, page_of, small_collection
from tests.test_web_pages import Visible, links, open_page


def chip(page: Visible, text: str) -> str:
    """Where the chip that says ``text`` leads."""
    (url,) = [url for name, url in page.chips if text in name]
    return url


def asked(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("q", [""])[0]


@pytest.mark.parametrize(
    ("query", "said", "rest"),
    [
        ('"délégation de gestion" avenant', "Expression exacte\u00a0: délégation de gestion", "avenant"),
        ("gestion -avenant", "Exclu\u00a0: avenant", "gestion"),
        ("gestion +avenant", "Exigé\u00a0: avenant", "gestion"),
        ("gestion type:note", "Type de document\u00a0: Note", "gestion"),
        ("gestion -type:note", "Exclu\u00a0: type:note", "gestion"),
        ("gestion titre:avenant", "Titre\u00a0: avenant", "gestion"),
        ("gestion 0218-CEMA-C026", "Référence\u00a0: 0218-CEMA-C026", "gestion"),
        ("gestion contrat*", "Commence par\u00a0: contrat", "gestion"),
        ("gestion SAUF avenant", "Exclu\u00a0: avenant", "gestion"),
    ],
)
def test_a_part_of_the_question_is_a_chip_that_leads_to_the_search_without_it(query: str, said: str, rest: str) -> None:
    page = open_page(
        MemoryService(small_collection()), f"/?q={query.replace('+', '%2B')}&sort=newest&filter=service:SISSE"
    )
    url = chip(page, said)
    assert asked(url) == rest
    assert "sort=newest" in url and "filter=service%3ASISSE" in url


def test_plain_words_are_no_chips() -> None:
    assert open_page(MemoryService(small_collection()), "/?q=délégation de gestion").chips == []


def test_taking_the_last_part_off_leads_back_to_the_first_page() -> None:
    page = open_page(MemoryService(small_collection()), '/?q="délégation de gestion"')
    assert chip(page, "Expression exacte") == "/"


def test_every_chip_of_a_question_can_be_taken_off_until_none_is_left() -> None:
    query = '"délégation de gestion" (avenant OU +convention) SAUF -type:note contrat* 0218-CEMA-C026'
    service = MemoryService(small_collection())
    for _ in range(12):
        page = open_page(service, f"/?q={query.replace('+', '%2B')}&filter=service:SISSE")
        parts = [part for part in read_query(query).parts if part.kind is not PartKind.WORD]
        urls = [url for name, url in page.chips if name != "Service\u00a0: SISSE"]
        if not urls:
            break
        assert len(urls) == len(parts)
        query = asked(urls[0])
    assert read_query(query).parts == ()


def test_a_word_taken_as_typed_is_a_chip_that_gives_back_its_help() -> None:
    service = MemoryService(small_collection())
    page = open_page(service, "/?q=avenant DGE&literal=dge&literal=absent")
    assert service.asked[-1].literal == ("dge", "absent")
    assert [name for name, _ in page.chips] == ["Tel quel\u00a0: dge"]
    assert "literal=dge" not in chip(page, "Tel quel")


def test_a_word_looked_for_in_french_is_a_chip_that_leads_to_the_search_for_it_as_typed() -> None:
    class Translating(MemoryService):
        def search(self, request: SearchRequest) -> Answer:
            parts = (Part(PartKind.TRANSLATION, "agreement", "convention, accord", 8, 17),)
            return replace(super().search(request), parts=parts)

    page = open_page(Translating(small_collection()), "/?q=gestion agreement")
    url = chip(page, "«\u00a0agreement\u00a0» en français\u00a0: convention, accord")
    assert asked(url) == "gestion agreement"
    assert "literal=agreement" in url


def test_facets_that_cannot_narrow_are_left_out_and_long_ones_are_cut() -> None:
    one_kind = [replace_kind(one, "note") for one in many(3)]
    assert "Type de document" not in open_page(MemoryService(one_kind), "/?q=gestion").text
    service = MemoryService([replace_kind(one, f"genre{at:02}") for at, one in enumerate(many(30))])
    page = open_page(service, "/?q=gestion")
    assert "25\u00a0autres valeurs" in page.text
    assert "Genre29" not in page.text
    whole = open_page(service, "/?q=gestion&facet=kind")
    assert "autres valeurs" not in whole.text and "Genre29" in whole.text
    posed = open_page(service, "/?q=gestion&filter=kind:genre29")
    assert posed.text.count("Genre29") == 3


def replace_kind(one: Held, kind: str) -> Held:
    return replace(one, document=replace(one.document, kind=kind))


def test_filters_without_words_list_what_they_accept() -> None:
    service = MemoryService(small_collection())
    page = open_page(service, "/?filter=kind:note&sort=newest")
    assert "2\u00a0documents" in page.text
    assert "les plus récents d’abord" in page.text
    assert "Sens seulement" not in page.text
    assert chip(page, "Type de document") == "/?sort=newest"


def versions() -> list[Held]:
    def paper(name: str, date: str, text: str) -> Held:
        pages: list[Page] = [page_of(1, (H, "Objet"), (P, text))]
        return held(name, f"Note de cadrage {date}", pages, date=date, metadata={"family": "f1"})

    return [
        paper("v1.docx", "2021-01-04", "Le cadrage."),
        paper("v2.docx", "2022-01-04", "Le cadrage du projet."),
        paper("v3.docx", "2023-01-04", "Le cadrage final."),
    ]


def test_versions_of_a_paper_are_folded_under_the_newest_one_click_away() -> None:
    page = open_page(MemoryService(versions()), "/?q=cadrage")
    assert "1\u00a0document" in page.text
    assert "2\u00a0versions antérieures" in page.text
    shown = [one.document.id for one in versions()]
    opened = [link for link in links(page) if link.startswith("/documents/") and "?q=cadrage" in link]
    assert [urlsplit(link).path.rpartition("/")[2] for link in opened] == [shown[2], shown[1], shown[0]]


def test_what_came_with_the_last_drop_is_told_new_when_there_were_others() -> None:
    old = replace(many(1)[0], document=replace(many(1)[0].document, drop="2026-40", id="0" * 20))
    service = MemoryService([*many(1), old])
    assert "Nouveau" not in open_page(service, "/?q=gestion").text
    service.newest = {"commun": "2026-47"}
    assert open_page(service, "/?q=gestion").text.count("Nouveau") == 1


def test_reasons_are_shown_when_asked_for_and_kept_from_page_to_page() -> None:
    service = MemoryService(many(12))
    page = open_page(service, "/?q=gestion")
    assert "Pourquoi ce résultat" not in page.text
    asking = next(link for link in links(page) if "explain=true" in link)
    explained = open_page(service, asking)
    assert explained.text.count("Pourquoi ce résultat") == 10
    assert "Mots, dans le passage1,00100\u00a0%" in explained.text
    assert "explain=true" in links(explained, rel="next")[0]


def test_a_close_view_shows_one_sentence_and_is_kept_by_the_form_and_the_links() -> None:
    service = MemoryService(small_collection())
    wide = open_page(service, "/?q=comptable")
    assert "Le délégant signe chaque avenant." in wide.text
    close = open_page(service, next(link for link in links(wide) if "density=compact" in link))
    assert "Le délégant signe chaque avenant." not in close.text
    assert "Le comptable assignataire en reçoit copie." in close.text
    assert ("density", "compact") in [(a.get("name"), a.get("value")) for tag, a in close.elements if tag == "input"]
    assert all("density" not in link for link in links(close) if link.startswith("/api/"))


@pytest.mark.parametrize("clear", [True, False])
def test_a_miss_can_be_put_on_record(clear: bool) -> None:
    service = MemoryService(small_collection(), clear=clear)
    words = "xyzzy" if clear else "délégation"
    page = open_page(service, f"/?q={words}&filter=kind:note&channel=lexical")
    recorded = page.text.partition("Consigner cette absence")[2].partition("Copier")[0]
    assert re.search(r"Recherche du \d+(er)?\u00a0\S+\u00a020\d\d à \d+\u00a0h\u00a0\d\d\u00a0: «\u00a0", recorded)
    assert "Demandé\u00a0: Type de document\u00a0: Note." in recorded
    assert ("Aucune réponse parmi" if clear else "Aucune réponse nette parmi") in recorded
    assert "3\u00a0documents lus" in recorded and "génération 7" in recorded and "2026-47" in recorded
    assert "1\u00a0fichier sans texte" in recorded
    assert f"http://localhost/?q={'xyzzy' if clear else 'd%C3%A9l%C3%A9gation'}&channel=lexical" in recorded


def test_a_miss_says_what_to_try() -> None:
    service = MemoryService(small_collection(), suggestion="délégation")
    page = open_page(service, "/?q=xyzzy -avenant&filter=kind:note&channel=lexical")
    for said in ("Chercher sans les filtres", "Chercher «\u00a0délégation\u00a0»", "par les mots et par le sens",
                 "Retirer une des conditions"):  # fmt: skip
        assert said in page.text
    assert "/?q=xyzzy+-avenant&channel=lexical" in links(page)


def test_a_link_shows_the_documents_near_one() -> None:
    service = MemoryService([*small_collection(), *many(2)])
    found = open_page(service, "/?q=investissements")
    near = open_page(service, next(link for link in links(found) if link.endswith("/similaires")))
    assert "Documents similaires à «\u00a0Note sur le contrôle des investissements étrangers\u00a0»" in near.text
    titles = [name for name in near.results if name]
    assert titles and "Note sur le contrôle des investissements étrangers" not in titles
    alone = MemoryService(small_collection()[:1])
    page = open_page(alone, f"/documents/{alone.collection[0].document.id}/similaires")
    assert "Aucun autre document" in page.text
    open_page(alone, "/documents/inconnu/similaires", status=404)


def test_the_page_takes_off_the_part_that_was_read() -> None:
    from search_api.web.address import SearchAddress

    query = "  gestion   -avenant  "
    (part,) = [part for part in read_query(query).parts if part.kind is PartKind.EXCLUDED]
    assert asked(without(SearchAddress(query=query), part)) == "gestion"
