"""Exporting a declaration as a package that loads to the same record."""

from commitments.ledger import history
from commitments.ledger.subjects import SUBJECTS, State
from commitments.models.declaration import Declaration
from commitments.packages.folder import Package
from commitments.packages.states import States, to_package

# How a subject says to which declaration it belongs.
_BELONGS = {"measurement": "indicator__declaration", "assessment": "commitment__declaration", "retraction": "assessment__commitment__declaration"}  # fmt: skip
_OWN = ("source", "edition", "commitment", "action", "event", "indicator", "measurement", "assessment", "retraction", "schedule")  # fmt: skip


class UnknownDeclaration(LookupError):
    pass


def _ordered(name: str, rows: dict[str, State], numbers: dict[str, int]) -> dict[str, State]:
    return {key: rows[key] for key in sorted(rows, key=lambda key: (numbers[key], key))}


def export(code: str) -> Package:
    """The package of a declaration: what it says, what its packages brought, and the organizations that it names."""
    if not Declaration.objects.filter(pk=code).exists():
        raise UnknownDeclaration(code)
    states: States = {"declaration": SUBJECTS["declaration"].states([code])}
    for name in _OWN:
        subject = SUBJECTS[name]
        rows = subject.model._default_manager.filter(
            **{_BELONGS.get(name, "declaration"): code}, **subject.constants
        )
        numbers = dict(rows.values_list("pk", "recorded"))
        states[name] = _ordered(name, subject.states(list(numbers)), numbers)
    states["scale"] = SUBJECTS["scale"].states([states["declaration"][code]["scale"]])
    brought = history.brought_with("declaration", code)
    for name, named in (("organization", _organizations_named(states)), ("entity", _entities_named(states))):
        model = SUBJECTS[name].model._default_manager
        numbers = dict(model.values_list("pk", "recorded"))
        known = SUBJECTS[name].states()
        wanted = named | brought.get(name, set())
        while (
            more := {known[k][f] for k in wanted for f in ("parent", "successor") if known[k].get(f)} - wanted
        ):
            wanted |= more
        states[name] = _ordered(name, {key: known[key] for key in known if key in wanted}, numbers)
    memberships = SUBJECTS["membership"].states()
    numbers = dict(SUBJECTS["membership"].model._default_manager.values_list("pk", "recorded"))
    within = {
        k: m
        for k, m in memberships.items()
        if m["group"] in states["organization"] and m["member"] in states["organization"]
    }
    states["membership"] = _ordered("membership", within, numbers)
    return to_package(code, states)


def _organizations_named(states: States) -> set[str]:
    (declaration,) = states["declaration"].values()
    found = {party["organization"] for party in declaration["parties"]}
    found |= {r["organization"] for c in states["commitment"].values() for r in c["responsibilities"]}
    found |= {o for name in ("action", "event") for h in states[name].values() for o in h["organizations"]}
    found |= {i["organization"] for i in states["indicator"].values() if i["organization"]}
    return found | {
        a[field] for a in states["assessment"].values() for field in ("party", "organization") if a[field]
    }


def _entities_named(states: States) -> set[str]:
    return {entity for c in states["commitment"].values() for entity in c["mentions"]}
