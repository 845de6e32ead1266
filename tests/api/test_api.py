import base64
import functools
import json
import re
from typing import Any

import jsonschema
import pytest
from django.core.cache import caches
from django.test import Client
from rest_framework.exceptions import ParseError

from commitments.api import parsing
from commitments.ledger.canonical import header_hash
from commitments.readings import changes, commitments
from tests.conftest import CODE, PACKAGE, ROOT
from tests.story import N6C, judge

pytestmark = pytest.mark.django_db
LISTS = ["declarations", "editions", "sections", "paragraphs", "commitments", "organizations", "instruments", "actions", "indicators", "sources", "assessments", "reports", "scales"]  # fmt: skip
ONES = {
    "declarations": CODE, "editions": f"{CODE}:zh.1", "commitments": N6C, "organizations": "KAZ", "actions": f"{CODE}:m-isaf",
    "indicators": f"{CODE}:i-opium-ha", "assessments": f"{N6C}@2025-09-26.1", "sources": f"{CODE}:src-sohu",
}  # fmt: skip


def get(client: Client, address: str, **headers: str) -> Any:
    return client.get(f"/api/v1/{address}", headers=headers)


def everything(client: Client, address: str) -> list[Any]:
    found, reply = [], get(client, address).json()
    while True:
        found += reply["results"]
        if not reply["next"]:
            assert reply["count"] == len(found)
            return found
        reply = client.get(reply["next"].removeprefix("http://testserver")).json()


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return {}


@functools.cache
def contract() -> dict[str, Any]:
    """The committed contract: another test compares it with the one that is served."""
    found: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text())
    return found


def described(client: Client, path: str) -> dict[str, Any]:
    document = contract()
    body = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return {
        **body,
        "components": document["components"],
        "$schema": "https://json-schema.org/draft/2020-12/schema",
    }


def test_the_schema_is_openapi_31_and_names_every_resource(client: Client) -> None:
    document = client.get("/api/v1/schema/").json()
    assert document["openapi"].startswith("3.1")
    for name in [*LISTS, "changes", "summary", "search"]:
        assert f"/api/v1/{name}/" in document["paths"]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_the_documented_shape(client: Client, name: str) -> None:
    reply = get(client, f"{name}/?page_size=200")
    assert reply.status_code == 200
    jsonschema.validate(reply.json(), described(client, f"/api/v1/{name}/"))
    if name not in ("reports",):
        assert reply.json()["count"] > 0


@pytest.mark.parametrize("name", ONES)
def test_every_one_has_the_documented_shape(client: Client, name: str) -> None:
    reply = get(client, f"{name}/{ONES[name]}/")
    assert reply.status_code == 200
    jsonschema.validate(reply.json(), described(client, f"/api/v1/{name}/{{key}}/"))


@pytest.mark.parametrize("address", ["changes/", "summary/", "search/?q=毒品", ""])
def test_the_others_have_the_documented_shape(client: Client, address: str) -> None:
    path = f"/api/v1/{address.split('?')[0]}"
    jsonschema.validate(get(client, address).json(), described(client, path))


def test_counts_equal_the_package(client: Client) -> None:
    rows = everything(client, "commitments/?page_size=7")
    assert len(rows) == 64
    sections = [row["section"] for row in rows]
    assert [
        sections.count(s) for s in ("preamble", "narcotics", "terrorism", "organized-crime", "closing")
    ] == [15, 19, 20, 6, 4]


def test_every_quotation_is_its_slice_of_the_edition(client: Client) -> None:
    texts = {
        e["key"]: get(client, f"editions/{e['key']}/").json()["text"] for e in everything(client, "editions/")
    }
    assert texts[f"{CODE}:zh.1"].encode() == (PACKAGE / "source.zh.md").read_bytes()
    quotations = [q for row in everything(client, "commitments/") for q in row["quotations"]]
    assert len(quotations) == 400
    assert all(texts[q["edition"]][q["start"] : q["end"]] == q["exact"] for q in quotations)


