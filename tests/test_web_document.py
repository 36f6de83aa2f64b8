"""The document page, as a browser without JavaScript gets it: the page as printed, its text, what is known of it."""

from collections.abc import Sequence

import pytest
from starlette.testclient import TestClient

from corpus.document import Page
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from tests.service_in_memory import Held, MemoryService, P, held, page_of, small_collection
from tests.test_web_pages import Visible, links, open_page

CLAUSE = "Le délégant signe chaque avenant dans un délai de trente jours."


def report(pages: int = 500, every: int = 100) -> Held:
    texts = [f"Contenu de la page {n}.{' Le seuil est fixé.' if n % every == 0 else ''}" for n in range(1, pages + 1)]
    return held("rapport.pdf", "Rapport", [page_of(n, (P, text)) for n, text in enumerate(texts, 1)])


def address(one: Held, tail: str = "") -> str:
    return f"/documents/{one.document.id}{tail}"


def frames(page: Visible) -> list[tuple[str, float, float]]:
    return [
        (str(a["class"]).rpartition("--")[2], float(str(a["x"])), float(str(a["y"])))
        for tag, a in page.elements
        if tag == "rect"
    ]


def test_the_passage_and_its_words_are_framed_on_the_page_that_is_shown() -> None:
    service = MemoryService(small_collection())
    url = next(link for link in links(open_page(service, "/?q=délégation+gestion")) if link.startswith("/documents/"))
    page = open_page(service, url)
    image = next(a for tag, a in page.elements if tag == "img")
    assert "/pages/2/image?" in str(image["src"])
    assert "son texte suit" in str(image["alt"])
    drawn = next(a for tag, a in page.elements if tag == "svg")
    assert (drawn["viewbox"], drawn["aria-hidden"]) == ("0 0 595.0 842.0", "true")
    assert {"passage", "word"} <= {kind for kind, _, _ in frames(page)}
    text = service.collection[0].pages[1].text
    words = [x for kind, x, _ in frames(page) if kind == "word"]
    assert words[0] == 72 + text.index("délégation") % 60 * 7.5 - 1.5
    assert "Le délégant signe chaque avenant." in page.text


def test_the_image_that_the_page_names_is_there() -> None:
    service = MemoryService(small_collection())
    page = open_page(service, address(service.collection[0]))
    api = TestClient(create_app(service, HttpSettings()), base_url="http://localhost")
    for tag, attributes in page.elements:
        if tag == "img":
            answer = api.get(str(attributes["src"]))
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_a_text_without_pages_has_its_text_and_no_image() -> None:
    service = MemoryService(small_collection())
    page = open_page(service, address(service.collection[1]))
    assert not [tag for tag, _ in page.elements if tag in {"img", "rect"}]
    assert "Le contrôle des investissements étrangers" in page.text
    assert "Voir le texte seul" not in page.text


class Counting(MemoryService):
    """Counts the pages that are read."""

    def __init__(self, collection: list[Held]) -> None:
        super().__init__(collection)
        self.read: list[str] = []

    @property
    def documents(self):  # type: ignore[no-untyped-def]
        inner, read = super().documents, self.read

        class Watched(type(inner)):  # type: ignore[misc]
            def page(
                self, document_id: str, number: int, compartments: tuple[str, ...], version: str = ""
            ) -> Page | None:
                read.append(str(number))
                return inner.page(document_id, number, compartments, version)

            def pages(self, *_: object) -> Sequence[Page]:
                raise AssertionError("every page was read")

        return Watched(inner.collection, inner.generation)


def test_of_a_long_report_only_the_page_shown_is_read() -> None:
    service = Counting([report()])
    page = open_page(service, address(service.collection[0], "?page=250"))
    assert "Contenu de la page 250." in page.text
    assert set(service.read) == {"250"}
    assert "Page 250 sur 500" in page.text
    passage = open_page(service, address(service.collection[0], "?passage=300:0-7&version=aaaaaaaaaaaa&texte=Contenu"))
    assert "Contenu de la page 300." in passage.text


def test_thumbnails_show_the_pages_around_and_those_that_hold_what_is_looked_for() -> None:
    service = MemoryService([report()])
    page = open_page(service, address(service.collection[0], "?dans=seuil&page=201"))
    shown = [str(a["src"]) for tag, a in page.elements if tag == "img" and a.get("loading") == "lazy"]
    numbers = [int(src.partition("/pages/")[2].partition("/")[0]) for src in shown]
    assert numbers == [1, 100, 198, 199, 200, 201, 202, 203, 204, 300, 400, 500]
    assert page.text.count("1\u00a0occurrence") == 5
    assert "Occurrence 3 sur 5\u00a0occurrences" in page.text


