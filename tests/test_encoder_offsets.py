"""Token offsets are characters of the text as given, whatever it holds."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from indexer.encoder import bundled
from indexer.encoder.tokens import TextTokenizer, speaking_tokens
from tests.encoders import write_tiny_packed

FRENCH = "abcdéèêëàâîïôùûüçÉÀœŒæﬁﬂ0123456789 \u00a0\u202f\n\t'’«».,;:!?()-–—%€°²½…"
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=200)
FRENCH_TEXT = st.text(FRENCH, max_size=200).map(lambda text: unicodedata.normalize("NFC", text))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tiny_packed(folder / "tiny.bin")
    bundled.unpack(bundled.read_packed(folder / "tiny.bin"), folder)
    return folder / "tokenizer.json"


@pytest.fixture(scope="module")
def tokenizer(file: Path) -> TextTokenizer:
    return TextTokenizer.open(file, 128)


def check_offsets(offsets: list[tuple[int, int]], text: str) -> None:
    starts = [start for start, _ in offsets]
    assert starts == sorted(starts)
    assert all(0 <= start < end <= len(text) for start, end in offsets)


@given(text=ANY_TEXT)
def test_offsets_are_in_order_and_inside_any_text(tokenizer: TextTokenizer, text: str) -> None:
    check_offsets(tokenizer.offsets(text), text)


@given(text=FRENCH_TEXT)
def test_every_letter_and_digit_of_a_french_text_is_in_a_token(tokenizer: TextTokenizer, text: str) -> None:
    covered = {at for start, end in tokenizer.offsets(text) for at in range(start, end)}
    assert {at for at, character in enumerate(text) if character.isalnum()} <= covered


@given(text=FRENCH_TEXT)
def test_a_token_says_what_its_characters_say(file: Path, tokenizer: TextTokenizer, text: str) -> None:
    pieces = Tokenizer.from_file(str(file))
    for entry, (start, end) in zip(
        pieces.encode(text, add_special_tokens=False).ids, tokenizer.offsets(text), strict=True
    ):
        piece = str(pieces.id_to_token(entry)).replace("▁", "")
        said = unicodedata.normalize("NFKC", text[start:end]).replace(" ", "")
        assert piece in said or entry == 3


@given(text=ANY_TEXT)
def test_the_prefix_does_not_move_the_text(tokenizer: TextTokenizer, text: str) -> None:
    read = tokenizer.read(text, "passage: ")
    inside = [(start, end) for start, end in read.offsets[read.content].tolist()]
    alone = tokenizer.offsets(text)
    # Alone, the mark of a word's beginning may be a token of its own; after a prefix it is the prefix's blank.
    after_mark = alone[len(alone) - len(inside) :] if len(read.ids) < 128 else alone[1 : len(inside) + 1]
    assert inside in (alone[: len(inside)], after_mark)
    assert len(read.ids) == 128 or len(alone) - len(inside) in {0, 1}


@given(text=ANY_TEXT)
def test_a_text_is_cut_at_the_models_length_and_keeps_its_end_mark(tokenizer: TextTokenizer, text: str) -> None:
    read = tokenizer.read(text * 9, "query: ")
    assert 0 < len(read.ids) <= 128
    assert read.ids[0] == 0
    assert read.ids[-1] == 2
    assert not read.content[[0, -1]].any()


def test_the_prefix_and_the_models_marks_are_not_content(tokenizer: TextTokenizer) -> None:
    read = tokenizer.read("été", "passage: ")
    assert read.offsets[read.content].tolist() == [[0, 1], [1, 2], [2, 3]]
    assert not read.content[: -len("été") - 1].any()
    assert not read.content[-1]


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("l'État", ["l", "'", "É", "t", "a", "t"]),
        ("a\u00a0: b", ["a", ":", "b"]),
        ("un ﬁn", ["u", "n", "ﬁ", "ﬁ", "n"]),
        ("x  a   b ", ["x", "a", "b"]),
    ],
)
def test_awkward_characters_keep_their_place(tokenizer: TextTokenizer, text: str, letters: list[str]) -> None:
    read = tokenizer.read(text, "passage: ")
    found = [text[start:end] for start, end in read.offsets[read.content].tolist()]
    assert [each for each in found if each.strip()] == letters


@pytest.mark.parametrize("text", ["<s>", "</s>", "<mask>", "<pad>", "query: ", "passage: "])
def test_what_a_document_writes_is_never_a_mark_of_the_model(tokenizer: TextTokenizer, text: str) -> None:
    around = tokenizer.read(f"a {text} b", "passage: ")
    assert around.content.sum() >= 3
    check_offsets(tokenizer.offsets(f"a {text} b"), f"a {text} b")


def test_punctuation_blanks_and_marks_do_not_speak(file: Path) -> None:
    pieces = Tokenizer.from_file(str(file))
    speaking = speaking_tokens(pieces, pieces.get_vocab_size() + 2)
    names = pieces.get_vocab()
    assert all(speaking[names[name]] for name in ("é", "7", "tion", "▁la", "$", "°", "½"))
    assert not any(speaking[names[name]] for name in ("<s>", "<pad>", "▁", ",", "-", "«", "%", "^"))
    assert np.flatnonzero(speaking).max() < pieces.get_vocab_size()