def test_a_commitment_as_documented(client: Client) -> None:
    found = get(client, f"commitments/{N6C}/").json()
    assert found["status"]["value"] == "partially_fulfilled"
    assert (found["status"]["since"], found["status"]["effective_on"]) == ("2017-06-02", "2025-09-26")
    assert found["operative_verb"] == "强调 … 应"
    assert {"code": "CSTO", "role": "addressee", "name": found["organizations"][2]["name"]} in found[
        "organizations"
    ]
    assert found["status"]["evidence"][0]["sources"][0]["class"] == "press"
    assert [a["value"] for a in found["assessments"]] == ["partially_fulfilled"] * 3 + [
        "fulfilled",
        "not_started",
    ]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("organization=KAZ&via=membership&role=obligor&kind=commitment_to_act", 18),
        ("organization=AFG&role=obligor&kind=commitment_to_act", 10),
        ("organization=IND&via=membership&role=obligor&kind=commitment_to_act", 0),
        ("status=fulfilled", 7), ("counts=true", 48), ("counts=false", 16), ("section=narcotics,terrorism", 39), ("kind=position", 28),
        ("instrument=UNSCR-1817", 1), ("open=true", 31), ("paragraph=N6", 3), ("changed=2025", 2), ("status=lapsed&as_of=2014-06-30", 0),
        ("status=not_assessed&as_of=2009-03-26", 64), ("scale=house@1", 64),
    ],
)  # fmt: skip
def test_filters(client: Client, query: str, count: int) -> None:
    assert get(client, f"commitments/?{query}").json()["count"] == count


@pytest.mark.parametrize("word", ["观察员国", "毒品", "边界", "Channel", "границ"])
def test_search_finds_what_the_record_says(client: Client, word: str, research: dict[str, Any]) -> None:
    found = {row["key"] for row in everything(client, f"commitments/?q={word}&page_size=200")}
    anchored: dict[str, str] = {}
    for anchor in research["anchors"]["anchors"]:
        anchored[anchor["commitment"]] = anchored.get(anchor["commitment"], "") + anchor["exact"] + "\n"
    said = {
        f"{CODE}:{code}"
        for code, texts in research["translations"]["commitments"].items()
        if word.casefold() in "\n".join([*texts.values(), anchored[code]]).casefold()
    }
    assert said <= found and said


def test_pages_and_api_find_the_same(client: Client) -> None:
    for query in (
        "status=stalled",
        "organization=CSTO",
        "strength=5",
        "verifiable=false",
        "q=граница&section=narcotics",
    ):
        page = client.get(f"/commitments/?{query}").content.decode()
        assert re.search(rf'data-total="{get(client, f"commitments/?{query}").json()["count"]}"', page)


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("commitments/?nope=1", 400, "unknown-parameter"), ("commitments/?status__in=a", 400, "unknown-parameter"), ("commitments/?format=xml", 400, "unknown-parameter"),
        ("commitments/?kind=position&kind=position", 400, "repeated-parameter"), ("commitments/?page_size=100000", 400, "invalid-number"), ("commitments/?page_size=201", 400, "invalid-number"),
        ("commitments/?page_size=0", 400, "invalid-number"), ("commitments/?page_size=1e3", 400, "invalid-number"), ("commitments/?page_size=" + "9" * 30, 400, "invalid-number"),
        ("commitments/?cursor=abc", 400, "invalid-cursor"), ("commitments/?cursor=" + "A" * 400, 400, "invalid-cursor"), ("commitments/?cursor=%C3%A9", 400, "invalid-cursor"),
        ("commitments/?as_of=2009-02-30", 400, "invalid-date"), ("commitments/?as_of=2999", 400, "in-future"), ("commitments/?at=999999999", 400, "beyond-head"), ("commitments/?at=x", 400, "invalid-number"),
        ("commitments/?organization=XXX", 400, "unknown-code"), ("commitments/?declaration=none", 400, "unknown-code"), ("commitments/?status=done", 400, "unknown-value"),
        ("commitments/?q=" + "a" * 201, 400, "too-long"), ("commitments/?q=" + "+".join(f"a{n}" for n in range(25)), 400, "too-long"), ("commitments/?q=%00", 400, "forbidden-character"), ("commitments/%00/", 400, "forbidden-character"),
        ("commitments/?q=%E2%80%AE", 400, "forbidden-character"), ("changes/?after=999999999", 400, "beyond-head"), ("changes/?limit=501", 400, "invalid-number"), ("changes/?after=-1", 400, "invalid-number"),
        ("search/", 400, "required"), ("summary/?declaration=none", 400, "unknown-code"), ("commitments/none/", 404, "not-found"), ("nothing/", 404, "not-found"), ("organizations/kaz/", 404, "not-found"),
        ("export/?after=999999999", 400, "beyond-head"), ("export/?declaration=sco-afg-2009&of=changes", 400, "unknown-value"), ("export/?as_of=2014", 400, "unknown-value"), ("export/?of=commitments&after=1", 400, "unknown-value"),
        ("export/?format=package&of=commitments", 400, "unknown-value"), ("export/?format=package&as_of=2014", 400, "unknown-value"), ("commitments/?fields=nope", 400, "unknown-value"), ("commitments/?role=obligor", 400, "needs-organization"),
        ("commitments/?codes=Z9", 400, "unknown-code"), ("changes/?since=2014", 400, "invalid-instant"), ("status-changes/?from=2015&to=2014", 400, "wrong-order"), ("reports/compare/?a=x&b=y", 400, "unknown-code"),
        ("commitments/?organization=KAZ%27--", 400, "invalid-code"), ("reports/none/", 404, "not-found"), ("editions/none/", 404, "not-found"),
    ],
)  # fmt: skip
def test_every_error_is_a_problem_that_names_the_parameter(
    client: Client, address: str, status: int, code: str
) -> None:
    head = changes.head()
    reply = get(client, address)
    assert reply.status_code == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    body = reply.json()
    assert (body["status"], body["code"]) == (status, code)
    if body["errors"]:
        assert body["errors"][0]["parameter"] in f"{address} q"
    for language, letters in (("zh-CN", "[一-鿿]"), ("ru", "[а-яё]")):
        told = get(client, address, **{"Accept-Language": language}).json()
        assert (told["code"], len(told["errors"])) == (code, len(body["errors"]))
        for words, english in [(told["detail"], body["detail"])] + [(e["detail"], o["detail"]) for e, o in zip(told["errors"], body["errors"], strict=True)]:  # fmt: skip
            assert re.search(letters, words) and words != english, (language, words)
    assert changes.head() == head


