"""The analysts' guide and the help page are one text, and it tells the truth."""

import re
import tomllib
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from PIL import Image
from starlette.testclient import TestClient

from search_api.engine.query_syntax import FIELD_NAMES
from search_api.http.app import create_app
from search_api.http.french import number, typography
from search_api.http.models import MAX_DOCUMENTS
from search_api.http.settings import HttpSettings
from search_api.web.guide import IMAGES, SOURCE, anchor, read_guide
from search_api.web.marks import WEAK_OCR
from tests.guide_screenshots import HEAVIEST, PICTURES
from tests.service_in_memory import MemoryService, small_collection
from tests.test_web_pages import Visible, links

GUIDE = Path(__file__).parents[1] / "docs/guide-analyste.md"
TEXT = GUIDE.read_text("utf-8")


@pytest.fixture
def api() -> TestClient:
    return TestClient(create_app(MemoryService(small_collection()), HttpSettings()), base_url="http://localhost")


def test_the_help_page_says_the_whole_guide_in_its_order(api: TestClient) -> None:
    assert SOURCE.resolve() == GUIDE
    html = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", api.get("/aide").text))
    at = 0
    for token in MarkdownIt("commonmark", {"html": False}).enable("table").parse(TEXT):
        for child in token.children or ():
            if child.type in ("text", "code_inline"):
                said = typography(child.content) if child.type == "text" else child.content
                said = re.sub(r"\s+", " ", said.replace('"', "&quot;")).strip()
                at = html.index(said, at) + len(said)
    assert at > len(TEXT) // 2


def test_every_section_has_an_anchor_that_the_contents_and_the_map_lead_to(api: TestClient) -> None:
    titles = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    anchors = [anchor(title) for title in titles]
    assert len(set(anchors)) == len(titles) > 8
    page, site = Visible(api.get("/aide").text), Visible(api.get("/plan-du-site").text)
    ids = {a.get("id") for _, a in page.elements}
    assert set(anchors) <= ids
    assert [f"#{one}" for one in anchors] == [link for link in links(page) if link[1:] in anchors]
    assert {f"/aide#{one}" for one in anchors} <= set(links(site))


def test_its_pictures_are_light_told_in_words_and_served_with_their_size(api: TestClient) -> None:
    images = [a for tag, a in Visible(api.get("/aide").text).elements if tag == "img"]
    assert sorted(Path(str(a["src"]).partition("?")[0]).stem for a in images) == sorted(PICTURES)
    for image in images:
        answer = api.get(str(image["src"]))
        assert answer.headers["content-type"] == "image/png"
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) < HEAVIEST
        assert len(str(image["alt"])) > 20
        with Image.open(GUIDE.parent / "images" / Path(str(image["src"]).partition("?")[0]).name) as picture:
            assert (image["width"], image["height"]) == tuple(str(side) for side in picture.size)


def test_the_figures_and_fields_it_gives_are_those_of_the_application() -> None:
    assert f"compte {number(HttpSettings().max_query_chars)} caractères au plus" in TEXT
    assert f"feuilleter {number(MAX_DOCUMENTS)} au plus" in TEXT
    assert f"inférieure à {round(100 * WEAK_OCR)} %" in TEXT
    assert set(re.findall(r"`([a-z]+):", TEXT)) <= set(FIELD_NAMES)


def test_a_guide_without_a_title_is_refused(tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_text("Sans titre.")
    with pytest.raises(ValueError, match="title"):
        read_guide(tmp_path / "guide.md", tmp_path)


def test_markup_in_the_guide_is_text(tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_text("# Titre\n\n<script>1</script> [x](javascript:1)")
    assert "&lt;script&gt;" in read_guide(tmp_path / "guide.md", tmp_path).body
    assert "href" not in read_guide(tmp_path / "guide.md", tmp_path).body


def test_a_package_carries_the_guide_its_pictures_and_all_that_pages_serve() -> None:
    web = SOURCE.parent
    project = tomllib.loads((web.parents[1] / "pyproject.toml").read_text("utf-8"))
    carried = project["tool"]["setuptools"]["package-data"]["*"]
    # Links are followed: what they lead to is copied in their place.
    served = [SOURCE, *IMAGES.iterdir(), *(web / "templates").iterdir()]
    served += [file for file in (web / "static").rglob("[!.]*") if file.is_file()]
    assert len(served) > 40
    assert [file for file in served if not any(file.match(pattern) for pattern in carried)] == []
