"""Watch-lists: what a file says, what a run finds, what is new since the one before."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import InputError
from search_api.engine.desk import Missing
from search_api.engine.jobs import Job, JobState, JobStore
from search_api.engine.watch import list_run
from search_api.engine.watch.list_file import MOST_BYTES, ListItem, read_list
from search_api.engine.watch.list_run import ListDesk, do_list_job
from search_api.engine.watch.lists import Cell, How, WatchList
from tests.collection import engine, index, write_files
from tests.encoders import FakeEncoder

CSV = "nom;variantes;SIREN;note\nQuasar SA;Quasar|Groupe Quasar;552 100 554;lasers\nZéphyr;;;\n"


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_csv_is_read_whatever_its_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    items, bad = read_list(CSV.replace(";", delimiter).encode(encoding), "liste.csv")
    assert bad == []
    assert items == [
        ListItem(2, "Quasar SA", ("Quasar", "Groupe Quasar"), "552100554", "lasers"),
        ListItem(3, "Zéphyr", (), "", ""),
    ]


def test_a_workbook_is_read_with_its_numbers_as_they_were_meant() -> None:
    content = workbook(("Nom", "Siren", "Variantes"), ("Quasar SA", 552100554, "Quasar;QSR"), ("Zéphyr", None, None))
    items, bad = read_list(content, "liste.xlsx")
    assert bad == []
    assert items == [ListItem(2, "Quasar SA", ("Quasar", "QSR"), "552100554", ""), ListItem(3, "Zéphyr", (), "", "")]


def test_a_formula_is_never_computed() -> None:
    items, _ = read_list(workbook(("nom",), ('=HYPERLINK("http://x";"Quasar")',), ("Zéphyr",)), "liste.xlsx")
    assert [item.name for item in items] == ["Zéphyr"]
    items, _ = read_list(b"nom\n=2+3 Quasar\n", "liste.csv")
    assert items[0].name == "=2+3 Quasar"


def test_bad_rows_are_told_and_the_others_kept() -> None:
    rows = "nom,siren,note\n,,x\nQuasar,123456789,\n!!!,,\nZéphyr,,\nzéphyr,,\nLong,," + "n" * 501 + "\n"
    items, bad = read_list(rows.encode(), "liste.csv")
    assert [item.name for item in items] == ["Zéphyr"]
    assert [(row.line, row.column) for row in bad] == [(2, "nom"), (3, "SIREN"), (4, "nom"), (6, "nom"), (7, "note")]
    assert all(row.reason for row in bad)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "aucune ligne"),
        (b"nom\n", "aucune ligne"),
        ("société;siren\nQuasar;\n".encode(), "colonne « nom »"),
        (b"x" * (MOST_BYTES + 1), "dépasse"),
        (b"nom\n" + b"\n".join(b"n%d" % n for n in range(2_001)), "2000 lignes"),
        (b"PK\x03\x04 rien de bon", "liste|classeur|endommag"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_remedy(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        read_list(content, "liste.csv")
    assert refused.value.remedy


def sheet(xml: str) -> bytes:
    """A workbook whose only sheet is this XML."""
    parts = zipfile.ZipFile(io.BytesIO(workbook(("nom",))))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name in parts.namelist():
            package.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else parts.read(name))
    return content.getvalue()


def cells(rows: str, before: str = "") -> str:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{before}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'


NAMED = '<row r="1"><c r="A1" t="inlineStr"><is><t>nom</t></is></c></row>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        # All that stands between two cells: 17 thousand million of them.
        (sheet(cells(NAMED + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "lecteur"),
        (sheet(cells(NAMED + "<row/>" * 12_000_000)), "bombe"),
        (sheet(cells(NAMED, '<!DOCTYPE a [<!ENTITY b "c">]>')), "DTD"),
    ],
    ids=["sparse", "zip bomb", "entities"],
)
def test_a_hostile_workbook_is_refused_and_harms_nobody(content: bytes, said: str) -> None:
    assert len(content) < MOST_BYTES
    with pytest.raises(InputError, match=said) as refused:
        read_list(content, "liste.xlsx")
    assert "CSV" in refused.value.remedy
    assert len(read_list(workbook(("nom",), ("Quasar",)), "liste.xlsx")[0]) == 1


def test_rows_are_counted_from_the_first_of_the_sheet_whatever_stands_in_a_cell() -> None:
    rows = '<row r="3"><c r="B3" t="inlineStr"><is><t>nom</t></is></c></row>'
    rows += '<row r="4"><c r="B4" t="inlineStr"><is><t>Quasar\nSA</t></is></c></row>'
    rows += '<row r="6"><c r="B6" t="inlineStr"><is><t>!!!</t></is></c></row>'
    items, bad = read_list(sheet(cells(rows)), "liste.xlsx")
    assert [(item.line, item.name) for item in items] == [(4, "Quasar SA")]
    assert [row.line for row in bad] == [6]


@given(st.binary(max_size=400))
def test_any_bytes_give_items_or_a_refusal(content: bytes) -> None:
    try:
        items, _ = read_list(b"nom;siren\n" + content, "x.csv")
    except InputError:
        return
    assert items and all(item.name.strip() for item in items)


LASER = "# Note {0}\n\n## Objet\n\nLa société Quasar SA fabrique des lasers pour la photonique.\n"
NEAR = "# Note {0}\n\n## Objet\n\nLes lasers de la filière photonique manquent de fournisseurs.\n"
OTHER = "# Note {0}\n\n## Objet\n\nLe vignoble champenois exporte, SIREN 552 100 554.\n"


class Lists:
    """A collection, and one list over it."""

    def __init__(self, data: Path, scratch: Path, fake: FakeEncoder) -> None:
        self.data, self.scratch, self.fake = data, scratch, fake
        self.jobs = JobStore(data)
        self.launched: list[str] = []
        self.desk = ListDesk(data, self.jobs, self.launched.append)
        self.deliver({"laser.md": LASER.format(1), "proche.md": NEAR.format(2), "vin.md": OTHER.format(3)})

    def deliver(self, files: dict[str, str], compartment: str = "general") -> None:
        name = f"lot-{sum(1 for _ in self.scratch.iterdir())}"
        index(self.data, self.fake, write_files(self.scratch / name, files), compartment=compartment, name=name)

    def save(self, *rows: str, compartments: tuple[str, ...] = ("general",)) -> WatchList:
        items, bad = read_list("\n".join(("nom;variantes;siren;note", *rows)).encode(), "l.csv")
        return self.desk.store.save("a", "liste", compartments, items, bad)

    def run(self, watched: WatchList, *readable: str) -> None:
        self.desk.run("a", watched)
        asked = engine(self.data, self.fake)
        do_list_job(self.jobs, self.desk.store, self.launched[-1], asked, readable or ("general",))

    def cells(self, watched: WatchList, *compartments: str) -> tuple[Cell, ...]:
        state = self.desk.store.state("a", watched.id, compartments or ("general",))
        return state.cells if state else ()

    def found(self, watched: WatchList, *compartments: str) -> set[tuple[str, str, How, bool]]:
        asked = engine(self.data, self.fake)
        found = set()
        for cell in self.cells(watched, *compartments):
            document = asked.document(cell.finding.document_id, (cell.finding.compartment,))
            found.add((cell.item.name, document.external_id if document else "", cell.finding.how, cell.new))
        return found


@pytest.fixture
def lists(data: Path, tmp_path: Path, fake: FakeEncoder) -> Lists:
    (tmp_path / "drops").mkdir()
    return Lists(data, tmp_path / "drops", fake)


def test_a_name_a_variant_and_an_identifier_are_found_to_the_letter(lists: Lists) -> None:
    watched = lists.save("Quasar SA;;;", "Autre;vignoble champenois;;", "Tiers;;552100554;")
    lists.run(watched)
    exact = {(name, path) for name, path, how, _ in lists.found(watched) if how is How.EXACT}
    assert exact == {("Quasar SA", "laser.md"), ("Autre", "vin.md"), ("Tiers", "vin.md")}


def test_what_is_near_by_meaning_stands_apart(lists: Lists) -> None:
    watched = lists.save("lasers;;;filière photonique")
    lists.run(watched)
    assert {(path, how) for _, path, how, _ in lists.found(watched)} >= {("proche.md", How.EXACT)}
    watched = lists.save("fournisseurs de lasers;;;photonique")
    lists.run(watched)
    assert ("fournisseurs de lasers", "proche.md", How.MEANING, False) in lists.found(watched)


def test_the_pages_that_bear_the_name_are_told(lists: Lists) -> None:
    watched = lists.save("Quasar SA;;;")
    lists.run(watched)
    (cell,) = [one for one in lists.cells(watched) if one.finding.how is How.EXACT]
    assert cell.finding.pages == (1,) and cell.finding.spans


def test_what_the_run_before_did_not_find_is_new(lists: Lists) -> None:
    watched = lists.save("Quasar SA;;;")
    lists.run(watched)
    assert not any(new for *_, new in lists.found(watched))
    lists.deliver({"laser-2.md": LASER.format(9)})
    lists.run(watched)
    assert {path for _, path, how, new in lists.found(watched) if new and how is How.EXACT} == {"laser-2.md"}
    lists.run(watched)
    assert not any(new for *_, new in lists.found(watched))


def test_what_is_not_found_any_more_leaves_the_matrix(lists: Lists, fake: FakeEncoder) -> None:
    watched = lists.save("Quasar SA;;;")
    lists.run(watched)
    lists.deliver({"laser.md": OTHER.format(7)})
    lists.run(watched)
    assert not [path for _, path, how, _ in lists.found(watched) if how is How.EXACT]


def test_signs_in_a_name_are_only_words(lists: Lists) -> None:
    watched = lists.save('Quasar "SA" -lasers;;;', "Quasar SAUF lasers;;;", "type:note;;;")
    lists.run(watched)
    job = lists.jobs.job(lists.launched[-1])
    assert job and job.state is JobState.DONE


def test_a_run_that_is_cut_goes_on_from_the_next_entry(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = lists.save("Quasar SA;;;", "vignoble;;;", "lasers;;;")
    look, looked = list_run.look_for, []

    def cut(service: object, item: ListItem, compartments: tuple[str, ...]) -> object:
        looked.append(item.name)
        if len(looked) == 2:
            raise KeyboardInterrupt
        return look(service, item, compartments)  # type: ignore[arg-type]

    monkeypatch.setattr(list_run, "look_for", cut)
    with pytest.raises(KeyboardInterrupt):
        lists.run(watched)
    job = lists.jobs.job(lists.launched[-1])
    assert job and job.state is JobState.INTERRUPTED and job.remedy
    lists.run(watched)
    assert looked == ["Quasar SA", "vignoble", "vignoble", "lasers"]
    assert {name for name, _, how, _ in lists.found(watched) if how is How.EXACT} == {"Quasar SA", "vignoble", "lasers"}


def test_a_run_looks_only_where_its_owner_may_read(lists: Lists) -> None:
    lists.deliver({"cache.md": LASER.format("secrète")}, compartment="secret")
    watched = lists.save("Quasar SA;;;", compartments=("general", "secret"))
    lists.run(watched, "general", "secret")
    assert "cache.md" in {path for _, path, *_ in lists.found(watched, "general", "secret")}
    assert "cache.md" not in {path for _, path, *_ in lists.found(watched, "general")}
    lists.run(watched, "general")
    assert "cache.md" not in {path for _, path, *_ in lists.found(watched, "general", "secret")}


def test_a_list_removed_while_it_waits_is_told(lists: Lists) -> None:
    watched = lists.save("Quasar SA;;;")
    lists.desk.run("a", watched)
    lists.desk.store.forget("a", watched.id)
    with pytest.raises(Missing, match="supprimée"):
        do_list_job(lists.jobs, lists.desk.store, lists.launched[-1], engine(lists.data, lists.fake), ("general",))


def test_a_list_removed_while_it_runs_is_told(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = lists.save("Quasar SA;;;")
    monkeypatch.setattr(list_run, "look_for", lambda *said: lists.desk.store.forget("a", watched.id) and [])
    with pytest.raises(Missing, match="supprimée"):
        lists.run(watched)
    job = lists.jobs.job(lists.launched[-1])
    assert job and job.state is JobState.FAILED and "supprimée" in job.message


def test_a_list_whose_run_is_said_to_have_ended_shows_all_that_it_found(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = lists.save("Quasar SA;;;")
    read = lists.desk.jobs.job

    def ends_meanwhile(job_id: str) -> Job | None:
        monkeypatch.setattr(lists.desk.jobs, "job", read)
        asked = engine(lists.data, lists.fake)
        do_list_job(lists.jobs, lists.desk.store, job_id, asked, ("general",))
        return read(job_id)

    lists.desk.run("a", watched)
    monkeypatch.setattr(lists.desk.jobs, "job", ends_meanwhile)
    waiting = lists.desk.store.get("a", watched.id)
    assert waiting
    state, job = lists.desk.read(waiting, ("general",)) or (None, None)
    assert job and job.state is JobState.DONE
    assert state and state.watched.finished == 1 and state.cells
