"""A program that sends the same again, many at once, or what has moved: done once, all or none, and told."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from commitments import clock
from commitments.accounts import clients, tokens
from commitments.ledger import proposals
from commitments.models.entry import Entry
from commitments.models.partner import Answered
from commitments.models.person import Person, Token
from commitments.models.proposal import Proposal
from commitments.tasks import reconcile
from tests.api.test_api import get
from tests.story import N6C, NURLAN, cast, person, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> str:
    cast()
    person("csto-robot", "service", ["CSTO"])
    return tokens.issue(Person.objects.get(code="p-csto-robot"))


def send(token: str, path: str, body: Any, **headers: str) -> Any:
    return Client().post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json",
        headers={"Authorization": f"Bearer {token}"} | headers,
    )  # fmt: skip


BODY = {"kind": "assessment", "payload": report()}


def test_a_request_that_is_sent_again_is_done_once(token: str) -> None:
    key = {"Idempotency-Key": "a-1"}
    first, again = (
        send(token, "proposals/", BODY, **key),
        send(token, "proposals/", dict(reversed(BODY.items())), **key),
    )
    assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
    assert (
        again.headers["Idempotency-Replayed"] == "true"
        and again.headers["Location"] == first.headers["Location"]
    )
    assert Proposal.objects.count() == 1 and "Idempotency-Replayed" not in first.headers
    other = send(token, "proposals/", BODY | {"payload": report(value="fulfilled")}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    for bad in ("", "x" * 201, "ключ".encode().decode("latin-1")):
        assert (
            send(token, "proposals/", BODY, **{"Idempotency-Key": bad}).json()["code"]
            == "invalid-idempotency-key"
        )
    person("other", "service", ["CSTO"])
    second = tokens.issue(Person.objects.get(code="p-other"))
    assert send(second, "proposals/", BODY, **key).status_code == 201  # keys are each partner's own
    assert Proposal.objects.count() == 2


def test_what_was_refused_may_be_sent_again_with_its_key(token: str) -> None:
    key = {"Idempotency-Key": "a-1"}
    bad = {"kind": "assessment", "payload": report(value="nonsense")}
    assert send(token, "proposals/", bad, **key).status_code == 400 and not Answered.objects.exists()
    assert send(token, "proposals/", BODY, **key).status_code == 201


def test_answers_are_forgotten_after_a_week(token: str) -> None:
    send(token, "proposals/", BODY, **{"Idempotency-Key": "a-1"})
    reconcile()
    assert Answered.objects.exists()
    with time_machine.travel(clock.now() + clients.KEPT + timedelta(minutes=1)):
        assert clients.forget_answers(clock.now()) == 1


def test_a_batch_is_one_transaction(token: str) -> None:
    second = {"kind": "comment", "payload": {"commitment": N6C, "text": "Seen."}}
    made = send(token, "proposals/batch/", {"proposals": [BODY, second]})
    assert made.status_code == 201, made.content
    keys = [row["key"] for row in made.json()["results"]]
    assert len({Entry.objects.get(subject=key).batch for key in keys}) == 1
    third = {"kind": "comment", "payload": {"commitment": N6C, "text": "Again."}}
    broken = {"kind": "assessment", "payload": report(value="nonsense", because={})}
    refused = send(token, "proposals/batch/", {"proposals": [third, broken, {"kind": "x"}, third]})
    found = refused.json()
    pointers = {e["pointer"] for e in found["errors"]}
    assert refused.status_code == 400
    assert pointers == {
        "/proposals/1/payload/value",
        "/proposals/1/payload/because",
        "/proposals/2/kind",
        "/proposals/3",
    }
    assert Proposal.objects.count() == 2
    for bad in (
        {},
        {"proposals": []},
        {"proposals": [third] * 101},
        {"proposals": [third], "more": 1},
        [third],
    ):
        assert send(token, "proposals/batch/", bad).json()["errors"][0]["pointer"] == "/proposals", bad
    key = {"Idempotency-Key": "b-1"}
    assert [send(token, "proposals/batch/", {"proposals": [third]}, **key).status_code for _ in range(2)] == [
        201,
        201,
    ]
    assert Proposal.objects.count() == 3


def test_a_write_on_what_has_moved_is_told(token: str) -> None:
    made = send(token, "proposals/", BODY)
    address, tag = made.json()["url"].removeprefix("/api/v1/"), made.headers["ETag"]
    asked = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
    seen = Client().get(made.json()["url"], headers=asked)
    assert (
        "Content-Encoding" not in seen.headers
    )  # compressed its tag would be a weak one, which If-Match never matches
    assert seen.headers["ETag"] == tag and seen.headers["Cache-Control"] == "no-store"
    proposals.send_back(key=made.json()["key"], reason="Which year?", by=NURLAN)
    again = BODY | {"key": made.json()["key"], "payload": report(because={"en": "In 2025."})}
    stale = send(token, "proposals/", again, **{"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    now = Client().get(made.json()["url"], headers={"Authorization": f"Bearer {token}"}).headers["ETag"]
    assert send(token, f"{address}withdraw/", {}, **{"If-Match": tag}).status_code == 412
    assert send(token, "proposals/", again, **{"If-Match": now}).status_code == 201
    assert (
        send(token, f"{address}withdraw/", {"reason": "A mistake."}, **{"If-Match": "*"}).json()["state"]
        == "withdrawn"
    )
    assert send(token, f"{address}withdraw/", {}).status_code == 409  # it is withdrawn already
    for bad in ({"reason": 3}, {"why": "x"}, []):
        assert send(token, f"{address}withdraw/", bad).json()["errors"][0]["pointer"] == "/reason"
    assert send(token, "proposals/sco-afg-2009:p-000000000000/withdraw/", {}).status_code == 404


def test_a_token_opens_what_its_scopes_say(token: str) -> None:
    someone = Person.objects.get(code="p-csto-robot")
    reader = tokens.issue(someone, scopes=["read"])
    refused = send(reader, "proposals/", BODY)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient-scope")
    brief = {
        "form": "brief",
        "scope": {"codes": "N6.c"},
        "languages": ["en"],
        "formats": ["json"],
        "end": "2026-01-01",
    }
    assert (
        send(tokens.issue(someone, scopes=["propose"]), "reports/", brief).json()["code"]
        == "insufficient-scope"
    )
    assert send(tokens.issue(someone, scopes=["report"]), "reports/", brief).status_code == 202
    assert get(Client(), f"proposals/?state=submitted&access_token={token}").status_code in (
        400,
        401,
    )  # never in an address


def test_a_token_is_rotated_with_an_overlap(token: str) -> None:
    someone = Person.objects.get(code="p-csto-robot")
    old = Token.objects.get(sha256=tokens.digest_of(token))
    fresh = tokens.rotate(someone, old.pk)
    for one in (token, fresh):
        assert get(Client(), "proposals/", Authorization=f"Bearer {one}").status_code == 200
    with time_machine.travel(clock.now() + tokens.OVERLAP + timedelta(minutes=1)):
        assert get(Client(), "proposals/", Authorization=f"Bearer {token}").status_code == 401
        assert get(Client(), "proposals/", Authorization=f"Bearer {fresh}").status_code == 200
    tokens.end_one(someone, Token.objects.get(sha256=tokens.digest_of(fresh)).pk)
    assert get(Client(), "proposals/", Authorization=f"Bearer {fresh}").status_code == 401
    listed = tokens.listing(someone)
    assert [row["active"] for row in listed] == [False, True] and fresh not in str(listed)
