"""The measures of the PDF benchmark agree with their definitions."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from eval.bench.pdf_causes import Cause, as_printed, explain, segments
from eval.bench.pdf_measures import aligned, common_subsequence, edit_distance, overlap, words
from eval.bench.pdf_scans import DAMAGES, chosen_pages, plain_text, set_page, text_pages

_short = st.text("abcé", max_size=12)


def _distance(a: Sequence[str], b: Sequence[str]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    row = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], before + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]


@given(_short, _short)
def test_edit_distance_is_levenshteins(a: str, b: str) -> None:
    assert edit_distance(a, b) == _distance(a, b)


@given(_short, _short)
def test_common_subsequence_is_the_longest(a: str, b: str) -> None:
    assert common_subsequence(a, b) == _common(a, b)


@given(st.text("abcd", max_size=40), st.text("abcd", max_size=40), st.integers(1, 9))
def test_the_alignment_is_a_longest_common_subsequence(a: str, b: str, block: int) -> None:
    pairs = aligned(a, b, block=block)
    assert len(pairs) == common_subsequence(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(left[0] < right[0] and left[1] < right[1] for left, right in pairwise(pairs))


BOOK = """Résumé

Ce livre dit tout.

Table des matières

1. Le début
2. La fin

Liste des tableaux

9.1. Prix

Chapitre 1. Le début

Table des matières

1.1. Un mot

1.1. Un mot

Ceci ^[1] renvoie à la Section 2.1, « La suite » .

━━━━━━━━━━━━━━━━━━━━

^[1] Une note du bas.

Chapitre 2. La fin

2.1. La suite

┌─────┬────┐
│Prix │hors│
│total│taxe│
└─────┴────┘
Tout est dit.
"""
PRINTED = """Table des matières 1. Le début 2. La fin Liste des tableaux 9.1. Prix Résumé Ce livre dit tout.
Chapitre 1. Le début 1.1. Un mot Ceci renvoie à la Section 2.1. Une note du bas.
Chapitre 2. La fin 2.1. La suite Prix total hors taxe Tout est dit."""


def test_every_word_that_is_not_in_order_has_one_cause() -> None:
    assert "".join(part.text for part in segments(BOOK)) == BOOK
    assert words(as_printed(segments(BOOK))) == words(PRINTED)
    told = explain(BOOK, words(PRINTED))
    causes = told["causes"]
    assert sum(cause["not_in_order"] for cause in causes.values()) == told["not_in_order"]
    assert sum(cause["nowhere"] for cause in causes.values()) == told["nowhere"]
    assert causes[Cause.OTHER] == causes[Cause.DIVIDED] == {"not_in_order": 0, "nowhere": 0}
    assert causes[Cause.TITLES] == {"not_in_order": 2, "nowhere": 2}
    assert told["ceiling_order"] == round(1 - told["not_in_order"] / told["words"], 4)
    spoilt = explain(BOOK, words(PRINTED.replace("Tout est dit", "Tou test dit")))["causes"]
    assert spoilt[Cause.DIVIDED]["not_in_order"] == 2
    lost = explain(BOOK, words(PRINTED.replace("Tout est dit", "")))["causes"]
    assert lost[Cause.OTHER] == {"not_in_order": 3, "nowhere": 3}


def test_overlap_counts_repeated_words() -> None:
    assert overlap(words("le le chat"), words("Le chat, le chien")) == (3 / 4, 1.0)


def test_the_pages_read_are_full_evenly_apart_and_without_drawings() -> None:
    lines = [f"Ligne {n} du texte." for n in range(500)]
    pages = chosen_pages("\n".join(line + "\n+----+\n| a |" for line in lines), 3)
    assert [page.split(" ")[1] for page in pages] == ["50", "250", "400"]
    assert all(len(page.splitlines()) == 50 and "|" not in page and "--" not in page for page in pages)


def test_pages_set_for_reading_hold_the_whole_text_and_every_damage_shows() -> None:
    text = plain_text("# Titre\n\n**Gras** et suite.\n" + "mot " * 3000)
    pages = text_pages(text)
    assert words(" ".join(pages)) == words("Titre Gras et suite " + "mot " * 3000)
    import numpy as np

    page = set_page(pages[0], 100)
    assert page.shape == (1169, 827)
    assert page.min() == 0
    for name, damage in DAMAGES.items():
        spoiled = damage(page, np.random.default_rng(1))
        assert spoiled.shape == page.shape
        assert (spoiled != page).any() == (name != "clean")
