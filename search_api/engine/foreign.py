"""Questions that are not in French: the words that only hold their sentences together are not looked for.

The encoder reads a hundred languages, and finds French passages for all of them. Words do not: of a question in
English, "the" and "of" stand in a few French documents only, so BM25 takes them for the rarest and surest of its words.
Left out, and the words' share being lowered for those that nobody wrote
(:func:`search_api.engine.token_weights.known_share`), 60 SISSE dev topics put into English gain 5.8 points of nDCG@10
(95% interval 2.5 to 8.6): 75% of what they have in French instead of 65%. In French, the same 121 topics gain 0.5
(0.1 to 0.9), 350 questions on labour law lose 0.1 (-0.3 to 0.1), 220 on what the administration does gain 0.2 (0.0 to
0.5).
"""

from functools import cache

from corpus.french.analyzer import words
from corpus.french.folding import fold
from corpus.french.stopwords import STOPWORDS
from corpus.french.wordlist import french_words
from search_api.engine.part import PartKind
from search_api.engine.reading import Reading

_ENGLISH = """
    a about all also an and any are as at be been before being between but by can could did do does during
    each for from had has have he her his how i if in into is it its may might more most much must my no not
    of on one only or other our over shall she should so some such than that the their them then there these
    they this those through to under very was we were what when where whether which while who whom whose why
    will with within without would you your
"""
_GERMAN = """
    aber alle allem allen aller alles als am an auch auf aus bei beim bevor bis da damit darf das dass dem den denen
    der deren des dessen die dies diese diesem diesen dieser dieses doch dort durch durfte dürfen ein eine einem einen
    einer eines er es etwas für gegen gibt habe haben hat hatte hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im
    in ins ist jede jedem jeden jeder jedes kann kein keine keinen keiner können man mehr mit muss müssen nach nicht
    nichts noch nur ob oder ohne sein seine seinem seinen seiner seit sich sie sind so soll sollen sowie über um und
    uns unser unter vom von vor wann war waren warum was wegen welche welchem welchen welcher welches wenn wer werden
    wie wir wird wo worden wurde wurden während zu zum zur zwischen
"""


@cache
def _function_words() -> frozenset[str]:
    """Folded; those that are French words too tell nothing."""
    return _all_function_words() - {fold(word) for word in french_words()} - STOPWORDS


@cache
def _all_function_words() -> frozenset[str]:
    return _of(_ENGLISH) | _of(_GERMAN)


@cache
def _of(language: str) -> frozenset[str]:
    return frozenset(word.term for word in words(language))


def function_words(text: str) -> frozenset[str]:
    """The folded function words of a question in English or in German; none of one in French, or in which no such word
    tells the language.

    One word of these languages is enough where no French one stands; "a", "on" or "des" tell nothing.
    """
    said = [word.term for word in words(text)]
    telling = sum(word in _function_words() for word in said)
    return frozenset(said) & _all_function_words() if telling and not says_french(text) else frozenset()


def says_french(text: str) -> bool:
    """Whether a question has a word that only holds French sentences together."""
    said = (word.term for word in words(text))
    return any(word in STOPWORDS and len(word) > 1 and word not in _all_function_words() for word in said)


def says_german(text: str) -> bool:
    """Whether a question has more words that only hold German sentences together than English ones."""
    said = [word.term for word in words(text)]
    return sum(word in _of(_GERMAN) for word in said) > sum(word in _of(_ENGLISH) for word in said)


def may_be_foreign(reading: Reading, known: float) -> bool:
    """Whether a question is worth asking its language: its words tell it, some are looked for in French, or they say
    nothing French and are not all known.

    Args:
        known: how much of what its words tell the collection knows, 0 to 1.
    """
    return bool(reading.foreign) or is_translated(reading) or (known < 1 and not says_french(reading.text))


def is_translated(reading: Reading) -> bool:
    """Whether some words of a question are looked for in French."""
    return any(part.kind is PartKind.TRANSLATION for part in reading.parts)
