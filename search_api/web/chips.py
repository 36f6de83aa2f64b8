"""How a search was read, as chips: each is a link to the same search without it."""

from collections.abc import Iterator
from dataclasses import dataclass

from corpus.french.folding import fold
from search_api.engine.answer import Answer
from search_api.engine.part import Part, PartKind, without_part
from search_api.http.french import facet_name, value_name
from search_api.web.address import SearchAddress

_NAMES = {
    PartKind.PREFIX: "Commence par",
    PartKind.PHRASE: "Expression exacte",
    PartKind.IDENTIFIER: "Référence",
    PartKind.REQUIRED: "Exigé",
    PartKind.EXCLUDED: "Exclu",
}
_SIGNS = '+-*"«»“” \u00a0'


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that was asked, and what leads to the search without it.

    Attributes:
        name: what kind of thing it is.
        text: what was asked.
        title: what the link does.
    """

    name: str
    text: str
    url: str
    title: str


def chips(answer: Answer, address: SearchAddress) -> list[Chip]:
    """What was asked besides plain words: parts of the question in its order, then filters."""
    return [*_parts(answer, address), *_literal(address), *_filters(address)]


def without(address: SearchAddress, part: Part) -> str:
    """The address of the search without a part of its question."""
    return address.asking(without_part(" ".join((address.query or "").split()), part))


def _parts(answer: Answer, address: SearchAddress) -> Iterator[Chip]:
    for part in answer.parts:
        match part.kind:
            case PartKind.WORD:
                continue
            case PartKind.EXPANSION:
                title = f"Ne chercher que « {part.text} », sans ce qu’il abrège"
                yield Chip(part.text, part.value, address.as_typed(part.text), title)
            case PartKind.CORRECTION:
                title = f"Ne chercher que « {part.text} », sans les mots proches"
                yield Chip(f"Proche de « {part.text} »", part.value, address.as_typed(part.text), title)
            case PartKind.TRANSLATION:
                title = f"Ne chercher que « {part.text} », sans ce qu’il est en français"
                yield Chip(f"« {part.text} » en français", part.value, address.as_typed(part.text), title)
            case PartKind.FIELD:
                field, _, value = part.value.partition(":")
                yield _asked(facet_name(field), value_name(field, value), without(address, part))
            case _:
                yield _asked(_NAMES[part.kind], part.text.strip(_SIGNS), without(address, part))


def _asked(name: str, text: str, url: str) -> Chip:
    return Chip(name, text, url, f"Retirer : {name.lower()} « {text} »")


def _literal(address: SearchAddress) -> Iterator[Chip]:
    asked = fold(address.query or "")
    for word in (one for one in address.literal if fold(one) in asked):
        yield Chip(
            "Tel quel", word, address.helped(word), f"Chercher aussi ce que « {word} » abrège, approche ou traduit"
        )


def _filters(address: SearchAddress) -> Iterator[Chip]:
    for facet, value in address.filters:
        name, text = facet_name(facet), value_name(facet, value)
        yield Chip(name, text, address.without(facet, value), f"Retirer le filtre {name} : {text}")
