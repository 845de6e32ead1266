"""Actions and events."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from commitments.ledger.subjects import chunks
from commitments.models.declaration import Commitment, Declaration
from commitments.models.happening import Happening, HappeningCommitment, HappeningOrganization
from commitments.models.organization import Organization
from commitments.models.source import Source
from commitments.readings import judgements
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.readings.rows import plain
from commitments.readings.words import matching

FILTERS = (
    "declaration",
    "organization",
    "commitment",
    "source",
    "kind",
    "category",
    "year",
    "verified",
    "q",
    "ordering",
)


@dataclass(frozen=True)
class Filter:
    declaration: str | None = None
    organization: str | None = None
    commitment: str | None = None
    source: str | None = None
    kind: str | None = None
    category: str | None = None
    year: int | None = None
    verified: bool | None = None
    words: tuple[str, ...] = ()
    ordering: str = "-date"

    @classmethod
    def of(cls, parameters: Parameters) -> "Filter":
        return cls(
            declaration=parameters.known("declaration", Declaration),
            organization=parameters.known("organization", Organization),
            commitment=parameters.known("commitment", Commitment),
            source=parameters.known("source", Source),
            kind=parameters.known("kind", Happening, "kind"),
            category=parameters.choice("category", Happening.Category.values),
            year=parameters.integer("year", 1900, 2200),
            verified=parameters.flag("verified"),
            words=tuple(parameters.query()),
            ordering=parameters.choice("ordering", ("date", "-date")) or "-date",
        )


def listing(wanted: Filter, moment: Moment) -> list[dict[str, Any]]:
    """Actions and events that a filter finds, from their date on, with their sources."""
    return _described(_wanted(wanted, moment), moment)


def in_parts(wanted: Filter, moment: Moment, at_once: int) -> Iterator[dict[str, Any]]:
    """The same, some in memory at a time."""
    rows = _wanted(wanted, moment)
    for part in chunks(rows.values_list("pk", flat=True).iterator(), at_once):
        yield from _described(Happening.objects.filter(pk__in=part).order_by(*rows.query.order_by), moment)


def _wanted(wanted: Filter, moment: Moment) -> "QuerySet[Happening]":
    rows = Happening.objects.filter(on__lte=moment.as_of, recorded__lte=moment.at)
    if wanted.declaration:
        rows = rows.filter(declaration=wanted.declaration)
    if wanted.organization:
        rows = rows.filter(
            pk__in=HappeningOrganization.objects.filter(organization=wanted.organization).values("happening")
        )
    if wanted.commitment:
        standing = judgements.standing(moment, commitment=wanted.commitment).filter(
            effective_on__lte=moment.as_of
        )
        rows = rows.filter(
            Q(commitments__commitment=wanted.commitment) | Q(bases__assessment__in=standing)
        ).distinct()
    if wanted.source:
        rows = rows.filter(sources__source=wanted.source)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.category:
        rows = rows.filter(category=wanted.category)
    if wanted.year:
        rows = rows.filter(on__year=wanted.year)
    if wanted.verified is not None:
        rows = rows.filter(verified=wanted.verified)
    if wanted.words:
        rows = rows.filter(pk__in=matching(("action", "event"), wanted.words))
    order = ("on", "key") if wanted.ordering == "date" else ("-on", "-key")
    return rows.order_by(*order)


def _described(rows: "QuerySet[Happening]", moment: Moment) -> list[dict[str, Any]]:
    found = [
        _iso(row)
        for row in plain(rows.values(
            "key", "code", "declaration", "category", "kind", "date", "on", "end_date", "title", "description", "verified",
            "unverified_parts", "note",
        ))
    ]  # fmt: skip
    keys = [row["key"] for row in found]
    sources = judgements.sources_of("happening", keys, moment)
    organizations: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key, code, name in (
        HappeningOrganization.objects.filter(happening__in=keys).order_by("position")
        .values_list("happening_id", "organization_id", "organization__name")
    ):  # fmt: skip
        organizations[key].append({"code": code, "name": name})
    commitments: dict[str, list[str]] = defaultdict(list)
    for key, commitment in (
        HappeningCommitment.objects.filter(happening__in=keys).order_by("position").values_list("happening_id", "commitment_id")
    ):  # fmt: skip
        commitments[key].append(commitment)
    for row in found:
        row["organizations"] = organizations[row["key"]]
        row["commitments"] = commitments[row["key"]]
        row["sources"] = sources.get(row["key"], [])
    return found


def _iso(row: dict[str, Any]) -> dict[str, Any]:
    row["on"] = row["on"].isoformat()
    return row


def kinds(moment: Moment) -> list[str]:
    """Kinds of actions and events on record."""
    rows = Happening.objects.filter(recorded__lte=moment.at).order_by("kind")
    return list(rows.values_list("kind", flat=True).distinct())


def linked_to(commitments: Collection[str], moment: Moment) -> dict[str, list[str]]:
    """Keys of the verified actions by commitment, newest first."""
    rows = HappeningCommitment.objects.filter(
        commitment__in=commitments, happening__category="action", happening__verified=True,
        happening__on__lte=moment.as_of, happening__recorded__lte=moment.at,
    ).order_by("-happening__on", "-happening_id")  # fmt: skip
    found: dict[str, list[str]] = defaultdict(list)
    for commitment, key in rows.values_list("commitment_id", "happening_id"):
        found[commitment].append(key)
    return found


def one(key: str, moment: Moment) -> dict[str, Any] | None:
    """One action or event by its key."""
    return next(iter(among([key], moment)), None)


def among(keys: Collection[str], moment: Moment) -> list[dict[str, Any]]:
    """Actions and events by key, newest first."""
    return _described(_wanted(Filter(), moment).filter(pk__in=keys), moment)
