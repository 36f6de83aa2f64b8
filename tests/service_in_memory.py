"""A search service over a few documents held in memory, for the HTTP layer's tests.

It ranks by words in common and pages, filters, sorts and counts facets for real, so that what the routes and
pages show is computed from values, never written by hand.
"""

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.document import Block, BlockKind, Document, Page, PageKind, Span, document_id
from search_api.engine.acronyms import Acronyms, KnownAcronym
from search_api.engine.answer import (
    Answer,
    Contents,
    Coverage,
    Explanation,
    FacetCount,
    FoundPassage,
    Highlight,
    HighlightKind,
    Hit,
    SearchRequest,
    Sort,
    mark,
)
from search_api.engine.reading import read_query

if TYPE_CHECKING:
    from tests.documents_in_memory import MemoryDocuments

_WORD = re.compile(r"\w+")


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in plain if not unicodedata.combining(char))


def _terms(text: str) -> set[str]:
    return {word for word in _WORD.findall(_fold(text)) if len(word) > 2}


@dataclass
class Held:
    """A document, its pages and its compartment; ``former`` holds the versions before, oldest first.

    ``inside`` is the path of the message that holds it, ``withdrawn`` the drop that took it out, ``original`` its file.
    """

    document: Document
    pages: tuple[Page, ...]
    compartment: str
    former: list[tuple[str, tuple[Page, ...]]] = field(default_factory=list)
    inside: str = ""
    withdrawn: str = ""
    original: Path | None = None


def page_of(number: int, *blocks: tuple[BlockKind, str], kind: PageKind = PageKind.PAGE, label: str = "") -> Page:
    """A page made of blocks, with their true offsets."""
    text, made = "", []
    for block_kind, words in blocks:
        start = len(text)
        text += words
        level = 1 if block_kind is BlockKind.HEADING else 0
        made.append(Block(block_kind, start, len(text), level))
        text += "\n"
    size = (595.0, 842.0) if kind is PageKind.PAGE else None
    return Page(number=number, text=text, blocks=tuple(made), kind=kind, label=label, size=size)


def held(
    path: str,
    title: str,
    pages: Sequence[Page],
    *,
    compartment: str = "commun",
    version: str = "a" * 64,
    **fields: object,
) -> Held:
    """One document of the collection."""
    values: dict[str, object] = {
        "id": document_id(compartment, path),
        "external_id": path,
        "version": version,
        "title": title,
        "drop": "2026-47",
        "media_type": "application/pdf",
        "pages": len(pages),
        **fields,
    }
    return Held(Document(**values), tuple(pages), compartment)  # type: ignore[arg-type]


