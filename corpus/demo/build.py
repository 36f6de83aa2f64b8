"""Builds the demo collection from its sources: ``python -m corpus.demo.build OUT [--drop DROP]``.

``OUT/<drop>/<compartment>/<folder>/<file>``; the same sources and the same LibreOffice give the same bytes.
"""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

from corpus.demo.flat import flat_text
from corpus.demo.office import FILTERS, convert
from corpus.demo.plain import html_page, markdown_file, text_file
from corpus.demo.source import Source, read_sources

FILES = Path(__file__).parent / "files"
"""The default compartment of the first drop, built and kept: it is indexed where LibreOffice is missing."""
FIRST_DROP = "1-initial"
_PLAIN: dict[str, Callable[[Source], str]] = {"html": html_page, "md": markdown_file, "txt": text_file}


def build_bytes(sources: Iterable[Source]) -> dict[Source, bytes]:
    """The built file of each source.

    Raises:
        ValueError: a format that is not built here, or Markdown that cannot be written in it.
        FileNotFoundError: LibreOffice is needed and is not installed.
    """
    built: dict[Source, bytes] = {}
    office: dict[str, dict[Source, str]] = {}
    for source in sources:
        if source.format in _PLAIN:
            encoding = source.fields.get("encoding", "utf-8")
            built[source] = _PLAIN[source.format](source).encode(encoding, "xmlcharrefreplace")
        elif source.format in FILTERS:
            office.setdefault(source.format, {})[source] = flat_text(source)
        else:
            raise ValueError(f"{source.path}: unknown format {source.format}")
    for extension, flats in office.items():
        built.update(convert(flats, extension))
    return built


def place(source: Source) -> Path:
    """Where a built file goes below the target folder."""
    return Path(source.drop, source.compartment) / source.target


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m corpus.demo.build", description=__doc__)
    parser.add_argument("out", type=Path, help="target folder")
    parser.add_argument("--drop", help="one drop only")
    parser.add_argument(
        "--files",
        action="store_true",
        help="only what is kept in git, without the drop's and compartment's folders",
    )
    options = parser.parse_args(arguments)
    sources = read_sources(FIRST_DROP if options.files else options.drop)
    if options.files:
        sources = [source for source in sources if source.compartment == "default"]
    for source, data in build_bytes(sources).items():
        path = options.out / (source.target if options.files else place(source))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(sources)} documents in {options.out}")


if __name__ == "__main__":
    main()
