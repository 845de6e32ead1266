"""Organizations: who is asked or named, what each undertook, its memberships and its validity."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from commitments.ledger.roles import groups_at_adoption
from commitments.ledger.subjects import chunks
from commitments.models.declaration import Declaration, Responsibility, Section
from commitments.models.happening import Happening
from commitments.models.organization import Membership, Organization
from commitments.readings import commitments, judgements, text
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.readings.rows import AT_ONCE, plain
from commitments.rules.dates import validity
from commitments.rules.rollup import roll_up
from commitments.source.folding import fold

FILTERS = ("kind", "role", "q", "ordering")
ROLES = tuple(Responsibility.Role.values)
_FIELDS = (
    "key",
    "kind",
    "name",
    "aliases",
    "parent",
    "valid_from",
    "valid_to",
    "successor",
    "validity_event",
    "note",
)


def describe(row: dict[str, Any], moment: Moment) -> dict[str, Any]:
    """An organization as the API has it. A state never ends: an event may stand beside it."""
    return {
        "code": row["key"],
        "type": row["kind"],
        "name": row["name"],
        "aliases": row["aliases"],
        "parent": row["parent"],
        "valid_from": row["valid_from"] or None,
        "valid_to": row["valid_to"] or None,
        "validity": validity(row["valid_from"], row["valid_to"], moment.as_of),
        "successor": row["successor"],
        "validity_event": row["validity_event"] or None,
        "note": row["note"],
        "url": f"/organizations/{row['key']}/",
    }


def narrowed(parameters: Parameters) -> dict[str, Any]:
    """The parameters of a list, checked. The order is by code, or by the number of commitments."""
    return {
        "kind": parameters.known("kind", Organization, "kind"),
        "role": parameters.choice("role", ROLES),
        "words": tuple(parameters.query()),
        "ordering": parameters.choice("ordering", ("number", "name", "code")) or "name",
    }


def listing(
    moment: Moment,
    kind: str | None = None,
    role: str | None = None,
    words: tuple[str, ...] = (),
    ordering: str = "name",
) -> list[dict[str, Any]]:
    """Organizations in the order of their codes, with the number of commitments in each role."""
    return list(in_parts(moment, AT_ONCE, kind=kind, role=role, words=words, ordering=ordering))


def in_parts(
    moment: Moment, at_once: int, *, kind: str | None, role: str | None, words: tuple[str, ...], ordering: str
) -> Iterator[dict[str, Any]]:
    """Those of `listing`, some in memory at a time."""
    held = Responsibility.objects.filter(commitment__retired=False)
    rows = Organization.objects.all()
    if kind:
        rows = rows.filter(kind=kind)
    if role:
        rows = rows.filter(pk__in=held.filter(role=role).values("organization"))
    roles: dict[str, Counter[str]] = defaultdict(Counter)
    for organization, name in held.order_by("pk").values_list("organization_id", "role").iterator():
        roles[organization][name] += 1
    codes = [
        code
        for code, name, aliases in rows.values_list("key", "name", "aliases").iterator()
        if all(any(word in fold(spelling) for spelling in _spellings(code, name, aliases)) for word in words)
    ]
    # Here and not in the database, whose locale may order codes otherwise.
    codes.sort(key=lambda code: (-roles[code].total() if ordering == "number" else 0, code))
    for part in chunks(codes, at_once):
        by_code = {row["key"]: row for row in Organization.objects.filter(pk__in=part).values(*_FIELDS)}
        for code in part:
            yield describe(by_code[code], moment) | {"roles": dict(roles[code])}


def _spellings(code: str, name: dict[str, str], aliases: dict[str, list[str]]) -> list[str]:
    return [*name.values(), *(alias for many in aliases.values() for alias in many), code]


def kinds() -> list[str]:
    return list(Organization.objects.order_by("kind").values_list("kind", flat=True).distinct())


def matrix(declaration: str, rows: list[dict[str, Any]], roles: tuple[str, ...]) -> list[dict[str, Any]]:
    """Organizations × sections: the commitments (rows of a listing) in which each has one of some roles."""
    by_key = {row["key"]: row for row in rows}
    links = Responsibility.objects.filter(commitment__declaration=declaration, role__in=roles)
    cells: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    names: dict[str, Any] = {}
    kind_of: dict[str, str] = {}
    for organization, name, kind, commitment in links.values_list(
        "organization_id", "organization__name", "organization__kind", "commitment_id"
    ):
        kind_of[organization] = kind
        if commitment in by_key:
            row = by_key[commitment]
            cells[organization][row["section"]][commitment] = row
            names[organization] = name
    sections = list(
        Section.objects.filter(declaration=declaration).order_by("position").values("code", "title")
    )
    found = []
    for organization, by_section in cells.items():
        cut = [
            {"section": s["code"], "rows": sorted(by_section[s["code"]].values(), key=lambda r: r["ordinal"])}
            for s in sections
        ]
        found.append(
            {"code": organization, "name": names[organization], "type": kind_of[organization], "cells": cut,
             "total": sum(len(c["rows"]) for c in cut)}
        )  # fmt: skip
    return sorted(found, key=lambda row: (-row["total"], row["code"]))


def through_groups(
    declaration: str, members: list[str], rows: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What each of some organizations undertook through groups to which it belonged on the day of adoption, of a listing:
    {code: {"groups": [name, …], "cells": [{"section", "n"}, …], "total"}}."""
    adopted = Declaration.objects.values_list("adopted_on", flat=True).get(pk=declaration)
    belonged: dict[str, set[str]] = defaultdict(set)
    for member, group, start, end in Membership.objects.filter(member__in=members).values_list(
        "member_id", "group_id", "start", "end"
    ):
        if validity(start, end, adopted) == "current":
            belonged[member].add(group)
    undertaken = {row["code"]: row for row in matrix(declaration, rows, ("obligor",))}
    found = {}
    for member, groups in belonged.items():
        bound = [undertaken[group] for group in sorted(groups & undertaken.keys())]
        if not bound:
            continue
        cells = []
        for index, cell in enumerate(bound[0]["cells"]):
            keys = {row["key"] for part in bound for row in part["cells"][index]["rows"]}
            cells.append({"section": cell["section"], "n": len(keys)})
        found[member] = {
            "groups": [row["name"] for row in bound], "cells": cells, "total": sum(cell["n"] for cell in cells),
        }  # fmt: skip
    return found


