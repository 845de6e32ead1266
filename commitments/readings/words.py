"""Finding subjects by words, the same for a list's filter and for search."""

from collections.abc import Sequence
from typing import Any

from commitments.models.search import SearchText


def matching(subject_types: Sequence[str], words: Sequence[str]) -> Any:
    """Subjects that have every word in one of their texts, as a query of keys. Words are folded (source.folding)."""
    rows = SearchText.objects.filter(subject_type__in=subject_types)
    for word in words:
        rows = rows.filter(folded__contains=word)
    return rows.values("subject").distinct()
