"""What the filters of a list name, in all languages: for whoever shows a list's conditions in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from commitments.models.declaration import Responsibility, Section
from commitments.models.organization import NamedEntity, Organization
from commitments.models.topic import Topic

# Filters whose values are codes of what has a name of its own. Sections stand with their declaration, clauses have codes alone.
NAMED = ("organization", "instrument", "topic")


def named(scopes: Sequence[tuple[str, Mapping[str, str]]]) -> list[list[dict[str, Any]]]:
    """For each scope, a declaration with filters, what it names: [{"filter", "code", "name"}]. One query a filter that occurs."""
    names: dict[tuple[str, str, str], dict[str, str]] = {}
    for filter_ in NAMED:
        codes = {code for _of, filters in scopes for code in filters.get(filter_, "").split(",") if code}
        if codes and filter_ == "topic":
            rows = Topic.objects.filter(code__in=codes).values_list("declaration", "code", "name")
            names |= {(filter_, declaration, code): name for declaration, code, name in rows}
        elif codes:
            model = Organization if filter_ == "organization" else NamedEntity
            keyed = model.objects.filter(pk__in=codes).values_list("key", "name")
            of = {declaration for declaration, _filters in scopes}
            names |= {(filter_, declaration, key): name for key, name in keyed for declaration in of}
    return [
        [
            {"filter": filter_, "code": code, "name": names[filter_, declaration, code]}
            for filter_ in NAMED
            for code in filters.get(filter_, "").split(",")
            if (filter_, declaration, code) in names
        ]
        for declaration, filters in scopes
    ]


def options(declaration: str) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """What a scope can be picked from: [(code, name)] of sections and topics as the text has them, and of who has a role in it."""
    with_a_role = Responsibility.objects.filter(commitment__declaration=declaration).values("organization")
    sections = Section.objects.filter(declaration=declaration).order_by("position")
    return {
        "section": list(sections.values_list("code", "title")),
        "organization": list(Organization.objects.filter(pk__in=with_a_role).order_by("key").values_list("key", "name")),
        "topic": list(Topic.objects.filter(declaration=declaration).order_by("recorded").values_list("code", "name")),
    }  # fmt: skip
