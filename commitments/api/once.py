"""`Idempotency-Key`: a request that is sent again, after a timeout or by fifty threads at once, is done once.

What is written and the answer that is kept are one transaction, so a program that dies in between has done neither. A request that
was refused leaves nothing behind and may be sent again with the same key.
"""

import hashlib
import json
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from commitments import clock
from commitments.ledger.canonical import canonical
from commitments.ledger.turns import in_turn
from commitments.models.partner import Answered
from commitments.models.person import Person

LONGEST = 200


class OtherRequest(APIException):
    """The key came with another request before."""

    status_code = 422
    default_code = "idempotency-key-reused"
    default_detail = gettext_lazy("This Idempotency-Key was used for another request; take a new one.")


def once(
    request: Request, code: str, make: Callable[[], Response], *, hidden: tuple[str, ...] = ()
) -> Response:
    """Make an answer, or give again the one that the key got. `code`: the person whose keys these are. `hidden` fields are null
    when it is given again: what is shown once is not kept."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return make()
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise ParseError(
            _("Idempotency-Key: 1 to %(n)s characters of ASCII that can be seen.") % {"n": LONGEST},
            "invalid-idempotency-key",
        )
    person, digest = Person.objects.get(code=code), _digest(request)
    with in_turn(), transaction.atomic():
        try:
            with transaction.atomic():  # of two at once the second waits here for the end of the first
                row = Answered.objects.create(person=person, key=key, request_sha256=digest, at=clock.now())
        except IntegrityError:
            return _again(Answered.objects.get(person=person, key=key), digest)
        response = make()
        Answered.objects.filter(pk=row.pk).update(
            status=response.status_code,
            location=response.headers.get("Location", ""),
            body=json.dumps(response.data | dict.fromkeys(hidden)),
        )
    return response


def _digest(request: Request) -> str:
    said = f"{request.method}\n{request.path}\n{canonical_or_text(request.data)}"
    return hashlib.sha256(said.encode()).hexdigest()


def canonical_or_text(data: object) -> str:
    """Canonical JSON where there is one (no floats), so that the order of keys and blanks make no other request."""
    try:
        return canonical(data)
    except ValueError:
        return json.dumps(data, sort_keys=True)


def _again(row: Answered, digest: str) -> Response:
    if row.request_sha256 != digest:
        raise OtherRequest
    headers = {"Idempotency-Replayed": "true", "Cache-Control": "no-store"}
    if row.location:
        headers["Location"] = row.location
    return Response(json.loads(row.body), status=row.status, headers=headers)
