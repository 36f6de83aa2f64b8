"""An analyst's morning in a real browser, with a real engine: search, refine, read, quote, save, see what is new."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from search_api.web.rendering import Renderer
from tests.browser import Served, chromium, serve
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
SHORT, LONG = "# Avenant Zéphyr\n\n", "\n\nLe délégataire signe chaque avenant au projet Zéphyr."
FIRST = {
    "avenant.md": f"{SHORT}## Article 1\n\nLe projet Zéphyr est prolongé d’un an.{LONG}",
    "note.txt": "Note sur le projet Zéphyr\n\nLe projet Zéphyr dépend d’un fournisseur unique. Ce fournisseur tient.",
    "annexe.txt": "Annexe du projet Zéphyr\n\nLe projet Zéphyr emploie un brouillon de budget.",
    "autre.txt": "Compte rendu\n\nRien de tout cela.",
}
SECOND = {"alerte.txt": "Rachat annoncé\n\nLe fournisseur unique du projet Zéphyr est racheté."}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Renderer().complete:
        pytest.skip("the design system is not installed (make web-static)")
    with chromium() as started:
        yield started


@contextmanager
def office(root: Path) -> Iterator[Served]:
    """A server over a first drop, which notices the next."""
    index(root / "data", FakeEncoder(), write_files(root / "first", FIRST), name="2026-47")
    answering = engine(root / "data", FakeEncoder())
    watching = Watching(WatchStore(root / "data"), answering, lambda owner: answering.compartments())
    with serve(create_app(answering, HttpSettings(), watching=watching)) as served:
        yield served


def shot(page: Page, name: str) -> None:
    """Keep what is seen, for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("scripts", "width"), [(True, 1280), (True, 390), (False, 1280)])
def test_an_analyst_s_morning(browser: Browser, tmp_path: Path, scripts: bool, width: int) -> None:
    kept = f"matin-{'avec' if scripts else 'sans'}-js-{width}"
    with office(tmp_path) as served:
        context = browser.new_context(
            base_url=served.url,
            java_script_enabled=scripts,
            viewport={"width": width, "height": 900},
            permissions=["clipboard-read", "clipboard-write"],
        )
        page = context.new_page()
        titles = page.locator("[data-hit-link]")

        page.goto("/")
        page.get_by_label("Votre question").fill('"projet Zéphyr" -brouillon')
        page.get_by_label("Votre question").press("Enter")
        # What holds the phrase comes first, the rest after.
        expect(titles).to_have_count(3)
        expect(titles.nth(2)).to_have_text("Compte rendu")
        page.get_by_role("link", name="Exclu : brouillon").click()
        expect(titles).to_have_count(4)
        page.go_back()
        expect(titles).to_have_count(3)
        page.get_by_role("complementary").get_by_role("link", name="Texte 2").click()
        expect(titles).to_have_text(["Note sur le projet Zéphyr", "Compte rendu"])
        shot(page, f"{kept}-1-affiner")
        page.get_by_role("link", name="Format : Texte").click()
        expect(titles).to_have_count(3)

        wanted = titles.filter(has_text="Note sur le projet Zéphyr")
        if scripts:
            page.keyboard.press("j")
            if not wanted.evaluate("(one) => one === document.activeElement"):
                page.keyboard.press("j")
            expect(wanted).to_be_focused()
            page.keyboard.press("Enter")
        else:
            wanted.click()
        page.wait_for_url("**/documents/**")
        expect(page.locator("#passage")).to_be_attached()
        page.get_by_label("Chercher dans ce document").fill("fournisseur")
        page.get_by_label("Chercher dans ce document").press("Enter")
        expect(page.locator("mark.trouve")).to_have_count(2)
        page.get_by_text("Citer ce passage").click()
        cited = page.locator("#citation-texte")
        expect(cited).to_contain_text("Le projet Zéphyr dépend d’un fournisseur unique.")
        expect(cited).to_contain_text("versement 2026-47")
        if scripts:
            page.get_by_role("button", name="Copier la citation").click()
            expect(page.get_by_text("Citation copiée")).to_be_visible()
            assert page.evaluate("navigator.clipboard.readText()") == cited.inner_text().strip()
        shot(page, f"{kept}-2-citer")

        page.goto("/?q=fournisseur+unique")
        page.get_by_text("Enregistrer cette recherche").click()
        page.get_by_label("Nom de la recherche").fill("Fournisseurs")
        page.get_by_role("button", name="Enregistrer", exact=True).click()
        page.goto("/veille")
        expect(page.get_by_role("main")).to_contain_text("Rien de nouveau")

        index(tmp_path / "data", FakeEncoder(), write_files(tmp_path / "second", SECOND), name="2026-48")
        alert = page.get_by_role("link", name="Rachat annoncé")
        for _ in range(60):
            page.goto("/veille")
            if alert.count():
                break
            page.wait_for_timeout(250)
        expect(page.get_by_role("main")).to_contain_text("1 nouveauté depuis")
        shot(page, f"{kept}-3-veille")
        alert.click()
        page.wait_for_url("**/documents/**")
        expect(page.get_by_role("heading", level=1)).to_have_text("Rachat annoncé")
        page.goto("/?q=fournisseur+unique")
        found = page.locator(".resultat").filter(has=page.get_by_role("link", name="Rachat annoncé", exact=True))
        expect(found).to_contain_text("Nouveau")
        context.close()
