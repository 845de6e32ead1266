from collections import Counter
from datetime import date
from typing import Any

import pytest

from commitments import clock
from commitments.readings import (
    commitments,
    happenings,
    indicators,
    organizations,
    overview,
    search,
    sources,
    text,
)
from commitments.readings.moment import Moment, resolve
from commitments.readings.parameters import Parameters, Refused
from tests.conftest import CODE
from tests.story import N6C, judge, on

pytestmark = pytest.mark.django_db


def values(day: str, **wanted: Any) -> Counter[str]:
    rows = commitments.listing(commitments.Filter(declaration=CODE, **wanted), on(day)).rows
    return Counter(row["status"]["value"] for row in rows)


@pytest.mark.parametrize("year", range(2009, 2026))
def test_counts_at_the_end_of_each_year_are_those_of_the_research(
    year: int, research: dict[str, Any]
) -> None:
    last = f"{year}-12-31"
    latest: dict[str, tuple[str, int, str]] = {}
    for number, row in enumerate(research["history"]["assessments"]):
        if row["effective_on"] <= last:
            latest[row["commitment"]] = max(
                latest.get(row["commitment"], ("", 0, "")), (row["effective_on"], number, row["value"])
            )
    assert values(last) == Counter(value for _, _, value in latest.values())
    counts = {value: rule["counts"] for value, rule in research["history"]["rubric"].items()}
    rollup = commitments.listing(commitments.Filter(declaration=CODE), on(last)).rollup
    assert rollup.counting == sum(counts[value] for _, _, value in latest.values())


def test_today_seven_are_fulfilled_of_48_that_count(now: Moment) -> None:
    rollup = commitments.listing(commitments.Filter(declaration=CODE), now).rollup
    assert (rollup.by_value["fulfilled"], rollup.counting, rollup.total) == (7, 48, 64)


def test_the_headline_by_kind(now: Moment) -> None:
    found = overview.summary(CODE, now)
    assert found
    assert found["kinds"] == {"commitment_to_act": 18, "position": 28, "call_on_others": 11, "recognition": 7}


def test_before_adoption_nothing_is_assessed() -> None:
    assert values("2009-03-26") == Counter({"not_assessed": 64})
    rollup = commitments.listing(commitments.Filter(declaration=CODE), on("2009-03-26")).rollup
    assert (rollup.counting, rollup.share("fulfilled")) == (0, None)


def test_n5a_differs_between_june_2014_and_june_2015() -> None:
    def status(day: str) -> str:
        return str(commitments.one("sco-afg-2009:N5.a", on(day))["status"]["value"])  # type: ignore[index]

    assert (status("2014-06-30"), status("2015-06-30")) == ("ongoing", "lapsed")


def test_since_and_last_reviewed_differ_for_35(now: Moment) -> None:
    rows = commitments.listing(commitments.Filter(declaration=CODE), now).rows
    assert sum(row["status"]["since"] != row["status"]["effective_on"] for row in rows) == 35


@pytest.mark.parametrize(
    ("code", "undertakings"), [("KAZ", 18), ("CHN", 18), ("AFG", 10), ("IND", 0), ("BLR", 0)]
)
def test_what_a_state_undertook(code: str, undertakings: int, now: Moment) -> None:
    portfolio = organizations.one(code, now)["portfolios"][0]  # type: ignore[index]
    assert len(portfolio["undertaken"]) == undertakings
    assert portfolio["undertaken_through"] == (["SCO-MS"] if code in ("KAZ", "CHN") else [])


def test_why_india_undertook_nothing(now: Moment) -> None:
    (portfolio,) = organizations.one("IND", now)["portfolios"]  # type: ignore[index]
    (membership,) = portfolio["joined_later"]
    assert (membership["group"], membership["start"], portfolio["adopted_on"]) == (
        "SCO-MS",
        "2017-06-09",
        "2009-03-27",
    )


