"""The pages, as a browser without JavaScript gets them."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corpus.document import BlockKind
from corpus.errors import CatalogueError
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from search_api.web.rendering import HERE, STATIC, Renderer
from tests.desk import drop_desk
from tests.encoders import FakeEncoder
from tests.hostile import HOSTILE
from tests.service_in_memory import H, MemoryService, P, held, many, page_of, small_collection


class Visible(HTMLParser):
    """The text a person reads, the attributes of every element, the chips and the titles of the results."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.chips: list[tuple[str, str]] = []
        self.results: list[str] = []
        self._code = 0
        self._into: str = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._code += tag in {"code", "kbd"}
        given = dict(attrs)
        if tag == "a" and "fr-tag--dismiss" in (given.get("class") or ""):
            self.chips.append(("", given.get("href") or ""))
            self._into = "chip"
        if tag == "a" and "data-hit-link" in given:
            self.results.append("")
            self._into = "result"

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in {"code", "kbd"}
        if tag == "a":
            self._into = ""

    def handle_data(self, data: str) -> None:
        if self._into == "chip":
            self.chips[-1] = (self.chips[-1][0] + data, self.chips[-1][1])
        elif self._into == "result":
            self.results[-1] += data
        if not self._code:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", "".join(self.words)).strip()


def open_page(service: MemoryService, path: str, *, status: int = 200, settings: HttpSettings | None = None) -> Visible:
    api = TestClient(
        create_app(service, settings or HttpSettings()), base_url="http://localhost", raise_server_exceptions=False
    )
    answer = api.get(path, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Visible(answer.text)


def links(page: Visible, **wanted: str) -> list[str]:
    return [
        str(attributes.get("href"))
        for tag, attributes in page.elements
        if tag == "a" and all(attributes.get(name.replace("_", "-")) == value for name, value in wanted.items())
    ]


def test_the_first_page_has_one_box_examples_and_the_coverage() -> None:
    page = open_page(MemoryService(small_collection()), "/")
    assert [a["name"] for tag, a in page.elements if tag == "input"] == ["q"]
    assert "contrôle des investissements étrangers en France" in page.text
    assert "3\u00a0documents (4\u00a0passages)" in page.text
    assert "1\u00a0fichier sans texte" in page.text
    assert "<code>commun&nbsp;/&nbsp;7</code>" in open_raw("/")


def open_raw(path: str) -> str:
    app = create_app(MemoryService(small_collection()), HttpSettings())
    return TestClient(app, base_url="http://localhost").get(path).text


def test_a_result_says_what_it_is_and_where_its_passage_stands() -> None:
    page = open_page(MemoryService(small_collection()), "/?q=qui+signe+l’avenant")
    for said in (
        "Avenant n° 1 à la convention de délégation de gestion",
        "18\u00a0juillet\u00a02019",
        "Article 2 – Signature",
        "page\u00a02",
        "Le délégant signe chaque avenant.",
        "Versement 2026-47",
    ):
        assert said in page.text


def test_both_kinds_of_highlight_are_told_apart_without_colour() -> None:
    html = open_raw("/?q=délégation+gestion")
    assert '<mark class="mot">délégation</mark>' in html
    assert '<mark class="sens">assignataire</mark>' in html
    css = (STATIC / "app.css").read_text()
    word = re.search(r"\.mot \{([^}]*)\}", css)
    meaning = re.search(r"\.sens \{([^}]*)\}", css)
    assert word and meaning
    assert "font-weight: 700" in word.group(1) and "underline;" in word.group(1)
    assert "font-style: italic" in meaning.group(1) and "dotted" in meaning.group(1)


def test_a_result_opens_its_document_at_the_marked_passage() -> None:
    service = MemoryService(small_collection())
    found = open_page(service, "/?q=délégation+gestion")
    url = next(link for link in links(found) if link.startswith("/documents/"))
    assert url.endswith("#passage")
    html = TestClient(create_app(service, HttpSettings()), base_url="http://localhost").get(url).text
    passage = html.partition('id="passage"')[2]
    assert '<mark class="mot">délégation</mark>' in passage
    assert 'id="passage"' not in html.partition("Article 2 – Signature")[0]


def test_a_link_to_a_passage_follows_it_into_a_new_version() -> None:
    service = MemoryService(small_collection())
    url = next(link for link in links(open_page(service, "/?q=délégation+gestion")) if link.startswith("/documents/"))
    later = [replace(page, number=page.number + 1) for page in service.collection[0].pages]
    service.new_version("2019/avenant.pdf", [page_of(1, (P, "Page de garde.")), *later], "b" * 64)
    moved = open_page(service, url)
    assert "Le passage y figure encore" in moved.text
    service.new_version("2019/avenant.pdf", [page_of(1, (P, "Tout est réécrit."))], "c" * 64)
    gone = open_page(service, url)
    assert "n’y figure plus" in gone.text
    assert "Tout est réécrit." in gone.text


@pytest.mark.parametrize(
    "params",
    ["passage=9:0-5", "passage=1:900-20", "passage=x", "passage=1:0-5&marques=w1:0-99999999", "page=0", "page=9999",
     "page=²", "version=zz", "passage=" + ",".join(["1:0-1"] * 500), "page=-1"],
)  # fmt: skip
def test_a_damaged_link_still_opens_the_document(params: str) -> None:
    service = MemoryService(small_collection())
    page = open_page(service, f"/documents/{service.collection[0].document.id}?{params}")
    assert "Le présent avenant modifie la convention" in page.text


def test_rows_of_a_table_are_a_table_with_its_marks() -> None:
    row = BlockKind.TABLE_ROW
    one = held("t.pdf", "Seuils", [page_of(1, (P, "Voici."), (row, "Opération | Seuil"), (row, "Prise de | 25 %"))])
    service = MemoryService([one])
    text = one.pages[0].text
    start = text.index("25 %")
    place = f"passage=1:{text.index('Prise')}-{len(text)}&marques=w1:{start}-{start + 4}"
    html = (
        TestClient(create_app(service, HttpSettings()), base_url="http://localhost")
        .get(f"/documents/{one.document.id}?{place}")
        .text
    )
    assert html.count("<table>") == 2
    assert '<mark class="mot">25 %</mark>' in html
    assert "Opération |" not in html


def test_a_passage_is_quoted_with_its_source_and_a_link_that_finds_it_again() -> None:
    service = MemoryService(small_collection())
    found = open_page(service, "/?q=délégation+gestion")
    url = next(link for link in links(found) if link.startswith("/documents/"))
    page = open_page(service, url)
    quoted = page.text.partition("Citer ce passage")[2].partition("#passage")[0]
    assert "«\u00a0La délégation de gestion est accordée pour un an." in quoted
    assert "page\u00a02" in quoted
    assert "a" * 64 in quoted
    link = "/documents/" + quoted.partition("http://localhost/documents/")[2]
    assert open_page(service, link.strip()).text.count("Le délégant signe chaque avenant.") == 2


def test_a_text_without_pages_is_not_said_to_have_one() -> None:
    page = open_page(MemoryService(small_collection()), "/?q=investissements")
    assert "Texte DOCX" in page.text
    assert "page\u00a01" not in page.text


def test_a_heading_that_says_the_title_again_is_left_out() -> None:
    one = held("n.pdf", "Note de cadrage", [page_of(1, (H, "Note de  cadrage"), (P, "Le cadrage du projet."))])
    assert open_page(MemoryService([one]), "/?q=cadrage").text.count("Note de cadrage") == 1


def test_the_text_alone_of_a_long_document_is_read_by_ten_pages() -> None:
    long = held("long.pdf", "Rapport", [page_of(n, (P, f"Contenu de la page {n}.")) for n in range(1, 31)])
    service = MemoryService([long])
    page = open_page(service, f"/documents/{long.document.id}?passage=15:0-7&vue=texte")
    assert "Contenu de la page 11." in page.text
    assert "Contenu de la page 20." in page.text
    assert "Contenu de la page 10." not in page.text
    assert len(links(page, rel="next")) == len(links(page, rel="prev")) == 1
    following = open_page(service, links(page, rel="next")[0])
    assert "Contenu de la page 21." in following.text


def test_every_page_of_results_is_reached_by_its_links() -> None:
    service = MemoryService(many(23))
    seen: list[str] = []
    url: str | None = "/?q=gestion"
    while url:
        page = open_page(service, url)
        seen += [link for link in links(page) if link.endswith("#passage")]
        following = links(page, rel="next")
        url = following[0] if following else None
    assert len(set(seen)) == len(seen) == 23


def test_a_collection_that_changed_between_two_pages_is_said() -> None:
    service = MemoryService(many(23))
    following = links(open_page(service, "/?q=gestion"), rel="next")[0]
    assert "a été mise à jour" not in open_page(service, following).text
    service.generation = "8"
    assert "a été mise à jour" in open_page(service, following).text


def test_a_filter_is_a_link_and_a_chip_takes_it_away() -> None:
    service = MemoryService(small_collection())
    page = open_page(service, "/?q=délégation")
    add = next(link for link in links(page) if "filter=kind%3Anote" in link)
    filtered = open_page(service, add)
    assert service.asked[-1].filters == {"kind": ("note",)}
    assert "1\u00a0document" in filtered.text
    chip = next(
        str(a["href"]) for _, a in filtered.elements if str(a.get("class", "")).startswith("fr-tag fr-tag--dismiss")
    )
    open_page(service, chip)
    assert service.asked[-1].filters == {}


def test_order_and_channel_are_links() -> None:
    service = MemoryService(small_collection())
    page = open_page(service, "/?q=délégation")
    open_page(service, next(link for link in links(page) if "sort=newest" in link))
    assert service.asked[-1].sort.value == "newest"
    open_page(service, next(link for link in links(page) if "channel=lexical" in link))
    assert service.asked[-1].channel.value == "lexical"


def test_an_empty_question_is_said_and_nothing_is_searched() -> None:
    service = MemoryService(small_collection())
    assert "La question était vide" in open_page(service, "/?q=+").text
    assert service.asked == []


def test_a_question_too_long_stays_in_its_box_and_is_not_searched() -> None:
    service = MemoryService(small_collection())
    page = open_page(service, "/?q=" + "mot+" * 300, status=422)
    assert "1\u202f200\u00a0caractères, la limite est de 1\u202f000" in page.text
    assert any(a.get("value") == "mot " * 300 for tag, a in page.elements if tag == "input")
    assert service.asked == []


def test_no_answer_says_how_many_documents_were_read() -> None:
    page = open_page(MemoryService(small_collection()), "/?q=xyzzy")
    assert "Aucun document ne répond" in page.text
    assert "Aucun des 3\u00a0documents lus" in page.text
    assert "n’a pas pu être lu" in page.text


def test_no_answer_with_filters_offers_to_remove_them() -> None:
    page = open_page(MemoryService(small_collection()), "/?q=délégation&filter=kind:rapport")
    assert "avec ces filtres" in page.text
    assert "/?q=d%C3%A9l%C3%A9gation" in links(page)


def test_an_unclear_answer_is_shown_with_its_warning() -> None:
    page = open_page(MemoryService(small_collection(), clear=False), "/?q=délégation")
    assert "Aucune réponse nette" in page.text
    assert "Rien dans le fonds ne répond clairement" in page.text
    assert "Le délégant signe chaque avenant" in page.text


def test_an_error_page_says_what_to_do_and_keeps_the_secret() -> None:
    failure = CatalogueError("Le catalogue est endommagé", remedy="Lancez « reuni check »")
    page = open_page(MemoryService([], failure=failure), "/?q=a", status=503)
    assert "Le catalogue est endommagé." in page.text
    assert "Lancez «\u00a0reuni check\u00a0»." in page.text
    fault = open_page(MemoryService([], failure=RuntimeError("secret")), "/?q=a", status=500)
    assert "secret" not in fault.text


def test_how_the_question_was_read_is_told() -> None:
    page = open_page(MemoryService(small_collection(), messages=("Lu : l'avenant ?",)), "/?q=avenant")
    assert "Lu\u00a0: l’avenant\u00a0?" in page.text


def test_a_weak_reading_of_a_scan_is_said() -> None:
    scan = held("scan.pdf", "Arrêté", [page_of(1, (H, "Art. 1"), (P, "Le préfet arrête."))])
    scan.pages = tuple(replace(page, ocr_confidence=0.61) for page in scan.pages)
    assert "avec une confiance de 61\u00a0%" in open_page(MemoryService([scan]), "/?q=préfet").text


PAGES = ["/", "/?q=", "/?q=avenant+délégation", "/?q=xyzzy", "/?q=gestion&page=2", "/aide", "/accessibilite",
         "/donnees-personnelles", "/mentions-legales", "/plan-du-site", "/nulle-part", "/documents/x",
         "/?q=" + "a" * 1001, "/?q=avenant&filter=kind:avenant"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(path: str) -> None:
    service = MemoryService([*small_collection(), *many(15)])
    app = create_app(service, HttpSettings())
    page = Visible(TestClient(app, base_url="http://localhost").get(path, headers={"accept": "text/html"}).text)
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), (tag, attributes)
        assert tag != "style"
        if tag == "script":
            assert str(attributes["src"]).startswith("/static/")
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "/").startswith(("/", "#")), (tag, attributes)


