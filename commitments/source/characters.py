"""Characters that belong into no text of the record."""

import re

# C0 and C1 controls but tab and line feed, lone surrogates, bidi embeddings and isolates, noncharacters.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def forbidden(text: str) -> str:
    """What is wrong with a text, in words; empty when nothing is."""
    found = _FORBIDDEN.search(text)
    return f"the character U+{ord(found.group()):04X} at {found.start()} is not allowed" if found else ""
