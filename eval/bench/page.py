"""``reuni bench page``: what a reader waits for and what comes down the wire, in Chromium, against a real server.

Each page is opened several times, each time by a browser that keeps nothing (no cache), then once more by one that has
been there before. A page without a search is opened beside the others: what it takes is the browser's and the
machine's own. The 500-page report and the 2-page note are printed by the same browser and indexed in a place of
their own.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

from corpus.errors import InputError
from eval.bench.collection import queries
from eval.bench.index import alone
from eval.bench.load import serving
from eval.bench.query import build
from indexer.compartment import DEFAULT, Compartment

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH, HEIGHT = 1280, 900
_TEXT = ("Document", "Stylesheet", "Script")
_WATCH = (
    "window.shift = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
    " window.shift += one.value; }).observe({type: 'layout-shift', buffered: true});"
)
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_PARAGRAPHS = 4
_NOTE_PAGES, _REPORT_PAGES = 2, 500


def run(encoder_folder: Path, passages: int = 100_000, *, tries: int = 5, data: Path | None = None) -> dict[str, Any]:
    """Open pages and tell what came of it.

    Args:
        data: a directory built by this benchmark or another one, reused when it is there.

    Returns:
        ``passages``, ``load`` (the machine's, over the last minute) and one entry a page (``first``, results asked of a
        server that has just started; ``results`` afterwards, ``again`` when
        the browser has been there, ``filtered``, ``baseline``, ``note``, ``report``): ``fcp_ms`` (median first
        contentful paint), ``worst_fcp_ms``, ``shift`` (the worst cumulative layout shift), ``text_bytes`` (HTML,
        styles and scripts unpacked), ``text_sent`` (the same on the wire), ``sent`` (by kind, on the wire).
    Raises:
        InputError: there is no Chromium, or nothing to drive it.
    """
    with tempfile.TemporaryDirectory(prefix="reuni-bench-") as folder, _browser() as browser:
        place = data or Path(folder) / "collection"
        if Compartment(place, DEFAULT).current_id() is None:
            alone(build, encoder_folder, place, passages)
        first, asked = ([f"/?q={question}" for question in queries(tries, seed=seed)] for seed in (1, 2))
        result: dict[str, Any] = {"passages": passages}
        with serving(place) as url:
            result["first"] = told(opened(browser, url, first))
            result["baseline"] = told(opened(browser, url, ["/mentions-legales"] * tries))
            result["results"] = told(opened(browser, url, asked))
            result["again"] = told(opened(browser, url, asked, fresh=False)[1:])
            result["filtered"] = told(opened(browser, url, [f"{one}&filter=year:2020" for one in asked]))
        papers = Path(folder) / "papers"
        _print(browser, papers)
        _index(Path(folder) / "data", papers)
        with serving(Path(folder) / "data") as url:
            for name, pages in (("note", _NOTE_PAGES), ("report", _REPORT_PAGES)):
                address = _passage_address(browser, url, f"Document de {pages} pages")
                opened(browser, url, [address])
                result[name] = told(opened(browser, url, [address] * tries))
    return result | {"load": round(os.getloadavg()[0], 1)}


@contextmanager
def _browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise InputError("Playwright n’est pas installé", remedy="Installez le projet avec « .[dev] »") from None
    if not CHROMIUM.exists():
        raise InputError("Chromium n’est pas installé", remedy="apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


def opened(browser: Any, url: str, addresses: list[str], *, fresh: bool = True) -> list[dict[str, Any]]:
    """Each address opened in turn, by a browser that keeps nothing (``fresh``) or that keeps what it was sent."""
    found, context = [], None
    for address in addresses:
        if context is None or fresh:
            if context is not None:
                context.close()
            context = browser.new_context(base_url=url, viewport={"width": WIDTH, "height": HEIGHT}, locale="fr-FR")
        page = context.new_page()
        wire = _Wire(context.new_cdp_session(page))
        page.add_init_script(_WATCH)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found.append({"fcp": page.evaluate(_PAINT), "shift": page.evaluate("window.shift"), "wire": wire})
        page.close()
    if context is not None:
        context.close()
    return found


class _Wire:
    """Bytes that a page was sent, by kind of resource."""

    def __init__(self, session: Any) -> None:
        self._kinds: dict[str, str] = {}
        self.sent: dict[str, int] = defaultdict(int)
        self.whole: dict[str, int] = defaultdict(int)
        session.on("Network.responseReceived", lambda event: self._kinds.update({event["requestId"]: event["type"]}))
        session.on("Network.dataReceived", lambda event: self._add(self.whole, event, "dataLength"))
        session.on("Network.loadingFinished", lambda event: self._add(self.sent, event, "encodedDataLength"))
        session.send("Network.enable")

    def _add(self, counts: dict[str, int], event: dict[str, Any], key: str) -> None:
        counts[self._kinds.get(event["requestId"], "Other")] += int(event[key])


def told(found: list[dict[str, Any]]) -> dict[str, Any]:
    """What :func:`run` tells of openings, one page after another."""
    paints = [one["fcp"] for one in found if one["fcp"] is not None]
    last: _Wire = found[-1]["wire"]
    return {
        "fcp_ms": round(statistics.median(paints)) if paints else None,
        "worst_fcp_ms": round(max(paints)) if paints else None,
        "shift": round(max(one["shift"] for one in found), 4),
        "text_bytes": sum(last.whole[kind] for kind in _TEXT),
        "text_sent": sum(last.sent[kind] for kind in _TEXT),
        "sent": dict(sorted(last.sent.items())),
    }


def _print(browser: Any, folder: Path) -> None:
    """The note and the report as PDF files, of real sentences."""
    folder.mkdir()
    page = browser.new_page()
    for pages in (_NOTE_PAGES, _REPORT_PAGES):
        texts = queries(_PARAGRAPHS * pages, seed=pages)
        sheets = "".join(
            f"<section style='break-after: page'><h2>Partie {number + 1}</h2>"
            + "".join(f"<p>{escape(text)}.</p>" for text in texts[number * _PARAGRAPHS : (number + 1) * _PARAGRAPHS])
            + "</section>"
            for number in range(pages)
        )
        page.set_content(f"<title>Document de {pages} pages</title><h1>Document de {pages} pages</h1>{sheets}")
        page.pdf(path=folder / f"{pages}.pdf", format="A4")
    page.close()


def _index(data: Path, papers: Path) -> None:
    command = [sys.executable, "-m", "search_api", "--data", str(data), "index", str(papers), "--drop", "mesure"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603


def _passage_address(browser: Any, url: str, title: str) -> str:
    """The address at which a page of results opens a document of that title."""
    page = browser.new_page(base_url=url)
    page.goto(f"/?q={title}")
    address = str(page.get_by_role("link", name=title, exact=True).first.get_attribute("href"))
    page.close()
    return address
