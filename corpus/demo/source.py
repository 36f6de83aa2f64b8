"""A source of the demo collection: a text file with front matter, one document each."""

import re
from dataclasses import dataclass, field
from pathlib import Path

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
REQUIRED = ("title", "date", "type", "service", "format")
GENERAL = "general"
"""The compartment of what says nothing else."""
SOURCES = Path(__file__).parent / "sources"
"""``sources/<drop>/<folder…>/<slug>.md``."""


class SourceError(ValueError):
    """A source file is not written as the README says."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One document to be built.

    Attributes:
        path: of the text file.
        drop: the first folder under the sources ("1-initial").
        fields: the front matter, in order, each a string.
        body: Markdown, as written.
    """

    path: Path
    drop: str
    body: str
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The document's title."""
        return self.fields["title"]

    @property
    def date(self) -> str:
        """ISO 8601 day of the document."""
        return self.fields["date"]

    @property
    def format(self) -> str:
        """The extension of the file to build: pdf, docx, odt, html, txt, md…"""
        return self.fields["format"]

    @property
    def compartment(self) -> str:
        """Who may read it."""
        return self.fields.get("compartment", GENERAL)

    @property
    def target(self) -> Path:
        """Where the built file goes, below its drop and compartment."""
        folder = self.path.parent.relative_to(SOURCES / self.drop)
        return folder / self.fields.get("file", f"{self.path.stem}.{self.format}")


def read_source(path: Path) -> Source:
    """Reads one source.

    Raises:
        SourceError: no front matter, a line of it that is not ``key: value``, or a field missing.
    """
    text = path.read_text(encoding="utf-8")
    match = FRONT_MATTER.match(text)
    if match is None:
        raise SourceError(f"{path}: no front matter")
    fields: dict[str, str] = {}
    for line in match.group(1).splitlines():
        key, colon, value = line.partition(": ")
        if not colon or not value.strip() or key in fields:
            raise SourceError(f"{path}: cannot read {line!r}")
        fields[key] = value.strip()
    missing = [name for name in REQUIRED if name not in fields]
    if missing:
        raise SourceError(f"{path}: missing {', '.join(missing)}")
    return Source(path, path.relative_to(SOURCES).parts[0], text[match.end() :].strip() + "\n", fields)


def read_sources(drop: str | None = None) -> list[Source]:
    """Every source, or one drop's, in the order of their paths."""
    return [read_source(path) for path in sorted((SOURCES / drop if drop else SOURCES).rglob("*.md"))]
