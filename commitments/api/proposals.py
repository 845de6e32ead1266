"""Proposals by program: the same rules and messages as the page, with the pointer of each field."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from commitments.api import shapes
from commitments.api.problems import Overtaken
from commitments.api.tokens import ByTable, ByToken, actor_of
from commitments.api.views import CLOCKS, PAGING, Listing, Reading, documented
from commitments.ledger import proposals
from commitments.ledger.kinds import CHANGING, KINDS, last_seen, target_of
from commitments.ledger.record import Conflict
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.wellformed import Refused
from commitments.models.proposal import Kind, Proposal
from commitments.readings import commitments, desk, effects
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters

FIELDS = ("kind", "declaration", "payload", "key", "seen")
PROBLEMS = {
    (code, "application/problem+json"): OpenApiResponse(shapes.Problem, words)
    for code, words in {400: "A rule is broken; each fault has its pointer.", 401: "No token.", 403: "Not allowed.", 409: "Changed meanwhile."}.items()
}  # fmt: skip


class Proposals(Listing):
    parameters = ("state", *PAGING)
    stored = False
    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        self.actor = actor_of(request)
        return super().answer(request, parameters, moment, **address)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        state = parameters.choice("state", Proposal.State.values)
        return desk.of_partner(self.actor, **({"state": state} if state else {}))

    @documented(
        shapes.ProposalShape,
        parameters,
        page=True,
        operation="proposals",
        summary="Proposals of one's organizations.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)

    @extend_schema(
        operation_id="propose", summary="Submit a proposal.", request=shapes.NewProposal,
        responses={201: shapes.ProposalShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        body = request.data
        if not isinstance(body, dict):
            raise ParseError("The body is not an object.", "invalid-json")
        for name in body:
            if name not in FIELDS:
                raise Refused(f"/{str(name)[:60]}", f"is not a field here; there are: {', '.join(FIELDS)}")
        kind, payload = body.get("kind"), body.get("payload")
        if kind not in Kind.values:
            raise Refused("kind", f"must be one of: {', '.join(Kind.values)}")
        if not isinstance(payload, dict):
            raise Refused("/payload", "must be an object")
        declaration = body.get("declaration") or commitments.key_of_declaration()
        if not isinstance(declaration, str) or declaration not in desk.declarations():
            raise Refused("declaration", "nothing on record has this code")
        key, seen = body.get("key"), body.get("seen", 0)
        if isinstance(seen, bool) or not isinstance(seen, int) or not 0 <= seen < 2**53:
            raise Refused("seen", "must be a ledger number")
        if kind in CHANGING and seen == 0:
            raise Refused("seen", "must be given: the last ledger number about what it changes")
        if key is not None and (not isinstance(key, str) or desk.one_of_partner(actor, key) is None):
            raise Http404
        try:
            done = proposals.submit(
                kind=kind, declaration=declaration, payload=payload, by=actor.code, key=key, seen=seen
            )
        except Conflict as conflict:
            if kind not in CHANGING:
                raise
            raise Overtaken(conflict.subjects, *_now(kind, payload)) from None
        found = desk.one_of_partner(actor, done)
        return Response(
            found, status=201, headers={"Location": f"/api/v1/proposals/{done}/", "Cache-Control": "no-store"}
        )


def _now(kind: str, payload: dict[str, Any]) -> tuple[int, Any, list[dict[str, Any]]]:
    """What a proposal would change as it is now: its last entry, its state, and what differs field by field."""
    target = target_of(kind, payload)
    state = SUBJECTS[KINDS[kind].about[0]].states([target]).get(target)
    return last_seen(kind, target), state, effects.of_change(kind, payload)


class OneProposal(Reading):
    stored = False
    parameters = CLOCKS[:0]
    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        found = desk.one_of_partner(actor_of(request), address["key"])
        if found is None:
            raise Http404("Nothing of yours has this key.")
        return found

    @documented(
        shapes.ProposalShape,
        (),
        missing=True,
        operation="proposal",
        summary="One proposal and where it stands.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)