NOT_BODIES = ("generic_group", "state_group", "government")  # they stand on the page of organizations


def bodies(rows: list[dict[str, Any]], declaration: dict[str, Any]) -> list[dict[str, Any]]:
    """Of a matrix the organizations that are neither parties nor groups of states nor governments."""
    parties = {party["organization"] for party in declaration["parties"]}
    return [row for row in rows if row["code"] not in parties and row["type"] not in NOT_BODIES]


def memberships(moment: Moment, **only: Any) -> list[dict[str, Any]]:
    """Memberships with their standing on the day and on the day of each adoption."""
    rows = Membership.objects.filter(**only).order_by("group", "recorded")
    found = []
    for row in plain(
        rows.values("key", "group", "group__name", "member", "member__name", "start", "end", "note")
    ):
        row["validity"] = validity(row["start"], row["end"], moment.as_of)
        found.append(row)
    return found


def one(code: str, moment: Moment) -> dict[str, Any] | None:
    """An organization with its portfolio: what it undertook itself and through a membership, where it is asked or named."""
    row = Organization.objects.filter(pk=code).values(*_FIELDS).first()
    if row is None:
        return None
    found = describe(row, moment)
    if row["validity_event"]:
        shown = Happening.objects.filter(on__lte=moment.as_of, recorded__lte=moment.at)
        event = shown.filter(pk=row["validity_event"]).values("key", "date", "title").first()
        found["event"] = event
    found["in_text"] = [
        {**place, "declaration": key}
        for key, language in Declaration.objects.order_by("adopted_on").values_list("key", "language")
        for place in text.named_in(key, _names(language))
        if place["code"] == code
    ]
    found["children"] = list(Organization.objects.filter(parent=code).order_by("key").values("key", "name"))
    found["memberships"] = memberships(moment, member=code)
    found["members"] = memberships(moment, group=code)
    found["portfolios"] = [
        _portfolio(code, declaration, moment)
        for declaration in plain(
            Declaration.objects.order_by("adopted_on").values("key", "title", "adopted_on", "scale")
        )
    ]
    return found


def _names(language: str) -> dict[str, str]:
    """Every name and alias of an organization in one language, with its code."""
    found: dict[str, str] = {}
    for code, name, aliases in Organization.objects.values_list("key", "name", "aliases"):
        for words in [name.get(language, ""), *aliases.get(language, [])]:
            if words:
                found.setdefault(words, code)
    return found


def _portfolio(code: str, declaration: dict[str, Any], moment: Moment) -> dict[str, Any]:
    """By role the commitments of one declaration; undertakings also through groups of the day of adoption."""
    rows = commitments.listing(commitments.Filter(declaration=declaration["key"]), moment).rows
    by_key = {row["key"]: row for row in rows}
    groups = groups_at_adoption(code)[declaration["key"]]
    roles: dict[str, set[str]] = defaultdict(set)
    through: dict[str, set[str]] = defaultdict(set)
    binding: dict[str, dict[str, str]] = {}  # the names of the groups among them that undertook something
    links = Responsibility.objects.filter(
        commitment__declaration=declaration["key"], organization__in={code, *groups}
    )
    for organization, name, role, commitment in links.values_list(
        "organization_id", "organization__name", "role", "commitment_id"
    ):
        if commitment in by_key:
            (roles if organization == code else through)[role].add(commitment)
            if organization != code and role == "obligor":
                binding[organization] = name
    own, via = roles["obligor"], through["obligor"]
    undertaken = [by_key[k] for k in own | via if by_key[k]["kind"] == "commitment_to_act"]
    undertaken.sort(key=lambda r: r["ordinal"])
    counts = judgements.counting(declaration["scale"])
    later = [
        m for m in memberships(moment, member=code)
        if validity(m["start"], m["end"], declaration["adopted_on"]) == "not_yet" and _binds(m["group"], declaration["key"])
    ]  # fmt: skip
    return {
        "declaration": declaration["key"],
        "title": declaration["title"],
        "adopted_on": declaration["adopted_on"].isoformat(),
        "undertaken": undertaken,
        "undertaken_through": sorted(binding) if via - own else [],
        "through_names": [name for _, name in sorted(binding.items())] if via - own else [],
        "rollup": roll_up((r["status"]["value"] for r in undertaken), counts),
        "by_role": {
            role: roll_up((by_key[k]["status"]["value"] for k in keys), counts)
            for role, keys in sorted(roles.items())
            if keys
        },
        "roles": {
            role: sorted((by_key[k] for k in keys), key=lambda r: r["ordinal"])
            for role, keys in sorted(roles.items())
            if keys
        },
        "joined_later": later,
    }


def _binds(group: str, declaration: str) -> bool:
    return Responsibility.objects.filter(
        organization=group, role="obligor", commitment__declaration=declaration
    ).exists()


def name_of(code: str) -> dict[str, Any] | None:
    """Code and names of an organization."""
    row = Organization.objects.filter(pk=code).values("key", "name").first()
    return {"code": row["key"], "name": row["name"]} if row else None
