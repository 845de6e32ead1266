"""Names in the order in which their language puts them."""

import unicodedata


def by_name(name: str, language: str) -> tuple[bytes, str]:
    """What a name is sorted by.

    Chinese: by pinyin, which is the order of the 3,755 common characters of GB 2312 (and so of GB 18030, its successor); rarer
    ones follow by radical. Russian and English: by letter, whatever its case and its accents; Ё stands with Е.
    """
    if language == "zh":
        return name.encode("gb18030"), name
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c) or c == "\u0306"
    )
    return unicodedata.normalize("NFC", plain).casefold().encode("utf-16-be"), name
