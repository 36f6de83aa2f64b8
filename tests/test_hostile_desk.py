"""What people and manifests write, 500 hostile strings in every field, is only text on the pages of the desk."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser

from corpus.catalogue import Catalogue
from eval.topics import Topic
from indexer.compartment import Compartment
from search_api.engine.answer import SearchRequest
from search_api.engine.glossary import LONGEST_LONG, Glossary
from search_api.engine.judging import Verdict
from search_api.engine.readers import Readers
from search_api.engine.search import Engine
from search_api.engine.watch.list_file import BadRow, ListItem
from search_api.engine.watch.list_run import ListDesk, do_list_job
from search_api.engine.watch.lists import LONGEST_NAME as LONGEST_LIST_NAME
from search_api.engine.watch.lists import MOST_LISTS, ListStore
from search_api.engine.watch.store import MOST_SEARCHES, WatchStore
from search_api.http.app import create_app
from search_api.http.judging import LONGEST_REASON
from search_api.http.settings import HttpSettings
from search_api.http.watching import Watching
from search_api.web.drops_page import LATEST
from tests.browser import Served, chromium, serve
from tests.desk import drop_desk
from tests.encoders import FakeEncoder
from tests.hostile import HOSTILE, STRINGS, packed, told
from tests.hostile_pages import Watch, safe
from tests.judging_desk import desk_over
from tests.service_in_memory import MemoryService, small_collection

NOTE = "# Note\n\nLa Direction générale des Entreprises (DGE) publie le repère {0}.\n"
OWNER = "local"
FIELDS = ("title", "kind", "service", "reference", "author", "keywords", "language")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass
class Desk:
    """A served collection, what sends it forms, what opens its pages, and where it keeps what people make."""

    data: Path
    sending: httpx.Client
    watch: Watch
    searches: WatchStore
    lists: ListStore
    glossary: Glossary

    def send(self, path: str, **form: Any) -> httpx.Response:
        """Send a form; whatever is answered holds no markup of ours."""
        answer = self.sending.post(path, **form)
        assert answer.status_code < 500 and safe(answer.text), path
        return answer

    def ask(self, path: str, **fields: str) -> None:
        """Open a page with fields in its address; whatever is answered does nothing."""
        address = f"{path}?{urlencode(fields)}"
        assert len(address) < 60_000
        answer = self.sending.get(address)
        assert answer.status_code < 500 and safe(answer.text), address

    def shown(self, path: str) -> str:
        """What a page that must be there says, opened in the browser, with every fold open."""
        answer = self.sending.get(path)
        assert answer.status_code == 200 and safe(answer.text), path
        assert self.watch.opened(path) == []
        self.watch.page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        return self.watch.page.locator("body").inner_text()


def sender(served: Served) -> httpx.Client:
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    return httpx.Client(base_url=served.url, headers=headers, follow_redirects=True, timeout=120)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desk]:
    data, fake = tmp_path_factory.mktemp("hostile"), FakeEncoder()
    glossary, searches = Glossary(data), WatchStore(data)
    engine = Engine(Readers(data, fake.identity), fake, glossary=glossary)
    drops = drop_desk(data, fake)
    lists = ListDesk(
        data, drops.jobs, lambda job_id: do_list_job(drops.jobs, lists.store, job_id, engine, engine.compartments())
    )
    watching = Watching(searches, engine, lambda owner: engine.compartments())
    app = create_app(engine, HttpSettings(page_size=100), watching=watching, drops=drops, lists=lists)
    with serve(app) as served, sender(served) as sending:
        made = Desk(data, sending, Watch(browser, served), searches, lists.store, glossary)
        files = [("fichiers", ("note.md", NOTE.encode()))]
        made.send("/fonds/lots", data={"nom": "debut", "compartiment": "general"}, files=files)
        yield made
        made.watch.context.close()


def test_names_and_questions_of_saved_searches(desk: Desk) -> None:
    for string in packed(110)[::20]:
        desk.send("/veille/recherches", data={"q": f"repère {string}", "nom": string, "filter": f"kind:{string}"})
    said = 0
    for saved in desk.searches.searches(OWNER):
        desk.searches.forget(OWNER, saved.id)
    names = packed(118)
    for start in range(0, len(names), MOST_SEARCHES):
        round_ = names[start : start + MOST_SEARCHES]
        kept = [
            desk.searches.save(
                OWNER,
                " ".join(name.split()),
                SearchRequest(f"repère {name}", filters={"kind": (name,)}, literal=(name,), compartments=("general",)),
            )
            for name in round_
        ]
        said += told(desk.shown("/veille"))
        desk.shown(f"/veille/{kept[0].id}")
        assert "<script>window" not in desk.sending.get("/veille/flux.atom").text
        for saved in kept:
            desk.searches.forget(OWNER, saved.id)
    # The name and what is asked.
    assert said >= 2 * STRINGS


def test_items_notes_and_bad_rows_of_a_watch_list(desk: Desk) -> None:
    table = io.StringIO()
    writer = csv.writer(table, delimiter=";")
    writer.writerow(["nom", "variantes", "siren", "note"])
    for number, string in enumerate(packed(140)[::10]):
        writer.writerow([f"{string} repère", string, string if number % 2 else "", string])
    sent = desk.send(
        "/veille/listes", data={"nom": HOSTILE[1]}, files={"liste": (HOSTILE[2], table.getvalue().encode())}
    )
    assert "lignes écartées" in sent.text and "entrées cherchées" in sent.text
    desk.shown(sent.url.path)
    for string in packed(1_000):
        desk.ask(sent.url.path, entree=string, trouvee=string, nouveau=string)
    items = [ListItem(number, name, (name,), name, name) for number, name in enumerate(packed(500))]
    bad = [BadRow(number, name, name) for number, name in enumerate(packed(500))]
    kept = desk.lists.save(OWNER, HOSTILE[0], ["general"], items, bad)
    # The name and the note of each entry, the column and the reason of each row left out.
    assert told(desk.shown(f"/veille/listes/{kept.id}")) >= 4 * STRINGS
    desk.shown(f"/veille/listes/{kept.id}?entree=1")
    names = packed(LONGEST_LIST_NAME)
    said = 0
    for start in range(0, len(names), MOST_LISTS - 2):
        named = [desk.lists.save(OWNER, name, ["general"], [], []) for name in names[start : start + MOST_LISTS - 2]]
        said += told(desk.shown("/veille"))
        for one in named:
            desk.lists.forget(OWNER, one.id)
    assert said >= STRINGS


def test_acronyms_and_what_they_stand_for(desk: Desk) -> None:
    for string in HOSTILE[::50]:
        for form in ({"sigle": string[:20], "sens": string[:160]}, {"sigle": "ABC", "sens": string}):
            desk.send("/fonds/sigles", data={**form, "compartiment": "general", "decision": "approuver"})
    for number, string in enumerate(packed(LONGEST_LONG - 10)):
        desk.glossary.decide("general", f"ABC{number}", f"sens {string}", approved=True, by=string)
    said = pages = 0
    while "Aucun sigle" not in (text := desk.shown(f"/fonds/sigles?page={pages + 1}")) and pages < 20:
        said += told(text)
        pages += 1
    assert said >= STRINGS
    # The beginning is cut at 40 characters, which hold few of them.
    for string in HOSTILE[::10]:
        desk.ask("/fonds/sigles", debut=string, page=string, compartiment=string)


def test_names_of_drops_and_files_and_fields_of_manifests(desk: Desk) -> None:
    manifest = io.StringIO()
    writer = csv.writer(manifest)
    writer.writerow(["path", *FIELDS, HOSTILE[3]])
    files = []
    for number, string in enumerate(packed(280)):
        writer.writerow([f"{number}.md", *[string] * (len(FIELDS) + 1)])
        files.append(("fichiers", (f"{number}.md", NOTE.format(string).encode())))
    for number, string in enumerate(packed(200)):
        files.append(("fichiers", (f"{number} {string.replace('/', '-')}.md", f"Repère {number}".encode())))
    files.append(("fichiers", ("manifest.csv", manifest.getvalue().encode())))
    sent = desk.send("/fonds/lots", data={"nom": HOSTILE[0], "compartiment": "general"}, files=files)
    assert sent.status_code == 200
    desk.shown("/fonds")
    assert told(desk.shown("/fonds/lot?" + urlencode({"lot": HOSTILE[0]}))) > STRINGS
    said = sum(told(desk.shown(f"/?q=rep%C3%A8re&page={page}")) for page in (1, 2))
    assert said > STRINGS
    desk.send("/fonds/retrait", data={"compartiment": "general", "lot": HOSTILE[0]})
    said = page = 0
    while told(gone := desk.shown(f"/fonds/retires?page={page + 1}")):
        said, page = said + told(gone), page + 1
    assert said > STRINGS
    for string in packed(1_000):
        desk.ask("/fonds/lot", lot=string, compartiment=string)


def test_names_of_all_drops(desk: Desk) -> None:
    names = packed(1_000)
    said = 0
    for start in range(0, len(names), LATEST):
        with Catalogue.open(Compartment(desk.data, "general").catalogue) as catalogue:
            for name in names[start : start + LATEST]:
                catalogue.finish_drop(catalogue.begin_drop(name, "delta"))
        said += told(desk.shown("/fonds"))
    assert said >= STRINGS


def test_topics_notes_and_reasons_of_judgments(tmp_path: Path, browser: Browser) -> None:
    service = MemoryService(small_collection())
    topics = tuple(Topic(f"T{n}", string, string, string) for n, string in enumerate(packed(4_000)))
    judging = desk_over(service, tmp_path, topics)
    first = judging.tasks("T0", "Noor", ("commun",))[0].pooled
    for assessor, verdict in (("Noor", Verdict.ANSWERS), ("Camille", Verdict.OFF)):
        judging.judge(first.id, assessor, verdict, ("commun",))
    with serve(create_app(service, HttpSettings(), judging=judging)) as served, sender(served) as sending:
        desk = Desk(
            tmp_path, sending, Watch(browser, served), WatchStore(tmp_path), ListStore(tmp_path), Glossary(tmp_path)
        )
        said = sum(told(desk.shown(f"/jugement/sujets/{topic.id}?assesseur=Noor")) for topic in topics)
        assert said >= 3 * STRINGS
        assert told(desk.shown("/jugement?assesseur=Noor")) >= STRINGS
        desk.shown("/jugement/arbitrage?assesseur=Noor")
        for string in packed(6_000):
            desk.ask("/jugement", assesseur=string)
            desk.ask("/jugement/sujets/T0", assesseur="Noor", document=string, note=string)
            desk.send("/jugement/arbitrage", data={"assesseur": string, "document": string, "note": string})
        for string in packed(LONGEST_REASON):
            form = {"assesseur": "Sacha", "document": first.id, "note": "2", "raison": string}
            desk.send("/jugement/arbitrage", data=form)
            desk.send("/avis", data={"avis": string, "q": string})
        desk.watch.context.close()
