"""Which documents may answer a search, made once and given to every channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from indexer.document_fields import Mask


@dataclass(frozen=True)
class Selection:
    """Which documents may answer.

    Attributes:
        mask: ``(documents,)``.
        document_of: ``(passages,)``, the document number of each row.
        columns: the same said by columns of :mod:`indexer.document_fields`: by name, the codes of which a document has
            one. None when more than columns was asked.
    """

    mask: Mask
    document_of: npt.NDArray[np.integer]
    columns: Mapping[str, tuple[int, ...]] | None = None

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """Rows of their passages, in order."""
        return np.flatnonzero(self.mask[self.document_of])

    @cached_property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Their numbers, in order."""
        return np.flatnonzero(self.mask)
