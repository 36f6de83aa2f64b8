"""Where each coded token stands in its text, on four bytes: what marks words by meaning without reading them again.

A token is kept as the characters from the former token's start to its own, and its length. Starts never go back: the
tokenizer reads left to right.
"""

import numpy as np
import numpy.typing as npt

_LARGEST = np.iinfo(np.uint16).max


def pack_spans(offsets: npt.NDArray[np.int32]) -> npt.NDArray[np.uint16]:
    """``(n, 2)`` start and end of each token to ``(n, 2)`` step and length.

    A step or a length of more than 65,535 characters (one unbroken token of no language) is cut to that.
    """
    starts, ends = offsets[:, 0], offsets[:, 1]
    packed = np.stack([np.diff(starts, prepend=np.int32(0)), ends - starts], axis=1)
    return np.asarray(np.clip(packed, 0, _LARGEST), np.uint16)


def unpack_spans(packed: npt.NDArray[np.uint16]) -> npt.NDArray[np.int32]:
    """The offsets that :func:`pack_spans` was given, ``(n, 2)`` start and end."""
    offsets = np.empty(packed.shape, np.int32)
    np.cumsum(packed[:, 0], out=offsets[:, 0])
    np.add(offsets[:, 0], packed[:, 1], out=offsets[:, 1])
    return offsets