def test_occurrences_are_followed_from_page_to_page_and_back() -> None:
    service = MemoryService([report()])
    page = open_page(service, address(service.collection[0], "?dans=seuil"))
    seen = []
    while True:
        seen.append(
            next(number for number in (100, 200, 300, 400, 500) if f"Contenu de la page {number}." in page.text)
        )
        assert [kind for kind, _, _ in frames(page)] == ["found", "here"]
        following = [link for link in links(page, rel="next") if "occurrence=" in link]
        if not following:
            break
        page = open_page(service, following[0])
    assert seen == [100, 200, 300, 400, 500]
    back = open_page(service, next(link for link in links(page, rel="prev") if "occurrence=" in link))
    assert "Occurrence 4 sur 5" in back.text


@pytest.mark.parametrize("tail", ["?dans=seuil&occurrence=99", "?dans=seuil&occurrence=0", "?occurrence=3", "?vue=x"])
def test_an_address_that_was_tampered_with_still_opens_the_document(tail: str) -> None:
    service = MemoryService([report(20, 10)])
    assert "Contenu de la page" in open_page(service, address(service.collection[0], tail)).text


def two_versions() -> MemoryService:
    one = held("2019/convention.pdf", "Convention", [page_of(1, (P, CLAUSE))], metadata={"service": "SISSE"})
    service = MemoryService([one])
    service.new_version(
        "2019/convention.pdf", [page_of(1, (P, CLAUSE.replace("trente", "quinze"))), page_of(2, (P, "Fin."))], "b" * 64
    )
    return service


def test_what_is_known_is_told_with_where_it_was_found() -> None:
    service = two_versions()
    attached = held("2019/convention.pdf/annexe.pdf", "Annexe financière", [page_of(1, (P, "Une annexe."))])
    attached.inside = "2019/convention.pdf"
    service.collection.append(attached)
    page = open_page(service, address(service.collection[0]))
    assert "SISSE (manifeste)" in page.text
    assert "Annexe financière" in page.text
    assert "Versement 2026-46, 20\u00a0novembre\u00a02026" in page.text
    assert any("/original?version=bbbb" in link for link in links(page))
    inside = open_page(service, address(attached))
    assert address(service.collection[0]) in links(inside)


def test_what_changed_is_readable_without_colour() -> None:
    service = two_versions()
    page = open_page(service, address(service.collection[0]))
    compare = next(link for link in links(page) if "/differences?ancienne=" in link)
    app = create_app(service, HttpSettings())
    html = TestClient(app, base_url="http://localhost").get(compare, headers={"accept": "text/html"}).text
    assert '<del><span class="fr-sr-only">[retiré&nbsp;:] </span>trente</del>' in html
    assert '<ins><span class="fr-sr-only">[ajouté&nbsp;:] </span>quinze</ins>' in html
    seen = Visible(html)
    assert "2\u00a0paragraphes diffèrent" in seen.text
    assert "de la version du versement 2026-46 à celle du versement 2026-47" in seen.text
    whole = next(link for link in links(seen) if "tout=1" in link)
    assert "Ne montrer que ce qui a changé" in open_page(service, whole).text
    open_page(service, address(service.collection[0], "/differences?ancienne=ffffffff"), status=404)


def test_a_link_to_a_passage_that_was_reworded_says_so_and_shows_the_new_words() -> None:
    service = two_versions()
    page = open_page(
        service, address(service.collection[0], f"?passage=1:0-{len(CLAUSE)}&version=aaaaaaaaaaaa&texte=Le+délégant")
    )
    assert "le passage cité a été récrit" in page.text
    assert {kind for kind, _, _ in frames(page)} == {"passage"}


def test_near_duplicates_are_offered_to_be_compared() -> None:
    documents = [
        held(f"{name}.pdf", name, [page_of(1, (P, text))], metadata={"family": "f"})
        for name, text in (("Projet", CLAUSE), ("Final", CLAUSE.replace("trente", "dix")))
    ]
    service = MemoryService(documents)
    page = open_page(service, address(documents[1]))
    assert "Textes presque identiques" in page.text
    compare = next(link for link in links(page) if "avec=" in link)
    assert "Projet" in open_page(service, compare).text
