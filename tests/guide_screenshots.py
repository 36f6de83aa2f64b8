"""The pictures of the analysts' guide, taken from real pages: ``python -m tests.guide_screenshots [URL]``.

``URL`` is that of a server over the demo collection, http://127.0.0.1:8000 by default, where ``make run`` serves it.
Each picture is the top of a page, in a palette of few colours, so that it weighs little in the repository.
"""

import sys
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Page

from search_api.web.guide import IMAGES
from tests.browser import chromium, send_list

HEAVIEST = 100_000
WIDTH = 1_240
_COLOURS = 128


def _search(page: Page, query: str, *, more: str = "") -> None:
    page.goto(f"/?q={quote(query)}{more}")


def _home(page: Page) -> int:
    page.goto("/")
    page.locator("#question").press_sequentially("qui peut signer une déle")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    return 760


def _results(page: Page) -> int:
    _search(page, 'qui signe l’avenant ? "délégation de gestion" -logiciel DGE')
    return 1_000


def _miss(page: Page) -> int:
    _search(page, "élevage de girafes en Patagonie")
    page.get_by_text("Consigner cette absence").click()
    return 760


def _document(page: Page) -> int:
    _search(page, "qui reçoit les saisines de la loi de 1968 ?", more="&filter=format:application/pdf")
    page.locator("[data-hit-link]").first.click()
    page.wait_for_url("**/documents/**")
    page.wait_for_load_state("networkidle")
    page.set_viewport_size({"width": WIDTH, "height": 900})
    page.get_by_role("heading", level=1).evaluate("(title) => scrollTo(0, title.offsetTop - 20)")
    return 900


def _list(page: Page) -> int:
    send_list(page, "Entités suivies", LIST)
    page.wait_for_url("**/veille/listes/*")
    page.get_by_text("Dernier passage le").wait_for(timeout=120_000)
    return 1_000


def _forget_list(page: Page) -> None:
    page.get_by_text("Supprimer cette liste").click()
    page.get_by_role("button", name="Supprimer définitivement").click()
    page.wait_for_url("**/veille")


LIST = "nom;variantes\nDirection générale des Entreprises;DGE\nSISSE;\nTracfin;\nMinistère des Armées;DGA\n"
PICTURES = {"accueil": _home, "resultats": _results, "absence": _miss, "document": _document, "liste": _list}
AFTER = {"liste": _forget_list}
"""What puts the server back as it was."""


def take(url: str, folder: Path) -> None:
    """Write every picture of the server at ``url`` in ``folder``.

    Raises:
        ValueError: a picture weighs more than it should.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        context = browser.new_context(base_url=url, viewport={"width": WIDTH, "height": 1_000})
        page = context.new_page()
        for name, go in PICTURES.items():
            page.set_viewport_size({"width": WIDTH, "height": 1_000})
            height = go(page)
            page.wait_for_load_state("networkidle")
            page.set_viewport_size({"width": WIDTH, "height": height})
            shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
            picture = folder / f"{name}.png"
            shot.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
                picture, optimize=True
            )
            AFTER.get(name, lambda _: None)(page)
            weight = picture.stat().st_size
            print(f"{picture}: {weight:,} bytes")
            if weight > HEAVIEST:
                raise ValueError(f"{picture} weighs {weight} bytes, more than {HEAVIEST}")
        context.close()


if __name__ == "__main__":
    take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000", IMAGES.resolve())
