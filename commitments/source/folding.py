"""Folding for search: one spelling for what a reader takes as the same words.

NFKC and case folding are Unicode's own compatibility mapping for identifiers and search (UAX #15, UAX #31); they are
done here and not by a database, so that both engines find the same.
"""

import re
import unicodedata

LONGEST_QUERY = 200  # characters
MOST_TERMS = 20


def fold(text: str) -> str:
    """Text as it is searched: NFKC, case folded, white space to single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


# Endings of Russian nouns and adjectives, the longest first, and of English plurals. No grammar: what is left of a word is
# looked for anywhere in the text, so an ending that is none only finds more.
_RUSSIAN = re.compile(
    r"(?<=[а-яё]{4})(?:иями|ями|ами|иях|ях|ах|его|ого|ему|ому|ыми|ими|иям|ям|ам|ием|ем|ом|ии|ей|ой|ов|ев|ые|ие|ых|их|ый|ий|ая|яя|ую|юю|ою|ею|ия|ию|ье|ья|[аяыиуюеоьй])$"
)
_ENGLISH = re.compile(r"(?<=[a-z]{2})'s?$|(?<=[a-z]{4})(?:ies|(?<=s|x|z)es|(?<=[cs]h)es|(?<![siu])s)$")


def stem(word: str) -> str:
    """A folded word without its ending, as far as that is told by its last letters alone; at least four letters stay."""
    if _RUSSIAN.search(word):
        return _RUSSIAN.sub("", word)
    plain = word.replace("’", "'")
    return _ENGLISH.sub("", plain) if plain.isascii() else word


def terms(query: str) -> list[str]:
    """The words of a query, folded and without their endings, each once, in their order."""
    return list(dict.fromkeys(stem(word) for word in fold(query).split(" "))) if query.strip() else []


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