@pytest.mark.parametrize("path", PAGES)
def test_the_french_of_the_pages_is_typeset(path: str) -> None:
    service = MemoryService([*small_collection(), *many(15)])
    app = create_app(service, HttpSettings())
    html = TestClient(app, base_url="http://localhost").get(path, headers={"accept": "text/html"}).text
    text = Visible(html).text
    assert not re.search(r"\w'\w", text)
    assert not re.search(r" [:;?!»%]", text)
    assert not re.search(r"« ", text)


@pytest.mark.parametrize("built", [(), ("dsfr/dsfr.css",)], ids=["never built", "built by an older version"])
def test_without_the_design_system_the_pages_are_readable_and_say_what_to_run(
    tmp_path: Path, built: tuple[str, ...]
) -> None:
    (tmp_path / "dsfr").mkdir()
    for name in built:
        (tmp_path / name).touch()
    for own in (*STATIC.glob("*.css"), *STATIC.glob("*.js")):
        (tmp_path / own.name).write_bytes(own.read_bytes())
    app = create_app(MemoryService(small_collection()), HttpSettings(), static=tmp_path)
    page = Visible(TestClient(app, base_url="http://localhost").get("/?q=avenant").text)
    assert "Avenant n° 1 à la convention de délégation de gestion" in page.text
    assert "ne sont pas installés sur ce serveur" in page.text
    assert not any("dsfr" in str(a.get("href")) for _, a in page.elements)


