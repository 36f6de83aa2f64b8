"""The service that a paper comes from, as its letterhead says."""

import re
from collections.abc import Sequence

from corpus.document import BlockKind, Page
from corpus.metadata.found import Found, fold_line, opening_lines, running_lines

_LONGEST = 120
_HEAD = re.compile(
    r"(?:direction|sous-direction|service|secretariat general|delegation|mission|bureau|pole|cabinet du|ministere|"
    r"prefecture|haut fonctionnaire|departement|agence|incubateur|"
    r"(?:dge|dgcis|dgccrf|sisse|d2ie|dinum|dinsic|dgfip|anssi|sgdsn|hfds|dreets|drieets|deets|direccte|dieccte)\b)"
)
# What goes on after a name is a sentence, not a letterhead.
_SENTENCE = re.compile(r"[.;!?]\s|\b(?:est|sont|a|ont|sera|doit|peut|propose|demande|indique|rappelle|fixe)\b")
# A running foot with a reference or a page number.
_PARTS = re.compile(r"\s+[–—-]\s+")
_ACRONYMS = {
    "direction generale des entreprises": "DGE",
    "direction generale de la competitivite, de l'industrie et des services": "DGCIS",
    "service de l'information strategique et de la securite economiques": "SISSE",
    "direction interministerielle du numerique": "DINUM",
    "delegation interministerielle a l'intelligence economique": "D2IE",
}
# Services known by their own name, whatever stands above them.
_KNOWN = frozenset({"SISSE", "D2IE", "DINUM"})
# Of domains: a directorate's own is that of all its services, and says too little.
_SENDER = re.compile(r"de : [^@]{0,120}@(?P<name>sisse|d2ie|dinum|anssi|sgdsn|hfds)\b")
_REFERENCE = re.compile(r"\w/\w+[/-]|\bpages?\b|\|", re.IGNORECASE)
_DATED = re.compile(r"\s[–-]\s(?:\d{1,2}|1er)\s\w+\s\d{4}$")
_UPDATED = re.compile(r"^mis a jour le \S+ \S+ \d{4} – ")


def service(pages: Sequence[Page]) -> Found | None:
    """The service that a paper comes from: as its letterhead says on the first page, or, for a message, as the domain
    of its sender does; None when neither does."""
    opening = opening_lines(pages, pages_read=1, most=4)
    for line in (*opening, *running_lines(pages[:1])):
        text = line.text
        if (updated := _UPDATED.match(fold_line(text))) is not None:
            text = text[updated.end() :]
        text = _DATED.sub("", text).strip()
        folded = fold_line(text)
        if (
            line.kind is not BlockKind.TABLE_ROW
            and len(text) <= _LONGEST
            and not _REFERENCE.search(text)
            and _HEAD.match(folded)
            and not _SENTENCE.search(folded)
            and ":" not in text
        ):
            return Found(_short(text), line.origin)
    for line in opening[:3]:
        if sender := _SENDER.match(fold_line(line.text)):
            return Found(sender["name"].upper(), line.origin)
    return None


def _short(letterhead: str) -> str:
    """One form for a service whose letterheads differ: no ministry above it nor series of papers below, usual acronyms
    for the long names, and nothing above a service known by its own."""
    parts = [part for part in _PARTS.split(letterhead) if _HEAD.match(fold_line(part))]
    below = [part for part in parts if not fold_line(part).startswith("ministere")] or parts
    named = [_ACRONYMS.get(fold_line(part).replace("’", "'"), part) for part in below]
    own = next((place for place, part in enumerate(named) if part in _KNOWN), 0)
    return " – ".join(named[own:])
