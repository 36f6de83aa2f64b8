"""Errors a person can act on.

::

    ReuniError                      anything the user is told about, always with a remedy
    ├── InputError                  what was asked cannot be read (bad path, bad line, bad option)
    ├── ExtractionFailure           one file cannot be read (corpus.extraction)
    ├── CatalogueError              the catalogue is damaged or of another format
    ├── IndexFault (indexer)         see indexer.errors
    └── EngineError (search_api)    see search_api.engine.errors

Messages are in French: they reach the analysts and the collection manager as they are.
"""


class ReuniError(Exception):
    """An error told to a person in one line: what happened, then what to do about it.

    Args:
        message: what happened, a French sentence without its final full stop.
        remedy: what the person can do, a French sentence without its final full stop.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}."

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are copied from their positional arguments alone; these have others.
        return _bare, (type(self), self.args), self.__dict__


def _bare(kind: type[ReuniError], arguments: tuple[object, ...]) -> ReuniError:
    return kind.__new__(kind, *arguments)


class InputError(ReuniError):
    """What the caller gave cannot be read: a path, an option, a line of a manifest."""

    exit_code = 2


class CatalogueError(ReuniError):
    """The catalogue cannot be opened: damaged, or written by another format."""
