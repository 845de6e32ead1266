"""The desk: what waits for whom. Working state beside the record, so it is never cached."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q

from commitments.ledger.people import Actor
from commitments.ledger.roles import commitments_of
from commitments.models.assessment import Assessment
from commitments.models.declaration import Commitment, Declaration
from commitments.models.dispute import Dispute
from commitments.models.happening import Happening, Indicator
from commitments.models.organization import Organization
from commitments.models.person import Person
from commitments.models.proposal import Draft, Kind, Proposal
from commitments.models.round import Ask
from commitments.models.source import Source
from commitments.readings import catalogue, commitments, sources
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.readings.rows import plain
from commitments.rules import status as rule

MOST = 200


def names(codes: Iterable[str]) -> dict[str, str]:
    """What people are called, by code: names are not record and are shown to those who work here."""
    rows = Person.objects.filter(code__in=set(codes)).select_related("user")
    return {p.code: p.user.get_full_name() or p.user.username for p in rows}


def title_of(kind: str, target: str) -> dict[str, Any]:
    """What a proposal is about: {"key", "code", "title", "url"}."""
    return titles([(kind, target)])[(kind, target)]


def titles(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """What some proposals are about, by (kind, key)."""
    keys = {target for _, target in wanted}
    assessments = dict(Assessment.objects.filter(pk__in=keys).values_list("pk", "commitment_id"))
    found: dict[str, tuple[Any, str]] = {}
    for pk, title in Commitment.objects.filter(pk__in=keys | set(assessments.values())).values_list(
        "pk", "title"
    ):
        found[pk] = (title, f"/commitments/{pk}/")
    for pk, title in Happening.objects.filter(pk__in=keys).values_list("pk", "title"):
        found[pk] = (title, f"/actions/?q={pk.split(':')[-1]}")
    for pk, title in Indicator.objects.filter(pk__in=keys).values_list("pk", "name"):
        found[pk] = (title, f"/indicators/{pk}/")
    for pk, name in Source.objects.filter(pk__in=keys).values_list("pk", "title"):
        found[pk] = ({"*": name}, f"/sources/{pk}/")
    rows = {}
    for kind, target in wanted:
        key = assessments.get(target, target)
        title, url = found.get(key, ({}, ""))
        if target in assessments:
            url += f"#{target.split(':')[-1]}"
        rows[kind, target] = {"key": target, "code": target.split(":")[-1], "title": title, "url": url}
    return rows


def _presented(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Drafts or proposals as a list shows them."""
    many = list(rows)
    about = titles([(row.kind, row.target) for row in many])
    called = names(code for row in many for code in getattr(row, "authors", []))
    return [
        {
            "key": row.pk, "kind": row.kind, "label": Kind(row.kind).label, "about": about[row.kind, row.target],
            "organization": row.organization_id, "round": row.round, "value": row.payload.get("value", ""),
            "effective_on": row.payload.get("effective_on", ""), "unchanged": row.payload.get("unchanged") is True,
            "state": getattr(row, "state", "draft"), "reason": getattr(row, "reason", ""),
            "authors": [called.get(code, code) for code in getattr(row, "authors", [])],
            "saved_at": getattr(row, "saved_at", None),
        }
        for row in many
    ]  # fmt: skip


def drafts(person: Person) -> list[dict[str, Any]]:
    """Drafts that were never submitted, the newest first."""
    open_ones = Draft.objects.filter(author=person).exclude(pk__in=Proposal.objects.values("pk"))
    return _presented(open_ones.order_by("-saved_at")[:MOST])


def returned(actor: Actor, person: Person) -> list[dict[str, Any]]:
    """What was returned to somebody, to those who speak for the same organization, or was handed over to them since.

    What its last author handed over is on the desk of who has it now.
    """
    rows = Proposal.objects.filter(state=Proposal.State.RETURNED).order_by("-recorded")
    holders = dict(Draft.objects.filter(pk__in=rows.values("pk")).values_list("pk", "author"))
    return _presented(
        row
        for row in rows
        if (holders[row.pk] == person.pk if row.pk in holders else actor.code in row.authors)
        or (actor.bound and row.organization_id in actor.organizations)
    )


