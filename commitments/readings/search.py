"""Search: words of all three languages over commitments, actions, events, organizations, indicators and sources."""

from typing import Any

from commitments.models.declaration import Commitment
from commitments.models.happening import Happening, Indicator
from commitments.models.organization import NamedEntity, Organization
from commitments.models.search import SearchText
from commitments.models.source import Source
from commitments.readings.moment import Moment

GROUPS = ("commitment", "action", "event", "organization", "entity", "indicator", "source")
SHOWN = 50  # hits listed in each group; the count is of all


def search(words: tuple[str, ...], moment: Moment) -> list[dict[str, Any]]:
    """Groups of hits: {"group", "count", "hits": [{"key", "title", …}]}. Every word must stand in one text of the subject."""
    found = []
    for group in GROUPS:
        keys = set(_matching(group, words))
        hits = _hits(group, keys, moment)
        found.append({"group": group, "count": len(hits), "hits": hits[:SHOWN]})
    return found


def _matching(group: str, words: tuple[str, ...]) -> list[str]:
    rows = SearchText.objects.filter(subject_type=group)
    for word in words:
        rows = rows.filter(folded__contains=word)
    return list(rows.values_list("subject", flat=True).distinct()) if words else []


def _hits(group: str, keys: set[str], moment: Moment) -> list[dict[str, Any]]:
    if not keys:
        return []
    if group == "commitment":
        rows = Commitment.objects.filter(pk__in=keys, retired=False).order_by("ordinal")
        return [
            {"key": k, "code": c, "title": t, "url": f"/commitments/{k}/"}
            for k, c, t in rows.values_list("key", "code", "title")
        ]
    if group in ("action", "event"):
        happened = Happening.objects.filter(
            pk__in=keys, on__lte=moment.as_of, recorded__lte=moment.at
        ).order_by("-on")
        return [
            {"key": k, "code": "", "title": t, "date": d, "verified": v, "url": f"/actions/#{c}"}
            for k, c, t, d, v in happened.values_list("key", "code", "title", "date", "verified")
        ]
    if group == "organization":
        named = Organization.objects.filter(pk__in=keys).order_by("key")
        return [
            {"key": k, "code": k, "title": n, "url": f"/organizations/{k}/"}
            for k, n in named.values_list("key", "name")
        ]
    if group == "entity":
        entities = NamedEntity.objects.filter(pk__in=keys).order_by("key")
        return [
            {"key": k, "code": "", "title": n, "url": f"/commitments/?instrument={k}"}
            for k, n in entities.values_list("key", "name")
        ]
    if group == "indicator":
        series = Indicator.objects.filter(pk__in=keys, recorded__lte=moment.at).order_by("recorded")
        return [
            {"key": k, "code": "", "title": n, "url": f"/indicators/{k}/"}
            for k, n in series.values_list("key", "name")
        ]
    published = Source.objects.filter(pk__in=keys, recorded__lte=moment.at).order_by("-date", "key")
    return [
        {
            "key": k,
            "code": "",
            "title": {"*": t},
            "language": lang,
            "publisher": p,
            "date": d,
            "url": f"/sources/{k}/",
        }
        for k, t, lang, p, d in published.values_list("key", "title", "language", "publisher", "date")
    ]