def test_an_organization_that_ended_is_shown_as_ended() -> None:
    assert organizations.one("ISAF", on("2014-12-31"))["validity"] == "current"  # type: ignore[index]
    ended = organizations.one("ISAF", on("2015-01-01"))
    assert ended
    assert (ended["validity"], ended["event"]["key"]) == ("ended", "sco-afg-2009:m-isaf")


def test_a_state_never_ends_and_carries_its_event(now: Moment) -> None:
    afghanistan = organizations.one("AFG", now)
    assert afghanistan
    assert (afghanistan["validity"], afghanistan["successor"]) == ("current", None)
    assert afghanistan["event"]["title"]["en"] == "Change of authorities in Kabul"


def test_one_organization_under_all_its_names_in_the_text(now: Moment) -> None:
    def places(code: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for place in organizations.one(code, now)["in_text"]:  # type: ignore[index]
            found.setdefault(place["name"], []).append(place["paragraph"])
        return found

    assert places("CSTO") == {"集体安全条约组织": ["P7", "N6"], "集安条约组织": ["N3", "N6", "K2"]}
    assert places("UN")["联合国"] == [
        "P6",
        "P7",
        "N1",
        "N2",
        "N3",
        "K2",
    ]  # and not where the Security Council is meant
    assert "OPEN" in places("SCO")["上海合作组织"] and "N2" in places("SCO")["上合组织"]


def test_memberships_have_dates(now: Moment) -> None:
    uzbekistan = {m["group"]: m["validity"] for m in organizations.one("UZB", now)["memberships"]}  # type: ignore[index]
    assert uzbekistan == {"SCO-MS": "current", "CSTO": "ended", "CARICC": "current"}


def test_a_fact_that_is_not_verified_is_listed_and_never_counted(now: Moment) -> None:
    rests = overview.rests_on(CODE, now)
    rows = happenings.listing(happenings.Filter(declaration=CODE), now)
    assert rests["actions"] + rests["events"] == sum(row["verified"] for row in rows) == 98
    assert rests["unverified"] == 4
    assert (
        "sco-afg-2009:a-arms-agr" not in happenings.linked_to(["sco-afg-2009:C1.a"], now)["sco-afg-2009:C1.a"]
    )
    assert any(not row["verified"] for row in rows)


def test_actions_show_from_their_date() -> None:
    def dated(day: str) -> set[str]:
        return {
            row["key"]
            for row in happenings.listing(happenings.Filter(commitment="sco-afg-2009:N7.a"), on(day))
        }

    assert "sco-afg-2009:m-caricc-open" not in dated("2009-12-08")
    assert "sco-afg-2009:m-caricc-open" in dated("2009-12-09")


def test_measurements_show_from_their_date() -> None:
    def last(day: str) -> str:
        return str(indicators.one("sco-afg-2009:i-opium-ha", on(day))["measurements"][-1]["date"])  # type: ignore[index]

    assert (last("2012-12-30"), last("2012-12-31")) == ("2011", "2012")


def test_silence_is_measured_from_the_newest_verified_fact(now: Moment) -> None:
    silent = overview.read(CODE, now, clock.today())["silent"]  # type: ignore[index]
    assert len(silent) == 31
    dates = [(row["newest_evidence"] or {}).get("on", "") for row in silent]
    assert dates == sorted(dates)


def test_both_clocks_hold_in_every_detail(now: Moment) -> None:
    assert sources.one("sco-afg-2009:src-devd-2025", on("2009-12-31"))["measurements"] == []  # type: ignore[index]
    assert sources.one("sco-afg-2009:src-sohu", on("2026-01-01", 1)) is None
    assert organizations.one("AFG", on("2012-01-01")).get("event") is None  # type: ignore[union-attr]
    assert indicators.listing(on("2026-01-01", 1)) == []
    unverified = next(
        s for s in sources.listing(Parameters({}), now) if s["key"] == "sco-afg-2009:src-china-mil"
    )
    assert (unverified["facts"], unverified["unverified"]) == (0, 1)


def test_a_correction_that_comes_later_hides_what_it_replaces_from_band_and_status_alike() -> None:
    first = judge(value="stalled", day="2026-01-10")
    judge(value="ongoing", day="2026-03-01", replaces=first)
    found = commitments.one(N6C, on("2026-02-01"))
    assert found
    assert found["status"]["value"] == "partially_fulfilled" == found["history"][-1]["value"]
    assert next(a for a in found["assessments"] if a["key"] == first)["replaced_by"]


def test_changes_are_counted_apart_from_reaffirmations(now: Moment) -> None:
    reading = overview.read(CODE, now, clock.today())
    assert reading
    assert len(reading["changes"]) == 72
    in_2025 = [c for c in reading["changes"] if c["effective_on"].startswith("2025")]
    assert len(in_2025) == 2


def test_every_character_of_the_numbered_paragraphs_is_accounted_for() -> None:
    found = text.coverage(CODE)
    assert found["uncovered"] == 0
    assert found["quoted"] + sum(found["connective"].values()) == found["total"]


def test_the_reader_gives_back_every_paragraph_whole(now: Moment) -> None:
    for paragraph in text.read(CODE, now)["paragraphs"]:
        for language, words in paragraph["texts"].items():
            assert "".join(part["text"] for part in paragraph["parts"][language]) == words["text"]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("毒", True),
        ("毒品", True),
        ("Channel", True),
        ("границ", True),
        ("ГРАНИЦ", True),
        ("qqqq", False),
        ("%qq", False),
        ("_qq", False),
    ],
)
def test_search_in_three_languages(word: str, found: bool, now: Moment) -> None:
    words = tuple(Parameters({"q": word}).query())
    assert (sum(group["count"] for group in search.search(words, now)) > 0) == found