def test_compartments_are_opened_from_the_page_and_the_coverage_follows() -> None:
    secret = held("s.pdf", "Secret", [page_of(1, (P, "Une délégation secrète."))], compartment="secret")
    service = MemoryService([*small_collection(), secret], names=("commun", "secret"))
    assert "3\u00a0documents (4" in open_page(service, "/").text
    page = open_page(service, "/?q=délégation")
    assert "Secret" not in page.text
    opening = next(link for link in links(page) if link.endswith("&compartment=secret"))
    opened = open_page(service, opening)
    assert "Une délégation secrète." in opened.text
    assert "1\u00a0document (1" in opened.text
    assert "commun" not in {name for request in service.asked[-1:] for name in request.compartments or ()}


def test_every_page_of_ours_is_in_the_map_and_every_link_of_the_map_leads_somewhere(data: Path) -> None:
    service = MemoryService(small_collection())
    watching = Watching(WatchStore(data), service, lambda owner: service.names)
    drops = drop_desk(data, FakeEncoder())
    app = create_app(service, HttpSettings(), watching=watching, drops=drops)
    api = TestClient(app, base_url="http://localhost")
    mapped = {link.partition("#")[0] for link in links(Visible(api.get("/plan-du-site").text))}
    assert {"/", "/aide", "/accessibilite", "/mentions-legales", "/donnees-personnelles"} <= mapped
    for link in mapped - {""}:
        assert api.get(link, headers={"accept": "text/html"}).status_code == 200, link


