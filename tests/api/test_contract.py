"""The contract: committed, served as it is committed, and broken by nobody unnoticed."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from commitments.api.contract import breaking, operations
from commitments.ledger import schemas
from commitments.reasons import PROBLEMS, REASONS

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.json"
FIRST = Path(__file__).parent / "contract-1.0.json"  # never made anew: what partners built on
BODIES = Path(settings.BASE_DIR) / "docs" / "bodies.json"
pytestmark = [pytest.mark.django_db, pytest.mark.engineless]


def test_what_is_served_is_what_is_committed(client: Client) -> None:
    served = client.get("/api/v1/schema/").json()
    assert served == json.loads(COMMITTED.read_text()), "run `make contract` and look at what it changed"


def test_a_schema_of_a_body_never_changes() -> None:
    """Of each kind and format that was ever published; a new one is added to the committed list, which `make contract` does."""
    committed = json.loads(BODIES.read_text())
    now = {f"{kind}.{number}": schemas.schema_of(kind, number) for kind, number in schemas.names()}
    assert {name: now.get(name) for name in committed} == committed
    assert set(now) == set(committed), "run `make contract`: it adds the new ones"


def test_nothing_that_partners_built_on_is_broken() -> None:
    assert breaking(json.loads(FIRST.read_text()), json.loads(COMMITTED.read_text())) == []


def _commitment(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["components"]["schemas"]["Commitment"]
    return found


def _new_proposal(schema: dict[str, Any]) -> dict[str, Any]:
    body = schema["paths"]["/api/v1/proposals/"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    found: dict[str, Any] = schema["components"]["schemas"][body["$ref"].rsplit("/", 1)[1]]
    return found


BREAKS = {
    "is gone": lambda s: s["paths"].pop("/api/v1/sources/"),
    "the parameter status is gone": lambda s: s["paths"]["/api/v1/commitments/"]["get"]["parameters"].remove(
        next(p for p in s["paths"]["/api/v1/commitments/"]["get"]["parameters"] if p["name"] == "status")
    ),
    "is required now": lambda s: s["paths"]["/api/v1/actions/"]["get"]["parameters"][0].update(required=True),
    "the parameter after: may not be integer any more": lambda s: s["paths"]["/api/v1/changes/"]["get"]["parameters"][0]["schema"].update(type="boolean"),
    ".title: is gone": lambda s: _commitment(s)["properties"].pop("title"),
    ".strength: may be string now": lambda s: _commitment(s)["properties"]["strength"].update(type="string"),
    ".key: may be null now": lambda s: _commitment(s)["properties"]["key"].update(type=["string", "null"]),
    ".code: may be missing now": lambda s: _commitment(s)["required"].remove("code"),
    "has values that it had not": lambda s: _commitment(s)["properties"]["kind"]["enum"].append("other"),
    "the body: needs reason now": lambda s: s["components"]["schemas"]["WithReasonRequest" if "WithReasonRequest" in s["components"]["schemas"] else "WithReason"].update(required=["reason"]),
    "the body.kind: takes fewer values": lambda s: _new_proposal(s)["properties"]["kind"].update(enum=["assessment"]),
    "the body.payload: may not be object any more": lambda s: _new_proposal(s)["properties"]["payload"].update(type="string"),
    "the body.declaration: has a narrower maxLength": lambda s: _new_proposal(s)["properties"]["declaration"].update(maxLength=3),
    "the body: takes key no longer": lambda s: _new_proposal(s)["properties"].pop("key"),
    "the parameter status: takes fewer values": lambda s: next(p for p in s["paths"]["/api/v1/commitments/"]["get"]["parameters"] if p["name"] == "status")["schema"].update(enum=["stalled"]),
    "the body: takes no other fields now": lambda s: _new_proposal(s).update(additionalProperties=False),
    "the body.key: has another pattern": lambda s: _new_proposal(s)["properties"]["key"].update(pattern="^x"),
    "asks for another authentication": lambda s: s["paths"]["/api/v1/proposals/"]["post"].update(security=[{"other": []}]),
    "no longer answers 201": lambda s: s["paths"]["/api/v1/proposals/"]["post"]["responses"].pop("201"),
}  # fmt: skip


@pytest.mark.parametrize("words", BREAKS)
def test_each_break_is_seen(words: str) -> None:
    old = json.loads(COMMITTED.read_text())
    new = copy.deepcopy(old)
    BREAKS[words](new)
    found = breaking(old, new)
    assert any(words in line for line in found), found


def test_what_is_added_breaks_nobody() -> None:
    old = json.loads(COMMITTED.read_text())
    new = copy.deepcopy(old)
    new["paths"]["/api/v1/more/"] = new["paths"]["/api/v1/sources/"]
    new["paths"]["/api/v1/actions/"]["get"]["parameters"].append(
        {"in": "query", "name": "more", "schema": {"type": "string"}}
    )
    _commitment(new)["properties"]["more"] = {"type": "string"}
    form = next(p for p in new["paths"]["/api/v1/export/"]["get"]["parameters"] if p["name"] == "format")
    form["schema"].pop("enum")
    new["paths"]["/api/v1/proposals/"]["post"]["security"].append({"other": []})
    assert breaking(old, new) == [] and breaking(new, old) != []


def test_every_operation_has_a_name_words_and_its_problems() -> None:
    seen = set()
    for path, method, operation in operations(json.loads(COMMITTED.read_text())):
        assert operation["operationId"] not in seen and operation["summary"], (path, method)
        seen.add(operation["operationId"])
        assert {"400", "401", "403", "406", "429", "503"} <= set(operation["responses"]), (path, method)
        assert all(response["description"] for response in operation["responses"].values())
    assert len(seen) >= 48


def test_every_code_of_a_problem_is_in_the_guide() -> None:
    guide = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
    told = set(re.findall(r"`([a-z][a-z-]+)`", guide))
    source = "\n".join(p.read_text() for p in (Path(settings.BASE_DIR) / "commitments" / "api").glob("*.py"))
    codes = (
        {code for _title, code in PROBLEMS.values()}
        | set(REASONS)
        | set(re.findall(r'default_code = "([a-z-]+)"', source))
    )
    codes |= set(re.findall(r'ParseError\([^)]*?"([a-z-]+)"\s*\)', source, re.DOTALL)) | {
        "rule-broken",
        "insufficient-scope",
    }
    pages_only = {"csrf", "not-as-issued", "schedule-required"}
    assert codes - told - pages_only == set()
