"""Proposals by program: the rules of the page, with pointers."""

import base64
import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from commitments import clock
from commitments.accounts import tokens
from commitments.ledger import proposals, verbs
from commitments.ledger.kinds import CHANGING
from commitments.ledger.wellformed import Refused
from commitments.models.happening import Happening
from commitments.models.person import Person, Token
from commitments.models.proposal import Proposal
from commitments.readings import changes
from tests.broken import RULES, by, holds
from tests.ledger.test_proposals import BROKEN
from tests.story import LIU, N6C, NURLAN, cast, person, propose, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> str:
    cast()
    person("csto-robot", "service", ["CSTO"])
    return tokens.issue(Person.objects.get(code="p-csto-robot"))


def send(token: str, body: Any, **headers: str) -> Any:
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    return Client().post(
        "/api/v1/proposals/",
        raw,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"} | headers,
    )


def see(token: str, path: str = "") -> Any:
    return Client().get(f"/api/v1/proposals/{path}", headers={"Authorization": f"Bearer {token}"})


def test_a_program_proposes_and_follows(token: str) -> None:
    made = send(token, {"kind": "assessment", "payload": report()})
    assert made.status_code == 201, made.content
    key = made.json()["key"]
    assert made.headers["Location"] == f"/api/v1/proposals/{key}/"
    assert made.json()["organization"] == "CSTO" and made.json()["state"] == "submitted"
    proposals.send_back(key=key, reason="Which year?", by=NURLAN)
    found = see(token, f"{key}/")
    assert (found.json()["state"], found.json()["reason"]) == ("returned", "Which year?") and found.headers[
        "Cache-Control"
    ] == "no-store"
    again = send(token, {"kind": "assessment", "payload": report(because={"en": "In 2025."}), "key": key})
    assert again.status_code == 201 and again.json()["key"] == key
    proposals.accept(key=key, by=NURLAN)
    ((_kind, assessment),) = see(token, f"{key}/").json()["result"]
    commitment = Client().get(f"/api/v1/commitments/{N6C}/").json()
    assert commitment["status"]["value"] == "partially_fulfilled" and commitment["disagrees"] is True
    assert commitment["reported"][0] | {"because": {}} == {
        "organization": "CSTO",
        "value": "largely_fulfilled",
        "effective_on": "2025-10-31",
        "because": {},
        "assessment": assessment,
    }
    assert Client().get("/api/v1/summary/").json()["disagreements"] == 1
    assert Client().get("/api/v1/commitments/?disagreement=true").json()["count"] == 1
    assert see(token, "?state=accepted").json()["count"] == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"value": "done"}, "/payload/value"), ({"effective_on": "2009-03-26"}, "/payload/effective_on"), ({"because": {}}, "/payload/because"),
        ({"because": {"en": "a\u202eb"}}, "/payload/because"), ({"commitment": "x"}, "/payload/commitment"), ({"basis": ["x"]}, "/payload/basis"),
        ({"source_url": "javascript:x"}, "/payload/source_url"), ({"organization": "KAZ"}, "/payload/organization"),
        ({"because": {"en": "x" * 6000}}, "/payload/because"), ({"a/b": 1}, "/payload/a~1b"), ({"confidence": 7}, "/payload/confidence"),
    ],
)  # fmt: skip
def test_each_rule_has_its_pointer(token: str, change: dict[str, Any], pointer: str) -> None:
    head = changes.head()
    reply = send(token, {"kind": "assessment", "payload": report(**change)})
    assert reply.status_code == 400 and reply.headers["Content-Type"] == "application/problem+json"
    assert pointer in {error["pointer"] for error in reply.json()["errors"]}
    assert changes.head() == head


@pytest.mark.engineless
@pytest.mark.parametrize(("change", "field"), BROKEN)
def test_every_rule_that_the_ledger_has_the_api_tells_with_its_pointer(
    token: str, change: dict[str, Any], field: str
) -> None:
    head = changes.head()
    reply = send(token, {"kind": "assessment", "payload": report(**change)})
    assert reply.status_code == 400
    pointers = [error["pointer"] for error in reply.json()["errors"]]
    assert any(p == f"/payload/{field}" or p.startswith(f"/payload/{field}/") for p in pointers), pointers
    assert changes.head() == head and not Proposal.objects.exists()


