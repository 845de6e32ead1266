"""What a program may ask of a reading beside its filters: less, more, the reasons of a figure, and how often."""

import gzip
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.core.cache import cache
from django.test import Client

from commitments.accounts import tokens
from commitments.ledger import proposals
from commitments.models.person import Person
from commitments.readings import changes, organizations
from tests.api.test_api import described, everything, get
from tests.conftest import CODE
from tests.story import N6C, NURLAN, SOURCE, cast, judge, person, propose

pytestmark = pytest.mark.django_db


def bearer(code: str = "robot") -> dict[str, str]:
    person(code, "service", ["CSTO"])
    return {"Authorization": f"Bearer {tokens.issue(Person.objects.get(code=f'p-{code}'))}"}


def test_only_the_fields_that_were_asked_for(client: Client) -> None:
    rows = everything(client, "commitments/?fields=key,status&page_size=30")
    assert len(rows) == 64 and all(set(row) == {"key", "status"} for row in rows)
    assert set(get(client, f"commitments/{N6C}/?fields=title").json()) == {"title"}
    refused = get(client, "commitments/?fields=key,status__value")
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown-value")
    assert "operative_verb" in refused.json()["errors"][0]["detail"]  # the allowed ones are named
    assert get(client, "changes/?fields=number").json()["code"] == "unknown-parameter"


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("commitments/?section=narcotics", "actions,declaration,indicators,instruments,organizations"), (f"commitments/{N6C}/?", "actions,organizations"), ("actions/?", "commitments,organizations"),
        ("assessments/?year=2025", "commitment"), ("indicators/?", "commitments"), ("instruments/?", "commitments"), ("sources/?", "declaration"),
    ],
)  # fmt: skip
def test_what_is_named_stands_beside_it_once(client: Client, address: str, names: str) -> None:
    plain, found = get(client, address).json(), get(client, f"{address}&expand={names}").json()
    beside = found.pop("expanded")
    rows = found.get("results", [found])
    if "next" in found:  # the cursor knows the parameters
        plain["next"] = found["next"] = None
    assert found == plain and set(beside) == set(names.split(","))
    for name in names.split(","):
        named = set()
        for row in rows:
            value = row[name]
            for item in value if isinstance(value, list) else [value]:
                named.add(item["code"] if isinstance(item, dict) else item)
        assert set(beside[name]) == named and all(beside[name].values())
    many = {"commitment": "commitments", "declaration": "declarations"}
    for name in beside:
        for key, thing in list(beside[name].items())[:2]:
            shape = described(client, f"/api/v1/{many.get(name, name)}/")
            jsonschema.validate({"count": 1, "next": None, "previous": None, "results": [thing]}, shape)
            assert key in (thing.get("key"), thing.get("code"))
    assert get(client, f"{address}&expand=sections").status_code == 400


def test_every_figure_is_explained(client: Client) -> None:
    judge(value="stalled", day="2026-01-05")
    found = get(client, "summary/?explain=1").json()
    jsonschema.validate(found, described(client, "/api/v1/summary/"))
    figures, behind = found["explain"]["figures"], found["explain"]["commitments"]
    assert len(behind) == 64 and "explain" not in get(client, "summary/").json()
    for prefix, of in [("", found), *((f"sections.{code}.", f) for code, f in found["sections"].items())]:
        assert len(figures[f"{prefix}total"]["numerator"]) == of["commitments"]
        assert len(figures[f"{prefix}counting"]["numerator"]) == of["counting"]
        for value, n in of["by_status"].items():
            keys = figures[f"{prefix}by_status.{value}"]["numerator"]
            assert len(keys) == n and {behind[key]["value"] for key in keys} == {value}
        share = figures[f"{prefix}fulfilled"]
        if of["counting"]:
            assert (len(share["numerator"]), len(share["denominator"])) == (
                of["fulfilled"]["k"],
                of["fulfilled"]["n"],
            )
        assert set(share["rule"]) == {"en", "zh", "ru"}
    assert len(figures["disputed"]["numerator"]) == found["disputed"]

    def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, int]]:
        for name, inner in value.items():
            if isinstance(inner, dict) and name not in ("explain", "fulfilled"):
                yield from leaves(inner, (*path, name))
            elif isinstance(inner, int) and name != "ledger_number":
                yield ".".join((*path, name)), inner

    plain = dict(leaves(found))
    assert len(plain) > 70 and {name: len(figures[name]["numerator"]) for name in plain} == plain
    few = get(client, "summary/?fields=fulfilled,total").json()
    assert few == {"fulfilled": found["fulfilled"], "total": 64}
    assert figures["by_status.not_started"]["numerator"] == []  # a figure that is zero is explained too
    assert behind[N6C]["assessment"] and behind[N6C]["evidence"][0]["sources"]