@pytest.mark.parametrize(("method", "status"), [("post", 405), ("put", 405), ("delete", 405), ("patch", 405)])
def test_nothing_can_be_written_here(client: Client, method: str, status: int) -> None:
    reply = getattr(client, method)("/api/v1/commitments/", "{}", content_type="application/json")
    assert reply.status_code == status
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_what_is_not_json_is_not_acceptable(client: Client) -> None:
    assert get(client, "commitments/", Accept="text/csv").status_code == 406
    assert get(client, "commitments/", Accept="text/html, */*;q=0.1").status_code == 200


def test_framework_errors_are_problems_too(client: Client) -> None:
    reply = get(client, "commitments/", Host="evil.example")
    assert (reply.status_code, reply.headers["Content-Type"]) == (400, "application/problem+json")


def test_pages_fit_together_while_the_record_moves(client: Client) -> None:
    first = get(client, "commitments/?page_size=40&ordering=status").json()
    judge(value="fulfilled")
    second = client.get(first["next"].removeprefix("http://testserver")).json()
    keys = [row["key"] for row in first["results"] + second["results"]]
    assert len(keys) == len(set(keys)) == 64
    back = client.get(second["previous"].removeprefix("http://testserver")).json()
    assert [r["key"] for r in back["results"]] == [r["key"] for r in first["results"]]


def test_a_cursor_of_another_list_is_refused(client: Client) -> None:
    cursor = get(client, "commitments/?page_size=1").json()["next"].split("cursor=")[1]
    assert get(client, f"commitments/?kind=position&cursor={cursor}").status_code == 400
    assert get(client, f"actions/?cursor={cursor}").status_code == 400


def test_the_feed_is_gapless_in_order_and_chained(client: Client) -> None:
    seen, after = [], 0
    while True:
        reply = get(client, f"changes/?after={after}&limit=97").json()
        seen += reply["results"]
        if not reply["results"]:
            break
        after = seen[-1]["number"]
    assert [e["number"] for e in seen] == list(range(1, reply["head"]["number"] + 1))
    assert seen[-1]["hash"] == reply["head"]["hash"]
    assert all(header_hash(e) == e["hash"] for e in seen)