def test_a_body_without_measure_is_a_problem_of_the_whole(token: str) -> None:
    reply = send(token, b'{"kind": "' + b"x" * 4_000_001 + b'"}')
    assert reply.status_code == 413
    assert reply.json()["errors"] == [
        {"pointer": "", "code": "too-large", "detail": "The body is larger than 4000000 bytes."}
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "party", "payload": {}}, "/kind"), ({"kind": "assessment"}, "/payload"), ({"kind": "assessment", "payload": [], "x": 1}, "/x"),
        ({"kind": "assessment", "payload": {}, "declaration": "nope"}, "/declaration"), ({"kind": "assessment", "payload": {}, "seen": -1}, "/seen"),
        ({"kind": "assessment", "payload": {}, "seen": True}, "/seen"),
    ],
)  # fmt: skip
def test_the_frame_of_a_body_is_checked(token: str, body: Any, pointer: str) -> None:
    reply = send(token, body)
    assert reply.status_code == 400 and reply.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"kind": "assessment", "payload": {"because": {"en": "\\ud800"}}}',
        '{"a": 1, "a": 2}',
        '{"kind": NaN}',
        "[" * 5000,
        b"\xff",
    ],
)
def test_a_body_that_is_no_strict_json_is_a_problem(token: str, body: str | bytes) -> None:
    reply = send(token, body)
    assert reply.status_code == 400 and reply.headers["Content-Type"] == "application/problem+json"
    assert not Proposal.objects.exists()


def test_a_character_that_cannot_be_stored_has_its_pointer(token: str) -> None:
    reply = send(token, '{"kind": "assessment", "payload": {"because": {"en": "a\\u0000"}}}')
    assert reply.json()["errors"][0]["pointer"] == "/payload/because/en"


def test_the_same_sent_twice_is_one_proposal(token: str) -> None:
    assert [send(token, {"kind": "assessment", "payload": report()}).status_code for _ in range(3)] == [
        201,
        409,
        409,
    ]
    assert Proposal.objects.count() == 1


def test_messages_are_in_the_language_that_was_asked_for(token: str) -> None:
    reply = send(token, {"kind": "assessment", "payload": report(confidence="")}, **{"Accept-Language": "zh"})
    assert reply.json()["errors"][0]["detail"] == "必须填写"


def test_only_a_token_that_holds_opens_it(token: str) -> None:
    assert Client().get("/api/v1/proposals/").status_code == 401
    for bad in ("dt_nope", "nope", token[:-1], ""):
        reply = see(bad)
        assert reply.status_code == 401 and reply.headers["WWW-Authenticate"] == "Bearer", bad
    assert Client().get(f"/api/v1/proposals/?token={token}").status_code == 401
    with time_machine.travel(clock.now() + timedelta(days=366)):
        assert see(token).status_code == 401
    verbs.grant(person="p-csto-robot", role="service", active=False, by="p-ada", because="ended")
    assert see(token).status_code == 401
    verbs.grant(person="p-csto-robot", role="service", organizations=["CSTO"], by="p-ada", because="again")
    tokens.end(Person.objects.get(code="p-csto-robot"))
    assert see(token).status_code == 401


def test_a_token_is_kept_as_a_digest(token: str) -> None:
    row = Token.objects.get()
    assert token not in (row.sha256, str(row)) and len(row.sha256) == 64 and len(token) > 40
    with pytest.raises(Refused, match="service account"):
        tokens.issue(Person.objects.get(code="p-anna"))


def test_a_program_sees_what_is_of_its_organizations(token: str) -> None:
    key = propose()
    other = propose(report(organization="KAZ"), by="p-bek")
    assert see(token, f"{key}/").status_code == 200
    assert see(token, f"{other}/").status_code == 404
    assert see(token).json()["count"] == 1
    assert send(token, {"kind": "assessment", "payload": report(), "key": other}).status_code == 404


def test_what_a_role_does_not_propose_is_forbidden(token: str) -> None:
    assert send(token, {"kind": "withdrawal", "payload": {}}).status_code == 403
    assert Client().put("/api/v1/proposals/", headers={"Authorization": f"Bearer {token}"}).status_code == 405


