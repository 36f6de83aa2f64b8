"""Citations for programs: JSON Lines."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from search_api.http.exports.citation import Citation


def as_json_lines(citations: Sequence[Citation]) -> bytes:
    """One JSON object a hit, UTF-8, one line each."""
    return b"".join(
        json.dumps({**asdict(one), "exported": one.exported.isoformat()}, ensure_ascii=False).encode() + b"\n"
        for one in citations
    )
