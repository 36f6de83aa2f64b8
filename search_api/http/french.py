"""French as the pages say it: typography, dates, numbers, names of things."""

import re
from datetime import datetime

NBSP = "\u00a0"
NARROW_NBSP = "\u202f"

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?")
_KINDS = {
    "arrete": "Arrêté",
    "avenant": "Avenant",
    "avis": "Avis",
    "circulaire": "Circulaire",
    "compte_rendu": "Compte rendu",
    "convention": "Convention",
    "courriel": "Courriel",
    "courrier": "Courrier",
    "decision": "Décision",
    "decret": "Décret",
    "email": "Courriel",
    "fiche": "Fiche",
    "glossaire": "Glossaire",
    "guide": "Guide",
    "instruction": "Instruction",
    "invitation": "Invitation",
    "lettre": "Lettre",
    "marche": "Marché",
    "note": "Note",
    "presentation": "Présentation",
    "proces_verbal": "Procès-verbal",
    "questionnaire": "Questionnaire",
    "rapport": "Rapport",
    "releve_de_decisions": "Relevé de décisions",
    "revue_de_presse": "Revue de presse",
    "synthese": "Synthèse",
    "tableau": "Tableau",
    "telecopie": "Télécopie",
}
INNER_METADATA = frozenset({"family", "lead", "parent"})
"""Fields the house keeps for itself: they are not shown with what a document says of itself."""

_FACETS = {
    "author": "Auteur",
    "compartment": "Compartiment",
    "date": "Date",
    "drop": "Versement",
    "folder": "Dossier",
    "format": "Format",
    "keywords": "Mots-clés",
    "kind": "Type de document",
    "language": "Langue",
    "media_type": "Format",
    "ocr": "Reconnaissance de caractères",
    "reference": "Référence",
    "service": "Service",
    "year": "Année",
}
_METADATA = {**_FACETS, "title": "Titre", "subject": "Objet", "recipient": "Destinataire", "signatory": "Signataire"}
_FORMATS = {
    "application/epub+zip": "Livre EPUB",
    "application/msword": "Texte DOC",
    "application/pdf": "PDF",
    "application/rtf": "Texte RTF",
    "application/vnd.ms-excel": "Tableur XLS",
    "application/vnd.ms-outlook": "Courriel Outlook",
    "application/vnd.ms-powerpoint": "Présentation PPT",
    "application/xhtml+xml": "Page HTML",
    "image/jpeg": "Image JPEG",
    "image/png": "Image PNG",
    "image/tiff": "Image TIFF",
    "application/vnd.oasis.opendocument.presentation": "Présentation ODP",
    "application/vnd.oasis.opendocument.spreadsheet": "Tableur ODS",
    "application/vnd.oasis.opendocument.text": "Texte ODT",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "Présentation PPTX",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Tableur XLSX",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Texte DOCX",
    "message/rfc822": "Courriel",
    "text/csv": "Tableau CSV",
    "text/html": "Page HTML",
    "text/markdown": "Markdown",
    "text/plain": "Texte",
    "text/rtf": "Texte RTF",
}
_LANGUAGES = {
    "de": "Allemand",
    "en": "Anglais",
    "es": "Espagnol",
    "fr": "Français",
    "it": "Italien",
    "nl": "Néerlandais",
    "pt": "Portugais",
}
_UNPAGED = ("text/", "application/epub", "message/", "application/msword", "application/rtf", "application/xhtml")


def typography(text: str) -> str:
    """Our own sentences with typographic apostrophes and no-break spaces; never used on documents' text."""
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    text = re.sub(r" (?=[:;?!»%])", NBSP, text)
    return text.replace("« ", "«" + NBSP)


def number(value: int) -> str:
    """Thousands apart by a narrow no-break space."""
    return f"{value:,}".replace(",", NARROW_NBSP)


def capitalize_first(text: str) -> str:
    """The text with its first letter as a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def count(value: int, one: str, many: str) -> str:
    """« 0 document », « 1 document », « 2 documents »: French counts from two."""
    return f"{number(value)}{NBSP}{one if value < 2 else many}"


def date_text(iso: str) -> str:
    """An ISO date, month or year in words; as it is when it is something else."""
    match = _DATE.fullmatch(iso.strip())
    if not match:
        return iso
    year, month, day = match.groups()
    if month is None:
        return year
    if not 1 <= int(month) <= 12:
        return iso
    name = _MONTHS[int(month) - 1]
    if day is None:
        return f"{name}{NBSP}{year}"
    first = "1er" if int(day) == 1 else str(int(day))
    return f"{first}{NBSP}{name}{NBSP}{year}"


def moment_text(iso: str) -> str:
    """An ISO date and time, of any zone, as a day and an hour of this server's; as it is when it is something else."""
    try:
        here = datetime.fromisoformat(iso).astimezone()
    except ValueError:
        return iso
    return f"{date_text(here.date().isoformat())} à {here:%H:%M}"


def size_text(size: int) -> str:
    """A size in bytes as « 3,2 Mo »: decimal units, a comma."""
    value, unit = float(size), "o"
    for larger in ("ko", "Mo", "Go", "To"):
        if value < 1_000:
            break
        value, unit = value / 1_000, larger
    shown = f"{value:.0f}" if unit == "o" or value >= 100 else f"{value:.1f}".replace(".", ",")
    return f"{shown}{NBSP}{unit}"


def kind_name(kind: str) -> str:
    """A document kind for people; an unknown one as the document says it."""
    return _KINDS.get(kind.lower(), kind.replace("_", " ").capitalize())


def facet_name(facet: str) -> str:
    """A facet's or metadata field's name for people."""
    return _METADATA.get(facet, facet.replace("_", " ").capitalize())


def format_name(media_type: str) -> str:
    """A media type for people."""
    return _FORMATS.get(media_type, media_type)


def value_name(facet: str, value: str) -> str:
    """A facet's value for people."""
    match facet:
        case "kind":
            return kind_name(value)
        case "media_type" | "format":
            return format_name(value)
        case "date" | "year":
            return date_text(value)
        case "language":
            name = _LANGUAGES.get(value.partition("-")[0].lower(), value)
            return name if name == value or "-" not in value else f"{name} ({value})"
        case "ocr":
            return capitalize_first(value)
        case _:
            return value


def paged(media_type: str, pages: int) -> bool:
    """Whether the format has pages a reader could turn to; a text document has one long page in the index."""
    flowing = media_type.startswith(_UNPAGED) or media_type.endswith((".text", "wordprocessingml.document", "outlook"))
    return pages > 1 or not flowing


def page_name(media_type: str, page: int, label: str) -> str:
    """« page 3 (numérotée iv) », « diapositive 2 », « feuille « Budget » »: what the format calls it."""
    if "presentation" in media_type or "powerpoint" in media_type:
        return f"diapositive{NBSP}{page}"
    if "spreadsheet" in media_type or "excel" in media_type or media_type == "text/csv":
        return f"feuille «{NBSP}{label}{NBSP}»" if label else f"feuille{NBSP}{page}"
    name = f"page{NBSP}{page}"
    return f"{name} (numérotée «{NBSP}{label}{NBSP}»)" if label and label != str(page) else name