def test_two_changes_of_one_action_conflict(token: str) -> None:
    fact = Happening.objects.filter(category="action", organizations__organization="CSTO").first()
    assert fact
    payload = {
        "action": fact.pk, "because": "clearer", "kind": fact.kind, "date": fact.date, "end_date": fact.end_date, "title": {"en": "New"},
        "description": fact.description, "organizations": ["CSTO"], "commitments": list(fact.commitments.values_list("commitment_id", flat=True)),
        "sources": list(fact.sources.values_list("source_id", flat=True)),
    }  # fmt: skip
    reply = send(token, {"kind": "action_change", "payload": payload, "seen": 3})
    found = reply.json()
    assert reply.status_code == 409 and found["code"] == "conflict"
    assert found["seen"] == fact.recorded and found["current"]["title"] == fact.title
    assert {"field": "title", "before": fact.title, "after": {"en": "New"}} in found["differences"]


def test_a_change_says_what_it_has_seen(token: str) -> None:
    reply = send(token, {"kind": "action_change", "payload": {}})
    assert reply.status_code == 400 and reply.json()["errors"][0]["pointer"] == "/seen"


@pytest.mark.engineless  # the rules themselves are broken on both engines, in tests/ledger
@pytest.mark.parametrize(("kind", "change", "field"), RULES)
def test_every_rule_of_every_kind_has_its_pointer_too(
    token: str, kind: str, change: dict[str, Any], field: str
) -> None:
    proposals.accept(key=propose(), by=NURLAN)
    payload, head, waiting = holds(kind, **change), changes.head(), Proposal.objects.count()
    seen = {"seen": head["number"]} if kind in CHANGING else {}
    refused = send(token, json.dumps({"kind": kind, "payload": payload, **seen}))
    assert changes.head() == head and Proposal.objects.count() == waiting
    if by(kind) == LIU:  # a partner's program does not propose it, whatever it says
        assert refused.status_code == 403
        return
    assert refused.status_code == 400
    for language, letters in (("ru", "[а-яё]"), ("zh", "[一-鿿]"))[len(kind + field) % 2 :][
        :1
    ]:  # in the reader's language
        told = send(
            token, json.dumps({"kind": kind, "payload": payload, **seen}), **{"Accept-Language": language}
        ).json()
        assert all(re.search(letters, error["detail"]) for error in told["errors"]), told["errors"]
    pointers = [error["pointer"] for error in refused.json()["errors"]]
    assert any(p == f"/payload/{field}" or p.startswith(f"/payload/{field}/") for p in pointers), pointers


def test_pages_of_a_list_that_moves_skip_nobody_and_name_nobody_twice(token: str) -> None:
    days = [f"2025-10-{day:02d}" for day in range(1, 13)]
    made = [
        send(token, {"kind": "assessment", "payload": report(effective_on=day)}).json()["key"] for day in days
    ]
    page = see(token, "?state=submitted&page_size=4").json()
    seen = [row["key"] for row in page["results"]]
    assert seen == made[:7:-1] and page["count"] == 12
    for key in (
        made[11],
        made[8],
        made[0],
    ):  # the newest and the last that were read go, and one that was not
        proposals.withdraw(key=key, by="p-csto-robot")
    newer = send(token, {"kind": "assessment", "payload": report(effective_on="2025-10-30")}).json()["key"]
    while page["next"]:
        page = see(token, page["next"].split("/proposals/")[1]).json()
        seen += [row["key"] for row in page["results"]]
    assert seen == [*made[:7:-1], *made[7:0:-1]] and newer not in seen
    backwards: list[str] = [row["key"] for row in page["results"]]
    while page["previous"]:
        page = see(token, page["previous"].split("/proposals/")[1]).json()
        backwards = [*(row["key"] for row in page["results"]), *backwards]
    assert backwards == [newer, made[10], made[9], *made[7:0:-1]]  # each once, in its place


@pytest.mark.parametrize("row", [[], ["a"], [1, 2], None, {}, [[]], [None]])
def test_a_cursor_that_nobody_made_is_refused(token: str, row: Any) -> None:
    send(token, {"kind": "assessment", "payload": report()})
    send(token, {"kind": "assessment", "payload": report(effective_on="2025-10-30")})
    given = see(token, "?page_size=1").json()["next"].split("cursor=")[1].split("&")[0]
    opened = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([*opened[:4], row, opened[5]]).encode()).decode().rstrip("=")
    assert see(token, f"?page_size=1&cursor={forged}").status_code == 400
