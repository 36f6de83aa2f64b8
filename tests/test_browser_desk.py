"""Veille and Fonds in a real browser: an analyst's watch and a manager's drop, with and without JavaScript."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from search_api.engine.glossary import Glossary
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from search_api.engine.watch.list_run import ListDesk, do_list_job
from search_api.engine.watch.store import WatchStore
from search_api.http.app import create_app
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from search_api.web.rendering import Renderer
from tests.browser import Served, chromium, send_list, serve
from tests.collection import index, write_files
from tests.desk import do, drop_desk
from tests.encoders import FakeEncoder
from tests.test_browser_pages import faults

NOTE = "# Note {0}\n\n## Objet\n\nLa Direction générale des Entreprises (DGE) suit la filière photonique, {0}.\n"
LIST = "nom;siren\nDirection générale des Entreprises;\nAutre;12\n"


@dataclass
class Desk:
    """A served collection whose jobs are done by threads, when ``go`` is set."""

    data: Path
    fake: FakeEncoder
    scratch: Path
    served: Served
    go: threading.Event
    threads: list[threading.Thread] = field(default_factory=list)

    def deliver(self, name: str, files: dict[str, str]) -> None:
        index(self.data, self.fake, write_files(self.scratch / name, files), name=name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Renderer().complete:
        pytest.skip("the design system is not installed (make web-static)")
    with chromium() as started:
        yield started


@pytest.fixture
def desk(data: Path, tmp_path: Path, fake: FakeEncoder) -> Iterator[Desk]:
    go, threads = threading.Event(), []
    go.set()
    engine = Engine(Readers(data, fake.identity), fake, glossary=Glossary(data))

    def launch(job_id: str) -> None:
        def work() -> None:
            go.wait(60)
            do(data, fake, job_id)

        threads.append(threading.Thread(target=work))
        threads[-1].start()

    drops = drop_desk(data, fake, launch=launch)
    lists = ListDesk(
        data, drops.jobs, lambda job_id: do_list_job(drops.jobs, lists.store, job_id, engine, engine.compartments())
    )
    watching = Watching(WatchStore(data), engine, lambda owner: engine.compartments())
    index(data, fake, write_files(tmp_path / "debut", {"a.md": NOTE.format("2024")}), name="debut")
    with serve(create_app(engine, HttpSettings(), watching=watching, drops=drops, lists=lists)) as served:
        yield Desk(data, fake, tmp_path, served, go, threads)
        go.set()
        for thread in threads:
            thread.join(60)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def page(request: pytest.FixtureRequest, browser: Browser, desk: Desk) -> Iterator[Page]:
    context = browser.new_context(base_url=desk.served.url, java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def test_an_analyst_saves_a_search_and_sees_the_alert_after_a_drop(page: Page, desk: Desk) -> None:
    page.goto("/?q=fili%C3%A8re+photonique")
    page.get_by_text("Enregistrer cette recherche").click()
    page.get_by_label("Nom de la recherche").fill("Photonique")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", name="Photonique", level=1)).to_be_visible()
    expect(page.get_by_text("Rien de nouveau depuis")).to_be_visible()
    desk.deliver("semaine-2", {"b.md": NOTE.format("2025")})
    for _ in range(60):
        page.goto("/veille")
        if page.get_by_text("1\u00a0nouveauté").count():
            break
        page.wait_for_timeout(250)
    page.get_by_role("link", name="Photonique", exact=True).first.click()
    page.get_by_role("link", name="Note 2025").click()
    expect(page.locator(".passage").first).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Marquer comme lues").click()
    expect(page.get_by_text("Rien de nouveau depuis")).to_be_visible()
    expect(page.get_by_role("link", name="Note 2025")).to_be_visible()


def test_a_manager_sends_a_drop_follows_it_reads_the_report_and_tries_again(page: Page, desk: Desk) -> None:
    lot = write_files(desk.scratch / "lot", {"notes/b.md": NOTE.format("2025"), "vide.pdf": ""})
    desk.go.clear()
    page.goto("/fonds")
    page.get_by_label("Nom du lot").fill("2026-s48")
    if page.locator("[data-folder]").is_visible():
        page.locator("#dossier-local").set_input_files(lot)
    else:
        page.locator("#fichiers").set_input_files([lot / "notes/b.md", lot / "vide.pdf"])
    page.get_by_role("button", name="Envoyer et indexer").click()
    expect(page.get_by_role("heading", name="Lot 2026-s48", level=1)).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    desk.go.set()
    # The page comes back by itself: by events, or without JavaScript by its own refresh.
    page.get_by_role("link", name="Lire le compte rendu").click(timeout=60_000)
    expect(page.get_by_role("rowheader", name="vide.pdf")).to_be_visible()
    expect(page.get_by_text("b.md")).to_be_visible()
    page.get_by_role("button", name="Relire ce qui a échoué").click()
    page.get_by_role("link", name="Lire le compte rendu").click(timeout=60_000)
    expect(page.get_by_text("1 demande une intervention")).to_be_visible()


def test_a_list_is_sent_and_its_matrix_filtered(page: Page, desk: Desk) -> None:
    send_list(page, "Directions", LIST)
    expect(page.get_by_role("heading", name="1\u00a0ligne écartée")).to_be_visible()
    page.get_by_label("Trouvés").select_option("exact")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.get_by_role("link", name="Note 2024")).to_be_visible()
    expect(page.get_by_role("cell", name="à la lettre", exact=True)).to_be_visible()


def test_an_upload_shows_how_far_it_is_and_goes_on_where_it_was_cut(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(base_url=desk.served.url)
    page = context.new_page()
    pieces: list[str] = []
    cut = [True]

    def piece(route: object) -> None:
        pieces.append(route.request.url.partition("offset=")[2])  # type: ignore[attr-defined]
        if len(pieces) == 2 and cut.pop():
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/files/1?offset=*", piece)
    page.goto("/fonds")
    page.evaluate("document.querySelector('[data-delivery]').dataset.piece = '400'")
    shown: list[float] = []
    page.expose_function("shown", lambda value: shown.append(value))  # noqa: PLW0108 - it is marked, a method cannot be
    page.evaluate(
        "() => { const bar = document.querySelector('[data-progress] progress');"
        " new MutationObserver(() => window.shown(bar.value)).observe(bar, {attributes: true}); }"
    )
    page.get_by_label("Nom du lot").fill("coupé")
    text = NOTE.format("2025") + "\nLa photonique encore.\n" * 40
    page.locator("#fichiers").set_input_files({"name": "b.md", "mimeType": "text/markdown", "buffer": text.encode()})
    page.get_by_role("button", name="Envoyer et indexer").click()
    page.get_by_role("link", name="Lire le compte rendu").wait_for(timeout=60_000)
    assert pieces[:3] == ["0", "400", "400"]
    assert len(pieces) == len(range(0, len(text.encode()), 400)) + 1
    # One step a piece, the one that was sent twice counted once.
    assert shown == sorted(shown)
    assert shown[-1] == 1
    assert len(set(shown)) == len(pieces) - 1
    context.close()


OPENED = ("/veille/*", "/veille/listes/*", "/fonds/travaux/*", "/fonds/lot", "/fonds/retires")
"""Pages shown below, besides those of `tests/test_browser_pages.py`."""


def test_every_page_of_the_desk_can_be_read_by_all(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(base_url=desk.served.url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    index(
        desk.data,
        desk.fake,
        write_files(desk.scratch / "tout", {"c.md": NOTE.format("2026")}),
        name="tout",
        mode="full",
    )
    desk.deliver("casse", {"vide.pdf": ""})
    states = ["/?q=photonique"]
    page.goto(states[0])
    page.get_by_text("Enregistrer cette recherche").click()
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url("**/veille/*")
    states.append(page.url)
    desk.deliver("semaine-2", {"b.md": NOTE.format("2025")})
    send_list(page, "Directions", LIST)
    page.wait_for_url("**/veille/listes/*")
    page.get_by_text("Dernier passage le").wait_for(timeout=60_000)
    states += [page.url, f"{page.url}?entree=2&trouvee=exact", "/veille", "/fonds", "/fonds/lot?lot=casse"]
    states += ["/fonds/lot?lot=debut", "/fonds/sigles", "/fonds/retires"]
    desk.go.clear()
    page.goto("/fonds")
    page.get_by_role("button", name="Relire ce qui a échoué").click()
    page.wait_for_url("**/fonds/travaux/*")
    states.append(page.url)
    for state in states:
        page.goto(state)
        assert faults(page) == [], state
    paths = {urlsplit(state).path for state in states}
    assert all(any(fnmatch(path, pattern) for path in paths) for pattern in OPENED)
    context.close()
