"""Files that :mod:`tests.poison.worker` reads by doing what they say."""

from collections.abc import Iterator

from tests.poison.files import QUARANTINED, Hostile

DEATHS = {
    "hang": "aucune réponse depuis 6 secondes",
    "exit": "code 3",
    "sys-exit": "code 0",
    "abort": "signal 6",
    "segfault": "signal 11",
    "swell": "trop de mémoire",
    "swell-outside": "trop de mémoire",
    "swell-children": "trop de mémoire",
    "swear": "réponse incohérente",
    "short-frame": "réponse incohérente",
    "forged": "réponse incohérente",
    "early": "réponse incohérente",
    "enormous": "réponse incohérente",
    "raise": "ValueError",
    "recurse": "RecursionError",
    "fill-disk": "File too large",
    "close": "fermé la communication",
}
"""What a reader is told to do of its file, and the reason that is then given, six seconds of silence being allowed."""

CLAIMS = (
    "block-outside",
    "blocks-crossed",
    "no-pages",
    "page-two",
    "type",
    "attached-outside",
    "attached-above",
    "attached-link",
    "attached-absent",
    "not-a-number",
)
"""What a reader is told to pretend."""


def misbehaving() -> Iterator[Hostile]:
    """One for each deed and each claim."""
    for deed in DEATHS:
        yield Hostile(f"{deed}.txt", f"deed:{deed}\n".encode(), QUARANTINED)
    for claim in CLAIMS:
        yield Hostile(f"{claim}.txt", f"claim:{claim}\n".encode(), QUARANTINED)
