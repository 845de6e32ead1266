"""Who acts: the role and the organizations that the ledger grants to a code."""

from dataclasses import dataclass

from commitments.models.person import Grant

REVIEWING = frozenset({Grant.Role.REVIEWER, Grant.Role.ADMINISTRATOR})
BOUND = frozenset({Grant.Role.FOCAL_POINT, Grant.Role.SERVICE})


@dataclass(frozen=True)
class Actor:
    """A code with its role; without a grant the role is empty and nothing may be done."""

    code: str
    role: str = ""
    organizations: tuple[str, ...] = ()

    @property
    def reviews(self) -> bool:
        return self.role in REVIEWING

    @property
    def bound(self) -> bool:
        """Whether it speaks for organizations and for nothing else."""
        return self.role in BOUND


def actor(code: str) -> Actor:
    """The actor of a code, as granted now."""
    found = Grant.objects.filter(pk=code, active=True).values_list("role", "organizations").first()
    return Actor(code, found[0], tuple(found[1])) if found else Actor(code)
