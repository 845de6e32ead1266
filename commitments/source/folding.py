"""Folding for search: one spelling for what a reader takes as the same words.

NFKC and case folding are Unicode's own compatibility mapping for identifiers and search (UAX #15, UAX #31); they are
done here and not by a database, so that both engines find the same.
"""

import unicodedata

LONGEST_QUERY = 200  # characters
MOST_TERMS = 20


def fold(text: str) -> str:
    """Text as it is searched: NFKC, case folded, white space to single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def terms(query: str) -> list[str]:
    """The words of a query, folded, each once, in their order."""
    return list(dict.fromkeys(fold(query).split(" "))) if query.strip() else []


def lit(text: str, words: list[str]) -> list[tuple[str, bool]]:
    """`text` cut into (part, is a hit). Only hits whose folding keeps their length can be lit; others are left plain."""
    folded = "".join(
        c if len(c) == 1 else "\0" for c in (unicodedata.normalize("NFKC", ch).casefold() for ch in text)
    )
    marks = [False] * len(text)
    for word in words:
        at = folded.find(word) if word else -1
        while at >= 0:
            marks[at : at + len(word)] = [True] * len(word)
            at = folded.find(word, at + 1)
    parts: list[tuple[str, bool]] = []
    for char, mark in zip(text, marks, strict=True):
        if parts and parts[-1][1] == mark:
            parts[-1] = (parts[-1][0] + char, mark)
        else:
            parts.append((char, mark))
    return parts
