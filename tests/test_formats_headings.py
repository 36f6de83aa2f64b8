import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.extraction.headings import numbered_heading


@pytest.mark.parametrize(
    "line",
    [
        "TITRE II",
        "Titre Ier – Dispositions générales",
        "TITRE II DES AIDES AUX ENTREPRISES",
        "CHAPITRE 3 : Instruction des demandes",
        "Section 1 - Champ d'application",
        "Annexe",
        "ANNEXE 2 – Grille de notation",
        "Article 2",
        "Article 1er",
        "ARTICLE PREMIER",
        "Article 2 – Objet de l'avenant",
        "Article L. 123-4",
        "Art. 5 : Durée",
        "I.",
        "IV - Suites à donner",
        "II. – Calendrier",
        "A) Périmètre",
        "1) Mise en place du portail",
        "3. Gouvernance",
        "2.1 Suivi financier",
        "2.1.3. Indicateurs",
    ],
)
def test_numbered_lines_of_administrative_papers_are_headings(line: str) -> None:
    assert numbered_heading(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Le présent avenant entre en vigueur à sa signature.",
        "Article 2 de la convention du 7 juillet 2018",
        "article 3 du décret n° 2004-1085",
        "Articles et fournitures de bureau",
        "A. Durand",
        "M. Thomas Courbe",
        "1) le délégant transmet les pièces justificatives ;",
        "1. Le délégataire rend compte au délégant de l'exécution des dépenses.",
        "2019 : année de lancement",
        "12 500 €",
        "1.5 million d'euros",
        "Section syndicale",
        "Titre du document",
        "Titre II\nsuite",
        "Vu le décret 2004-1085 du 14 janvier 2004",
        "Chapitre 3 " + "mot " * 40,
    ],
)
def test_sentences_are_not_headings(line: str) -> None:
    assert numbered_heading(line) is None


def test_a_division_stands_above_what_it_divides() -> None:
    ladder = ["TITRE I", "CHAPITRE 1", "SECTION 1", "Article 1", "I. Objet", "A) Cadre", "1) Lieu", "1.1 Salle"]
    levels = [numbered_heading(line) for line in ladder]
    assert levels == sorted(set(levels), key=lambda level: level or 0)


@given(st.text(max_size=300))
def test_any_line_gets_a_level_or_none(line: str) -> None:
    level = numbered_heading(line)
    assert level is None or 1 <= level <= 12
