"""The measures of the PDF benchmark agree with their definitions."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from eval.bench.pdf_measures import common_subsequence, edit_distance, overlap, words
from eval.bench.pdf_scans import DAMAGES, plain_text, set_page, text_pages

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


def test_overlap_counts_repeated_words() -> None:
    assert overlap(words("le le chat"), words("Le chat, le chien")) == (3 / 4, 1.0)


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
