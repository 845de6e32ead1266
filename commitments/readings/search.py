"""Search: words of all three languages over commitments, actions, events, organizations, indicators and sources."""

from typing import Any

from commitments.models.declaration import Commitment, Quotation
from commitments.models.happening import Happening, Indicator
from commitments.models.organization import NamedEntity, Organization
from commitments.models.source import Source
from commitments.models.topic import Topic
from commitments.readings.moment import Moment
from commitments.readings.words import matching
from commitments.source.folding import fold

GROUPS = ("topic", "commitment", "action", "event", "organization", "entity", "indicator", "source")
SHOWN = 50  # hits listed in each group; the count is of all


def search(words: tuple[str, ...], moment: Moment, shown: int = SHOWN) -> list[dict[str, Any]]:
    """Groups of hits: {"group", "count", "hits": [{"key", "title", …}]}. Every word must stand in one text of the subject."""
    found = []
    for group in GROUPS:
        hits = hits_of(group, words, moment)
        if group == "commitment":
            excerpts(hits[:shown], words)
        found.append({"group": group, "count": len(hits), "hits": hits[:shown]})
    return found


def hits_of(group: str, words: tuple[str, ...], moment: Moment) -> list[dict[str, Any]]:
    """Every hit of one group, in the group's own order."""
    keys = set(matching((group,), words).values_list("subject", flat=True)) if words else set()
    return _hits(group, keys, moment)


def excerpts(hits: list[dict[str, Any]], words: tuple[str, ...]) -> None:
    """The clause in which the words stand, in the first language that has them: the words first, the title second."""
    found: dict[str, tuple[str, str]] = {}
    clauses = Quotation.objects.filter(commitment__in=[h["key"] for h in hits], role="clause").order_by(
        "position"
    )
    for key, language, exact in clauses.values_list("commitment_id", "edition__language", "exact"):
        if key not in found and any(word in fold(exact) for word in words):
            found[key] = (language, exact)
    for hit in hits:
        language, exact = found.get(hit["key"], ("", ""))
        hit["excerpt"] = {language: exact} if exact else {}


def _hits(group: str, keys: set[str], moment: Moment) -> list[dict[str, Any]]:
    if not keys:
        return []
    if group == "commitment":
        rows = Commitment.objects.filter(pk__in=keys, retired=False).order_by(
            "declaration__adopted_on", "declaration", "ordinal"
        )
        return [
            {"key": k, "code": c, "title": t, "url": f"/commitments/{k}/"}
            for k, c, t in rows.values_list("key", "code", "title")
        ]
    if group == "topic":
        matters = Topic.objects.filter(pk__in=keys).order_by("recorded")
        return [
            {"key": k, "code": "", "title": n, "url": f"/commitments/?topic={c}"}
            for k, n, c in matters.values_list("key", "name", "code")
        ]
    if group in ("action", "event"):
        happened = Happening.objects.filter(
            pk__in=keys, on__lte=moment.as_of, recorded__lte=moment.at
        ).order_by("-on", "-key")
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
