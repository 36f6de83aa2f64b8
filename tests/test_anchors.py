"""A quoted passage is found again in a later version, or said to have changed or left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.anchors import Fate, anchor, squeezed, texts_of
from corpus.document import Page, Span

ARTICLE = (
    "La délégation de gestion est accordée pour un an. Le délégant signe chaque avenant et en adresse copie au "
    "comptable assignataire dans un délai de trente jours."
)
OTHER = (
    "Le comité se réunit chaque trimestre sous la présidence du directeur général. Il examine les demandes de "
    "subvention et rend un avis motivé sur chacune d’elles."
)


def pages(*texts: str) -> tuple[Page, ...]:
    return tuple(Page(number, text, ()) for number, text in enumerate(texts, 1))


def whole(document: tuple[Page, ...], number: int, text: str) -> tuple[Span, ...]:
    start = document[number - 1].text.index(text)
    return (Span(number, start, start + len(text)),)


BEFORE = pages(OTHER, f"Article 2\n{ARTICLE}")
SPANS = whole(BEFORE, 2, ARTICLE)


def test_in_the_version_that_was_quoted_it_stands_where_it_stood() -> None:
    assert anchor(BEFORE, SPANS, ARTICLE[:80]).fate is Fate.SAME
    assert anchor(BEFORE, SPANS, "").fate is Fate.SAME
    assert anchor(BEFORE, SPANS, "", [ARTICLE]).fate is Fate.SAME


def test_pushed_further_by_new_paragraphs_it_is_found_whatever_the_line_ends() -> None:
    after = pages("Préambule nouveau.", OTHER, "Article 3\n" + ARTICLE.replace("un an. ", "un an.\n"))
    found = anchor(after, SPANS, ARTICLE[:80], [ARTICLE])
    assert (found.fate, found.likeness) == (Fate.MOVED, 1.0)
    assert squeezed(texts_of(after, found.spans)[0]) == ARTICLE


def test_read_again_with_other_offsets_the_same_file_still_gives_its_passage() -> None:
    again = pages(OTHER, f"Titre courant\n\nArticle 2\n{ARTICLE}")
    found = anchor(again, SPANS, ARTICLE[:80])
    assert found.fate is Fate.MOVED
    assert texts_of(again, found.spans) == [ARTICLE[:80]]


def test_reworded_it_is_said_to_have_changed_and_its_new_words_are_shown() -> None:
    reworded = ARTICLE.replace("un an", "trois ans renouvelables").replace("trente", "quinze")
    after = pages("Sommaire", OTHER, f"Avant. {reworded} Après, il est question d’autre chose.")
    found = anchor(after, SPANS, ARTICLE[:80], [ARTICLE])
    assert found.fate is Fate.CHANGED
    assert 0.6 <= found.likeness < 1
    (text,) = texts_of(after, found.spans)
    assert "trois ans renouvelables" in text
    assert "quinze jours" in text
    assert "autre chose" not in text


def test_taken_out_it_is_gone_though_its_subject_is_still_there() -> None:
    after = pages(OTHER, "La délégation de gestion et les avenants relèvent désormais du comptable assignataire.")
    assert anchor(after, SPANS, ARTICLE[:80], [ARTICLE]).fate is Fate.GONE
    assert anchor(pages(OTHER), SPANS, ARTICLE[:80]).fate is Fate.GONE
    assert anchor((), SPANS, ARTICLE).spans == ()


def test_across_two_pages_each_part_is_found() -> None:
    first, second = ARTICLE[:50], ARTICLE[50:]
    before = pages(first, second)
    spans = (*whole(before, 1, first), *whole(before, 2, second))
    after = pages("Page de garde", first, second)
    found = anchor(after, spans, ARTICLE[:30], [first, second])
    assert found.fate is Fate.MOVED
    assert [span.page for span in found.spans] == [2, 3]


@pytest.mark.parametrize("spans", [(Span(9, 0, 5),), (Span(1, 5, 2),), (Span(1, 0, 10_000),), ()])
def test_a_link_that_was_tampered_with_marks_nothing_wrong(spans: tuple[Span, ...]) -> None:
    found = anchor(BEFORE, spans, "")
    assert found.spans == () or texts_of(BEFORE, found.spans)


@given(st.lists(st.text("ab \n.é", max_size=60), max_size=4), st.text("ab \n.é", max_size=40))
def test_what_is_given_back_is_always_on_the_pages(texts: list[str], quote: str) -> None:
    document = pages(*texts)
    found = anchor(document, (Span(1, 0, 3),), quote, [quote] if quote.strip() else [])
    assert not found.spans or len(texts_of(document, found.spans)) == len(found.spans)
    assert (found.fate is Fate.GONE) == (not found.spans)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_quotation_that_stands_somewhere_is_found(quote: str, text: str) -> None:
    anchor(pages(text), (), quote)
    if quote.strip():
        found = anchor(pages(f"avant {quote} après"), (), quote)
        assert found.fate is Fate.MOVED
        assert squeezed(texts_of(pages(f"avant {quote} après"), found.spans)[0]) == squeezed(quote)
