"""In which commitments an organization has a part: by a role of its own, or through a group that undertook.

A state is bound through the groups to which it belonged on the day of adoption.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from commitments.models.declaration import Commitment, Declaration, Responsibility
from commitments.models.organization import Membership
from commitments.rules.dates import validity


def groups_at_adoption(organization: str) -> dict[str, set[str]]:
    """By declaration the groups to which an organization belonged on the day of its adoption."""
    memberships = list(Membership.objects.filter(member=organization).values_list("group_id", "start", "end"))
    return {
        key: {group for group, start, end in memberships if validity(start, end, adopted) == "current"}
        for key, adopted in Declaration.objects.values_list("key", "adopted_on")
    }


def commitments_of(organizations: Collection[str]) -> Any:
    """Keys of the commitments in which some organizations have a part, as a query: any role of their own (addressee and
    named included), and what a group to which they belonged undertook."""
    test = Q(organization__in=organizations)
    for organization in organizations:
        for declaration, groups in groups_at_adoption(organization).items():
            if groups:
                test |= Q(organization__in=groups, role="obligor", commitment__declaration=declaration)
    return Responsibility.objects.filter(test).values("commitment")


def with_part(declaration: str, commitment: str | None = None) -> dict[str, dict[str, str]]:
    """Organizations with a part in a declaration or in one commitment, by code with their names: those with a role, then
    the members of groups that undertook."""
    rows = Responsibility.objects.filter(commitment__declaration=declaration).order_by("organization")
    if commitment is not None:
        rows = rows.filter(commitment=commitment)
    found: dict[str, dict[str, str]] = dict(rows.values_list("organization_id", "organization__name"))
    adopted = Declaration.objects.values_list("adopted_on", flat=True).get(pk=declaration)
    groups = rows.filter(role="obligor").values("organization")
    members = Membership.objects.filter(group__in=groups).order_by("member")
    for code, name, start, end in members.values_list("member_id", "member__name", "start", "end"):
        if validity(start, end, adopted) == "current":
            found.setdefault(code, name)
    return found


def has_part(organization: str, commitment: str) -> bool:
    """Whether an organization has a part in a commitment."""
    return Commitment.objects.filter(pk=commitment).filter(pk__in=commitments_of([organization])).exists()
