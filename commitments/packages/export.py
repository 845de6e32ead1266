"""Exporting a declaration as a package that loads to the same record."""

from collections.abc import Mapping

from commitments.ledger import history
from commitments.models.declaration import Declaration
from commitments.models.organization import Membership, Organization
from commitments.packages.folder import Package
from commitments.packages.states import to_package
from commitments.packages.stored import Stored

# How a subject says to which declaration it belongs.
_BELONGS = {"measurement": "indicator__declaration", "assessment": "commitment__declaration", "retraction": "assessment__commitment__declaration"}  # fmt: skip
_OWN = ("source", "edition", "commitment", "topic", "action", "event", "indicator", "measurement", "assessment", "retraction", "schedule")  # fmt: skip


class UnknownDeclaration(LookupError):
    pass


def export(code: str) -> Package:
    """The package of a declaration: what it says, what its packages brought, and the organizations that it names.

    Its rows are read while they are written, so both belong into one `consistent` reading.
    """
    if (scale := Declaration.objects.filter(pk=code).values_list("scale", flat=True).first()) is None:
        raise UnknownDeclaration(code)
    states = {"declaration": Stored("declaration", pk=code), "scale": Stored("scale", pk=scale)}
    for name in _OWN:
        states[name] = Stored(name, **{_BELONGS.get(name, "declaration"): code})
    brought = history.brought_with("declaration", code)
    named = _organizations_named(states) | brought.get("organization", set())
    related = {
        key: {other for other in others if other}
        for key, *others in Organization.objects.values_list("pk", "parent", "successor")
    }
    while more := {other for key in named for other in related.get(key, ())} - named:
        named |= more
    states["organization"] = Stored("organization", named & set(related))
    states["entity"] = Stored("entity", _entities_named(states) | brought.get("entity", set()))
    within = Membership.objects.values_list("pk", "group", "member")
    states["membership"] = Stored("membership", {k for k, *pair in within if named.issuperset(pair)})
    return to_package(code, states)


def _organizations_named(states: Mapping[str, Stored]) -> set[str]:
    (declaration,) = states["declaration"].values()
    found = {party["organization"] for party in declaration["parties"]}
    found |= {r["organization"] for c in states["commitment"].values() for r in c["responsibilities"]}
    found |= {o for name in ("action", "event") for h in states[name].values() for o in h["organizations"]}
    found |= {i["organization"] for i in states["indicator"].values() if i["organization"]}
    return found | {
        a[field] for a in states["assessment"].values() for field in ("party", "organization") if a[field]
    }


def _entities_named(states: Mapping[str, Stored]) -> set[str]:
    return {entity for c in states["commitment"].values() for entity in c["mentions"]}
