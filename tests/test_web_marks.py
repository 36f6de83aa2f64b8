"""From offsets to marked text, to pages, to URLs, and back: nothing is lost and nothing breaks."""

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from corpus.document import Block, BlockKind, Page, Span
from search_api.engine.answer import Channel, FoundPassage, Highlight, HighlightKind, Sort
from search_api.web.address import SearchAddress
from search_api.web.marks import Mark, excerpt, on_pages, segments
from search_api.web.reading import Place, marks_text

TEXTS = st.text(max_size=200)
OFFSETS = st.integers(-5, 220)
MARKS = st.lists(
    st.builds(Mark, OFFSETS, OFFSETS, st.sampled_from(["word", "meaning", "best", "passage"])), max_size=12
)


def passage(
    text: str, spans: tuple[Span, ...], best: tuple[int, int], marks: tuple[Highlight, ...] = ()
) -> FoundPassage:
    return FoundPassage("p", text, (), spans, 1, "", best, marks, None)


@given(TEXTS, MARKS, OFFSETS, OFFSETS)
def test_segments_joined_give_the_text_back(text: str, marks: list[Mark], start: int, end: int) -> None:
    assert "".join(segment.text for segment in segments(text, marks)) == text
    cut = "".join(segment.text for segment in segments(text, marks, start, max(0, end)))
    assert cut == text[max(0, start) : max(0, end)]


@given(TEXTS, MARKS)
def test_each_character_has_the_marks_that_cover_it(text: str, marks: list[Mark]) -> None:
    at = 0
    for segment in segments(text, marks):
        for offset in range(at, at + len(segment.text)):
            assert segment.kinds == {mark.kind for mark in marks if mark.start <= offset < mark.end}
        at += len(segment.text)


@given(st.text(min_size=1, max_size=2_000), st.integers(0, 2_000), st.integers(0, 600))
def test_an_excerpt_holds_the_best_sentence_and_cuts_between_words(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    shown = excerpt(passage(text, (), (start, end)))
    said = "".join(segment.text for segment in shown.segments)
    assert said in text
    assert text[start : min(end, start + 520)] in said
    assert shown.cut_before == (not text.startswith(said)) or said == ""
    best = "".join(segment.text for segment in shown.segments if segment.best)
    assert best == text[start:end][: len(best)]


@given(st.lists(st.text("abc d", min_size=1, max_size=30), min_size=1, max_size=4), st.data())
def test_marks_of_a_passage_stand_on_the_same_words_of_its_pages(parts: list[str], data: st.DataObject) -> None:
    pages = [f"Entête {number}. {part} Pied." for number, part in enumerate(parts, start=1)]
    spans = tuple(
        Span(number, page.index(". ") + 2, page.index(". ") + 2 + len(part))
        for number, (page, part) in enumerate(zip(pages, parts, strict=True), start=1)
    )
    text = "\n".join(parts)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = on_pages(spans, text, [Mark(start, end, "word")])
    words = [pages[number - 1][mark.start : mark.end] for number, mark in found]
    assert "".join(words) == text[start:end].replace("\n", "")


def test_marks_are_left_out_when_the_spans_are_not_the_text() -> None:
    assert on_pages((Span(1, 0, 5),), "autre longueur", [Mark(0, 3, "word")]) == []
    assert on_pages((), "", [Mark(0, 3, "word")]) == []


def test_marks_travel_in_the_url_of_a_passage() -> None:
    found = passage(
        "Le délégant signe.",
        (Span(3, 10, 28),),
        (0, 18),
        (Highlight(3, 11, HighlightKind.WORD), Highlight(12, 17, HighlightKind.MEANING)),
    )
    read = Place.read(QueryParams({"passage": "3:10-28", "marques": marks_text(found)}))
    assert read.spans == found.spans
    assert read.marks == ((3, Mark(13, 21, "word")), (3, Mark(22, 27, "meaning")), (3, Mark(10, 28, "best")))


def one_page(text: str) -> Page:
    return Page(1, text, (Block(BlockKind.PARAGRAPH, 0, len(text)),))


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":"), min_size=1, max_size=20)
ADDRESSES = st.builds(
    SearchAddress,
    query=st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    channel=st.sampled_from(Channel),
    sort=st.sampled_from(Sort),
    filters=st.lists(
        st.tuples(NAMES, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)),
        max_size=4,
        unique=True,
    ).map(lambda pairs: tuple(sorted(pairs))),
    compartments=st.just(()) | st.just(("secret",)),
    page=st.integers(1, 100),
    state=st.text("0123456789abcdef", max_size=16),
)


@given(ADDRESSES)
def test_an_address_read_from_its_url_is_the_same(address: SearchAddress) -> None:
    read = SearchAddress.read(QueryParams(address.url.partition("?")[2]), ("commun", "secret"))
    assert read.url == address.url
    assert read.request(10) == address.request(10)


@given(ADDRESSES, NAMES, NAMES)
def test_a_filter_posed_then_removed_changes_nothing_but_the_page(
    address: SearchAddress, facet: str, value: str
) -> None:
    if (facet, value) in address.filters:
        return
    posed = SearchAddress.read(QueryParams(address.filtered(facet, value).partition("?")[2]), ("secret",))
    assert value in posed.request(10).filters[facet]
    assert posed.page == 1
    assert posed.without(facet, value) == address.by(address.sort)


@given(st.dictionaries(st.sampled_from(["q", "page", "sort", "channel", "filter", "compartment", "state"]), st.text()))
def test_any_url_gives_a_page(params: dict[str, str]) -> None:
    request = SearchAddress.read(QueryParams(params), ("commun",)).request(10)
    assert 0 <= request.offset < 1_000
    assert request.compartments in {None, ("commun",)}