def test_search_forgets_nothing_that_the_text_has(now: Moment, research: dict[str, Any]) -> None:
    hits = {h["key"] for g in search.search(("毒品",), now) if g["group"] == "commitment" for h in g["hits"]}
    in_words = {f"{CODE}:{c['id']}" for c in research["declaration"]["commitments"] if "毒品" in c["quote"]}
    assert in_words <= hits


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2014", "2014-12-31"), ("2012-02", "2012-02-29"), ("2014-06-30", "2014-06-30"), (None, None)],
)
def test_the_first_clock(as_of: str | None, expected: str | None) -> None:
    today = clock.today()
    assert resolve(as_of, None, today).as_of == (date.fromisoformat(expected) if expected else today)


def test_the_current_month_and_year_are_read_today() -> None:
    today = date(2026, 11, 24)
    assert resolve("2026", None, today).as_of == today
    assert resolve("2026-11", None, today).as_of == today


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        ("2026-11-26", "in-future"),
        ("2027", "in-future"),
        ("2026-12", "in-future"),
        ("yesterday", "invalid-date"),
        ("2009-02-30", "invalid-date"),
    ],
)
def test_a_day_that_cannot_be_read_is_refused(as_of: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        resolve(as_of, None, date(2026, 11, 24))
    assert (refused.value.field, refused.value.code) == ("as_of", code)


def test_tomorrow_is_allowed_because_somewhere_it_has_begun() -> None:
    assert resolve("2026-11-25", None, date(2026, 11, 24)).as_of == date(2026, 11, 25)


def test_a_report_by_the_organization_stands_beside_the_status() -> None:
    before = commitments.one(N6C, on("2026-06-30"))["status"]["value"]  # type: ignore[index]
    judge(value="fulfilled", track="reported")
    found = commitments.one(N6C, on("2026-06-30"))
    assert found
    assert found["status"]["value"] == before
    assert found["assessments"][0]["track"] == "reported"


def test_a_question_that_asks_half_is_refused() -> None:
    with pytest.raises(Refused, match="organization"):
        commitments.Filter.of(Parameters({"via": "membership"}))
