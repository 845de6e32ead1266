"""What changed in the record and what changed in the world: filters, tables, and the schemas of bodies."""

import csv
import io
import json
from typing import Any

import jsonschema
import pytest
from django.test import Client

from commitments.ledger import bodies, disputes, redact, schemas, verbs
from commitments.ledger.bodies import FORMAT
from commitments.models.entry import Body, Entry
from commitments.readings import changes
from tests.api.test_api import described, get
from tests.conftest import CODE
from tests.story import N6C, cast, judge, propose

pytestmark = pytest.mark.django_db


def rows(client: Client, query: str) -> list[Any]:
    found: list[Any] = get(client, f"changes/?{query}").json()["results"]
    return found


def test_entries_of_a_time_and_of_an_audience(client: Client) -> None:
    cast()
    judge(day="2026-01-02")
    propose()
    last = rows(client, f"after={changes.head()['number'] - 1}")[0]["recorded_at"]
    everything = [e for start in (0, 500) for e in rows(client, f"after={start}")]
    for instant in (last, last.replace("Z", "+00:00"), "2026-01-01T04:30:00+04:30"):
        since = rows(client, f"since={instant}")
        assert (
            all(e["recorded_at"] >= last for e in since)
            if instant.startswith(last[:19])
            else len(since) == 500
        )
    assert rows(client, f"until={last}&after=700") == [
        e for e in everything if e["number"] > 700 and e["recorded_at"] < last
    ]
    for audience in ("public", "restricted"):
        found = [
            e
            for start in (0, 500)
            for e in rows(client, f"audience={audience}&after={start}")
            if e["number"] > start
        ]
        assert {e["number"] for e in found} == {e["number"] for e in everything if e["audience"] == audience}
    assert all(e["body"] is None and e["salt"] is None for e in rows(client, "audience=restricted"))
    for bad in (
        "since=2026-01-01",
        "since=2026-01-01T00:00:00",
        "until=yesterday",
        "audience=all",
        "format=xml",
        "since=2026-13-01T00:00:00Z",
    ):
        reply = get(client, f"changes/?{bad}")
        assert reply.status_code == 400 and reply.json()["errors"][0]["parameter"] == bad.split("=")[0], bad


def test_the_feed_is_a_table_too(client: Client) -> None:
    judge(because={"en": '=HYPERLINK("x")', "zh": "，“引号”"})
    reply = get(client, "changes/?after=700&format=csv")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8" and "ETag" in reply.headers
    table = list(csv.DictReader(io.StringIO(reply.content.decode())))
    feed = rows(client, "after=700")
    assert [int(row["number"]) for row in table] == [e["number"] for e in feed]
    assert [json.loads(row["body"]) for row in table] == [e["body"] for e in feed]
    assert not any(cell.startswith(("=", "+", "@")) for row in table for cell in row.values())


