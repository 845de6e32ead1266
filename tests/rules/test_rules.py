from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.rules import dates, periods
from commitments.rules.rollup import roll_up
from commitments.rules.status import changed, history, status


@dataclass(frozen=True)
class A:
    value: str
    effective_on: date
    track: str = "analyst"
    number: int = 1
    party: str | None = None
    precision: str = "day"


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_a_month_and_a_year_count_from_their_last_day() -> None:
    assert dates.last_day("2012-02") == day("2012-02-29")
    assert dates.last_day("2009") == day("2009-12-31")
    assert dates.first_day("2001-06") == day("2001-06-01")


@pytest.mark.parametrize(
    "text", ["2009-02-30", "2009-13", "09", "2009-1-1", "0000", "2009-03-27T00:00", "２００９", "99999"]
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(dates.BadDate):
        dates.last_day(text)


def test_validity_is_half_open() -> None:
    assert dates.validity("", "2015-01-01", day("2014-12-31")) == "current"
    assert dates.validity("", "2015-01-01", day("2015-01-01")) == "ended"
    assert dates.validity("2017-06-09", "", day("2009-03-27")) == "not_yet"


def test_nothing_assessed_is_not_assessed() -> None:
    assert status([], day("2020-01-01")).value == "not_assessed"
    assert status([A("fulfilled", day("2021-01-01"))], day("2020-01-01")).value == "not_assessed"


def test_a_report_by_the_organization_never_sets_the_status() -> None:
    run = [A("ongoing", day("2010-01-01")), A("fulfilled", day("2011-01-01"), track="reported")]
    assert status(run, day("2012-01-01")).value == "ongoing"


def test_a_judgement_for_one_party_never_sets_the_status() -> None:
    assert status([A("fulfilled", day("2011-01-01"), party="KAZ")], day("2012-01-01")).value == "not_assessed"


def test_on_one_day_agreed_stands_over_analyst_and_then_the_later_entry() -> None:
    first, later = A("ongoing", day("2010-01-01"), number=5), A("stalled", day("2010-01-01"), number=6)
    agreed = A("fulfilled", day("2010-01-01"), track="agreed", number=2)
    assert status([first, later], day("2010-01-01")).value == "stalled"
    assert status([first, later, agreed], day("2010-01-01")).value == "fulfilled"


def test_since_is_the_first_day_of_the_unbroken_run() -> None:
    run = [
        A("ongoing", day("2010-01-01")),
        A("stalled", day("2012-01-01")),
        A("ongoing", day("2014-01-01")),
        A("ongoing", day("2016-01-01")),
    ]
    found = status(run, day("2020-01-01"))
    assert (found.since, found.latest) == (day("2014-01-01"), run[-1])
    assert [step.moved for step in history(run, day("2020-01-01"))] == [True, True, True, False]
    assert len(changed(history(run, day("2020-01-01")))) == 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ongoing", "stalled", "fulfilled"]),
            st.dates(day("2009-03-27"), day("2026-01-01")),
            st.integers(1, 99),
        )
    )
)
def test_status_is_the_last_step_of_its_history(rows: list[tuple[str, date, int]]) -> None:
    run = [A(value, when, number=number) for value, when, number in rows]
    steps = history(run, day("2027-01-01"))
    assert status(run, day("2027-01-01")).value == (steps[-1].assessment.value if steps else "not_assessed")


def test_a_share_of_nothing_is_nothing_and_not_zero() -> None:
    counts = {"fulfilled": True, "declaratory": False}
    assert roll_up(["declaratory"], counts).share("fulfilled") is None
    found = roll_up(["fulfilled", "declaratory", "declaratory"], counts)
    assert (found.total, found.counting, found.not_counting) == (3, 1, 2)
    assert found.share("fulfilled") == Decimal(100)


def test_shares_round_half_up() -> None:
    counts = {"fulfilled": True, "ongoing": True}
    assert roll_up(["fulfilled"] + ["ongoing"] * 7, counts).share("fulfilled") == Decimal(13)  # 12.5


def test_periods_of_the_calendar() -> None:
    assert periods.period_of("quarterly", day("2012-02-29")) == periods.Period(
        day("2012-01-01"), day("2012-03-31")
    )
    assert [p.end.year for p in periods.due_periods("yearly", day("2009-03-27"), day("2012-01-01"))] == [
        2009,
        2010,
        2011,
    ]
    assert list(periods.due_periods("yearly", day("2009-03-27"), day("2009-12-31"))) == []


@given(
    st.sampled_from(sorted(periods.CADENCES)),
    st.dates(day("2009-01-01"), day("2030-01-01")),
    st.integers(0, 900),
)
def test_periods_join_without_gap_or_overlap(cadence: str, since: date, days: int) -> None:
    found = list(periods.due_periods(cadence, since, date.fromordinal(since.toordinal() + days)))
    assert all(a.due_on == b.start for a, b in pairwise(found))
