"""Schedules: what is due when, in which order, and fifteen years of it in zones that change their clocks."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commitments import clock
from commitments.deliveries import subscriptions
from commitments.ledger import verbs
from commitments.ledger.record import last_numbers
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.wellformed import Faulty, Refused
from commitments.models.declaration import Declaration
from commitments.models.entry import Entry
from commitments.models.report import Report, Schedule
from commitments.models.subscription import Subscription
from commitments.readings import commitments, judgements, reports
from commitments.readings.moment import resolve
from commitments.reports import build, due, schedules
from commitments.rules.periods import CADENCES, Period, due_periods, next_periods, period_of
from tests.conftest import CODE
from tests.reports.test_reports import NOW
from tests.story import LIU, cast, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
YEARLY = f"{CODE}:yearly"


def a_schedule(code: str = "mine", **change: Any) -> dict[str, Any]:
    state = SUBJECTS["schedule"].states([YEARLY])[YEARLY] | {
        "languages": ["en"],
        "formats": ["json"],
        "start": "2026-01-01",
        **change,
    }
    verbs.amend(subject_type="schedule", subject=f"{CODE}:{code}", state=state, by=LIU, because="t")
    return state


def payload(**change: Any) -> dict[str, Any]:
    return {
        "title": {"en": "Monthly"}, "form": "report", "scope": {}, "formats": ["html"], "cadence": "monthly", "languages": ["en"],
        "time_zone": "Asia/Kabul", "start": "2026-01-01", "end": "", "paused": False, **change,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": {}}, "title"), ({"form": "essay"}, "form"), ({"cadence": "hourly"}, "cadence"), ({"cadence": "once"}, "cadence"),
        ({"languages": []}, "languages"), ({"languages": ["fr"]}, "languages"), ({"formats": []}, "formats"), ({"formats": ["odt"]}, "formats"),
        ({"time_zone": "Mars/Base"}, "time_zone"), ({"time_zone": ""}, "time_zone"), ({"start": "2009-03-26"}, "start"), ({"start": "soon"}, "start"),
        ({"end": "2025-12-31"}, "end"), ({"scope": {"section": "nowhere"}}, "scope"), ({"scope": {"odd": "x"}}, "scope"), ({"scope": {"codes": "N99.z"}}, "scope"),
        ({"scope": "section=narcotics"}, "scope"), ({"scope": {"role": "obligor"}}, "scope"), ({"scope": {"kind": "recognition", "codes": "N6.c"}}, "scope"),
        ({"form": "brief"}, "scope"), ({"paused": "yes"}, "paused"), ({"more": 1}, "more"), ({"start": "9999-12-31"}, "start"), ({"scope": None}, "scope"), ({"scope": []}, "scope"), ({"scope": {"codes": ""}}, "scope"),
    ],
)  # fmt: skip
def test_each_rule_of_a_schedule_names_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Faulty) as error:
        schedules.check(payload(**change), Declaration.objects.get())
    assert field in {fault.field for fault in error.value.faults}


def test_a_scope_is_written_as_the_query_of_a_list() -> None:
    with pytest.raises(Refused, match="too many"):
        schedules.scope_from("&".join(f"a{n}=b" for n in range(50)))
    for address in (
        "/commitments/?section=narcotics&lang=ru",
        "https://tracker.example/commitments/?section=narcotics&columns=kind",
    ):
        assert schedules.scope_from(address) == {"section": "narcotics"}
    assert schedules.scope_from("?section=narcotics&kind=position&ordering=status") == {
        "section": "narcotics",
        "kind": "position",
    }
    for bad in ("narcotics", "section=a&section=b"):
        with pytest.raises(Refused):
            schedules.scope_from(bad)


@pytest.mark.parametrize(
    "scope",
    [{}, {"codes": "N6.c,N2.d"}, {"q": "50% & more = 1+1 #x; ядерный терроризм?"}, {"kind": "position", "q": "毒品 走私"}],
)  # fmt: skip
def test_a_scope_is_shown_as_it_is_read(scope: dict[str, str]) -> None:
    text = schedules.scope_text(scope)
    assert schedules.scope_from(text) == scope
    assert "%D0" not in text and "%2C" not in text and "%E6" not in text  # people read it


def test_the_next_five_periods_are_those_of_the_zone() -> None:
    state = schedules.check(payload(cadence="quarterly"), Declaration.objects.get())
    periods = schedules.upcoming(state, datetime(2026, 12, 31, 19, 29, tzinfo=UTC))  # 23:59 in Kabul
    assert [p.end for p in periods] == [
        date(2026, 12, 31),
        date(2027, 3, 31),
        date(2027, 6, 30),
        date(2027, 9, 30),
        date(2027, 12, 31),
    ]
    later = schedules.upcoming(state, datetime(2026, 12, 31, 19, 30, tzinfo=UTC))  # midnight there
    assert later[0].start == date(2027, 1, 1)
    ending = schedules.check(payload(end="2027-02-01"), Declaration.objects.get())
    assert len(schedules.upcoming(ending, NOW)) == 4


def test_weeks_are_those_of_iso_and_leap_days_are_days() -> None:
    assert period_of("weekly", date(2027, 1, 1)) == Period(date(2026, 12, 28), date(2027, 1, 3))
    assert period_of("monthly", date(2028, 2, 29)) == Period(date(2028, 2, 1), date(2028, 2, 29))
    assert next_periods("daily", date(2028, 2, 28), date(2020, 1, 1), 3)[1].start == date(2028, 2, 29)


def test_what_was_missed_is_made_once_each_in_order_before_the_years_that_lie_behind() -> None:
    due.make_due(NOW)  # 51 years that lie behind
    a_schedule(cadence="monthly")
    first = datetime(2026, 2, 1, tzinfo=UTC)
    assert due.make_due(first) == 1
    state = SUBJECTS["schedule"].states([f"{CODE}:mine"])[f"{CODE}:mine"]
    verbs.amend(
        subject_type="schedule", subject=f"{CODE}:mine", state=state | {"paused": True}, by=LIU, because="t"
    )
    assert due.make_due(datetime(2026, 5, 1, tzinfo=UTC)) == 0
    assert reports.progress()["due"] == 51  # and not what rests
    verbs.amend(subject_type="schedule", subject=f"{CODE}:mine", state=state, by=LIU, because="t")
    assert (
        due.make_due(datetime(2026, 6, 1, tzinfo=UTC)) == 4
        and due.make_due(datetime(2026, 6, 1, tzinfo=UTC)) == 0
    )
    order = []
    while len(order) < 6 and (claimed := due.claim(NOW)):
        order.append(Report.objects.get(pk=claimed.report).period_end)
    assert order[:4] == [date(2026, m, d) for m, d in ((2, 28), (3, 31), (4, 30), (5, 31))]
    assert order[4] == date(2026, 1, 31)  # the beginning of that schedule, then the newest year
    assert order[5] == date(2025, 12, 31)


def by_the_calendar(cadence: str, first: date, end: date) -> list[Period]:
    """The periods that end before `end`, from days alone: which of them have the same year, month, week …"""
    parts: dict[str, Callable[[date], Any]] = {
        "yearly": lambda d: d.year, "half-yearly": lambda d: (d.year, d.month > 6), "quarterly": lambda d: (d.year, (d.month + 2) // 3),
        "monthly": lambda d: (d.year, d.month), "weekly": lambda d: d.isocalendar()[:2], "daily": lambda d: d,
    }  # fmt: skip
    days = (first + timedelta(days=n) for n in range(-6, (end - first).days + 366))
    found = [list(days) for _part, days in groupby(days, parts[cadence])]
    return [Period(days[0], days[-1]) for days in found if days[-1] < end and days[-1] >= first]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kabul", "Asia/Shanghai"])
def test_fifteen_years_of_every_cadence_make_each_period_due_once(zone: str) -> None:
    """The clock is stepped through the hours in which each local day begins, with clocks that jump twice a year; what a schedule
    made due is compared with the calendar. No rows: the rule that `make_due` reads is asked itself."""
    start, end = date(2026, 1, 1), date(2041, 1, 1)
    found: dict[str, Counter[Period]] = {cadence: Counter() for cadence in CADENCES}
    last: dict[str, date] = dict.fromkeys(CADENCES, start)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    known: date | None = None
    while moment < datetime(2041, 1, 2, tzinfo=UTC):
        today = moment.astimezone(ZoneInfo(zone)).date()
        if today != known:
            known = today
            for cadence in CADENCES:
                for period in due_periods(cadence, last[cadence], today):
                    if period.start >= start or cadence == "weekly":
                        found[cadence][period] += 1
                    last[cadence] = period.due_on
        moment += timedelta(minutes=30)
    for cadence, periods in found.items():
        assert set(periods.values()) == {1}
        expected = by_the_calendar(cadence, start, end)
        assert [p for p in sorted(periods, key=lambda p: p.start) if p.end < end] == expected, cadence
    assert len([p for p in found["daily"] if p.end < end]) == (end - start).days == 5479
    assert date(2028, 2, 29) in {p.start for p in found["daily"]}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kabul", "Asia/Shanghai"])
def test_fifteen_years_of_schedules_make_one_row_a_period_and_language(zone: str) -> None:
    """The rows themselves: the clock of the product steps through fifteen years, with gaps of up to five weeks."""
    cadences = [c for c in CADENCES if c not in ("daily", "once")]
    for cadence in cadences:
        languages = ["en"] if cadence == "weekly" else ["en", "zh"]
        a_schedule(f"of-{cadence}", cadence=cadence, start="2026-01-01", time_zone=zone, languages=languages)
    a_schedule("of-daily", cadence="daily", start="2040-02-01", time_zone=zone, languages=["en"])
    mine = Report.objects.filter(schedule__key__contains=":of-")
    moment, made = datetime(2026, 1, 1, 0, 10, tzinfo=UTC), 0
    while moment < datetime(2041, 1, 1, tzinfo=UTC):
        due.make_due(moment)
        assert mine.count() >= made
        made = mine.count()
        moment += timedelta(days=random.Random(moment.toordinal()).randint(1, 35), minutes=37)
    end = datetime(2041, 1, 1, 13, tzinfo=UTC)  # on which it is the first of January in each zone
    due.make_due(end)
    assert due.make_due(end) == 0
    for cadence in (*cadences, "daily"):
        start = date(2040, 2, 1) if cadence == "daily" else date(2026, 1, 1)
        expected = [(p.start, p.end) for p in by_the_calendar(cadence, start, date(2041, 1, 1))]
        for language in ("en", "zh"):
            rows = mine.filter(schedule__key=f"{CODE}:of-{cadence}", language=language)
            wanted = expected if language == "en" or cadence not in ("weekly", "daily") else []
            assert sorted(rows.values_list("period_start", "period_end")) == wanted, (cadence, language)


def test_a_report_is_asked_for_once_and_built_first() -> None:
    due.make_due(NOW)
    body = {
        "form": "report",
        "scope": {"section": "narcotics"},
        "languages": ["zh", "en"],
        "formats": ["html"],
        "start": "2024-01-01",
        "end": "2024-06-30",
    }
    state, period = schedules.check_once(body, Declaration.objects.get(), date(2026, 11, 24))
    made = schedules.make_now(state=state, period=period, by=LIU)
    head = Entry.objects.count()
    again = schedules.make_now(state=state, period=period, by=LIU)
    assert [r.pk for r in made] == [r.pk for r in again] and Entry.objects.count() == head
    assert [r.language for r in made] == ["en", "zh"]
    assert build.work_off(lambda: NOW, limit=2) == 2
    assert {r.state for r in Report.objects.filter(pk__in=[r.pk for r in made])} == {"ready"}
    assert Report.objects.filter(schedule=YEARLY, state="ready").count() == 0
    assert due.make_due(NOW + timedelta(days=400)) == 3  # once is never due by itself


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start": "2009-01-01"}, "start"), ({"end": "2099-01-01"}, "end"), ({"end": "2023-01-01"}, "end"), ({"start": ""}, "start"), ({"end": ""}, "end"),
        ({"languages": ["xx"]}, "languages"), ({"scope": {"section": "x"}}, "scope"), ({"form": "brief"}, "scope"), ({"cadence": "daily"}, "cadence"),
    ],
)  # fmt: skip
def test_each_rule_of_what_is_asked_for_names_its_field(change: dict[str, Any], field: str) -> None:
    body = {
        "form": "report",
        "scope": {},
        "languages": ["en"],
        "formats": ["html"],
        "start": "2024-01-01",
        "end": "2024-06-30",
        **change,
    }
    with pytest.raises(Faulty) as error:
        schedules.check_once(body, Declaration.objects.get(), date(2026, 11, 24))
    assert field in {fault.field for fault in error.value.faults}


# --- pages ---------------------------------------------------------------------------------------------------------------


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
    return client


FORM = {
    "code": "narcotics-monthly", "title_0": "Narcotics, monthly", "form": "report", "scope": "section=narcotics", "cadence": "monthly",
    "time_zone": "Asia/Kabul", "start": "2026-01-01", "end": "", "languages": ["en", "zh"], "formats": ["html", "pdf"],
    "recipients": "a@example.org\nb@example.org zh", "because": "asked for", "seen": "0",
}  # fmt: skip


def test_an_administrator_sees_the_next_periods_and_then_saves() -> None:
    person("ada", "administrator")
    ada = signed_in("ada")
    assert "Yearly progress report" in ada.get("/desk/schedules/?lang=en").content.decode()
    names = [
        name
        for name in ("title_0", "title_en")
        if f'name="{name}"' in ada.get("/desk/schedules/").content.decode()
    ]
    form = FORM | {names[0]: "Narcotics, monthly"}
    shown = ada.post("/desk/schedules/?lang=en", form | {"intent": "show"})
    assert shown.status_code == 200 and shown.content.decode().split('id="periods"')[1].count("<li>") == 5
    assert Schedule.objects.count() == 1
    unseen = ada.post(
        "/desk/schedules/?lang=en", form | {"intent": "save", "cadence": "daily"}
    ).content.decode()
    assert "were not shown before" in unseen and Schedule.objects.count() == 1
    assert saved(ada, "/desk/schedules/", form).status_code == 302
    found = Schedule.objects.get(pk=f"{CODE}:narcotics-monthly")
    assert (found.scope, found.languages, found.time_zone) == (
        {"section": "narcotics"},
        ["en", "zh"],
        "Asia/Kabul",
    )
    assert set(Subscription.objects.values_list("address", "language")) == {
        ("a@example.org", "en"),
        ("b@example.org", "zh"),
    }
    address = f"/desk/schedules/{found.pk}/"
    page = ada.get(address).content.decode()
    assert 'value="narcotics" checked' in page and "a@example.org en" in page
    assert (
        "section=" not in page.split('id="f-scope"')[1].split("</div>")[0]
    )  # it is ticked, and not typed too
    form["entered"] = entered_in(page)
    stale = saved(ada, address, form | {"seen": "1", "paused": "on"})
    assert stale.status_code == 400 and "changed by somebody else" in stale.content.decode()
    bad = ada.post(address, form | {"intent": "save", "time_zone": "Nowhere", "recipients": "nobody"})
    assert (
        bad.status_code == 400
        and "is not a time zone" in bad.content.decode()
        and 'value="Nowhere"' in bad.content.decode()
    )
    new = ada.post(
        "/desk/schedules/?lang=en",
        form | {"code": "A B", "time_zone": "Nowhere", "recipients": "x@localhost", "intent": "save"},
    )
    told = new.content.decode()  # every fault at once, each beside its field
    for field, reason in (
        ("code", "small letters"),
        ("time_zone", "is not a time zone"),
        ("recipients", "is not an address"),
    ):
        assert reason in told.split(f'id="f-{field}"')[1].split('class="field')[0], field
    assert new.status_code == 400 and Schedule.objects.count() == 2


def saved(client: Client, address: str, form: dict[str, Any], **more: Any) -> Any:
    """What a person does: the periods are shown, and then saved."""
    shown = client.post(address, form | {"intent": "show"}).content.decode()
    mark = shown.split('name="mark" value="')[1].split('"')[0]
    return client.post(address, form | {"intent": "save", "mark": mark}, **more)


def entered_in(page: str) -> str:
    """The mark of the recipients that a page of a schedule shows."""
    return page.split('name="entered" value="')[1].split('"')[0]


def test_who_ended_a_subscription_is_not_entered_again_by_a_page_that_was_open() -> None:
    person("ada", "administrator")
    ada = signed_in("ada")
    address = f"/desk/schedules/{YEARLY}/?lang=en"
    yearly = SUBJECTS["schedule"].states([YEARLY])[YEARLY]
    form = FORM | {
        "title_en": "Yearly",
        "scope": "",
        "cadence": "yearly",
        "start": yearly["start"],
        "languages": yearly["languages"],
    }
    seen = str(last_numbers("schedule", [YEARLY])[YEARLY])
    many = "\n".join(f"a-long-name-{n:03d}@example.org" for n in range(170))
    subscriptions.enter(YEARLY, subscriptions.addresses_in(many), by=LIU)
    page = ada.get(address).content.decode()
    subscriptions.end(Subscription.objects.get(address="a-long-name-007@example.org"))
    lines = "\n".join([*many.splitlines(), "new@example.org"])
    stale = ada.post(
        address, form | {"recipients": lines, "intent": "save", "seen": seen, "entered": entered_in(page)}
    )
    assert stale.status_code == 400 and "changed since this page was opened" in stale.content.decode()
    assert not Subscription.objects.filter(
        ended_at=None, address__in=("a-long-name-007@example.org", "new@example.org")
    ).exists()
    mark = entered_in(ada.get(address).content.decode())
    left = "\n".join(
        [*subscriptions.entered(YEARLY), "new@example.org"]
    )  # longer than what was typed: each with its language
    again = saved(ada, address, form | {"recipients": left, "seen": seen, "entered": mark})
    assert again.status_code == 302 and len(subscriptions.entered(YEARLY)) == 170


def test_what_is_saved_unchanged_writes_no_entry() -> None:
    person("ada", "administrator")
    ada = signed_in("ada")
    address = f"/desk/schedules/{YEARLY}/?lang=en"
    page = ada.get(address).content.decode()
    yearly, seen = (
        SUBJECTS["schedule"].states([YEARLY])[YEARLY],
        str(last_numbers("schedule", [YEARLY])[YEARLY]),
    )
    titles = {f"title_{lang}": text for lang, text in yearly["title"].items()}
    same = FORM | {
        **titles, "scope": "", "cadence": "yearly", "time_zone": yearly["time_zone"], "start": yearly["start"], "recipients": "",
        "languages": yearly["languages"], "formats": yearly["formats"], "seen": seen, "entered": entered_in(page),
    }  # fmt: skip
    head = Entry.objects.count()
    told = saved(ada, address, same, follow=True).content.decode()
    assert "Nothing has changed." in told and "The schedule is saved." not in told
    told = saved(ada, address, same | {"recipients": "a@example.org"}, follow=True).content.decode()
    assert "The schedule is saved." in told and subscriptions.entered(YEARLY) == ["a@example.org en"]
    assert Entry.objects.count() == head  # addresses are no part of the record
    mark = entered_in(ada.get(address).content.decode())
    more = {"recipients": "a@example.org", "entered": mark, "paused": "on"}
    assert "The schedule is saved." in saved(ada, address, same | more, follow=True).content.decode()
    assert Entry.objects.count() == head + 1


def test_a_fault_of_a_field_hides_none_of_another() -> None:
    person("ada", "administrator")
    ada = signed_in("ada")
    bad = FORM | {
        "code": "a" * 41,
        "scope": "section=nowhere",
        "languages": ["fr"],
        "time_zone": "Nowhere",
        "recipients": "nobody",
    }
    for address, form, faults in (
        ("/desk/schedules/?lang=en", bad, {"code": "at most 40", "scope": "is not one of", "languages": "fr", "time_zone": "is not a time zone", "recipients": "is not an address"}),
        ("/reports/new/?lang=en", {"form": "report", "scope": "kind=promise", "start": "2008-01-01", "end": "2099-01-01", "languages": ["en"], "formats": []},
         {"scope": "is not one of", "start": "before the adoption", "end": "future", "formats": "choose one"}),
    ):  # fmt: skip
        page = ada.post(address, form | {"intent": "save"})
        assert page.status_code == 400
        for field, reason in faults.items():
            beside = page.content.decode().split(f'id="f-{field}"')[1].split('class="field')[0]
            assert reason in beside, (address, field)
    brief = {
        "form": "brief",
        "section": ["nowhere"],
        "end": "2025-01-01",
        "languages": ["en"],
        "formats": ["pdf"],
    }
    page = ada.post(
        "/reports/new/?lang=en", brief
    ).content.decode()  # what is left of its scope is another one
    assert "nowhere" in page and "at most 12" not in page.split('id="f-scope"')[1].split('class="field')[0]
    assert Schedule.objects.count() == 1 and not Report.objects.exists()


def test_what_fell_due_stands_above_what_somebody_asked_for() -> None:
    due.make_due(NOW)
    body = {
        "form": "report",
        "scope": {},
        "languages": ["en"],
        "formats": ["html"],
        "start": "2025-01-01",
        "end": "2025-12-31",
    }
    state, period = schedules.check_once(body, Declaration.objects.get(), date(2026, 11, 24))
    schedules.make_now(state=state, period=period, by=LIU)
    now = resolve(None, None, date(2026, 11, 24))
    ended = [r["schedule"] for r in reports.listing(now) if r["period_end"] == "2025-12-31"]
    assert ended[:3] == [YEARLY] * 3 and ended[3].startswith(f"{CODE}:once-")
    assert [group[0]["cadence"] for group in reports.periods(now, 0, 3)] == ["yearly", "once", "yearly"]


def test_what_a_change_of_a_schedule_makes_at_once_is_told_before() -> None:
    person("ada", "administrator")
    ada = signed_in("ada")
    due.make_due(NOW)
    address = f"/desk/schedules/{YEARLY}/?lang=en"
    form = FORM | {
        "title_en": "Yearly",
        "scope": "",
        "start": "2009-03-27",
        "languages": ["en", "zh", "ru"],
        "recipients": "",
        "intent": "show",
    }
    form["entered"] = entered_in(ada.get(address).content.decode())
    told = ada.post(address, form | {"cadence": "yearly"}).content.decode()
    assert 'id="periods"' in told and "made at once" not in told  # they are there
    told = ada.post(address, form | {"cadence": "half-yearly"}).content.decode()
    wanted = schedules.behind(
        YEARLY, SUBJECTS["schedule"].states([YEARLY])[YEARLY] | {"cadence": "half-yearly"}, clock.now()
    )
    assert wanted > 100 and f"{wanted} reports of periods that have ended are made at once" in told
    told = ada.post(address, form | {"cadence": "half-yearly", "paused": "on"}).content.decode()
    assert "It is paused" in told and "made at once" not in told


def test_a_scope_is_picked_by_name_and_told_by_name() -> None:
    person("ada", "administrator")
    ada = signed_in("ada")
    page = ada.get("/desk/schedules/?lang=ru").content.decode()
    topic = page.split('id="f-topic"')[1].split("</div>")[0]
    assert 'value="precursors"' in topic and "Прекурсоры" in topic
    assert "Казахстан" in page.split('id="f-organization"')[1].split("</div>")[0]
    assert "Договора о коллективной" in page.split('id="f-organization"')[1].split("</div>")[0]
    picked = FORM | {
        "section": ["narcotics", "terrorism"], "organization": "CSTO", "scope": "role=addressee,named&kind=position", "title_en": "CSTO",
    }  # fmt: skip
    shown = ada.post("/desk/schedules/?lang=en", picked | {"intent": "show"}).content.decode()
    covered = commitments.listing(
        commitments.Filter(
            declaration=CODE, section=("narcotics", "terrorism"), organization="CSTO", role=("addressee", "named"), kind=("position",)
        ),
        resolve(None, None, clock.today()),
    )  # fmt: skip
    assert len(covered.rows) == 3
    assert f"It covers {len(covered.rows)} commitments today." in shown
    assert saved(ada, "/desk/schedules/", picked).status_code == 302
    found = Schedule.objects.get(pk=f"{CODE}:narcotics-monthly")
    assert found.scope == {
        "section": "narcotics,terrorism", "organization": "CSTO", "role": "addressee,named", "kind": "position",
    }  # fmt: skip
    again = ada.get(f"/desk/schedules/{found.pk}/").content.decode()
    assert 'value="CSTO" selected' in again and "role=addressee,named" in again
    assert 'value="narcotics" checked' in again and 'value="terrorism" checked' in again
    listed = ada.get("/desk/schedules/?lang=ru").content.decode()
    assert "Организация Договора о коллективной безопасности" in listed
    both = ada.post("/desk/schedules/?lang=en", picked | {"scope": "organization=CSTO", "intent": "save"})
    assert both.status_code == 400
    assert (
        "stands here and above: Organization"
        in both.content.decode().split('id="f-scope"')[1].split("</div>")[0]
    )
    through = {**picked, "section": [], "organization": "KAZ", "via": "on", "scope": ""}
    alone = ada.post("/desk/schedules/?lang=en", through | {"organization": ""}).content.decode()
    assert "Choose the organization" in alone.split('id="f-via"')[1].split('class="field')[0]
    seen = {"seen": str(last_numbers("schedule", [found.pk])[found.pk]), "entered": entered_in(again)}
    assert saved(ada, f"/desk/schedules/{found.pk}/", through | seen).status_code == 302
    assert Schedule.objects.get(pk=found.pk).scope == {"organization": "KAZ", "via": "membership"}
    again = ada.get(f"/desk/schedules/{found.pk}/").content.decode()
    assert 'value="KAZ" selected' in again and "checked" in again.split('id="f-via"')[1].split("</div>")[0]
    unread = ada.post(
        "/desk/schedules/?lang=en", picked | {"scope": "&&", "time_zone": "Nowhere", "recipients": "x"}
    )
    for field in ("scope", "time_zone", "recipients"):  # every fault at once
        assert 'class="fault"' in unread.content.decode().split(f'id="f-{field}"')[1].split('class="field')[0]
    for field in ("section", "organization", "topic"):
        bad = ada.post("/desk/schedules/?lang=en", picked | {field: ["nowhere"], "intent": "save"})
        assert bad.status_code == 400 and "nowhere" in bad.content.decode().split(f'id="f-{field}"')[1]
    asked = {"form": "report", "topic": "precursors", "start": "2025-01-01", "end": "2025-12-31", "languages": ["zh"], "formats": ["html"]}  # fmt: skip
    address = ada.post("/reports/new/", asked).headers["Location"]
    build.work_off(lambda: NOW, limit=1)
    for told in (f"{address}report.html", f"{address}?lang=zh"):
        text = ada.get(told).content.decode()
        assert "主题：易制毒化学品" in text and "precursors" not in text.split("主题：")[1][:20], told


def test_a_report_is_made_from_a_list_in_two_clicks() -> None:
    cast()
    liu = signed_in("liu")
    page = liu.get("/commitments/?codes=N6.c,N2.d&lang=en").content.decode()
    assert "/reports/new/?codes=N6.c%2CN2.d&amp;lang=en&amp;form=brief" in page
    topic = liu.get("/commitments/?topic=precursors&lang=ru").content.decode()
    assert "/reports/new/?lang=ru&amp;codes=P4.b%2CN1.b%2CN2.c%2CN7.c%2CT4.a&amp;form=brief" in topic
    form = liu.get("/reports/new/?codes=N6.c%2CN2.d&form=brief").content.decode()
    assert "codes=N6.c%2CN2.d" in form and 'value="brief" selected' in form and 'name="start"' not in form
    done = liu.post(
        "/reports/new/",
        {
            "form": "brief",
            "scope": "codes=N6.c,N2.d",
            "end": "2026-11-01",
            "languages": ["ru"],
            "formats": ["html"],
        },
    )
    assert done.status_code == 302
    address = done.headers["Location"]
    assert "hx-get" in liu.get(address).content.decode()
    build.work_off(lambda: NOW, limit=1)
    page = liu.get(address).content.decode()
    assert "HTML" in page and "hx-trigger" not in page.split('id="state"')[1].split(">")[0]
    text = liu.get(f"{address}report.html").content.decode()
    labels = {v["value"]: v["label"] for v in judgements.scale_values("house@1")}
    assert "N6.c" in text and "N2.d" in text and labels["partially_fulfilled"]["ru"] in text
    refused = liu.post(
        "/reports/new/",
        {
            "form": "brief",
            "scope": "section=narcotics",
            "end": "2026-11-01",
            "languages": ["ru"],
            "formats": ["html"],
        },
    )
    assert refused.status_code == 400 and "at most 12" in refused.content.decode()
    turned = liu.post(  # the form of a brief, with the other form chosen: the period is asked for, and nothing made
        "/reports/new/?lang=en", {"form": "report", "scope": "codes=N6.c", "end": "2026-11-01", "languages": ["ru"], "formats": ["html"]},
    )  # fmt: skip
    assert turned.status_code == 200 and 'name="start" value="' in turned.content.decode()
    assert "must be given" not in turned.content.decode() and "codes=N6.c" in turned.content.decode()
    short = liu.post(
        "/reports/new/", {"form": "brief", "scope": "status=stalled", "end": "2026-11-01", "languages": ["en"], "formats": ["html"]},
    )  # fmt: skip
    assert short.status_code == 302  # four have this status, though the filter is of all until it is asked
    build.work_off(lambda: NOW, limit=1)
    assert liu.get(f"{short.headers['Location']}report.html").content.decode().count("<blockquote") >= 4
    told = liu.get(f"{short.headers['Location']}?lang=ru").content.decode()
    assert f"Статус: {labels['stalled']['ru']}" in told and "Статус: stalled" not in told
    twice = {
        "form": "brief",
        "scope": "codes=N6.c,N6.c",
        "end": "2026-11-01",
        "languages": ["en"],
        "formats": ["html"],
    }
    addresses = {
        liu.post("/reports/new/", twice | {"scope": f"codes={codes}"}).headers["Location"]
        for codes in ("N6.c,N6.c", "N6.c")
    }
    assert len(addresses) == 1  # a code that stands twice asks for the same
    build.work_off(lambda: NOW, limit=1)
    assert "as of" in liu.get(f"{addresses.pop()}?lang=en").content.decode()  # a day, and no period
    assert Client().get("/reports/new/").status_code == 302
    for bad, name in (
        ("nonsense=1", "nonsense"),
        ("codes=N6.c&codes=N2.d", "codes"),
        ("form=letter", "form"),
        ("as_of=2026-13", "as_of"),
        ("declaration=another", "declaration"),
    ):
        refused = liu.get(f"/reports/new/?{bad}&lang=en")
        assert refused.status_code == 400 and name in refused.content.decode()
    then = liu.get("/commitments/?as_of=2014-06-30&section=narcotics&lang=en").content.decode()
    assert "/reports/new/?as_of=2014-06-30&amp;section=narcotics" in then
    form = liu.get("/reports/new/?as_of=2014-06-30&section=narcotics").content.decode()
    assert 'value="2014-06-30"' in form and 'value="2014-06-01"' in form
