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
_REFERENCE = re.compile(r"\w/\w+[/-]|\bpages?\b|\|", re.IGNORECASE)
_DATED = re.compile(r"\s[–-]\s(?:\d{1,2}|1er)\s\w+\s\d{4}$")
_UPDATED = re.compile(r"^mis a jour le \S+ \S+ \d{4} – ")


def service(pages: Sequence[Page]) -> Found | None:
    """The letterhead's line that names a service, on the first page; None when none does."""
    for line in (*opening_lines(pages, pages_read=1, most=4), *running_lines(pages[:1])):
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
            return Found(text, line.origin)
    return None