@dataclass
class MemoryService:
    """A :class:`search_api.engine.service.SearchService` over ``collection``."""

    collection: list[Held]
    generation: str = "7"
    names: tuple[str, ...] = ("commun",)
    clear: bool = True
    messages: tuple[str, ...] = ()
    failure: Exception | None = None
    delay_s: float = 0.0
    unreadable: int = 1
    suggestion: str = ""
    newest: dict[str, str] = field(default_factory=dict)
    asked: list[SearchRequest] = field(default_factory=list)
    glossary: dict[str, list[KnownAcronym]] = field(default_factory=dict)

    def search(self, request: SearchRequest) -> Answer:
        self.asked.append(request)
        if self.failure is not None:
            raise self.failure
        if self.delay_s:
            time.sleep(self.delay_s)
        opened = request.compartments or self.names[:1]
        wanted = _terms(request.query)
        found = []
        for one in self.collection:
            if one.withdrawn or one.compartment not in opened or not self._kept(one, request):
                continue
            page = max(one.pages, key=lambda page: len(wanted & _terms(page.text)))
            score = len(wanted & _terms(page.text + " " + one.document.title))
            if score or (not wanted and request.filters):
                found.append((score, one, page))
        found.sort(key=lambda item: (-item[0], item[1].document.id))
        if request.sort is not Sort.RELEVANCE:
            found.sort(key=lambda item: item[1].document.date, reverse=request.sort is Sort.NEWEST)
        places: dict[str, list[tuple[int, Held, Page]]] = {}
        for item in found:
            family = item[1].document.metadata.get("family", "") if request.fold else ""
            places.setdefault(family or item[1].document.id, []).append(item)
        hits = tuple(self._hit(rank, members, wanted, request) for rank, members in enumerate(places.values(), start=1))
        return Answer(
            request=request,
            hits=hits[request.offset : request.offset + request.k],
            total=len(hits),
            clear=self.clear,
            coverage=self.coverage(opened),
            messages=self.messages,
            facets=self._facets(found, wanted, opened, request),
            timings_ms={"lexical": 1.5, "fusion": 0.2},
            parts=read_query(request.query, request.literal).parts,
            suggestion=self.suggestion,
        )

    def _kept(self, one: Held, request: SearchRequest) -> bool:
        if request.among is not None and one.document.id not in request.among:
            return False
        for facet, values in request.filters.items():
            own = one.document.kind if facet == "kind" else one.document.metadata.get(facet, "")
            if own not in values:
                return False
        return True

    def _facets(
        self, found: list[tuple[int, Held, Page]], wanted: set[str], opened: Collection[str], request: SearchRequest
    ) -> dict[str, tuple[FacetCount, ...]]:
        def answering(facet: str) -> list[Held]:
            if facet not in request.filters:
                return [one for _, one, _ in found]
            others = {name: values for name, values in request.filters.items() if name != facet}
            return [
                one
                for one in self.collection
                if not one.withdrawn
                and one.compartment in opened
                and self._kept(one, replace(request, filters=others))
                and (not wanted or wanted & _terms(" ".join(page.text for page in one.pages) + one.document.title))
            ]

        kinds = Counter(one.document.kind for one in answering("kind") if one.document.kind)
        services = Counter(
            one.document.metadata["service"] for one in answering("service") if "service" in one.document.metadata
        )
        return {
            name: tuple(FacetCount(value, count) for value, count in sorted(counts.items()))
            for name, counts in (("kind", kinds), ("service", services))
            if counts
        }

    def _hit(self, rank: int, members: list[tuple[int, Held, Page]], wanted: set[str], request: SearchRequest) -> Hit:
        members = sorted(members, key=lambda item: item[1].document.date, reverse=True)
        _, one, page = members[0]
        score = max(item[0] for item in members)
        pages = sorted(
            (other for other in one.pages if other is not page and wanted & _terms(other.text)),
            key=lambda other: -len(wanted & _terms(other.text)),
        )
        passages = [self._passage(one, shown, wanted) for shown in (page, *pages)][: request.passages]
        return Hit(
            rank=rank,
            score=float(score),
            compartment=one.compartment,
            document=one.document,
            passage=passages[0],
            others=tuple(passages[1:]),
            explanation=Explanation({"lexical": score}, {"lexical": 1.0}, tuple(sorted(wanted)))
            if request.explain
            else None,
            versions=tuple(other.document for _, other, _ in members[1:]),
            clear=self.clear,
        )

    def _passage(self, one: Held, page: Page, wanted: set[str]) -> FoundPassage:
        headings = tuple(page.text[block.start : block.end] for block in page.blocks if block.kind is BlockKind.HEADING)
        start = min((block.start for block in page.blocks if block.kind is not BlockKind.HEADING), default=0)
        end = max((block.end for block in page.blocks), default=len(page.text))
        text = page.text[start:end]
        words = [match for match in _WORD.finditer(text) if _fold(match.group()) in wanted]
        marks = [Highlight(match.start(), match.end(), HighlightKind.WORD) for match in words]
        others = [
            Highlight(match.start(), match.end(), HighlightKind.MEANING)
            for match in _WORD.finditer(text)
            if len(match.group()) > 9 and _fold(match.group()) not in wanted
        ][:2]
        first = words[0].start() if words else 0
        best = (text.rfind(".", 0, first) + 1, (text.find(".", first) + 1) or len(text))
        return FoundPassage(
            id=f"{one.document.id}-{page.number}",
            text=text,
            heading_path=headings,
            spans=(Span(page.number, start, end),),
            page=page.number,
            page_label=page.label,
            best_sentence=best,
            highlights=tuple(sorted(marks + others, key=lambda mark: mark.start)),
            ocr_confidence=page.ocr_confidence,
        )

    def similar(
        self, document_id: str, compartments: tuple[str, ...], k: int = 10, passage_id: str = ""
    ) -> Sequence[Hit]:
        source = self._one(document_id, compartments)
        pages = [page for page in source.pages if passage_id in ("", f"{document_id}-{page.number}")] if source else []
        said = " ".join(page.text for page in pages)
        found = self.search(SearchRequest(query=said, k=100, compartments=compartments, fold=False)).hits
        family = source.document.metadata.get("family", "") if source else ""
        others = [
            hit
            for hit in found
            if hit.document.id != document_id and not (family and hit.document.metadata.get("family") == family)
        ]
        return tuple(replace(hit, rank=rank) for rank, hit in enumerate(others[:k], start=1))

    def acronyms(self, compartment: str, beginning: str = "", offset: int = 0, k: int = 50) -> Acronyms:
        known = [one for one in self.glossary.get(compartment, ()) if _fold(one.short).startswith(_fold(beginning))]
        return Acronyms(len(known), tuple(known[offset : offset + k]))

    def suggest(self, prefix: str, compartments: tuple[str, ...]) -> tuple[str, ...]:
        titles = [one.document.title for one in self.collection if one.compartment in compartments]
        return tuple(title for title in titles if _fold(prefix) in _fold(title))[:8]

    def document(self, document_id: str, compartments: tuple[str, ...]) -> Document | None:
        one = self._one(document_id, compartments)
        return one.document if one else None

    @property
    def documents(self) -> "MemoryDocuments":
        from tests.documents_in_memory import MemoryDocuments

        return MemoryDocuments(self.collection, self.generation)

    def _one(self, document_id: str, compartments: tuple[str, ...]) -> Held | None:
        for one in self.collection:
            if one.document.id == document_id and one.compartment in compartments and not one.withdrawn:
                return one
        return None

    def coverage(self, compartments: tuple[str, ...] | None) -> Coverage:
        compartments = compartments or self.names[:1]
        opened = [one for one in self.collection if one.compartment in compartments]
        return Coverage(
            generations=dict.fromkeys(compartments, self.generation),
            documents=len(opened),
            passages=sum(len(one.pages) for one in opened),
            unreadable=self.unreadable,
            awaiting_ocr=0,
            partial=0,
            last_drop="2026-47",
            newest=self.newest,
        )

    def catch_up(self) -> None:
        """What is here is always what is served."""

    def held(self, compartment: str) -> Contents:
        mine = [one.document for one in self.collection if one.compartment == compartment]
        return Contents(self.generation, {one.id: mark(one.version, one.drop) for one in mine})

    def compartments(self) -> tuple[str, ...]:
        return self.names

    def new_version(self, path: str, pages: Sequence[Page], version: str) -> None:
        """Replace the content of a document, which keeps its id."""
        for one in self.collection:
            if one.document.external_id == path:
                one.former.append((one.document.version, one.pages))
                one.document = replace(one.document, version=version, pages=len(pages))
                one.pages = tuple(pages)