def test_what_is_logged_is_what_is_told() -> None:
    said = open_page(MemoryService([]), "/donnees-personnelles").text
    assert "Les questions n’y sont pas écrites." in said
    logged = open_page(MemoryService([]), "/donnees-personnelles", settings=HttpSettings(log_queries=True)).text
    assert "écrire aussi les questions" in logged


def test_every_class_of_the_design_system_that_a_template_names_is_served() -> None:
    if not Renderer().complete:
        pytest.skip("the design system is not installed (make web-static)")
    sheet = "".join(one.read_text() for one in (STATIC / "dsfr").glob("dsfr*.css"))
    served = set(re.findall(r"\.(fr-[\w-]+)", sheet))
    for template in (HERE / "templates").glob("*.html"):
        # A name that is put together is not seen by what trims the sheet.
        assert not re.search(r"fr-[\w-]*\{\{", template.read_text()), template.name
        named = set(re.findall(r"(?<![\w/-])fr-[\w-]*\w", template.read_text()))
        assert named <= served, f"{template.name}: run make web-static, or add the component to search_api/web/build.mk"


def test_results_weigh_less_than_sixty_kilobytes_with_their_style_and_scripts() -> None:
    words = sorted({word for string in HOSTILE for word in string.split()})
    pages = [" ".join(words[at::30]) + ". La gestion des dossiers est suivie." for at in range(30)]
    service = MemoryService(
        [held(f"{at}.pdf", text[:90], [page_of(1, (H, text[90:150]), (P, text))]) for at, text in enumerate(pages)]
    )
    renderer = Renderer()
    if not renderer.complete:
        pytest.skip("the design system is not installed (make web-static)")
    api = TestClient(create_app(service, HttpSettings()), base_url="http://localhost")
    page = Visible(api.get("/?q=gestion").text)
    files = ["/?q=gestion"] + [
        str(a.get("href") or a.get("src"))
        for tag, a in page.elements
        if tag == "script" or (tag == "link" and a.get("rel") == "stylesheet")
    ]
    assert len(files) == 5
    assert sum(len(api.get(url).content) for url in files) < 60_000
