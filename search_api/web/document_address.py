"""Every state of the document page is a URL: reading one, and writing the next."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from search_api.http.wire import document_page_url
from search_api.web.reading import Place

_CARRIED = frozenset({"q", "passage", "version", "texte", "marques"})
_TEXT = "texte"


def read_number(text: str) -> int | None:
    """A number from 1 as a URL writes it; None for anything else."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    return number or None


@dataclass(frozen=True, slots=True)
class DocumentAddress:
    """What the document page shows, as its URL says it; what cannot be understood is left out.

    Attributes:
        query: the question that led here, or "".
        place: the passage to show.
        carried: the parameters that follow from page to page.
        words: looked for in the document, as typed.
        page: asked for, or None.
        occurrence: of the words, 1 for the first, or None.
        text_only: the text alone is wanted, even of pages that have an image.
    """

    document_id: str
    query: str
    place: Place
    carried: tuple[tuple[str, str], ...]
    words: str
    page: int | None
    occurrence: int | None
    text_only: bool

    @classmethod
    def read(cls, document_id: str, params: QueryParams) -> "DocumentAddress":
        """The address in ``params``."""
        return cls(
            document_id=document_id,
            query=params.get("q", ""),
            place=Place.read(params),
            carried=tuple((name, value) for name, value in params.multi_items() if name in _CARRIED),
            words=params.get("dans", ""),
            page=read_number(params.get("page", "")),
            occurrence=read_number(params.get("occurrence", "")),
            text_only=params.get("vue") == _TEXT,
        )

    @property
    def path(self) -> str:
        """The document's own address."""
        return document_page_url(self.document_id)

    @property
    def back(self) -> str:
        """The results that led here, or the search page."""
        return f"/?{urlencode({'q': self.query})}" if self.query.strip() else "/"

    def hidden(self, *, searching: bool = False) -> list[tuple[str, str]]:
        """What a form of the page carries along; ``searching``: the form asks for other words."""
        view = [("vue", _TEXT)] if self.text_only else []
        words = [("dans", self.words)] if self.words.strip() and not searching else []
        return [*self.carried, *words, *view]

    def at_page(self, number: int) -> str:
        """The same document at another page."""
        return self._url([*self.hidden(), ("page", str(number))], f"page-{number}")

    def at_occurrence(self, number: int) -> str:
        """The same document at one of the words found."""
        return self._url([*self.hidden(), ("occurrence", str(number))], "occurrence")

    def other_view(self, page: int) -> str:
        """The text alone instead of the image and the text, or the reverse."""
        pairs = [pair for pair in self.hidden() if pair[0] != "vue"]
        view = [] if self.text_only else [("vue", _TEXT)]
        return self._url([*pairs, *view, ("page", str(page))], f"page-{page}")

    def _url(self, pairs: list[tuple[str, str]], anchor: str) -> str:
        return f"{self.path}?{urlencode(pairs, safe=':,')}#{anchor}"
