"""Characters that belong into no text of the record, and texts that show nothing."""

import re
import unicodedata

# C0 and C1 controls but tab and line feed, lone surrogates, bidi marks, embeddings and isolates, line separators,
# invisible spaces and marks, tags, noncharacters, and U+FFFD, which stands where something was lost on the way. ZWNJ and ZWJ stay: Persian, Pashto and Dari are written with them.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffd-\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSEEN = frozenset({"Cf", "Cc", "Cn", "Zs", "Zl", "Zp", "Mn"})


def unwanted(text: str) -> str:
    """The first character that is not allowed, as U+202E; empty when there is none."""
    found = _FORBIDDEN.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


def forbidden(text: str) -> str:
    """What is wrong with a text, in words; empty when nothing is."""
    found = _FORBIDDEN.search(text)
    return f"the character {unwanted(text)} at {found.start()} is not allowed" if found else ""


def shows_something(text: str) -> bool:
    """Whether a reader sees anything of a text."""
    return any(unicodedata.category(char) not in _UNSEEN for char in text)


_WIDE = re.compile("[\u2e80-\uffff]")


def width_of(text: str) -> int:
    """How wide a text is, in letters: a Chinese character is as wide as two."""
    return len(text) + len(_WIDE.findall(text))


_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def no_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection): one that begins like one gets an apostrophe."""
    return f"'{text}" if text.startswith(_RUNS) else text
