"""Is what is quoted or an identifier found exactly? Generated papers with one of each, and near ones all around."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from search_api.engine.answer import Channel, SearchRequest
from search_api.engine.search import Engine

CASES = 200
NOISE = 0.02
"""Characters misread, of letters and digits."""
AROUND = "rapport de la direction sur l’hydrogène"
"""Words put before a case, that other papers have."""

_SEED = 20_180_707
_WORDS = re.findall(
    r"\w+",
    "convention gestion délégation programme avenant arrêté douane brevet photonique semence logiciel satellite acier "
    "filière entreprise analyse rapport direction service région investissement contrôle autorisation export norme "
    "marché énergie hydrogène batterie usine emploi formation recherche université laboratoire contrat",
)
_LOOK_ALIKES = {"0": "O", "1": "l", "5": "S", "8": "B", "O": "0", "I": "1", "S": "5", "B": "8"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Case:
    """A query, an identifier or a phrase in quotes, and the only paper that holds it."""

    query: str
    document: str


def papers(noise: float = 0.0) -> tuple[Mapping[str, str], tuple[Case, ...]]:
    """Texts by file name, half of which hold what a case asks for, and the cases; the same at each call.

    The other papers hold the same words in another order, and an identifier of the same kind.

    Args:
        noise: share of letters and digits misread: as a look-alike where there is one, as any letter otherwise.
    """
    chance = random.Random(_SEED)  # noqa: S311 - papers, not secrets
    texts: dict[str, str] = {}
    cases: list[Case] = []
    for n in range(CASES // 2):
        number, phrase = _identifier(chance, n), _sentence(chance, 6)
        text = f"# Papier {n}\n\n{_sentence(chance, 20)}. Voir {number} pour {phrase} et {_sentence(chance, 20)}.\n"
        texts[f"p{n}.md"] = _misread(text, chance, noise)
        cases += [Case(number, f"p{n}.md"), Case(f'"{phrase}"', f"p{n}.md")]
        shuffled = " ".join(sorted(phrase.split()))
        texts[f"q{n}.md"] = f"# Papier {n} bis\n\n{shuffled}. {_identifier(chance, n)}.\n"
    return texts, tuple(cases)


def write_papers(folder: Path, texts: Mapping[str, str]) -> Path:
    """Write texts as files of a folder, which is returned."""
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def missed(
    engine: Engine, cases: Sequence[Case], channel: Channel = Channel.HYBRID, around: str = ""
) -> Iterator[Case]:
    """The cases whose paper does not come first.

    Args:
        around: words put before each query.
    """
    for case in cases:
        request = SearchRequest(query=f"{around} {case.query}".strip(), channel=channel, k=1, marks=False)
        hits = engine.search(request).hits
        if not hits or hits[0].document.external_id != case.document:
            yield case


def _sentence(chance: random.Random, length: int) -> str:
    return " ".join(chance.choices(_WORDS, k=length))


def _identifier(chance: random.Random, n: int) -> str:
    match n % 5:
        case 0:
            middle = "".join(chance.choices("CEMADGRT", k=4))
            return f"0{chance.randrange(100, 999)}-{middle}-C{chance.randrange(100, 999)}"
        case 1:
            return f"{chance.randrange(300, 899)} {chance.randrange(100, 999)} {chance.randrange(100, 999)}"
        case 2:
            return f"{chance.choice('LRD')}. {chance.randrange(100, 999)}-{chance.randrange(1, 99)}"
        case 3:
            return f"20{chance.randrange(10, 24)}-{chance.randrange(100, 1999)}"
        case _:
            return f"DGE/{chance.randrange(2015, 2024)}/{chance.randrange(1000, 9999)}"


def _misread(text: str, chance: random.Random, rate: float) -> str:
    return "".join(
        _LOOK_ALIKES.get(c, chance.choice(_LETTERS)) if c.isalnum() and chance.random() < rate else c for c in text
    )