def to_review(actor: Actor) -> list[dict[str, Any]]:
    """What waits for a reviewer; what one proposed oneself is left to another."""
    if not actor.reviews:
        return []
    rows = Proposal.objects.filter(state=Proposal.State.SUBMITTED).order_by("recorded")[: MOST * 15]
    found = [row | {"sheet": row["round"].startswith("sheet-")} for row in _presented(rows)]
    own = {row.pk for row in rows if actor.code in row.authors}
    return [row | {"own": row["key"] in own} for row in found]


def mine(actor: Actor) -> list[dict[str, Any]]:
    """What one submitted and what became of it, newest first."""
    rows = Proposal.objects.exclude(state=Proposal.State.RETURNED).order_by("-recorded")[: MOST * 5]
    return _presented([row for row in rows if actor.code in row.authors][:20])


def about(key: str, actor: Actor) -> list[dict[str, Any]]:
    """Open proposals and comments on a commitment, for those who work on it."""
    rows = Proposal.objects.filter(Q(target=key) | Q(target__startswith=f"{key}@")).order_by("-recorded")
    if actor.bound:
        rows = rows.filter(Q(organization__in=actor.organizations) | Q(authors__icontains=actor.code))
    open_ones = rows.filter(Q(state__in=("submitted", "returned")) | Q(kind=Kind.COMMENT, state="accepted"))
    texts = {row.pk: row.payload.get("text", "") for row in open_ones}
    return [row | {"text": texts[row["key"]]} for row in _presented(open_ones[:20])]


def silent(actor: Actor, declaration: str, moment: Moment, most: int = 8) -> list[dict[str, Any]]:
    """Open commitments by organization, the organization whose oldest silence is longest first.

    Silence runs from the newest verified action or event; {"code", "name", "rows", "since"}.
    """
    rows = [
        row
        for row in commitments.listing(commitments.Filter(declaration=declaration, open=True), moment).rows
        if row["status"]["value"] in rule.OPEN
    ]
    groups: dict[str, dict[str, Any]] = {}
    for organization in _watched(actor, [row["key"] for row in rows]):
        group = groups.setdefault(organization["code"], {**organization, "rows": {}})
        for row in rows:
            if row["key"] in organization["commitments"]:
                group["rows"][row["key"]] = row
    groups = {code: group for code, group in groups.items() if group["rows"]}
    for group in groups.values():
        group["rows"] = sorted(
            group["rows"].values(), key=lambda r: ((r["newest_evidence"] or {}).get("on", ""), r["ordinal"])
        )
        group["since"] = (group["rows"][0]["newest_evidence"] or {}).get("date", "")
        group["count"] = len(group["rows"])
        group["rows"] = group["rows"][:3]
    return sorted(groups.values(), key=lambda g: (g["since"], -g["count"], g["code"]))[:most]


def _watched(actor: Actor, keys: Collection[str]) -> list[dict[str, Any]]:
    """Whose silence somebody watches, each with its commitments: {"code", "name", "commitments"}.

    Who speaks for organizations sees all in which these have a part, also through a group (ledger.roles); others see
    every organization with a role in which something is to be done.
    """
    if actor.bound:
        return [
            {"code": code, "name": name, "commitments": set(commitments_of([code]).values_list("commitment", flat=True))}
            for code, name in Organization.objects.filter(pk__in=actor.organizations).values_list("pk", "name")
        ]  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for key, named in commitments.organizations_of(keys).items():
        for o in named:
            if o["role"] != "named":
                row = found.setdefault(
                    o["code"], {"code": o["code"], "name": o["name"], "commitments": set()}
                )
                row["commitments"].add(key)
    return list(found.values())


def copies(declaration: str, moment: Moment) -> list[dict[str, Any]]:
    """Sources known from a copy only, which need their original; those that carry most come first."""
    given = Parameters({"declaration": declaration, "source_class": "copy"})
    rows = [row for row in sources.listing(given, moment) if not row["withdrawn"]]
    return sorted(rows, key=lambda row: (-row["facts"], row["date"], row["key"]))


def open_disputes() -> list[dict[str, Any]]:
    """Disputes without an outcome, the one that is due first on top."""
    rows = Dispute.objects.filter(kind=Dispute.Kind.DISPUTE, outcome=None).select_related(
        "organization", "assessment"
    )
    return [
        {"key": d.pk, "organization": d.organization.name, "assessment": d.assessment_id, "commitment": d.assessment.commitment_id,
         "received_on": d.received_on.isoformat(), "due_on": d.due_on.isoformat() if d.due_on else ""}
        for d in rows.order_by("due_on", "recorded")
    ]  # fmt: skip