def test_what_is_refused_is_said_in_the_language_of_the_reader(client: Client) -> None:
    chinese = get(client, "commitments/?nope=1", **{"Accept-Language": "zh-CN"})
    assert chinese.headers["Content-Language"] == "zh-hans" and "Accept-Language" in chinese.headers["Vary"]
    assert "nope" in chinese.json()["detail"] and "参数" in chinese.json()["detail"]
    assert "允许的参数：as_of" in chinese.json()["errors"][0]["detail"]
    russian = get(client, "commitments/none/", **{"Accept-Language": "ru"}).json()
    assert russian["title"] != get(client, "commitments/none/").json()["title"]
    data = get(client, "summary/", **{"Accept-Language": "zh-CN"})
    assert data.content == get(client, "summary/").content and "Content-Language" not in data.headers


def test_conditional_requests_know_weak_tags_and_stars(client: Client) -> None:
    tag = get(client, "commitments/").headers["ETag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        reply = get(client, "commitments/", **{"If-None-Match": header})
        assert (reply.status_code, reply.content, reply.headers["ETag"]) == (304, b"", tag), header
    for header in (tag[1:-1], '"other"'):
        assert get(client, "commitments/", **{"If-None-Match": header}).status_code == 200, header
    head = client.head("/api/v1/commitments/")
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", tag)


def test_whoever_reads_without_a_token_may_do_so_from_any_site(client: Client) -> None:
    reply = get(client, "summary/", Origin="https://newsroom.example")
    assert (
        reply.headers["Access-Control-Allow-Origin"] == "*"
        and "ETag" in reply.headers["Access-Control-Expose-Headers"]
    )
    assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"

    def preflight(**headers: str) -> Any:
        return client.options("/api/v1/summary/", headers={"Origin": "https://x.example", **headers})

    assert preflight(**{"Access-Control-Request-Method": "GET"}).headers["Access-Control-Allow-Origin"] == "*"
    for closed in (
        {"Access-Control-Request-Method": "POST"},
        {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"},
    ):
        assert "Access-Control-Allow-Origin" not in preflight(**closed).headers
    assert "Access-Control-Allow-Origin" not in get(client, "summary/", **bearer()).headers
    assert (
        "Access-Control-Allow-Origin" not in client.get("/", headers={"Origin": "https://x.example"}).headers
    )


def test_a_limit_is_told_before_it_is_reached_and_passes(client: Client, settings: Any) -> None:
    cache.clear()
    settings.API_LIMIT_ADDRESS, settings.API_LIMIT_TOKEN = 3, 5
    token = bearer()
    left = [get(client, "scales/").headers["RateLimit"].split(";")[1] for _ in range(3)]
    assert left == ["r=2", "r=1", "r=0"]
    refused = get(client, "scales/")
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert (
        1 <= int(refused.headers["Retry-After"]) <= 60
        and refused.headers["RateLimit-Policy"] == '"address";q=3;w=60'
    )
    assert (
        get(client, "scales/", Authorization="Bearer dt_guess").status_code == 429
    )  # a guess is no way around
    assert get(client, "scales/", **token).headers["RateLimit"].startswith('"token";r=4')
    assert client.get("/").status_code == 200  # pages are not counted
    cache.clear()
    assert get(client, "scales/").status_code == 200


def test_a_cache_that_is_down_limits_nobody(client: Client, settings: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    reply = get(client, "scales/")
    assert reply.status_code == 200 and "RateLimit" not in reply.headers


def test_a_token_opens_a_closed_tracker(client: Client, settings: Any) -> None:
    settings.PUBLIC_READING = False
    cast()
    assert get(client, "commitments/").status_code == 401
    token = bearer()
    for path in ("/reports/report.schema.json", "/commitments/", "/reports/none/report.json"):
        assert client.get(path).status_code == 302  # a person signs in
        refused = client.get(path, headers={"Authorization": "Bearer dt_nobody"})
        assert refused.status_code == 401 and refused.headers["Content-Type"] == "application/problem+json"
        assert client.get(path, headers=token).status_code == (404 if "none" in path else 200), path
    reply = get(client, "commitments/", **token)
    assert reply.status_code == 200 and reply.headers["Cache-Control"] == "private, no-store"
    assert "Access-Control-Allow-Origin" not in get(client, "commitments/").headers


def test_the_organizations_of_a_list_are_those_of_the_list(client: Client, now: Any) -> None:
    listed = {row["code"]: row for row in organizations.listing(now)}
    beside = get(client, f"commitments/{N6C}/?expand=organizations").json()["expanded"]["organizations"]
    assert all(row == listed[code] for code, row in beside.items()) and len(beside) >= 3
    assert changes.head()["number"] >= 801 and CODE


def test_what_the_framework_refuses_is_a_problem_too(client: Client) -> None:
    token = bearer()

    def send(raw: bytes, kind: str = "application/json", path: str = "proposals/") -> Any:
        return client.generic("POST", f"/api/v1/{path}", raw, content_type=kind, headers=token)

    for reply, status, code in (
        (send(b"{}", "application/json; charset=nope"), 415, "unsupported-media-type"), (send(b"a=1", "application/x-www-form-urlencoded"), 415, "unsupported-media-type"),
        (client.generic("POST", "/api/v1/proposals/", gzip.compress(b"{}"), content_type="application/json", headers=token | {"Content-Encoding": "gzip"}), 415, "unsupported-media-type"),
        (send(b" " * 4_000_001), 413, "too-large"), (send(b"{"), 400, "invalid-json"), (send(b"{}", path="commitments/"), 405, "method-not-allowed"),
        (get(client, "commitments/", Host="evil.example"), 400, "bad-request"), (get(client, "nothing/"), 404, "not-found"), (get(client, "commitments/", Accept="text/turtle"), 406, "not-acceptable"),
    ):  # fmt: skip
        assert (reply.status_code, reply.headers["Content-Type"], reply.json()["code"]) == (
            status,
            "application/problem+json",
            code,
        )
    squeezed = client.generic("POST", "/api/v1/proposals/", b"x", content_type="application/json", headers=token | {"Content-Encoding": "br"})  # fmt: skip
    assert squeezed.headers["Accept-Encoding"] == "identity"
    assert set(send(b"{}", path="commitments/").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "POST" in client.put("/api/v1/proposals/", headers=token).headers["Allow"]
    for query in (
        "commitments/?title__icontains=a",
        "commitments/?page_size=5&page_size=5",
        "sources/?kind__in=press",
    ):
        assert (
            "allowed are" in get(client, query).json()["detail"]
            or "more than once" in get(client, query).json()["detail"]
        )


def test_a_file_may_be_asked_for_by_its_type(client: Client) -> None:
    for query, kind in (
        ("changes/?format=csv", "text/csv"),
        ("status-changes/?format=csv", "text/csv"),
        ("export/", "application/x-ndjson"),
        ("export/?format=package", "application/zip"),
    ):
        assert get(client, query, Accept=kind).status_code == 200, query
    head = client.head("/api/v1/export/?format=csv")
    assert (head.status_code, b"".join(head.streaming_content)) == (200, b"")
    assert head.headers["Content-Type"].startswith("text/csv")


def test_a_scale_by_its_key(client: Client) -> None:
    (listed,) = get(client, "scales/").json()["results"]
    assert get(client, f"scales/{listed['key']}/").json() == listed
    assert get(client, "scales/none@1/").status_code == 404


def test_a_star_matches_only_what_is_there(client: Client) -> None:
    for address, status in (("commitments/zzz/", 404), ("commitments/?status=bogus", 400), ("changes/?after=99999999", 400), ("search/", 400), ("commitments/", 304), ("summary/", 304)):  # fmt: skip
        assert get(client, address, **{"If-None-Match": "*"}).status_code == status, address
    for path, status in (
        ("/commitments/zzz/", 404),
        ("/commitments/?status=bogus", 400),
        ("/commitments/", 304),
    ):
        assert client.get(path, headers={"if-none-match": "*"}).status_code == status, path


def test_evidence_that_was_attached_to_a_commitment_stands_with_it(client: Client) -> None:
    cast()
    payload = {
        "supports": "commitment",
        "target": N6C,
        "passage": "The exact words.",
        "accessed_on": "2026-11-01",
        **SOURCE,
    }
    proposals.accept(key=propose(payload, kind="evidence"), by=NURLAN)
    (attached,) = get(client, f"commitments/{N6C}/").json()["evidence"]
    assert (attached["passage"], attached["source"]["url"]) == ("The exact words.", SOURCE["source_url"])


def test_the_hits_of_a_search_go_on_group_by_group(client: Client) -> None:
    asked = "search/?q=毒品&page_size=2&fields=key"
    first = get(client, asked).json()
    walked: dict[str, list[str]] = {}
    for group in first["results"]:
        keys = walked.setdefault(group["group"], [hit["key"] for hit in group["hits"]])
        assert all(set(hit) == {"key"} for hit in group["hits"])
        following = group["next"]
        while following:
            page = client.get(following).json()
            (only,) = page["results"]
            assert only["group"] == group["group"] and only["count"] == page["count"] == group["count"]
            keys += [hit["key"] for hit in only["hits"]]
            following = only["next"]
        assert len(keys) == len(set(keys)) == group["count"]
    whole = get(client, "search/?q=毒品&page_size=200").json()["results"]
    assert {g["group"]: [hit["key"] for hit in g["hits"]] for g in whole} == walked
    assert sum(map(len, walked.values())) == first["count"] > 20
    only = get(client, "search/?q=毒品&group=action,source").json()
    assert [g["group"] for g in only["results"]] == ["action", "source"]
    following = next(g["next"] for g in first["results"] if g["group"] == "commitment")
    for wrong in (
        following.replace("group=commitment", "group=action"),
        following.replace("&group=commitment", ""),
    ):
        assert client.get(wrong).json()["code"] == "invalid-cursor"
    assert get(client, "search/?q=毒品&group=people").json()["code"] == "unknown-value"
