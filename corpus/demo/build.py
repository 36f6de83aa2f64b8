"""Builds the demo collection from its sources: ``python -m corpus.demo.build OUT [--drop DROP]``.

``OUT/<drop>/<compartment>/<folder>/<file>``, and the state after the delta in ``OUT/2-complet``. The same
sources and the same LibreOffice give the same bytes.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from corpus.demo.drops import COMPLETE, INITIAL, complete_state, place
from corpus.demo.flat import flat_text
from corpus.demo.mail import attached, message_file
from corpus.demo.office import convert
from corpus.demo.plain import html_page, markdown_file, text_file
from corpus.demo.scan import scan_file
from corpus.demo.slides import flat_slides
from corpus.demo.source import GENERAL, SOURCES, Source, read_source, read_sources
from corpus.demo.spreadsheet import csv_file, flat_spreadsheet

FILES = Path(__file__).parent / "files"
"""The general compartment of the first drop, built and kept: it is indexed where LibreOffice is missing."""
SCANNED = Path(__file__).parent / "scans"
"""The general compartment of the late scans, built and kept for the same reason."""
_PLAIN: dict[str, Callable[[Source], str]] = {
    "html": html_page,
    "md": markdown_file,
    "txt": text_file,
    "csv": csv_file,
}
_FLAT: dict[str, Callable[[Source], str]] = {
    **dict.fromkeys(("docx", "odt", "pdf", "doc", "rtf"), flat_text),
    **dict.fromkeys(("xlsx", "ods"), flat_spreadsheet),
    **dict.fromkeys(("pptx", "odp"), flat_slides),
}
_SUFFIX = {"xlsx": "fods", "ods": "fods", "pptx": "fodp", "odp": "fodp"}


def build_bytes(sources: Iterable[Source]) -> dict[Source, bytes]:
    """The built file of each source.

    Raises:
        ValueError: a format that is not built here, or Markdown that cannot be written in it.
        FileNotFoundError: LibreOffice is needed and is not installed.
    """
    built: dict[Source, bytes] = {}
    office: dict[str, dict[Source, str]] = {}
    messages: list[Source] = []
    for source in sources:
        program = "pdf" if "scan" in source.fields else source.format
        if program in _PLAIN:
            encoding = source.fields.get("encoding", "utf-8")
            built[source] = _PLAIN[program](source).encode(encoding, "xmlcharrefreplace")
        elif program in _FLAT:
            office.setdefault(program, {})[source] = _FLAT[program](source)
        elif program == "eml":
            messages.append(source)
        else:
            raise ValueError(f"{source.path}: unknown format {program}")
    for extension, flats in office.items():
        for source, data in convert(flats, extension, _SUFFIX.get(extension, "fodt")).items():
            built[source] = scan_file(source, data) if "scan" in source.fields else data
    for source in messages:
        built[source] = message_file(source, _attachments(source, built))
    return built


def _attachments(message: Source, built: Mapping[Source, bytes]) -> dict[str, bytes]:
    """Files of other documents that a message carries, built now if they were not asked for."""
    files = {}
    known = {source.path: data for source, data in built.items()}
    for name in attached(message):
        source = read_source(SOURCES / message.drop / name)
        data = known.get(source.path) or build_bytes([source])[source]
        files[source.target.name] = data
    return files


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m corpus.demo.build", description=__doc__)
    parser.add_argument("out", type=Path, help="target folder")
    parser.add_argument("--drop", help="one drop only")
    parser.add_argument(
        "--files",
        action="store_true",
        help="only what is kept in git of a drop (the first by default), without the drop's and compartment's folders",
    )
    options = parser.parse_args(arguments)
    if options.files:
        kept = [source for source in read_sources(options.drop or INITIAL) if source.compartment == GENERAL]
        targets = {source: [source.target] for source in kept}
    else:
        targets = {source: [place(source)] for source in read_sources(options.drop)}
        if options.drop is None:
            for source in complete_state(targets):
                targets[source].append(Path(COMPLETE, source.compartment) / source.target)
    for source, data in build_bytes(targets).items():
        for target in targets[source]:
            path = options.out / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    print(f"{len(targets)} documents in {options.out}")


if __name__ == "__main__":
    main()
