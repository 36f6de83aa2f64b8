"""What kind of paper a document is: note, convention, avenant, arrêté, rapport…"""

import re
from collections.abc import Sequence

from corpus.document import BlockKind, Page
from corpus.metadata.found import Found, fold_line, opening_lines

# Each kind and the words by which papers announce it (folded), the most telling first.
_WORDS = {
    "avenant": r"avenant",
    "convention": r"convention",
    "arrete": r"arretes?",
    "decret": r"decret",
    "circulaire": r"circulaire",
    "instruction": r"instruction",
    "decision": r"decision",
    "compte_rendu": r"comptes?[ _-]rendus?|c\.?r\.?|proces[ _-]verbal|releve (?:de|des) (?:decisions|conclusions)|"
    r"notes? de seance|retour d'experience|retex",
    "rapport": r"rapport",
    "note": r"notes?",
    "fiche": r"fiches?",
    "courrier": r"lettre|courriers?",
    "avis": r"avis",
    "guide": r"guide|mode operatoire|charte",
    "marche": r"marche|acte d'engagement|cahier des (?:clauses|charges)|c\.?c\.?t\.?p\.?|c\.?c\.?a\.?p\.?",
    "revue_de_presse": r"revues? de presse|panorama de presse",
    "questionnaire": r"questionnaire",
    "glossaire": r"(?:petit )?glossaire",
    "invitation": r"invitation",
    "tableau": r"tableau|tableur|registre|annuaire",
    "presentation": r"presentation|diaporama",
    "courriel": r"courriels?|e-?mail|fil de messages?",
}
_STARTS = {kind: re.compile(rf"(?:projet d[e'] ?)?(?:{words})\b") for kind, words in _WORDS.items()}
# In a title the kind may come after a colon or a dash: "Projet FERRO-BAS : compte rendu du comité".
_LATER = {
    kind: re.compile(rf"[:–-] (?:projet d[e'] ?)?(?:{_WORDS[kind]})\b")
    for kind in ("avenant", "compte_rendu", "rapport", "note", "fiche", "guide", "arrete", "marche")
}
_ANYWHERE = re.compile(r"\bcompte[ -]rendu de (?:la )?(?:reunion|l'atelier|seance)\b")
_BY_MEDIA_TYPE = {
    "message/rfc822": "courriel",
    "application/vnd.ms-outlook": "courriel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "presentation",
    "application/vnd.oasis.opendocument.presentation": "presentation",
    "application/vnd.ms-powerpoint": "presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "tableau",
    "application/vnd.oasis.opendocument.spreadsheet": "tableau",
    "application/vnd.ms-excel": "tableau",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": "tableau",
    "text/csv": "tableau",
}
# What is called after a meeting and its day tells what was said there.
_MEETING = re.compile(
    r"(?:reunion|seance|comite|commission|conseil|codir|atelier|echange)\b.{0,80}? "
    r"du (?:\w+di )?\d{1,2}(?:er)? \w+ \d{4}\b"
)
_HEADERS = re.compile(r"(?:de|from) : .+ (?:a|to) : ")
_SALUTATION = re.compile(r"(?:madame|monsieur|mesdames|messieurs|chere?s? )\b.{0,80},$")
# What a report has before its first part.
_FOREWORDS = frozenset({"resume", "avant-propos", "synthese", "lettre de mission", "liste des recommandations"})
_VU = re.compile(r"vu (?:le|la|l'|les) ?\w+")
_BETWEEN = re.compile(r"entre(?: les soussignes)?\b ?:?")
_SEPARATORS = re.compile(r"[_\s.-]+")


def canonical_kind(written: str) -> str:
    """The house's name for a kind as people write it ("Compte-rendu", "Arrêtés").

    Unknown ones are folded, their words joined by ``_``.
    """
    folded = fold_line(" ".join(written.split()))
    spaced = _SEPARATORS.sub(" ", folded).strip()
    return next((kind for kind, start in _STARTS.items() if start.match(spaced)), re.sub(r"\W+", "_", spaced))


def document_kind(title: Found, pages: Sequence[Page], media_type: str, path: str) -> Found | None:
    """The kind of a document: by its format for messages, slides and sheets, else by its title, its first
    lines, the shape of its opening, the name of its file, the folder it came in."""
    if kind := _BY_MEDIA_TYPE.get(media_type):
        return Found(kind, "format du fichier")
    lines = opening_lines(pages, pages_read=1, most=12)
    titled = [(title.value, title.origin), *((line.text, line.origin) for line in lines[:4])]
    for text, origin in titled:
        if kind := _announced(fold_line(text), long=len(text) > 200):
            return Found(kind, origin)
    if _MEETING.match(fold_line(title.value)):
        return Found("compte_rendu", title.origin)
    opening = " ".join(fold_line(line.text) for line in lines[:4])[:600]
    if _HEADERS.match(opening):
        return Found("courriel", "page 1")
    folder, _, name = path.rpartition("/")
    if kind := _named(name.rpartition(".")[0]):
        return Found(kind, "nom du fichier")
    if any(_VU.match(fold_line(line.text)) for line in lines) and any(
        fold_line(line.text).startswith("article ") for line in lines
    ):
        return Found("arrete", "page 1")
    folded = [fold_line(line.text) for line in opening_lines(pages, pages_read=1, most=25)]
    if any(line.startswith("objet : ") for line in folded[:12]):
        return Found("courrier" if any(map(_SALUTATION.match, folded)) else "note", "page 1")
    headings = {fold_line(line.text).strip(" .") for line in opening_lines(pages) if line.kind is BlockKind.HEADING}
    if len(pages) > 1 and headings & _FOREWORDS:
        return Found("rapport", "page 1")
    if any(_BETWEEN.fullmatch(fold_line(line.text)[:22].strip()) for line in lines[:6]):
        return Found("convention", "page 1")
    if (kind := _named(folder.rpartition("/")[2])) and any(line.kind is not BlockKind.TABLE_ROW for line in lines):
        return Found(kind, "dossier")
    return None


def _announced(folded: str, *, long: bool) -> str:
    """The kind that a title or first line announces, "" when none; a paragraph must begin with it."""
    started = next((kind for kind, start in _STARTS.items() if start.match(folded)), "")
    if long:
        return started if started in {"avenant", "arrete", "convention"} else ""
    # "Marché 2024-031 : avenant n° 2" is an avenant.
    if started and started not in {"marche", "convention"}:
        return started
    for kind, later in _LATER.items():
        if later.search(folded):
            return kind
    if started:
        return started
    return "compte_rendu" if _ANYWHERE.search(folded) else ""


def _named(name: str) -> str:
    """The kind that a file's or folder's name holds as one of its first words."""
    words = _SEPARATORS.sub(" ", fold_line(name)).strip()
    words = re.sub(r"^(?:\d+ |copie d[e'] ?)+", "", words)
    for kind, start in _STARTS.items():
        if start.match(words):
            return kind
    return ""