def test_the_etag_changes_with_the_ledger_only(client: Client) -> None:
    first = get(client, "commitments/")
    tag = first.headers["ETag"]
    assert get(client, "commitments/", **{"If-None-Match": tag}).status_code == 304
    assert get(client, "commitments/?kind=position", **{"If-None-Match": tag}).status_code == 200
    judge()
    assert get(client, "commitments/", **{"If-None-Match": tag}).status_code == 200


def test_what_was_known_then(client: Client) -> None:
    head = changes.head()["number"]
    judge(value="fulfilled")
    assert get(client, "commitments/?status=fulfilled").json()["count"] == 8
    assert get(client, f"commitments/?status=fulfilled&at={head}").json()["count"] == 7


def test_the_licence_is_named(client: Client) -> None:
    assert "creativecommons.org/licenses/by/4.0" in get(client, "commitments/").headers["Link"]
    assert "CC BY 4.0" in get(client, f"declarations/{CODE}/").json()["licence"]["en"]


def test_reading_can_be_closed(client: Client, settings: Any) -> None:
    settings.PUBLIC_READING = False
    assert get(client, "commitments/").status_code == 401


def test_the_browsable_docs_are_there(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200 and b"swagger-ui" in page.content


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "invalid-json"), (b"{", "invalid-json"), (b'{"a":1,"a":2}', "invalid-json"), (b'{"a":NaN}', "invalid-json"), (b'{"a":Infinity}', "invalid-json"), (b'{"a":1e400}', "invalid-json"),
        (b"\xef\xbb\xbf{}", "invalid-json"), ('{"a":1}'.encode("utf-16"), "invalid-json"), (b'{"a":"\xff"}', "invalid-json"), (b"[" * 33 + b"]" * 33, "too-deep"), (b"[" * 100_000, "too-deep"),
        (b'{"k":"\\ud800"}', "forbidden-character"), (b'{"\\ud800":1}', "forbidden-character"), (b'["\\u0000"]', "forbidden-character"), (b"[" + b"1" * 5000 + b"]", "invalid-json"),
    ],
)  # fmt: skip
def test_the_parser_refuses_what_could_not_be_read_again(raw: bytes, code: str) -> None:
    with pytest.raises(ParseError) as refused:
        parsing.loads(raw)
    assert refused.value.get_codes() == code


def test_the_parser_takes_what_is_json() -> None:
    value = {"a": ["“禁毒”", 1, -2.5, None, True, {"b": '[[[{{{\\"'}]}
    assert parsing.loads(json.dumps(value).encode()) == value


@pytest.mark.parametrize("offset", [0, 1, 63, 64, 65, 115, 10**6, 10**17])
@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("row", [["zz"], ["sco-afg-2009:N6.c"], [], [3]])
def test_a_cursor_whose_row_is_gone_goes_on_where_it_stood(
    client: Client, offset: int, back: bool, row: Any
) -> None:
    given = get(client, "commitments/?page_size=10").json()["next"].split("cursor=")[1].split("&")[0]
    opened = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    forged = (
        base64.urlsafe_b64encode(json.dumps([offset, *opened[1:4], row, back]).encode()).decode().rstrip("=")
    )
    page = get(client, f"commitments/?page_size=10&cursor={forged}")
    if row in ([], [3]):
        assert page.status_code == 400 and page.json()["code"] == "invalid-cursor"
    else:
        assert page.status_code == 200 and len(page.json()["results"]) <= 10


def test_a_reading_that_names_an_entry_stays_with_it_while_the_ledger_moves(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = changes.head()["number"]
    before = get(client, f"commitments/{N6C}/?at={at}").json()
    real, written, days = commitments.one, list[str](), list[str]()

    def one(*given: Any) -> Any:
        found = real(*given)
        if not written:
            written.append(judge(day=f"2026-01-{len(days) + 2:02d}"))
            days.append("")
        return found

    monkeypatch.setattr(commitments, "one", one)
    found = get(client, f"commitments/{N6C}/?at={at}")
    assert found.headers["Ledger-Number"] == str(at) and found.json() == before
    caches["pages"].clear()
    written.clear()
    kept = client.get(f"/commitments/{N6C}/?at={at + 1}")
    assert written and kept.headers["Ledger-Number"] == str(at + 1)
    monkeypatch.undo()
    assert client.get(f"/commitments/{N6C}/?at={at + 1}").headers["ETag"] == kept.headers["ETag"]
    assert client.get("/api/v1/schema/?foo=1").status_code == 400
