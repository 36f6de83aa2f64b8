"""Sentences of French administrative text, as spans."""

import re
from collections.abc import Iterator

# A full stop after these does not end a sentence: titles, legal shorthand, initials.
_ABBREVIATIONS = (
    r"M|MM|Mme|Mmes|Mlle|Dr|Pr|Me|art|al|cf|p|pp|ex|etc|env|tél|n|no|vol|chap|fig|réf|ref|av|bd|St|Ste|"
    "L|R|D|A|LO|C|J|N|janv|févr|avr|juil|sept|oct|nov|déc"
)
_END = re.compile(
    r"""
    [.!?…;\n]                                              # first, so that nothing else is looked at
    (?:
        (?: (?<=[.]) (?<!\b[^\W\d_][.])                    # not an initial's
          | (?<=;) (?=[\s\u00a0]+[A-ZÀ-Ý«])
          | (?<=[!?…]) )
        (?:[\s\u00a0]?[»"”)\]])*                           # what closes with it
        (?=\s+ (?: [«"“(\[—–-]?\s?[A-ZÀ-Ý0-9] ) | \s*$ )    # then a new beginning
      | (?<=\n) \n*
    )
    """,
    re.VERBOSE,
)
_AFTER_ABBREVIATION = re.compile(rf"\b(?:{_ABBREVIATIONS})[.]$")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """``(start, end)`` of each sentence, blanks at both ends left out; together they hold every
    non-blank character of the text."""
    start = 0
    for end in [found.end() for found in _END.finditer(text)] + [len(text)]:
        # Whatever follows an abbreviation's full stop goes on.
        if end < len(text) and _AFTER_ABBREVIATION.search(text, max(start, end - 8), end):
            continue
        stretch = text[start:end]
        if stretch.strip():
            yield start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
        start = end
