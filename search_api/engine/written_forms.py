"""Words as the collection writes them: the index knows them folded, and people read them with their accents."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from corpus.french.analyzer import words
from indexer.lexical_query import ExactItem
from search_api.engine.readers import Snapshot

_PASSAGES = 8
"""How many are looked at for each word and compartment: accents seldom differ from one to the next."""


def as_written(folded: Sequence[str], snapshot: Snapshot) -> dict[str, str]:
    """Each folded word in the form that the opened compartments write most; itself where none is seen.

    In lower case as soon as it is written so somewhere. Capitals alone (``SOCIETES``) tell nothing of accents: another
    form is preferred to them.
    """
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in dict.fromkeys(folded):
        for text in _texts(one, snapshot):
            seen[one].update(text[word.start : word.end] for word in words(text) if word.term == one)
    return {one: _most_written(seen[one]) or one for one in folded}


def _texts(folded: str, snapshot: Snapshot) -> Iterator[str]:
    for generation in snapshot.values():
        rows = generation.lexical.search(ExactItem(words=(folded,)), _PASSAGES)[0]
        for passage in generation.passages.passages(rows.tolist()):
            yield "\n".join((*passage.heading_path, passage.text))
        # The words of titles are indexed with each passage.
        for number in dict.fromkeys(generation.passages.document_of[rows].tolist()):
            yield generation.passages.document(number).title


def _most_written(forms: Counter[str]) -> str:
    telling = {form: count for form, count in forms.items() if not form.isupper()} or dict(forms)
    grouped: Counter[str] = Counter()
    for form, count in telling.items():
        grouped[form.lower()] += count
    if not grouped:
        return ""
    best = min(grouped, key=lambda form: (-grouped[form], form))
    written = [form for form in telling if form.lower() == best]
    return best if best in written else min(written, key=lambda form: (-telling[form], form))