H, P = BlockKind.HEADING, BlockKind.PARAGRAPH


def small_collection() -> list[Held]:
    """Five documents on the subjects of the DGE."""
    return [
        held(
            "2019/avenant.pdf",
            "Avenant n° 1 à la convention de délégation de gestion",
            [
                page_of(1, (H, "Préambule"), (P, "Le présent avenant modifie la convention du 7 juillet 2018.")),
                page_of(
                    2,
                    (H, "Article 2 – Signature"),
                    (
                        P,
                        "La délégation de gestion est accordée pour un an. Le délégant signe chaque avenant. "
                        "Le comptable assignataire en reçoit copie.",
                    ),
                ),
            ],
            kind="avenant",
            date="2019-07-18",
            metadata={"service": "SISSE"},
        ),
        held(
            "notes/investissements.docx",
            "Note sur le contrôle des investissements étrangers",
            [
                page_of(
                    1,
                    (H, "Objet"),
                    (
                        P,
                        "Le contrôle des investissements étrangers protège les secteurs stratégiques. "
                        "L’autorisation préalable du ministre est requise au-delà du seuil.",
                    ),
                    kind=PageKind.TEXT,
                )
            ],
            kind="note",
            date="2023-03",
            media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            metadata={"service": "SISSE", "author": "A. Martin"},
        ),
        held(
            "notes/chaines.pdf",
            "Dépendance aux fournisseurs uniques",
            [page_of(1, (H, "Constat"), (P, "La délégation a rencontré douze fournisseurs uniques."))],
            kind="note",
            date="2024",
            metadata={"service": "Service des entreprises"},
        ),
    ]


def many(number: int) -> list[Held]:
    """That many documents that all answer « gestion »."""
    return [
        held(f"lot/{at:03}.pdf", f"Fiche de gestion {at}", [page_of(1, (P, f"Gestion du dossier {at}."))])
        for at in range(number)
    ]
