"""The typography a French word processor gives: apostrophes, no-break spaces."""

import re

NBSP = "\u00a0"
_RULES = (
    (re.compile(r"'"), "’"),
    (re.compile(r"(?<=\S) (?=[:;!?»%€])"), NBSP),
    (re.compile(r"(?<=«) "), NBSP),
    (re.compile(r"(?<=\d) (?=\d{3}\b)"), NBSP),
    (re.compile(r"\b(n°|nos|art\.|p\.|M\.|Mme|MM\.|§) (?=[\dA-ZÉ])"), r"\1" + NBSP),
    (re.compile(r"(?<=\d) (?=(?:millions?|milliards?|M€|k€|Md€)\b)"), NBSP),
)


_MONTHS = [
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
]


def french_date(day: str) -> str:
    """An ISO 8601 day as it is written in a letter: ``1er mars 2022``."""
    year, month, number = day.split("-")
    return f"{'1er' if number == '01' else int(number)} {_MONTHS[int(month) - 1]} {year}"


def typeset(text: str) -> str:
    """``text`` as LibreOffice or Word in French would have autocorrected it while it was typed."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
