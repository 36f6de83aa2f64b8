import re

from hypothesis import given
from hypothesis import strategies as st

from corpus.document import Block, BlockKind, Page
from corpus.passage import joined_text
from corpus.splitting import SplittingRules, split

WORD = re.compile(r"\w+")
RULES = SplittingRules(target=20, longest=26)
KEPT = {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.FOOTNOTE}


def tokens(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in WORD.finditer(text)]


def page(*blocks: tuple[BlockKind, str, int], number: int = 1) -> Page:
    text, made = "", []
    for kind, words, level in blocks:
        made.append(Block(kind, len(text), len(text) + len(words), level))
        text += words + "\n"
    return Page(number=number, text=text, blocks=tuple(made))


block = st.tuples(
    st.sampled_from([*BlockKind]),
    st.text(alphabet="abcdé ’.-\n1 ", min_size=1, max_size=300),
    st.integers(1, 4),
)
pages = st.lists(st.lists(block, max_size=6), max_size=4).map(
    lambda content: tuple(page(*blocks, number=n) for n, blocks in enumerate(content, start=1))
)


@given(pages)
def test_offsets_point_back_to_the_exact_text(document: tuple[Page, ...]) -> None:
    for passage in split("d", document, tokens, RULES):
        assert passage.text == joined_text(document, passage.spans)
        assert passage.text.strip() == passage.text != ""
        for span in passage.spans:
            assert 0 <= span.start < span.end <= len(document[span.page - 1].text)


@given(pages)
def test_every_word_of_the_body_is_in_one_passage_and_nothing_else_is(document: tuple[Page, ...]) -> None:
    body = [
        word
        for one in document
        for b in one.blocks
        if b.kind in KEPT
        for word in WORD.findall(one.text[b.start : b.end])
    ]
    found = [
        word
        for passage in split("d", document, tokens, RULES)
        for span in passage.spans
        if not any(
            b.kind is BlockKind.HEADING and b.start <= span.start and span.end <= b.end
            for b in document[span.page - 1].blocks
        )
        for word in WORD.findall(document[span.page - 1].text[span.start : span.end])
    ]
    assert found == body


@given(pages)
def test_no_passage_is_longer_than_allowed(document: tuple[Page, ...]) -> None:
    for passage in split("d", document, tokens, RULES):
        assert len(tokens(passage.text)) <= RULES.longest or len(tokens(passage.text)) <= 2 * RULES.target


@given(pages)
def test_ids_are_unique_and_depend_on_content_alone(document: tuple[Page, ...]) -> None:
    first, again = split("d", document, tokens, RULES), split("d", document, tokens, RULES)
    assert [p.id for p in first] == [p.id for p in again]
    assert len({p.id for p in first}) == len(first)
    assert not {p.id for p in first} & {p.id for p in split("other", document, tokens, RULES)}


def test_a_passage_never_crosses_a_heading_and_carries_its_path() -> None:
    document = (
        page(
            (BlockKind.HEADING, "Titre", 1),
            (BlockKind.PARAGRAPH, "avant", 0),
            (BlockKind.HEADING, "Article 1", 2),
            (BlockKind.PARAGRAPH, "le premier", 0),
            (BlockKind.HEADING, "Article 2", 2),
            (BlockKind.PARAGRAPH, "le second", 0),
        ),
        page((BlockKind.PARAGRAPH, "la suite du second", 0), (BlockKind.FURNITURE, "page 2", 0), number=2),
    )
    found = [(p.heading_path, p.text) for p in split("d", document, tokens, RULES)]
    assert found == [
        (("Titre",), "avant"),
        (("Titre", "Article 1"), "le premier"),
        (("Titre", "Article 2"), "le second\nla suite du second"),
    ]


def test_a_heading_with_nothing_under_it_is_still_found() -> None:
    document = (page((BlockKind.HEADING, "Titre", 1), (BlockKind.HEADING, "Annexe vide", 1)),)
    assert [p.text for p in split("d", document, tokens, RULES)] == ["Titre", "Annexe vide"]


def test_a_section_just_over_the_target_gives_two_halves() -> None:
    lines = [(BlockKind.PARAGRAPH, "un deux trois quatre cinq", 0)] * 6
    lengths = [len(tokens(p.text)) for p in split("d", (page(*lines),), tokens, RULES)]
    assert lengths == [15, 15]


def test_a_long_paragraph_is_cut_at_its_sentences() -> None:
    text = " ".join(f"Phrase {n} avec quelques mots de plus." for n in range(10))
    found = split("d", (page((BlockKind.PARAGRAPH, text, 0)),), tokens, RULES)
    assert len(found) > 2
    assert all(p.text.startswith("Phrase") and p.text.endswith(".") for p in found)


def test_the_embedded_text_carries_title_and_headings() -> None:
    document = (page((BlockKind.HEADING, "Article 3", 2), (BlockKind.PARAGRAPH, "Durée.", 0)),)
    (passage,) = split("d", document, tokens, RULES)
    assert passage.embedded_text("Convention") == "Convention > Article 3\nDurée."


def test_the_passage_that_opens_with_the_introduction_is_not_introduced_twice() -> None:
    document = (page((BlockKind.PARAGRAPH, "Objet :  le seuil. Suite.", 0)),)
    (passage,) = split("d", document, tokens, RULES)
    assert passage.embedded_text("Objet : le seuil.") == passage.text
    assert passage.embedded_text("Autre chose") == f"Autre chose\n{passage.text}"
