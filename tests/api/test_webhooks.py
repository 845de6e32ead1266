"""Webhooks: signed, in order, once each for whoever knows the id; hostile receivers, and addresses that lead inside."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import jsonschema
import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.test import Client

from commitments import clock
from commitments.accounts import tokens
from commitments.deliveries import mail, outgoing, webhooks
from commitments.ledger import bodies, redact, verbs
from commitments.ledger.subjects import SUBJECTS
from commitments.models.entry import Entry
from commitments.models.partner import Answered, Delivery, Target
from commitments.models.person import Person
from commitments.readings import changes
from commitments.tasks import send_webhooks
from tests.api.test_api import described, get
from tests.story import N2D, N6C, judge, person

pytestmark = pytest.mark.django_db


class Receiver(http.server.BaseHTTPRequestHandler):
    """What it does with a message stands in the address; what it got stands in `server.got`."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append((self.path, dict(self.headers), body))
        getattr(self, f"do_{self.path.strip('/').split('?')[0]}")()

    def _say(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_ok(self) -> None:
        self._say(200)

    def do_broken(self) -> None:
        self._say(500)

    def do_busy(self) -> None:
        self._say(429, Retry_After="3600")

    def do_later(self) -> None:
        self._say(503, Retry_After=format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True))

    def do_odd(self) -> None:
        self._say(503, Retry_After="Fri, 31 Dec 9999 23:59:59 -2359")

    def do_gone(self) -> None:
        self._say(410)

    def do_moved(self) -> None:
        server: Any = self.server
        self._say(301, Location=f"http://127.0.0.1:{server.server_port}/ok")

    def do_hangs(self) -> None:
        time.sleep(3)

    def do_drips(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(40):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)

    def do_creeps(self) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for _ in range(60):
            self.wfile.write(b"X-A: b\r\n")
            self.wfile.flush()
            time.sleep(0.1)

    def do_endless(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(10_000):
            self.wfile.write(b"x" * 65536)

    def do_noise(self) -> None:
        self.wfile.write(b"\x00\xff" * 50)

    def log_message(self, *_args: Any) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    got: list[tuple[str, dict[str, str], bytes]]

    def handle_error(self, *_args: Any) -> None:
        pass  # whoever hangs up early is what is tested


@pytest.fixture
def receiver(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    settings.WEBHOOK_INTERNAL = True
    monkeypatch.setattr(outgoing, "WHOLE", 0.8)
    monkeypatch.setattr(outgoing, "CONNECT", 0.6)
    server = _Server(("127.0.0.1", 0), Receiver)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def partner() -> dict[str, str]:
    person("robot", "service", ["CSTO"])
    person("ada", "administrator")
    User.objects.filter(username="robot").update(email="robot@example.org")
    User.objects.filter(username="ada").update(email="ada@example.org")
    return {"Authorization": f"Bearer {tokens.issue(Person.objects.get(code='p-robot'))}"}


def send(headers: dict[str, str], path: str, body: Any = None, method: str = "POST", **more: str) -> Any:
    raw = "" if body is None else json.dumps(body)
    return Client().generic(
        method, f"/api/v1/webhooks/{path}", raw, content_type="application/json", headers=headers | more
    )


def target(receiver: _Server, partner: dict[str, str], path: str = "ok", **more: Any) -> tuple[Target, str]:
    made = send(partner, "", {"url": f"http://127.0.0.1:{receiver.server_port}/{path}", **more})
    assert made.status_code == 201, made.content
    return Target.objects.get(pk=made.json()["key"]), made.json()["secret"]


def run() -> int:
    webhooks.plan()
    return webhooks.work_off(clock.now(), at_once=1)


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As the specification says, without any code of ours."""
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(part, f"v1,{wanted}") for part in headers["webhook-signature"].split())


def test_each_entry_comes_once_signed_and_in_order(receiver: _Server, partner: dict[str, str]) -> None:
    judge(day="2026-01-01")  # before the target was made: not its news
    found, secret = target(receiver, partner)
    keys = [judge(day=f"2026-01-0{n}") for n in (2, 3, 4)]
    assert run() == 3 and run() == 0
    bodies = [json.loads(body) for _path, _headers, body in receiver.got]
    assert [b["data"]["subject"] for b in bodies] == keys
    assert {b["type"] for b in bodies} == {"assessment.assess"}
    assert bodies[0]["data"] == changes.feed(bodies[0]["data"]["number"] - 1, 1)[0]
    for _path, headers, body in receiver.got:
        assert verified(secret, headers, body) and not verified(webhooks.new_secret(), headers, body)
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 30
    assert len({headers["webhook-id"] for _path, headers, _body in receiver.got}) == 3
    listed = send(partner, f"{found.pk}/deliveries/", method="GET").json()
    assert [row["state"] for row in listed["results"]] == ["sent"] * 3 and listed["results"][0][
        "status"
    ] == 200
    assert "secret" not in json.dumps(send(partner, "", method="GET").json())


def test_only_what_was_asked_for_and_nothing_restricted(receiver: _Server, partner: dict[str, str]) -> None:
    target(receiver, partner, "ok?all")
    target(receiver, partner, "ok?types", events=["retraction.retract"])
    target(receiver, partner, "ok?scope", scope={"codes": "N2.d"})
    judge(day="2026-01-02")
    other = judge(commitment=N2D, day="2026-01-02")
    person("somebody", "analyst")  # a grant: restricted
    run()
    told = {
        path: [json.loads(b)["data"]["subject"] for p, _h, b in receiver.got if p == path]
        for path, *_ in receiver.got
    }
    assert len(told["/ok?all"]) == 2 and told["/ok?scope"] == [other] and "/ok?types" not in told
    assert all(json.loads(body)["data"]["audience"] == "public" for _p, _h, body in receiver.got)
    assert set(Target.objects.values_list("after", flat=True)) == {changes.head()["number"]}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("broken", "did not take it"), ("odd", "did not take it"), ("moved", "redirects"), ("hangs", "no "), ("creeps", "no whole reply"), ("drips", ""), ("endless", ""), ("noise", "does not speak HTTP"),
    ],
)  # fmt: skip
def test_a_hostile_receiver_costs_little_and_is_asked_again(
    path: str, words: str, receiver: _Server, partner: dict[str, str]
) -> None:
    found, _secret = target(receiver, partner, path)
    judge(day="2026-01-02"), judge(day="2026-01-03")
    started = time.monotonic()
    sent = run()
    assert time.monotonic() - started < 4
    if path in ("endless", "drips"):  # it took it; of what it says nothing is read
        assert sent == 2
        return
    first, second = Delivery.objects.order_by("number")
    assert (sent, first.state, first.attempt) == (0, "waiting", 1) and words in first.failure
    found.refresh_from_db()
    assert found.failing_since is not None and found.not_before >= first.not_before and second.attempt == 0
    judge(day="2026-01-04")  # what comes later waits too: order is kept
    assert len(receiver.got) == 1 and run() == 0 and len(receiver.got) == 1


def test_it_is_tried_for_three_days_and_then_disabled_with_a_letter(
    receiver: _Server, partner: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "shared", clock.now)  # a database's clock does not travel
    found, _secret = target(receiver, partner, "broken")
    judge(day="2026-01-02")
    webhooks.plan()
    now, tries, waits = clock.now() + timedelta(seconds=1), 0, []
    while Target.objects.get().state == "active":
        with time_machine.travel(now, tick=False):
            webhooks.work_off(clock.now(), at_once=1)
        one, tries = Delivery.objects.get(), tries + 1
        if Target.objects.get().state == "active":
            waits.append((one.not_before - now).total_seconds())
            now = one.not_before + timedelta(seconds=1)
        assert tries < 20
    assert tries == len(webhooks.DELAYS) + 1 and 60 * 3600 < sum(waits) < 92 * 3600
    assert all(abs(w / d.total_seconds() - 1) <= 0.21 for w, d in zip(waits, webhooks.DELAYS, strict=True))
    assert len({w / d.total_seconds() for w, d in zip(waits, webhooks.DELAYS, strict=True)}) > 5  # jitter
    assert len({h["webhook-id"] for _p, h, _b in receiver.got}) == 1 and len(receiver.got) == tries
    found.refresh_from_db()
    assert found.state == "disabled" and "three days" in found.reason
    mail.work_off(now + timedelta(hours=1))
    assert {to for letter in outbox.outbox for to in letter.to} == {"robot@example.org", "ada@example.org"}
    judge(day="2026-01-03")
    assert run() == 0  # nothing is sent to it, and nothing is lost
    Target.objects.update(url=f"http://127.0.0.1:{receiver.server_port}/ok")
    assert send(partner, f"{found.pk}/", {"state": "active"}, "PATCH").json()["state"] == "active"
    assert run() == 2  # the one that was not taken, and the one that came since
    assert [json.loads(b)["data"]["number"] for p, _h, b in receiver.got[-2:]] == sorted(
        Delivery.objects.values_list("number", flat=True)
    )


def test_retry_after_is_honoured_and_gone_is_gone(receiver: _Server, partner: dict[str, str]) -> None:
    for path, least in (("busy", 3600), ("later", 7100)):
        Target.objects.all().delete()
        target(receiver, partner, path)
        judge(day="2026-01-02")
        run()
        assert (Target.objects.get().not_before - clock.now()).total_seconds() > least - 5
        judge(day="2026-01-03")
        assert run() == 0 and len(receiver.got) == 1
        receiver.got.clear()
    Target.objects.all().delete()
    found, _secret = target(receiver, partner, "gone")
    judge(day="2026-01-05")
    run()
    found.refresh_from_db()
    assert (found.state, Delivery.objects.get().state) == ("disabled", "waiting") and "410" in found.reason


def test_a_secret_is_rotated_and_both_sign_for_a_day(receiver: _Server, partner: dict[str, str]) -> None:
    found, old = target(receiver, partner)
    new = send(partner, f"{found.pk}/rotate/").json()["secret"]
    judge(day="2026-01-02")
    run()
    _path, headers, body = receiver.got[-1]
    assert old != new and verified(old, headers, body) and verified(new, headers, body)
    with time_machine.travel(clock.now() + webhooks.OVERLAP + timedelta(minutes=1)):
        judge(day="2026-01-03")
        run()
    _path, headers, body = receiver.got[-1]
    assert verified(new, headers, body) and not verified(old, headers, body)


def test_a_test_and_a_redelivery(receiver: _Server, partner: dict[str, str]) -> None:
    found, secret = target(receiver, partner)
    made = send(partner, f"{found.pk}/test/")
    assert made.status_code == 202 and made.json()["type"] == "tracker.test"
    run()
    judge(day="2026-01-02")
    run()
    first = Delivery.objects.latest("pk")
    again = send(partner, f"{found.pk}/deliveries/{first.key}/redeliver/")
    assert again.status_code == 202 and run() == 1
    ids = [headers["webhook-id"] for _p, headers, _b in receiver.got]
    assert len(ids) == 3 and ids[1] == ids[2] and all(verified(secret, h, b) for _p, h, b in receiver.got)
    assert send(partner, f"{found.pk}/deliveries/msg_none/redeliver/").status_code == 404
    for shape, path in (("webhooks", ""), ("webhooks/{key}/deliveries", f"{found.pk}/deliveries/")):
        reply = send(partner, path, method="GET").json()
        jsonschema.validate(reply, described(Client(), f"/api/v1/{shape}/"))


def test_a_webhook_is_changed_by_its_partner_alone(receiver: _Server, partner: dict[str, str]) -> None:
    found, _secret = target(receiver, partner)
    seen = send(partner, f"{found.pk}/", method="GET")
    changed = send(
        partner, f"{found.pk}/", {"events": ["report.issue"]}, "PATCH", **{"If-Match": seen.headers["ETag"]}
    )
    assert (changed.status_code, changed.json()["events"]) == (200, ["report.issue"])
    for method, body in (("PATCH", {"events": []}), ("DELETE", None)):
        stale = send(partner, f"{found.pk}/", body, method, **{"If-Match": seen.headers["ETag"]})
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    person("other", "service", ["KAZ"])
    other = {"Authorization": f"Bearer {tokens.issue(Person.objects.get(code='p-other'))}"}
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "rotate/"),
        ("POST", "test/"),
        ("GET", "deliveries/"),
    ):
        body = {} if method == "PATCH" else None
        assert send(other, f"{found.pk}/{path}", body, method).status_code == 404, path
    assert get(Client(), "webhooks/").status_code == 401
    once = {"Idempotency-Key": "w"}
    twice = [send(partner, "", {"url": "http://127.0.0.1:9/x"}, **once).json() for _ in range(2)]
    assert twice[0]["key"] == twice[1]["key"] and Target.objects.count() == 2
    assert (
        twice[0]["secret"]
        and twice[1]["secret"] is None
        and twice[0]["secret"] not in Answered.objects.get().body
    )
    assert send(partner, f"{found.pk}/", method="DELETE").status_code == 204 and not Delivery.objects.filter(
        target=found.pk
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"), ({"url": 3}, "/url"), ({"url": "http://example.org/"}, "/url"), ({"url": "ftp://example.org/"}, "/url"), ({"url": "https://a:b@example.org/"}, "/url"),
        ({"url": "https://example.org/#x"}, "/url"), ({"url": "https://"}, "/url"), ({"url": "https://example.org:99999/"}, "/url"), ({"url": "https://[::1"}, "/url"), ({"url": "https://exa mple.org/"}, "/url"),
        ({"url": "https://пример.рф/"}, "/url"), ({"url": "https://example.org/" + "x" * 500}, "/url"), ({"url": "https://example.org/", "events": "all"}, "/events"),
        ({"url": "https://example.org/", "events": ["x"]}, "/events"), ({"url": "https://example.org/", "events": ["asessment.assess"]}, "/events"), ({"url": "https://example.org/", "scope": {"section": "nowhere"}}, "/scope"), ({"url": "https://example.org/", "scope": {"status": "stalled"}}, "/scope"),
        ({"url": "https://example.org/", "state": "disabled"}, "/state"), ({"url": "https://example.org/", "secret": "mine"}, "/secret"), ([], ""),
    ],
)  # fmt: skip
def test_each_rule_of_a_webhook_names_its_field(body: Any, pointer: str, partner: dict[str, str]) -> None:
    refused = send(partner, "", body)
    assert refused.status_code == 400 and refused.json()["errors"][0]["pointer"] == pointer
    assert not Target.objects.exists()


INSIDE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2002:7f00:1::",
    "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2001:db8::1", "2001:0:0:0:0:0:80ff:fffe", "100::1",
]  # fmt: skip
OUTSIDE = [
    "93.184.215.14",
    "1.1.1.1",
    "2606:4700:4700::1111",
    "64:ff9b::101:101",
    "2002:101:101::1",
    "::ffff:1.1.1.1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_leads_inside(address: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    assert not outgoing.public(address)
    rows = [(2, 1, 6, "", ("1.1.1.1", 443)), (2, 1, 6, "", (address, 443))]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_a, **_k: rows)
    with pytest.raises(outgoing.Unreachable, match="not public"):
        outgoing.post("https://rebind.example/", b"{}", {})


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_public(address: str) -> None:
    assert outgoing.public(address)


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_other_spellings_of_this_machine_lead_nowhere(host: str, receiver: _Server, settings: Any) -> None:
    settings.WEBHOOK_INTERNAL = False
    for scheme in ("http", "https"):
        with pytest.raises(outgoing.Unreachable):
            outgoing.post(f"{scheme}://{host}:{receiver.server_port}/ok", b"{}", {})
    assert receiver.got == []


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, receiver: _Server
) -> None:
    """A name that answers differently a moment later leads nowhere: it is asked once."""
    asked: list[str] = []

    def answer(host: str, port: int, *_rest: Any, **_more: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", answer)
    reply = outgoing.post(f"http://rebind.example:{receiver.server_port}/ok", b"{}", {})
    # create_connection asks for the address that it was given, never for the name
    assert reply.status == 200 and asked[0] == "rebind.example" and set(asked[1:]) <= {"127.0.0.1"}
    assert receiver.got[0][1]["Host"] == f"rebind.example:{receiver.server_port}"
    assert N6C


def test_a_partner_whose_role_was_taken_away_is_told_no_more(
    receiver: _Server, partner: dict[str, str]
) -> None:
    target(receiver, partner)
    judge(day="2026-01-02")
    verbs.grant(
        person="p-robot",
        role="service",
        organizations=["CSTO"],
        active=False,
        by="p-ada",
        because="the contract ended",
    )
    assert run() == 0 and receiver.got == []
    assert get(Client(), "webhooks/", **partner).status_code == 401  # its token opens nothing any more
    verbs.grant(person="p-robot", role="service", organizations=["CSTO"], by="p-ada", because="renewed")
    assert run() == 1


def test_what_was_planned_for_a_partner_that_left_is_not_sent(
    receiver: _Server, partner: dict[str, str]
) -> None:
    target(receiver, partner)
    judge(day="2026-01-02")
    webhooks.plan()
    verbs.grant(
        person="p-robot", role="service", organizations=["CSTO"], active=False, by="p-ada", because="ended"
    )
    assert webhooks.work_off(clock.now(), at_once=1) == 0 and receiver.got == []


def test_a_scope_that_cannot_be_read_any_more_holds_up_nobody(
    receiver: _Server, partner: dict[str, str]
) -> None:
    broken, _secret = target(receiver, partner, "ok?broken", scope={"codes": "N2.d"})
    target(receiver, partner, "ok?whole")
    state = SUBJECTS["commitment"].states([N2D])[N2D]
    verbs.amend(
        subject_type="commitment",
        subject=N2D,
        state=state | {"retired": True, "replacements": [N6C]},
        by="p",
        because="split",
    )
    judge(day="2026-01-02")
    assert run() == 2 and {path for path, _h, _b in receiver.got} == {"/ok?whole"}
    broken.refresh_from_db()
    assert broken.state == "disabled" and "codes" in broken.reason
    mended = send(partner, f"{broken.pk}/", {"scope": {"codes": "N6.c"}, "state": "active"}, "PATCH")
    assert mended.status_code == 200 and run() == 1


def test_a_redaction_is_told_to_whom_the_words_were_told(receiver: _Server, partner: dict[str, str]) -> None:
    target(receiver, partner, scope={"codes": "N6.c"})
    number = Entry.objects.get(subject=judge(day="2026-01-02", because={"en": "A name."})).number
    state = bodies.states("assessment", [number])[number]
    assert state
    redact.redact(entry=number, replacement=state | {"because": {"en": "-"}}, because="a name", by="p")
    assert run() == 2
    told = [json.loads(body)["data"] for _p, _h, body in receiver.got]
    assert [t["verb"] for t in told] == ["assess", "redact"] and "A name." not in json.dumps(told)


def test_who_writes_wakes_the_messages_and_who_reads_does_not(
    receiver: _Server, partner: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr("commitments.web.middleware.nudge", woken.append)
    body = {"kind": "comment", "payload": {"commitment": N6C, "text": "Seen."}}

    def propose_one() -> Any:
        return Client().post(
            "/api/v1/proposals/", json.dumps(body), content_type="application/json", headers=partner
        )

    Client().get("/api/v1/summary/")
    assert woken == []
    target(receiver, partner)
    assert propose_one().status_code == 201 and woken == [send_webhooks]
    assert propose_one().status_code == 409 and woken == [
        send_webhooks
    ]  # the same waits already: nothing was written
    Client().get("/api/v1/summary/")
    assert woken == [send_webhooks]


def test_a_test_that_fails_is_sent_once_and_holds_up_nothing(
    receiver: _Server, partner: dict[str, str]
) -> None:
    found, _secret = target(receiver, partner, "gone")
    first = send(partner, f"{found.pk}/test/").json()["id"]
    second = send(partner, f"{found.pk}/test/").json()["id"]
    run()
    found.refresh_from_db()
    assert (found.state, found.failing_since) == (Target.State.ACTIVE, None)
    rows = {row.key: (row.state, row.status, row.attempt) for row in Delivery.objects.all()}
    assert rows == {first: ("failed", 410, 1), second: ("failed", 410, 1)}
    Target.objects.filter(pk=found.pk).update(url=found.url.replace("gone", "ok"))
    judge(day="2026-01-02")
    assert run() == 1 and len(receiver.got) == 3  # at once: nothing waits for a test


def test_a_write_that_is_sent_again_is_done_once(receiver: _Server, partner: dict[str, str]) -> None:
    found, _secret = target(receiver, partner)
    for path in ("rotate/", "test/"):
        first, again = (
            send(partner, f"{found.pk}/{path}", **{"Idempotency-Key": f"once {path}"}) for _ in range(2)
        )
        assert again.headers["Idempotency-Replayed"] == "true" and first.status_code == again.status_code
        assert again.json() == first.json() | ({"secret": None} if path == "rotate/" else {})
    assert Delivery.objects.count() == 1
    version = Target.objects.get().version
    same = send(partner, f"{found.pk}/", {"events": found.events}, method="PATCH")
    assert same.status_code == 200 and Target.objects.get().version == version


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]", "2130706433", "0x7f.1", "10.0.0.1", "[::ffff:0:127.0.0.1]", "[3fff::1]"])  # fmt: skip
def test_an_address_that_is_written_out_and_is_not_public_is_refused_at_once(
    host: str, partner: dict[str, str], settings: Any
) -> None:
    settings.WEBHOOK_INTERNAL = False
    reply = send(partner, "", {"url": f"https://{host}/hook"})
    assert reply.status_code == 400 and reply.json()["errors"][0]["pointer"] == "/url"