def asks(actor: Actor) -> list[dict[str, Any]]:
    """Rounds in which one's organizations are asked and have not answered."""
    rows = Ask.objects.filter(
        organization__in=actor.organizations, round__closed=False, answered_at=None
    ).select_related("round", "organization")
    return [
        {"round": a.round_id, "title": a.round.title, "organization": a.organization_id, "name": a.organization.name,
         "due_on": a.round.due_on.isoformat()}
        for a in rows.order_by("round__due_on")
    ]  # fmt: skip


def may_be_judged(actor: Actor, declaration: str) -> list[dict[str, Any]]:
    """Commitments on which somebody may propose, in the order of the text."""
    rows = Commitment.objects.filter(declaration=declaration, retired=False)
    if actor.bound:
        rows = rows.filter(pk__in=commitments_of(actor.organizations))
    return plain(rows.order_by("ordinal").values("key", "code", "title"))


def facts_for(commitment: str, moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """What a judgement on a commitment may rest on: verified facts and indicators linked to it, and their sources."""
    from_basis = judged_on(commitment)
    rows = Happening.objects.filter(
        Q(commitments__commitment=commitment) | Q(pk__in=from_basis), verified=True, recorded__lte=moment.at
    ).distinct()
    facts = [
        {"key": key, "date": date, "title": title}
        for key, date, title in rows.order_by("-on", "key").values_list("key", "date", "title")
    ]
    indicators = [
        {"key": key, "date": "", "title": name}
        for key, name in Indicator.objects.filter(commitments__commitment=commitment)
        .order_by("key")
        .values_list("key", "name")
    ]
    linked: dict[str, dict[str, Any]] = defaultdict(dict)
    for key, title, publisher, day in (
        Source.objects.filter(happenings__happening__in=rows, withdrawal=None)
        .order_by("-date", "key")
        .values_list("key", "title", "publisher", "date")
    ):
        linked[key] = {"key": key, "title": title, "publisher": publisher, "date": day}
    return {"facts": facts + indicators, "sources": list(linked.values())}


def judged_on(commitment: str) -> Any:
    """Keys of the facts that earlier judgements on a commitment rested on."""
    return Assessment.objects.filter(commitment=commitment, basis__happening__isnull=False).values(
        "basis__happening"
    )


def declarations() -> list[str]:
    return list(Declaration.objects.values_list("pk", flat=True))


def of_partner(actor: Actor, **only: Any) -> list[dict[str, Any]]:
    """Proposals that a program may follow: its own, and those of its organizations; newest first."""
    rows = Proposal.objects.filter(**only).order_by("-recorded")
    theirs = rows.filter(Q(organization__in=actor.organizations) | Q(authors__icontains=actor.code))
    return [_for_partner(row) for row in theirs if _theirs(row, actor)]


def one_of_partner(actor: Actor, key: str) -> dict[str, Any] | None:
    row = Proposal.objects.filter(pk=key).first()
    return _for_partner(row) if row is not None and _theirs(row, actor) else None


def _theirs(row: Proposal, actor: Actor) -> bool:
    return actor.code in row.authors or row.organization_id in actor.organizations


def _for_partner(row: Proposal) -> dict[str, Any]:
    return {
        "key": row.pk, "kind": row.kind, "declaration": row.declaration_id, "target": row.target,
        "organization": row.organization_id, "payload": row.payload, "state": row.state, "reason": row.reason,
        "result": row.result, "ledger_number": row.recorded, "url": f"/api/v1/proposals/{row.pk}/",
    }  # fmt: skip


def news(person: Person, moment: Moment) -> dict[str, Any] | None:
    """What came onto the record since somebody was here last: {"at", "number", "entries", "moved", "head"}; None on a first visit.

    `moved`: changes of status of which we learned since, newest first, whenever they were true.
    """
    if person.seen_at is None:
        return None
    changed = catalogue.status_changes(Parameters({}), moment)
    moved = [row for row in changed if row["ledger_number"] > person.seen_number]
    return {
        "at": person.seen_at.date().isoformat(), "number": person.seen_number, "head": moment.at,
        "entries": max(0, moment.at - person.seen_number), "moved": sorted(moved, key=lambda row: -row["ledger_number"]),
    }  # fmt: skip
