"""Proposals by program: the same rules and messages as the page, with the pointer of each field."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments.api import shapes
from commitments.api.once import once
from commitments.api.problems import Elsewhere, Overtaken, Stale
from commitments.api.tokens import ByTable, ByToken, actor_of
from commitments.api.views import CLOCKS, PAGING, Listing, Reading, documented
from commitments.ledger import proposals
from commitments.ledger import record as ledger
from commitments.ledger.kinds import CHANGING, KINDS, last_seen, target_of
from commitments.ledger.people import Actor
from commitments.ledger.record import Conflict, batch, last_numbers
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.wellformed import Faulty, Refused, faults_of
from commitments.models.proposal import Kind, Proposal
from commitments.readings import changes, commitments, desk, effects
from commitments.readings.moment import Moment, matches
from commitments.readings.parameters import Parameters

MOST = 100  # proposals of one batch
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="Of your choice, 200 characters at most: a request with the same key and body is done once and answered as before, for seven days.",
)  # fmt: skip
IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The `ETag` of the proposal as you read it; 412 when it moved since.",
)  # fmt: skip
FIELDS = ("kind", "declaration", "payload", "key", "seen")
PROBLEMS = {
    (code, "application/problem+json"): OpenApiResponse(shapes.Problem, words)
    for code, words in {400: "A rule is broken; each fault has its pointer.", 401: "No token.", 403: "Not allowed.", 404: "Nothing of yours has this key.", 409: "Changed meanwhile.", 412: "It moved since you read it.", 415: "Not JSON.", 422: "The Idempotency-Key was used for another request.", 429: "Too many requests."}.items()
}  # fmt: skip


class Proposals(Listing):
    parameters = ("state", *PAGING)
    stored = False
    falling = True

    def rank(self, row: Mapping[str, Any]) -> list[Any]:
        return [self.first[row["key"]]]

    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        self.actor = actor_of(request)
        return super().answer(request, parameters, moment, **address)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        state = parameters.choice("state", Proposal.State.values)
        rows = desk.of_partner(self.actor, **({"state": state} if state else {}))
        self.first = changes.first_numbers("proposal", [row["key"] for row in rows])
        return rows

    @documented(
        shapes.ProposalShape,
        parameters,
        page=True,
        operation="proposals",
        summary="Proposals of one's organizations, the newest first.",
    )
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)

    @extend_schema(
        operation_id="propose", summary="Submit a proposal.", request=shapes.NewProposal,
        parameters=[IDEMPOTENCY_KEY, IF_MATCH], responses={201: shapes.ProposalShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        actor = actor_of(request)

        def make() -> Response:
            wanted = _wanted(request.data, actor)
            if not wanted["key"] and "If-Match" in request.headers:
                raise Stale  # a new one has no state that could match
            with batch(
                by=actor.code, because="submitted", alone=True
            ) as work:  # nobody else writes meanwhile
                if wanted["key"]:
                    _unchanged_since(request, wanted["key"], actor)
                key = _added(work, wanted, actor)
            found = desk.one_of_partner(actor, key)
            assert found
            return Response(found, status=201, headers={"Location": found["url"], **_fresh(found)})

        return once(request, actor.code, make)


class Batch(APIView):
    """Many proposals in one transaction: all of them, or none."""

    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    @extend_schema(
        operation_id="propose_many", summary=f"Submit up to {MOST} proposals: all of them, or none.", request=shapes.NewProposals,
        parameters=[IDEMPOTENCY_KEY], responses={201: shapes.MadeProposals, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        actor, body = actor_of(request), request.data
        many = body.get("proposals") if isinstance(body, dict) and set(body) == {"proposals"} else None
        if not isinstance(many, list) or not 0 < len(many) <= MOST:
            raise Refused(
                "/proposals", _("must be a list of 1 to %(n)s proposals, and the only field") % {"n": MOST}
            )

        def make() -> Response:
            keys, faults, seen, again = [], list[Refused](), list[Any](), list[Any]()
            with batch(by=actor.code, because="submitted", alone=True) as work:
                for index, one in enumerate(many):
                    try:
                        if one in seen or (isinstance(one, dict) and one.get("key") and one["key"] in again):
                            raise Refused("/", _("stands here twice"))
                        seen.append(one)
                        again.append(one.get("key") if isinstance(one, dict) else None)
                        keys.append(_added(work, _wanted(one, actor), actor))
                    except proposals.NotAllowed:
                        raise
                    except Http404:
                        faults.append(
                            Elsewhere(
                                f"/proposals/{index}", Refused("key", _("nothing of yours has this key"))
                            )
                        )
                    except Conflict:
                        moved = Refused("seen", _("what it changes was changed by somebody else since"))
                        faults.append(Elsewhere(f"/proposals/{index}", moved))
                    except (Refused, Faulty) as error:
                        faults += [Elsewhere(f"/proposals/{index}", fault) for fault in faults_of(error)]
                if faults:
                    raise Faulty(faults)
            found = [desk.one_of_partner(actor, key) for key in keys]
            return Response({"results": found}, status=201, headers={"Cache-Control": "no-store"})

        return once(request, actor.code, make)


def _wanted(body: Any, actor: Actor) -> dict[str, Any]:
    """What a body asks to be submitted: kind, declaration, payload, key, seen. Raises Refused."""
    if not isinstance(body, dict):
        raise Refused("/", _("must be an object"))
    for name in body:
        if name not in FIELDS:
            raise Refused(
                f"/{str(name)[:60]}",
                _("is not a field here; there are: %(names)s") % {"names": ", ".join(FIELDS)},
            )
    kind, payload = body.get("kind"), body.get("payload")
    if kind not in Kind.values:
        raise Refused("kind", _("must be one of: %(names)s") % {"names": ", ".join(Kind.values)})
    if not isinstance(payload, dict):
        raise Refused("/payload", _("must be an object"))
    declaration = body.get("declaration") or commitments.key_of_declaration()
    if not isinstance(declaration, str) or declaration not in desk.declarations():
        raise Refused("declaration", _("nothing on record has this code"))
    key, seen = body.get("key"), body.get("seen", 0)
    if isinstance(seen, bool) or not isinstance(seen, int) or not 0 <= seen < 2**53:
        raise Refused("seen", _("must be a ledger number"))
    if kind in CHANGING and seen == 0:
        raise Refused("seen", _("must be given: the last ledger number about what it changes"))
    if key is not None and (not isinstance(key, str) or desk.one_of_partner(actor, key) is None):
        raise Http404
    return {"kind": kind, "declaration": declaration, "payload": payload, "key": key, "seen": seen}


def _added(work: ledger.Batch, wanted: dict[str, Any], actor: Actor) -> str:
    """Add one to a transaction; of a change that was overtaken, what it is now comes with the conflict."""
    try:
        return proposals.add(work, **wanted, by=actor.code)
    except Faulty as error:  # what the kind's own rules say is of the payload, its `kind` too
        raise Faulty(
            [Elsewhere("/payload", Refused(f"/{f.field}", f.reason)) for f in error.faults]
        ) from None
    except Conflict as conflict:
        if wanted["kind"] not in CHANGING:
            raise
        raise Overtaken(conflict.subjects, *_now(wanted["kind"], wanted["payload"])) from None


def _tag(key: str) -> str:
    """The last entry about a proposal: it moves with every step."""
    return f'"{last_numbers("proposal", [key])[key]}"'


def _fresh(found: dict[str, Any]) -> dict[str, str]:
    return {"Cache-Control": "no-store", "ETag": _tag(found["key"])}


def _unchanged_since(request: Request, key: str, actor: Actor) -> None:
    """`If-Match` on a write (RFC 9110, 13.1.1): 412 when the proposal is no longer the one that was read."""
    given = request.headers.get("If-Match")
    if desk.one_of_partner(actor, key) is None:
        raise Http404(_("Nothing of yours has this key."))
    if given is not None and _tag(key) not in parse_etags(given) and given.strip() != "*":
        raise Stale


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
            raise Http404(_("Nothing of yours has this key."))
        self.fresh = _fresh(found)
        return self._narrowed(found, moment) if self.fields else found

    def _headers(self, moment: Moment, tag: str) -> dict[str, str]:
        return super()._headers(moment, tag) | self.fresh

    @documented(
        shapes.ProposalShape,
        (),
        missing=True,
        operation="proposal",
        summary="One proposal and where it stands.",
    )
    def get(self, request: Request, **address: str) -> Response:
        response = super().get(request, **address)
        if matches(request.headers.get("If-None-Match", ""), self.fresh["ETag"]):
            return Response(status=304, headers=dict(response.items()))
        return response


class Withdrawal(APIView):
    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    @extend_schema(
        operation_id="withdraw_proposal", summary="Take one's own proposal back before it is decided.", request=shapes.WithReason,
        parameters=[IDEMPOTENCY_KEY, IF_MATCH], responses={200: shapes.ProposalShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request, key: str) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        actor, body = actor_of(request), request.data
        if (
            not isinstance(body, dict)
            or not set(body) <= {"reason"}
            or not isinstance(body.get("reason", ""), str)
        ):
            raise Refused("/reason", _("must be a text, and the only field"))

        def make() -> Response:
            _unchanged_since(request, key, actor)
            proposals.withdraw(key=key, by=actor.code, reason=body.get("reason", ""))
            found = desk.one_of_partner(actor, key)
            assert found
            return Response(found, headers=_fresh(found))

        return once(request, actor.code, make)
