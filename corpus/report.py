"""A drop report as people read it: what came in, what needs a hand and what to do about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.states import LABELS, LABELS_OF_ONE, READABLE, DropReport, FileRecord, FileState

_QUIET = (READABLE - {FileState.PARTIAL}) | {FileState.DUPLICATE, FileState.UNPACKED}
# Control characters (a terminal would obey them) and marks that reorder what is displayed.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")

AFTER = {
    FileState.PARTIAL: "Les pages lues peuvent être cherchées. Une fois la cause levée : « reuni index --retry ».",
    FileState.UNPACKED: "Le reste de l’archive est indexé. Pour ce qui manque, redéposez les fichiers, puis indexez.",
    FileState.AWAITING_OCR: "Une fois Tesseract et le français installés : « reuni index --retry ».",
    FileState.PASSWORD_NEEDED: "Ajoutez le mot de passe à REUNI_PASSWORDS, puis « reuni index --retry ».",
    FileState.NEEDS_LIBREOFFICE: "Une fois LibreOffice installé : « reuni index --retry ».",
    FileState.UNSUPPORTED: "Redéposez le fichier dans un format lu (PDF, DOCX, ODT, texte), puis indexez-le.",
    FileState.QUARANTINED: "Redéposez une copie saine et indexez-la, ou réessayez avec « reuni index --retry ».",
}
"""How files of each state that needs a hand are tried again."""


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one state that need a hand.

    Attributes:
        after: how they are tried again, a French sentence.
    """

    state: FileState
    label: str
    after: str
    records: tuple[FileRecord, ...]


def needs_a_hand(record: FileRecord) -> bool:
    """Whether a person has something to do about a file."""
    return record.state not in _QUIET or bool(record.remedy)


def groups(report: DropReport) -> list[Group]:
    """What needs a hand, by state, in the order of the states."""
    return [
        Group(state, _label(state, len(records)), AFTER[state], records)
        for state in FileState
        if state in AFTER and (records := tuple(r for r in report.records if r.state is state and needs_a_hand(r)))
    ]


def counts(report: DropReport) -> list[tuple[str, int]]:
    """Label and count of each state that has files."""
    return [(_label(state, count), count) for state, count in report.counts.items() if count]


def sentence(report: DropReport) -> str:
    """The whole in one French sentence."""
    searchable = sum(report.counts[state] for state in READABLE | {FileState.DUPLICATE})
    attention = sum(needs_a_hand(record) for record in report.records)
    files = _plural(report.files, "fichier reçu", "fichiers reçus")
    found = _plural(searchable, "peut être cherché", "peuvent être cherchés")
    asks = _plural(attention, "demande une intervention", "demandent une intervention")
    return f"{files} ; {found}, {asks}." if attention else f"{files} ; {found}, rien à reprendre."


def text_lines(report: DropReport, *, every_file: bool) -> Sequence[str]:
    """The report for a terminal; ``every_file`` lists what went well too."""
    lines = [
        f"Lot « {visible(report.name)} » ({report.mode}, compartiment {report.compartment}), reçu le "
        f"{report.started_at[:16].replace('T', ' à ')}" + ("" if report.finished_at else ", interrompu"),
        sentence(report),
        *(f"  {count:>6}  {label}" for label, count in counts(report)),
    ]
    if report.withdrawn:
        lines.append(f"  {report.withdrawn:>6}  documents retirés du fonds")
    lines += [f"Attention : {visible(warning)}." for warning in report.warnings]
    for group in groups(report):
        lines += ["", f"{capital_first(group.label)} ({len(group.records)}). {group.after}"]
        for record in group.records:
            lines.append(f"  ! {visible(record.path)} : {visible(record.reason)}.")
            lines.append(f"      → {visible(record.remedy)}.")
    if every_file:
        lines.append("")
        for record in report.records:
            if not needs_a_hand(record):
                reason = f" ({visible(record.reason)})" if record.reason else ""
                lines.append(f"    {visible(record.path)} : {LABELS_OF_ONE[record.state]}{reason}")
    return lines


def visible(text: str) -> str:
    """Text fit for a terminal or a page: what cannot be seen is written out (``\\u202e``)."""
    return _UNSEEN.sub(
        lambda found: f"\\u{ord(found[0]):04x}" if ord(found[0]) > 0xFF else f"\\x{ord(found[0]):02x}", text
    )


def capital_first(text: str) -> str:
    """A label at the start of a line; names inside keep their capitals ("LibreOffice nécessaire")."""
    return text[:1].upper() + text[1:]


def _label(state: FileState, count: int) -> str:
    return (LABELS_OF_ONE if count == 1 else LABELS)[state]


def _plural(count: int, one: str, many: str) -> str:
    return f"{count} {one if count < 2 else many}"
