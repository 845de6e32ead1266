"""What the filters of a list name, in all languages: for whoever shows a list's conditions in words, or lets them be picked."""

from collections.abc import Mapping, Sequence
from typing import Any

from commitments.models.declaration import Responsibility, Section
from commitments.models.organization import Membership, NamedEntity, Organization
from commitments.models.topic import Topic

# Filters whose values are codes of what has a name of its own. Clauses have codes alone. A section or a topic is a declaration's.
GLOBAL: dict[str, Any] = {"organization": Organization, "instrument": NamedEntity}
OWN: dict[str, tuple[Any, str]] = {"section": (Section, "title"), "topic": (Topic, "name")}


def named(scopes: Sequence[tuple[str, Mapping[str, str]]]) -> list[list[dict[str, Any]]]:
    """For each scope, a declaration with filters, what it names: [{"filter", "code", "name"}]. One query a filter that occurs."""
    names: dict[tuple[str, str, str], dict[str, str]] = {}  # by filter, declaration (none: ""), code
    for name in (*GLOBAL, *OWN):
        codes = {code for _declaration, filters in scopes for code in filters.get(name, "").split(",")} - {""}
        if codes and name in GLOBAL:
            rows = GLOBAL[name].objects.filter(pk__in=codes).values_list("key", "name")
            names |= {(name, "", code): texts for code, texts in rows}
        elif codes:
            model, field = OWN[name]
            own = model.objects.filter(code__in=codes).values_list("declaration", "code", field)
            names |= {(name, declaration, code): texts for declaration, code, texts in own}
    found = []
    for declaration, filters in scopes:
        keys = [
            (name, "" if name in GLOBAL else declaration, code)
            for name in (*GLOBAL, *OWN)
            for code in filters.get(name, "").split(",")
        ]
        found.append([{"filter": k[0], "code": k[2], "name": names[k]} for k in keys if k in names])
    return found


def options(declaration: str) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """What a scope can be picked from: [(code, name)] of the sections in their order, of who has a role in the text or belongs to
    a group that has one, of topics."""
    roles = Responsibility.objects.filter(commitment__declaration=declaration, commitment__retired=False)
    sections = Section.objects.filter(declaration=declaration).order_by("position")
    with_a_role = Organization.objects.filter(pk__in=roles.values("organization"))
    members = Membership.objects.filter(group__in=with_a_role).values("member")
    organizations = with_a_role | Organization.objects.filter(pk__in=members)
    return {
        "section": list(sections.values_list("code", "title")),
        "organization": list(organizations.values_list("key", "name")),
        "topic": list(Topic.objects.filter(declaration=declaration).values_list("code", "name")),
    }
