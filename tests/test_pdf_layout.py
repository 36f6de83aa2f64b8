"""PDF pages are read as people read them: real files printed by LibreOffice."""

import pytest

from corpus.document import Block, BlockKind, Page
from corpus.extraction.extracted import Extracted
from corpus.extraction.pdf import extract_pdf
from tests.pdf_files import PROSE, has_libreoffice, libreoffice_pdf, table

pytestmark = pytest.mark.skipif(not has_libreoffice(), reason="LibreOffice is not installed")

_BODY = (
    '<text:p text:style-name="Title">Rapport sur les dépendances</text:p>'
    '<text:p text:style-name="H1">1. Contexte</text:p>'
    f'<text:p text:style-name="P">{PROSE}'
    '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
    '<text:p text:style-name="Footnote">Décret n° 2004-1085 du 14 janvier 2004.</text:p></text:note-body></text:note>'
    " Fin du contexte.</text:p>"
    '<text:p text:style-name="H2">1.1 Méthode</text:p>'
    f'<text:p text:style-name="P">{PROSE}</text:p>'
    '<text:list text:style-name="L"><text:list-item><text:p>recenser les fournisseurs ;</text:p></text:list-item>'
    "<text:list-item><text:p>mesurer les stocks.</text:p></text:list-item></text:list>"
    '<text:p text:style-name="H1">2. Résultats</text:p>'
    + table(
        [
            ["Filière", "Fournisseurs", "Stock"],
            ["Photonique", "12 dont 3 hors de l’Union", "4 mois"],
            ["Batteries", "7", ""],
        ]
    )
    + '<text:p text:style-name="P"></text:p>'
    + table([["Ligne", "AE", "CP"], ["Études", "4 200", "3 950"], ["Formation", "650", "640"]], style="bare")
    + '<text:p text:style-name="Break">Début des colonnes sur toute la largeur de la page.</text:p>'
    '<text:section text:style-name="two" text:name="s">'
    + "".join(f'<text:p text:style-name="P">Colonne {number}. {PROSE}</text:p>' for number in range(1, 9))
    + "</text:section>"
    '<text:p text:style-name="Break">Troisième page.</text:p>'
    '<text:p text:style-name="Cut">' + PROSE.replace("la loi de", "peut-être la loi de") * 3 + "</text:p>"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Extracted:
    folder = tmp_path_factory.mktemp("report")
    pdf = libreoffice_pdf(
        folder,
        "report",
        _BODY,
        header="<text:p>DGE – Rapport d’étape</text:p>",
        footer="<text:p>Page <text:page-number>1</text:page-number></text:p>",
    )
    return extract_pdf(pdf)


def _texts(page: Page, *kinds: BlockKind) -> list[str]:
    return [page.text[block.start : block.end] for block in page.blocks if block.kind in kinds]


def test_heads_feet_and_page_numbers_are_furniture_and_number_the_pages(report: Extracted) -> None:
    for number, page in enumerate(report.pages, 1):
        assert _texts(page, BlockKind.FURNITURE) == ["DGE – Rapport d’étape", f"Page {number}"]
        assert page.label == str(number)


def test_headings_have_levels_by_size_and_number(report: Extracted) -> None:
    page = report.pages[0]
    headings = [(page.text[b.start : b.end], b.level) for b in page.blocks if b.kind is BlockKind.HEADING]
    assert headings == [
        ("Rapport sur les dépendances", 1),
        ("1. Contexte", 2),
        ("1.1 Méthode", 3),
        ("2. Résultats", 2),
    ]
    assert report.title == "Rapport sur les dépendances"


def test_a_footnote_comes_after_the_body_of_its_page(report: Extracted) -> None:
    page = report.pages[0]
    assert _texts(page, BlockKind.FOOTNOTE) == ["1 Décret n° 2004-1085 du 14 janvier 2004."]
    kinds = [block.kind for block in page.blocks]
    assert kinds.index(BlockKind.FOOTNOTE) > max(i for i, kind in enumerate(kinds) if kind is BlockKind.TABLE_ROW)


def test_list_items_are_told_from_paragraphs(report: Extracted) -> None:
    assert _texts(report.pages[0], BlockKind.LIST_ITEM) == [
        "• recenser les fournisseurs ;",
        "• mesurer les stocks.",
    ]


def test_tables_are_read_row_by_row_with_rulings_and_without(report: Extracted) -> None:
    assert _texts(report.pages[0], BlockKind.TABLE_ROW) == [
        "Filière | Fournisseurs | Stock",
        "Photonique | 12 dont 3 hors de l’Union | 4 mois",
        "Batteries | 7",
        "Ligne | AE | CP",
        "Études | 4 200 | 3 950",
        "Formation | 650 | 640",
    ]


def test_columns_are_read_one_after_the_other(report: Extracted) -> None:
    text = report.pages[1].text
    places = [text.index(f"Colonne {number}.") for number in range(1, 9)]
    assert places == sorted(places)
    assert text.count(PROSE.strip()) == 8


def test_cut_words_are_whole_and_compounds_keep_their_hyphen(report: Extracted) -> None:
    text = report.pages[2].text
    assert text.count(PROSE.replace("la loi de", "peut-être la loi de").strip()) == 3


def test_blocks_cover_everything_but_blanks(report: Extracted) -> None:
    for page in report.pages:
        assert_covers(page)


def assert_covers(page: Page) -> None:
    """Blocks stand in order, do not overlap, and leave only blanks out."""
    place = 0
    blocks: tuple[Block, ...] = page.blocks
    for block in blocks:
        assert place <= block.start < block.end <= len(page.text)
        assert not page.text[place : block.start].strip()
        place = block.end
    assert not page.text[place:].strip()
