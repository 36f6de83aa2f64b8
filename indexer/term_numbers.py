"""The number of a term: how a term is kept where its letters would take too much room."""

import hashlib
from functools import lru_cache


@lru_cache(maxsize=131_072)
def term_number(kind: str, term: str) -> int:
    """62 bits of the digest of a term: among a million terms, two have the same number once in 9 million collections.

    Args:
        kind: a field of :mod:`indexer.lexical_query`, or another name for what the term is.
    """
    digest = hashlib.blake2b(f"{kind}\0{term}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 2
