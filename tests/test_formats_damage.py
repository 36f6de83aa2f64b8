"""What is left of a damaged or strange file is read; what cannot be is set aside under its true reason."""

import zipfile
from pathlib import Path

import pytest
from odfdo import Document as OpenDocument
from odfdo import Element, Paragraph

from corpus.document import BlockKind
from corpus.extraction.dispatch import extract
from corpus.extraction.extracted import Extracted, ExtractionFailure, FailureState
from corpus.extraction.options import ExtractionOptions
from tests.poison.healthy import SENTENCE, pdf_pages, tarred, zipped


def read(folder: Path, name: str, data: bytes) -> Extracted:
    path = folder / "file"
    path.write_bytes(data)
    return extract(path, name, ExtractionOptions())


def refused(folder: Path, name: str, data: bytes) -> FailureState:
    with pytest.raises(ExtractionFailure) as failure:
        read(folder, name, data)
    return failure.value.state


def test_a_text_cut_inside_a_letter_keeps_its_encoding(tmp_path: Path) -> None:
    cut = "Le comité est créé".encode()[:-1]
    assert read(tmp_path, "x.txt", cut).pages[0].text == "Le comité est cré"


def test_an_archive_of_which_nothing_can_be_unpacked_is_damaged(tmp_path: Path) -> None:
    one, both = bytearray(zipped({"a": b"x" * 99, "b": b"y" * 99})), bytearray()
    one[one.index(b"PK", 4) - 3] ^= 255
    assert read(tmp_path, "x.zip", bytes(one)).warnings[0].startswith("« a » n’a pas été extrait")
    both += one
    both[both.index(b"PK\x01\x02") - 3] ^= 255
    assert refused(tmp_path, "x.zip", bytes(both)) is FailureState.QUARANTINED


def test_the_first_members_of_a_cut_archive_are_read(tmp_path: Path) -> None:
    data = tarred({"note.txt": SENTENCE.encode(), "autre.txt": bytes(range(256)) * 20})
    assert "endommagée" in read(tmp_path, "x.tar.gz", data[: len(data) // 2]).warnings[0]


def test_an_archive_without_members_is_not_damaged(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("dossier/", b"")
    with pytest.raises(ExtractionFailure, match="vide"):
        read(tmp_path, "x.zip", (tmp_path / "x.zip").read_bytes())


@pytest.mark.parametrize("name", ["x.msg", "x.doc", "x"])
def test_a_compound_file_that_cannot_be_opened_is_damaged(tmp_path: Path, name: str) -> None:
    cut = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)
    assert refused(tmp_path, name, cut) is FailureState.QUARANTINED


def test_the_code_of_a_pdf_is_not_taken_for_a_text(tmp_path: Path) -> None:
    spoilt = pdf_pages(1).replace(b"%PDF", b"%P F")
    assert refused(tmp_path, "x.pdf", spoilt) is FailureState.QUARANTINED
    assert read(tmp_path, "x.txt", spoilt).media_type == "text/plain"


def test_a_pdf_that_says_nothing_is_said_to(tmp_path: Path) -> None:
    blank = pdf_pages(1).replace(SENTENCE.encode("cp1252"), b" " * len(SENTENCE))
    assert read(tmp_path, "x.pdf", blank).warnings == ("Le PDF ne contient aucun texte",)
    assert not read(tmp_path, "x.pdf", pdf_pages(1)).warnings


@pytest.mark.parametrize("depth", [5, 40, 400, 4_000])
def test_no_word_of_nested_markdown_is_lost(tmp_path: Path, depth: int) -> None:
    lists = "".join(f"{' ' * (2 * level)}- mot{level}\n" for level in range(min(depth, 400)))
    said = read(tmp_path, "x.md", lists.encode()).pages[0].text.split()
    assert [word for word in said if word != "-"] == [f"mot{level}" for level in range(min(depth, 400))]
    assert SENTENCE in read(tmp_path, "x.md", b"> " * depth + SENTENCE.encode()).pages[0].text


def test_a_cell_as_long_as_a_report_is_read(tmp_path: Path) -> None:
    read_text = read(tmp_path, "x.csv", b'a;b\n"' + b"mot " * 50_000 + b'";fin\n').pages[0].text
    assert read_text.count("mot") == 50_000
    assert read_text.endswith("fin")


def _odt(path: Path) -> OpenDocument:
    document = OpenDocument("text")
    document.body.clear()
    document.body.append(Paragraph("Le comité est créé."))
    masters = document.styles.get_element("//office:master-styles")
    assert masters is not None
    for master in document.styles.get_elements("//style:master-page"):
        master.delete()
    for name, head, more in (
        ("Standard", "DGE – Secrétariat général", 'style:next-style-name="Suite"'),
        ("Suite", "DGE – Secrétariat général", ""),
        ("Ancien", "Un autre service", ""),
    ):
        masters.append(
            Element.from_tag(
                f'<style:master-page style:name="{name}" {more}><style:header><text:p>{head}</text:p></style:header>'
                f"<style:footer><text:p>SG/2020-12 – page <text:page-number>1</text:page-number></text:p>"
                f"</style:footer>"
                f'<style:footer-left style:display="false"><text:p>caché</text:p></style:footer-left>'
                f"</style:master-page>"
            )
        )
    document.save(str(path))
    return document


def test_running_heads_of_an_odt_are_its_furniture(tmp_path: Path) -> None:
    _odt(tmp_path / "x.odt")
    page = read(tmp_path, "x.odt", (tmp_path / "x.odt").read_bytes()).pages[0]
    said = [(block.kind, page.text[block.start : block.end]) for block in page.blocks]
    assert said == [
        (BlockKind.PARAGRAPH, "Le comité est créé."),
        (BlockKind.FURNITURE, "DGE – Secrétariat général"),
        (BlockKind.FURNITURE, "SG/2020-12 – page 1"),
    ]
