"""Webhooks of a partner: where its program is told of what is recorded, and what became of each message."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
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
from commitments.api.problems import Stale
from commitments.api.proposals import IDEMPOTENCY_KEY, PROBLEMS
from commitments.api.tokens import ByTable, ByToken, actor_of
from commitments.api.views import PAGING, Listing, documented
from commitments.deliveries import webhooks
from commitments.ledger.wellformed import Refused
from commitments.models.partner import Delivery, Target
from commitments.models.person import Person
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.tasks import nudge, send_webhooks

IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The `ETag` of the webhook as you read it; 412 when it moved since.",
)  # fmt: skip


def shown(target: Target) -> dict[str, Any]:
    """A target without its secrets."""
    return {
        "key": target.pk, "url": target.url, "events": target.events, "scope": target.scope, "state": target.state,
        "reason": target.reason, "after": target.after, "version": target.version,
        "failing_since": target.failing_since.isoformat() if target.failing_since else None,
        "made_at": target.made_at.isoformat(),
    }  # fmt: skip


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.key, "type": row.type, "number": row.number, "state": row.state, "attempt": row.attempt,
        "not_before": row.not_before.isoformat() if row.state == Delivery.State.WAITING else None, "status": row.status,
        "failure": row.failure, "milliseconds": row.milliseconds, "made_at": row.made_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
    }  # fmt: skip


def _mine(request: Request, key: str) -> Target:
    found = Target.objects.filter(pk=key, person__code=actor_of(request).code).first()
    if found is None:
        raise Http404(_("Nothing of yours has this key."))
    return found


def _body(request: Request) -> dict[str, Any]:
    Parameters.of(dict(request.query_params.lists()), ())
    body = request.data
    if not isinstance(body, dict):
        raise Refused("/", _("must be an object"))
    return body


def _pointed(refused: Refused) -> Refused:
    """The fields stand in the body itself, not in a payload."""
    return Refused(refused.field if refused.field.startswith("/") else f"/{refused.field}", refused.reason)


def _reply(target: Target, status: int = 200, **more: Any) -> Response:
    headers = {"Cache-Control": "no-store", "ETag": f'"{target.version}"'}
    if status == 201:
        headers["Location"] = f"/api/v1/webhooks/{target.pk}/"
    return Response(shown(target) | more, status=status, headers=headers)


class Webhooks(Listing):
    parameters = PAGING
    stored = False
    falling = False

    def rank(self, row: Mapping[str, Any]) -> list[Any]:
        return [row["made_at"], row["key"]]

    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        self.code = actor_of(request).code
        return super().answer(request, parameters, moment, **address)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        return [shown(row) for row in Target.objects.filter(person__code=self.code).order_by("made_at", "pk")]

    @documented(shapes.Webhook, parameters, page=True, operation="webhooks", summary="One's own webhooks.")
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)

    @extend_schema(
        operation_id="make_webhook", summary="A new webhook; its secret is in this answer and nowhere else.", request=shapes.NewWebhook,
        parameters=[IDEMPOTENCY_KEY], responses={201: shapes.WebhookWithSecret, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body, code = _body(request), actor_of(request).code

        def make() -> Response:
            try:
                target, secret = webhooks.make(Person.objects.get(code=code), body)
            except Refused as refused:
                raise _pointed(refused) from None
            return _reply(target, 201, secret=secret)

        return once(request, code, make, hidden=("secret",))


class Webhook(APIView):
    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    @extend_schema(
        operation_id="webhook", summary="One webhook.", responses={200: shapes.Webhook, **PROBLEMS},
    )  # fmt: skip
    def get(self, request: Request, key: str) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        return _reply(_mine(request, key))

    @extend_schema(
        operation_id="change_webhook", summary="Change a webhook; `state` active makes a disabled one go on from where it stood.",
        request=shapes.ChangedWebhook, parameters=[IF_MATCH], responses={200: shapes.Webhook, **PROBLEMS},
    )  # fmt: skip
    def patch(self, request: Request, key: str) -> Response:
        body, target = _body(request), _unmoved(request, key)
        try:
            if not webhooks.change(target, body):
                raise Stale
        except Refused as refused:
            raise _pointed(refused) from None
        target.refresh_from_db()
        nudge(send_webhooks)
        return _reply(target)

    @extend_schema(
        operation_id="remove_webhook", summary="Remove a webhook with what waits for it.", parameters=[IF_MATCH],
        responses={204: OpenApiResponse(None, "It is removed."), **PROBLEMS},
    )  # fmt: skip
    def delete(self, request: Request, key: str) -> Response:
        Parameters.of(dict(request.query_params.lists()), ())
        target = _unmoved(request, key)
        # Held until it is deleted: what goes with it is read first, and a delete by its version would look at that no more.
        with transaction.atomic():
            held = Target.objects.select_for_update().filter(pk=target.pk, version=target.version).first()
            if held is None:
                raise Stale
            held.delete()
        return Response(status=204, headers={"Cache-Control": "no-store"})


def _unmoved(request: Request, key: str) -> Target:
    target, given = _mine(request, key), request.headers.get("If-Match")
    if given is not None and f'"{target.version}"' not in parse_etags(given) and given.strip() != "*":
        raise Stale
    return target


class Rotation(APIView):
    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    @extend_schema(
        operation_id="rotate_webhook_secret", summary="A new secret; the old one signs too for a day.", request=None, parameters=[IDEMPOTENCY_KEY],
        responses={200: shapes.WebhookWithSecret, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request, key: str) -> Response:
        _nothing(request)
        target = _mine(request, key)

        def make() -> Response:
            try:
                secret = webhooks.rotate(target)
            except Refused:
                raise Stale from None
            target.refresh_from_db()
            return _reply(target, secret=secret)

        return once(request, actor_of(request).code, make, hidden=("secret",))


class Test(APIView):
    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    @extend_schema(
        operation_id="test_webhook", summary="Send a message that says nothing (`tracker.test`), once.", request=None, parameters=[IDEMPOTENCY_KEY],
        responses={202: shapes.DeliveryShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request, key: str) -> Response:
        _nothing(request)
        target = _mine(request, key)

        def make() -> Response:
            made = webhooks.test(target)
            return Response(_delivery(made), status=202, headers={"Cache-Control": "no-store"})

        response = once(request, actor_of(request).code, make)
        nudge(send_webhooks)
        return response


class Deliveries(Listing):
    parameters = ("state", *PAGING)
    stored = False
    falling = True

    def rank(self, row: Mapping[str, Any]) -> list[Any]:
        return [row["made_at"], row["number"], row["id"]]

    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    def answer(self, request: Request, parameters: Parameters, moment: Moment, **address: str) -> Any:
        self.target = _mine(request, address["key"])
        return super().answer(request, parameters, moment, **address)

    def read(self, parameters: Parameters, moment: Moment, **address: str) -> Any:
        state = parameters.choice("state", Delivery.State.values)
        rows = self.target.deliveries.order_by("-made_at", "-number", "-pk")
        return [_delivery(row) for row in (rows.filter(state=state) if state else rows)]

    @documented(
        shapes.DeliveryShape, parameters, page=True, missing=True, operation="webhook_deliveries",
        summary="What became of each message, the newest first; what was taken is listed for thirty days.",
    )  # fmt: skip
    def get(self, request: Request, **address: str) -> Response:
        return super().get(request, **address)


class Redelivery(APIView):
    authentication_classes = (ByToken,)
    permission_classes = (ByTable,)

    @extend_schema(
        operation_id="redeliver", summary="Send a message again, with the id that it had.", request=None, parameters=[IDEMPOTENCY_KEY],
        responses={202: shapes.DeliveryShape, **PROBLEMS},
    )  # fmt: skip
    def post(self, request: Request, key: str, delivery: str) -> Response:
        _nothing(request)
        target = _mine(request, key)

        def make() -> Response:
            try:
                made = webhooks.again(target, delivery)
            except Refused:
                raise Http404(_("Nothing of yours has this key.")) from None
            return Response(_delivery(made), status=202, headers={"Cache-Control": "no-store"})

        response = once(request, actor_of(request).code, make)
        nudge(send_webhooks)
        return response


def _nothing(request: Request) -> None:
    """These take no body; an empty object does no harm."""
    Parameters.of(dict(request.query_params.lists()), ())
    if request.META.get("CONTENT_LENGTH") not in (None, "", "0") and request.data != {}:
        raise Refused("/", _("takes no body"))
