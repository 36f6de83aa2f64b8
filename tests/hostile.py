"""Strings a document or a user could hold to get out of the text they are."""

from itertools import product

_ACTION = "window.executed=1"
_PAYLOADS = [
    f"<script>{_ACTION}</script>",
    f"<img src=x onerror={_ACTION}>",
    f"<svg onload={_ACTION}>",
    f"<svg><script>{_ACTION}</script></svg>",
    f"<iframe srcdoc='<script>parent.{_ACTION}</script>'>",
    f"<body onload={_ACTION}>",
    f"<details open ontoggle={_ACTION}>",
    f"<input autofocus onfocus={_ACTION}>",
    f"<a href='javascript:{_ACTION}' autofocus>x</a>",
    f"<math><mtext><script>{_ACTION}</script></mtext></math>",
    f"<meta http-equiv=refresh content='0;url=javascript:{_ACTION}'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<base href=//evil.example/>",
    f"<object data='data:text/html,<script>{_ACTION}</script>'>",
    f"<form action='javascript:{_ACTION}'><button autofocus>",
    f"javascript:{_ACTION}",
    f"data:text/html,<script>{_ACTION}</script>",
    f"{{{{ [].__class__ }}}}{{% raw %}}${{{_ACTION}}}",
    f"&lt;script&gt;{_ACTION}&lt;/script&gt;",
    f"\u202e<script>{_ACTION}</script>\u2028\u0000\ufeff",
]
_OPENINGS = [
    "", '"', "'", '">', "'>", "</title>", "</textarea>", "</script>", "</style>", "-->", "]]>", "</mark></p>",
    "</a></li></ol>", "</option></datalist>", '" autofocus onfocus="' + _ACTION + '" x="',
    "' onmouseover='" + _ACTION + "' x='", "`", "\\x3c", "%3C", "\r\nX-Injected: 1\r\n\r\n", "*/", "=1+1|'", "../../",
    "🏛️é\u0301", "https://evil.example/",
]  # fmt: skip

HOSTILE = [opening + payload for payload, opening in product(_PAYLOADS, _OPENINGS)]
"""500 of them."""


def packed(longest: int) -> list[str]:
    """All of them, several in one text, of at most so many characters each."""
    texts = [HOSTILE[0]]
    for string in HOSTILE[1:]:
        if len(texts[-1]) + 1 + len(string) <= longest:
            texts[-1] += f" {string}"
        else:
            texts.append(string)
    return texts


def told(text: str) -> int:
    """How many of the strings a text tells, whole enough to act."""
    return text.count("executed") + text.count("evil.example")


STRINGS = told(" ".join(HOSTILE))
"""What a text with all of them tells."""