def test_every_body_has_the_published_schema(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.ARCHIVE_DIR = tmp_path
    cast()
    judge()
    proposal = propose()
    assessment = judge(day="2025-02-03")
    payload = {"assessment": assessment, "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}
    disputes.raise_one(payload=payload, by="p-anna")
    verbs.retract(assessment=judge(day="2025-02-02"), because={"en": "no"}, by="p")
    assert proposal
    known = get(client, "schemas/").json()["results"]
    seen = set()
    for number, text in Body.objects.values_list("entry_id", "text"):
        kind, body = Entry.objects.values_list("subject_type", flat=True).get(pk=number), json.loads(text)
        name = f"{kind}.{body['format']}"
        if name not in seen:
            shape = get(client, known[name].removeprefix("/api/v1/")).json()
            jsonschema.Draft202012Validator.check_schema(shape)
            check = jsonschema.Draft202012Validator(shape)
            seen.add(name)
        check = jsonschema.Draft202012Validator(schemas.schema_of(kind, body["format"]))
        assert not list(check.iter_errors(body)), (name, next(check.iter_errors(body)).message)
    assert len(seen) >= 16
    one = json.loads(Body.objects.filter(entry__subject_type="assessment").latest("entry_id").text)
    check = jsonschema.Draft202012Validator(schemas.schema_of("assessment", FORMAT))
    for broken in (one | {"more": 1}, one | {"state": one["state"] | {"value": 3}}, one | {"state": {}}):
        assert list(check.iter_errors(broken))


def test_older_formats_have_schemas_of_their_own(client: Client) -> None:
    first, now = schemas.schema_of("assessment", 1), schemas.schema_of("assessment", FORMAT)

    def fields(schema: dict[str, Any]) -> set[str]:
        return set(schema["properties"]["state"]["properties"])

    assert fields(now) - fields(first) == {"organization", "reviewed_by", "searched", "searched_on"}
    for bad in (
        "assessment.9.json",
        "nothing.1.json",
        "assessment.json",
        "assessment.1",
        "assessment.0.json",
        "assessment.01.json",
    ):
        assert get(client, f"schemas/{bad}").status_code == 404, bad
    named = get(client, "changes/?after=790").json()["schemas"]
    assert named and all(client.get(address).status_code == 200 for address in named.values())


def test_what_changed_in_the_world(client: Client) -> None:
    reply = get(client, "status-changes/?page_size=200").json()
    jsonschema.validate(reply, described(client, "/api/v1/status-changes/"))
    assert [row["on"] for row in reply["results"]] == sorted(row["on"] for row in reply["results"])
    moved = get(client, "assessments/?moved=true&page_size=200").json()["results"]
    assert {row["assessment"] for row in reply["results"]} == {a["key"] for a in moved} and len(
        moved
    ) == reply["count"]
    assert all(row["before"] != row["after"] for row in reply["results"])
    in_2025 = get(client, "status-changes/?from=2025&to=2025").json()
    assert in_2025["count"] == 2 and {row["on"][:4] for row in in_2025["results"]} == {"2025"}
    assert get(client, "status-changes/?from=2025-01&to=2025-12-31").json()["count"] == 2
    assert get(client, "status-changes/?as_of=2014-12-31&from=2015").json()["count"] == 0
    csto = get(client, "status-changes/?organization=CSTO").json()["results"]
    keys = {
        row["key"] for row in get(client, "commitments/?organization=CSTO&page_size=200").json()["results"]
    }
    assert csto and {row["commitment"] for row in csto} <= keys
    for bad in (
        "from=2025-13",
        "to=x",
        "organization=NONE",
        "fields=nope",
        "format=csv&page_size=5",
        "format=csv&cursor=x",
    ):
        assert get(client, f"status-changes/?{bad}").status_code == 400, bad
    table = list(csv.DictReader(io.StringIO(get(client, "status-changes/?format=csv").content.decode())))
    assert [row["assessment"] for row in table] == [row["assessment"] for row in reply["results"]]


def test_the_pages_of_both(client: Client) -> None:
    judge(value="stalled", day="2026-01-05")
    page = client.get("/status-changes/?lang=en&from=2026").content.decode()
    assert 'data-total="1"' in page and N6C in page and "format=csv" in page
    total = get(client, "status-changes/?page_size=200").json()["count"]
    assert f'data-total="{total}"' in client.get("/status-changes/").content.decode()
    assert client.get("/status-changes/?from=abc").status_code == 400
    assert "/status-changes/" in client.get("/changes/").content.decode()


def test_a_redacted_body_is_no_table_cell(client: Client) -> None:
    key = judge(because={"en": "A name that must go."})
    number = Entry.objects.get(subject=key).number
    state = bodies.states("assessment", [number])[number]
    assert state
    done = redact.redact(
        entry=number, replacement=state | {"because": {"en": "—"}}, because="a person's name", by="p"
    )
    reply = get(client, f"changes/?after={number - 1}&limit=1&format=csv").content.decode()
    assert "A name that must go" not in reply and CODE in reply
    body = json.loads(Body.objects.get(pk=done).text)
    jsonschema.validate(body, schemas.schema_of("entry", body["format"]))
