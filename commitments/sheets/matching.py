"""Matching rows with commitments: by code, or by words. What matches nothing is parked, never guessed at."""

from commitments.models.declaration import Commitment, Quotation
from commitments.source.folding import fold

SURE = 0.6  # the share of common pairs of characters from which a match is taken
AHEAD = 0.08  # and how far it must be ahead of the next


def _pairs(text: str) -> set[str]:
    folded = fold(text).replace(" ", "")
    return {folded[i : i + 2] for i in range(len(folded) - 1)}


class Matcher:
    """The commitments of a declaration by code and by words."""

    def __init__(self, declaration: str) -> None:
        rows = Commitment.objects.filter(declaration=declaration, retired=False)
        self.by_code: dict[str, str] = {}
        texts: dict[str, list[str]] = {}
        for key, code, title in rows.values_list("key", "code", "title"):
            self.by_code[fold(key)] = self.by_code[fold(code)] = key
            texts[key] = list(title.values())
        spans: dict[tuple[str, str], list[str]] = {}
        quoted = Quotation.objects.filter(commitment__in=texts, role="clause").order_by("position")
        for key, language, exact in quoted.values_list("commitment_id", "edition__language", "exact"):
            spans.setdefault((key, language), []).append(exact)
        for (key, _language), parts in spans.items():
            texts[key].append("".join(parts))
        self.pairs = [(key, _pairs(text)) for key, many in texts.items() for text in many]

    def by_words(self, words: str) -> str | None:
        """The commitment whose title or clause has these words, when one is clearly ahead (Dice's coefficient of pairs)."""
        wanted = _pairs(words)
        if len(wanted) < 3:
            return None
        best: dict[str, float] = {}
        for key, pairs in self.pairs:
            score = 2 * len(wanted & pairs) / (len(wanted) + len(pairs)) if pairs else 0.0
            best[key] = max(best.get(key, 0.0), score)
        ranked = sorted(best.items(), key=lambda item: -item[1])
        if ranked and ranked[0][1] >= SURE and (len(ranked) == 1 or ranked[0][1] - ranked[1][1] >= AHEAD):
            return ranked[0][0]
        return None

    def match(self, code: str, words: str) -> str | None:
        """By code when there is one; a code that nothing has is not guessed at by words."""
        if code.strip():
            return self.by_code.get(fold(code))
        return self.by_words(words)
