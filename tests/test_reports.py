"""The drop report: exact, with a remedy for each failure, harmless whatever files are called."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.report import AFTER, groups, needs_a_hand, sentence, text_lines, visible
from corpus.report_html import report_page
from corpus.states import FAILED, LABELS_OF_ONE, DropReport, FileRecord, FileState
from search_api import cli
from search_api.commands.workbench import Workbench
from tests.collection import write_files
from tests.encoders import FakeEncoder

HOSTILE = "<script>alert(1)</script>\u202egpj.\x1b[31m"


def reported(*records: FileRecord, warnings: tuple[str, ...] = (), finished: str = "2024-03-04T10:05:00") -> DropReport:
    counts = dict.fromkeys(FileState, 0)
    for record in records:
        counts[record.state] += 1
    times = ("2024-03-04T10:00:00", finished)
    return DropReport("lot", "delta", "general", *times, len(records), counts, 0, records, warnings)


def one_of_each() -> DropReport:
    failing = FAILED | {FileState.PARTIAL}
    return reported(
        *(
            FileRecord(f"{state.value}.pdf", "ab", 3, state, "Cause", "Remède") if state in failing
            else FileRecord(f"{state.value}.pdf", "ab", 3, state)
            for state in FileState
        )
    )  # fmt: skip


class Page(HTMLParser):
    """The tags of a page, its visible text, and what was never closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_every_state_that_fails_has_a_remedy_and_a_way_to_try_again() -> None:
    found = groups(one_of_each())
    assert {group.state for group in found} == FAILED | {FileState.PARTIAL}
    for group in found:
        assert group.after.endswith(".") and group.label == LABELS_OF_ONE[group.state]
    assert set(AFTER) >= FAILED


def test_the_text_tells_counts_causes_and_remedies() -> None:
    lines = list(text_lines(one_of_each(), every_file=True))
    text = "\n".join(lines)
    for state in FileState:
        assert f"{state.value}.pdf" in text and LABELS_OF_ONE[state] in text
    assert text.count("→ Remède.") == len(FAILED) + 1
    assert "LibreOffice nécessaire (1)" in text and "LibreOffice nécessaire (1)" in report_page(one_of_each())
    assert "12 fichiers reçus" in text
    short = "\n".join(text_lines(one_of_each(), every_file=False))
    assert "new.pdf" not in short and "quarantined.pdf" in short


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ((), "0 fichier reçu ; 0 peut être cherché, rien à reprendre."),
        ((FileRecord("a", "", 0, FileState.NEW),), "1 fichier reçu ; 1 peut être cherché, rien à reprendre."),
        (
            (FileRecord("a", "", 0, FileState.QUARANTINED, "x", "y"), FileRecord("b", "", 0, FileState.NEW)),
            "2 fichiers reçus ; 1 peut être cherché, 1 demande une intervention.",
        ),
    ],
)
def test_one_sentence_says_it_all(records: tuple[FileRecord, ...], words: str) -> None:
    assert sentence(reported(*records)) == words


def test_an_archive_that_lacks_members_needs_a_hand() -> None:
    whole = FileRecord("a.zip", "ab", 1, FileState.UNPACKED)
    lacking = FileRecord("b.zip", "ab", 1, FileState.UNPACKED, "« x » manque", "Redéposez")
    assert [needs_a_hand(record) for record in (whole, lacking)] == [False, True]
    (group,) = groups(reported(whole, lacking))
    assert [record.path for record in group.records] == ["b.zip"]


def test_the_page_stands_alone_and_says_the_same() -> None:
    page = Page(report_page(one_of_each()))
    text = " ".join(page.words)
    assert not page.open and not page.addresses
    assert {"script", "img", "link", "iframe"}.isdisjoint(page.tags)
    for state in FileState:
        assert f"{state.value}.pdf" in text
    assert text.count("Remède.") == len(FAILED) + 1


@pytest.mark.parametrize("render", [report_page, lambda report: "\n".join(text_lines(report, every_file=True))])
def test_names_and_causes_are_never_markup_nor_orders(render: Any) -> None:
    bad = FileRecord(HOSTILE, "ab", 3, FileState.QUARANTINED, HOSTILE, HOSTILE)
    fine = FileRecord(f"sain {HOSTILE}", "ab", 3, FileState.NEW, HOSTILE)
    shown = render(reported(bad, fine, warnings=(HOSTILE,)))
    assert "\u202e" not in shown and "\x1b" not in shown
    assert "\\u202e" in shown and "\\x1b" in shown
    if shown.startswith("<!DOCTYPE"):
        assert "script" not in Page(shown).tags


@given(st.text(max_size=50))
def test_what_is_shown_can_be_seen(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert all(c.isprintable() or c.isspace() or ord(c) > 0xFF for c in shown)
    shown.encode("utf-8")


@pytest.fixture
def reuni(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    encoder = FakeEncoder()
    monkeypatch.setattr(Workbench, "encoder", lambda self: encoder)
    monkeypatch.setenv("REUNI_DATA", str(tmp_path / "data"))

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.run(list(arguments))
        return code, capsys.readouterr().out

    return run


def test_the_command_prints_writes_and_answers(reuni: Any, tmp_path: Path) -> None:
    manifest = "fichier;titre\nnote.txt;La note\nabsent.txt;Rien\n"
    folder = write_files(tmp_path / "lot", {"note.txt": "Une note.", "vide.pdf": "", "manifest.csv": manifest})
    code, out = reuni("index", str(folder))
    assert code == 0 and "absent.txt" in out and "vide.pdf" in out
    code, out = reuni("report")
    assert code == 0 and "note.txt : nouveau" in out and "→" in out
    code, out = reuni("report", "lot", "--json")
    found = json.loads(out.splitlines()[-1])
    assert found["files"] == 2 == sum(found[state.value] for state in FileState)
    assert "absent.txt" in found["warnings"][0]
    page = tmp_path / "compte rendu.html"
    code, out = reuni("report", "--html", str(page))
    assert code == 0 and str(page) in out
    assert "vide.pdf" in " ".join(Page(page.read_text(encoding="utf-8")).words)
    assert reuni("report", "--html", str(tmp_path / "nulle" / "part.html"))[0] == 2


def test_the_command_reads_scans_once(reuni: Any, tmp_path: Path) -> None:
    reuni("index", str(write_files(tmp_path / "lot", {"note.txt": "Une note."})))
    assert (tmp_path / "data" / "compartments" / "general" / "ocr").is_dir()
