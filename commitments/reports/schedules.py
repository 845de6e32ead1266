"""Schedules: what somebody asks to be reported, checked, and what it means in periods before it is saved."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from commitments import clock
from commitments.ledger import verbs
from commitments.ledger.canonical import canonical, sha256
from commitments.ledger.payload import Check
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.wellformed import Refused
from commitments.models.declaration import Declaration
from commitments.models.fields import LANGUAGES
from commitments.models.report import FORMATS, Report, Schedule
from commitments.readings import changes, commitments
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters
from commitments.readings.parameters import Refused as BadParameter
from commitments.reports import due
from commitments.rules.periods import CADENCES, ONCE, Period, due_periods, next_periods

FIELDS = ("title", "form", "scope", "formats", "cadence", "languages", "time_zone", "start", "end", "paused")
NEXT = 5
FARTHEST = 2200  # the last year in which a schedule may begin
_NO_PLACE = ("localtime", "Factory", "posixrules")  # of the machine, and of nobody
_OF_A_LIST = ("ordering", "columns", "lang", "page")  # how a list is shown: no part of what it holds
_SPECIAL = re.compile(r"[%&+#?\s]")
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# The parameters of a list that make a scope; the order of a list is none.
SCOPE = tuple(name for name in commitments.FILTERS if name not in ("declaration", "ordering"))
TITLES = {
    "report": {"en": "Progress report", "zh": "进展报告", "ru": "Доклад о ходе выполнения"},
    "brief": {"en": "Brief", "zh": "简报", "ru": "Краткая справка"},
}
MOST_IN_A_BRIEF = 12


def scope_from(text: str) -> dict[str, str]:
    """A scope as the query of a list: `codes=N6.c,N2.d&kind=position`. Raises Refused."""
    text = text.strip()
    if "?" in text and "=" not in text.partition("?")[0]:  # the whole address of a list
        text = urlsplit(text).query
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=40)
    except ValueError:
        raise Refused("scope", _("has too many parts")) from None
    if (text and not pairs) or any(not value for _name, value in pairs):
        raise Refused("scope", _("is written as the query of a list: codes=N6.c,N2.d"))
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("scope", _("names one parameter twice"))
    return {name: value for name, value in found.items() if name not in _OF_A_LIST}


def scope_text(scope: Mapping[str, str]) -> str:
    """A scope as people write it, which `scope_from` reads: only what would be read otherwise is escaped."""
    return "&".join(
        f"{name}={_SPECIAL.sub(lambda found: quote(found[0]), value)}" for name, value in scope.items()
    )


def check_scope(scope: Any, declaration: str) -> dict[str, str]:
    """A scope that finds something. Raises Refused with the parameter that is wrong."""
    if not isinstance(scope, Mapping) or not all(isinstance(v, str) and v for v in scope.values()):
        raise Refused("scope", _("must be an object of texts: the parameters of a list"))
    try:
        given = Parameters.of({name: [value] for name, value in scope.items()}, SCOPE)
        wanted = commitments.Filter.of(Parameters({**given.given, "declaration": declaration}))
    except BadParameter as bad:
        raise Refused("scope", str(bad)) from None
    if not commitments.some(wanted):
        raise Refused("scope", _("finds no commitment"))
    return {name: _as_a_set(value) if name != "q" else value for name, value in sorted(given.given.items())}


def _as_a_set(value: str) -> str:
    """A list of values in one order and none twice: however it is written it asks for the same, so it is the same scope."""
    return ",".join(sorted(set(value.split(","))))


def check(payload: Mapping[str, Any], declaration: Declaration) -> dict[str, Any]:
    """The state of a schedule from what was typed or sent. Raises Faulty: each fault with its field."""
    found = Check(payload, FIELDS)
    state = _of_what(found, declaration)
    state |= {
        "title": {
            lang: " ".join(text.split())
            for lang, text in found.texts("title", required=True, longest=120).items()
        },
        "cadence": found.choice("cadence", CADENCES),
        "time_zone": found.text("time_zone", required=True, longest=40),
        "paused": found.flag("paused"),
    }
    if state["time_zone"] and (
        state["time_zone"] not in available_timezones() or state["time_zone"] in _NO_PLACE
    ):
        found.fault(
            "time_zone", _("“%(zone)s” is not a time zone, as Asia/Kabul is.") % {"zone": state["time_zone"]}
        )
    start, end = found.day("start", required=True, past=False), found.day("end", past=False)
    if start and start < declaration.adopted_on:
        found.fault("start", _("The first period lies before the adoption."))
    if start and start.year > FARTHEST:
        found.fault("start", _("lies too far ahead"))
    if start and end and end < start:
        found.fault("end", _("The last period lies before the first."))
    found.done()
    assert start
    return state | {"start": start.isoformat(), "end": end.isoformat() if end else None}


def covered(state: Mapping[str, Any]) -> int:
    """How many commitments a schedule covers as the record stands."""
    head = changes.head()["number"]
    return len(commitments.listing(_filter(state), Moment(clock.today(), head, head)).rows)


def _filter(state: Mapping[str, Any]) -> commitments.Filter:
    return commitments.Filter.of(Parameters({**state["scope"], "declaration": state["declaration"]}))


def _too_long(state: Mapping[str, Any]) -> bool:
    """Whether there are too many for a brief; the status of those that a filter leaves is asked where it may matter."""
    return (
        commitments.some(_filter(state), MOST_IN_A_BRIEF + 1) > MOST_IN_A_BRIEF
        and covered(state) > MOST_IN_A_BRIEF
    )


def _of_what(check: Check, declaration: Declaration) -> dict[str, Any]:
    """What is reported, in which form, languages and formats."""
    state: dict[str, Any] = {"declaration": declaration.pk, "form": check.choice("form", tuple(TITLES))}
    try:
        state["scope"] = check_scope(check.payload.get("scope", {}), declaration.pk)
    except Refused as refused:
        check.fault("scope", refused.reason)
        state["scope"] = {}
    else:
        if state["form"] == "brief" and _too_long(state):
            check.fault("scope", _("a brief covers at most %(n)s commitments") % {"n": MOST_IN_A_BRIEF})
    for name, options in (("languages", LANGUAGES), ("formats", FORMATS)):
        chosen = check.codes(name)
        if not chosen and not check.refused(name):
            check.fault(name, _("choose one at least"))
        for code in chosen:
            if code not in options:
                check.fault(
                    name,
                    _("“%(value)s” is not one of: %(options)s")
                    % {"value": code, "options": ", ".join(options)},
                )
        state[name] = [option for option in options if option in chosen]
    return state


def check_code(code: str, declaration: Declaration) -> str:
    """The key of a new schedule. Raises Refused."""
    if not _CODE.fullmatch(code) or code.startswith("once-"):
        raise Refused("code", _("small letters, figures and -; not beginning with once-"))
    key = f"{declaration.pk}:{code}"
    if Schedule.objects.filter(pk=key).exists():
        raise Refused("code", _("is taken already"))
    return key


def behind(key: str, state: Mapping[str, Any], now: datetime) -> int:
    """How many reports a schedule would make at once, of periods that have ended and have none."""
    today = now.astimezone(ZoneInfo(state["time_zone"])).date()
    ended = due_periods(state["cadence"], date.fromisoformat(state["start"]), today)
    last = state["end"] or "9999"
    there = set(
        Report.objects.filter(schedule=key, edition=1).values_list("period_start", "period_end", "language")
    )
    return sum(
        period.start.isoformat() <= last and (period.start, period.end, language) not in there
        for period in ended
        for language in state["languages"]
    )


def upcoming(state: Mapping[str, Any], now: datetime) -> list[Period]:
    """The next five periods that a schedule would make due, by the calendar of its time zone."""
    today = now.astimezone(ZoneInfo(state["time_zone"])).date()
    last = date.fromisoformat(state["end"]) if state["end"] else None
    periods = next_periods(state["cadence"], date.fromisoformat(state["start"]), today, NEXT)
    return [period for period in periods if last is None or period.start <= last]


def save(*, key: str, state: dict[str, Any], by: str, because: str, expected: int | None = None) -> bool:
    """Record a schedule; whether there was anything to record. Raises Conflict when somebody made another of it meanwhile."""
    subject = SUBJECTS["schedule"]
    if subject.states([key]).get(key) == subject.checked(key, state):
        return False
    verbs.amend(subject_type="schedule", subject=key, state=state, by=by, because=because, expected=expected)
    return True


ONCE_FIELDS = ("form", "scope", "languages", "formats", "start", "end")


def check_once(
    payload: Mapping[str, Any], declaration: Declaration, today: date
) -> tuple[dict[str, Any], Period]:
    """What is asked for once: the state of its schedule, and the period. A brief has a day, as of which it is. Raises Faulty."""
    found = Check(payload, ONCE_FIELDS)
    state = _of_what(found, declaration)
    end = found.day("end", required=True)
    start = end if state["form"] == "brief" else found.day("start", past=False)
    if state["form"] == "brief" and payload.get("start") not in ("", None, payload.get("end")):
        found.fault("start", _("a brief has no period: it is as of its last day"))
    if start is None and state["form"] != "brief" and not found.refused("start"):
        found.fault("start", _("must be given"))
    if start and start < declaration.adopted_on:
        if state["form"] == "brief":
            found.fault("end", _("On this day nothing was on record."))
        else:
            found.fault("start", _("The first period lies before the adoption."))
    if start and end and end < start:
        found.fault("end", _("it ends before it begins"))
    if end and end > today:
        found.fault("end", _("lies in the future"))
    found.done()
    assert start and end
    state |= {
        "title": TITLES[state["form"]], "cadence": ONCE, "time_zone": "UTC", "start": declaration.adopted_on.isoformat(), "end": None,
        "paused": False,
    }  # fmt: skip
    return state, Period(start, end)


MOST_ASKED = 30  # reports that one person or program may have on their way


def make_now(*, state: dict[str, Any], period: Period, by: str) -> list[Report]:
    """Make reports due that somebody asks for, one a language. Asked for twice, they are the same reports; one that failed is
    tried again. Raises Refused when too many that they asked for are still to be made."""
    on_their_way = Report.objects.filter(
        asked_by=by, state__in=(Report.State.DUE, Report.State.BUILDING)
    ).count()
    if on_their_way + len(state["languages"]) > MOST_ASKED:
        raise Refused(
            "form", _("%(n)s reports that you asked for are still to be made") % {"n": on_their_way}
        )
    declaration = state["declaration"]
    about = {name: state[name] for name in ("form", "scope", "formats")}
    key = f"{declaration}:once-{sha256(canonical(about))[:12]}"
    known = SUBJECTS["schedule"].states([key]).get(key)
    languages = [
        lang for lang in LANGUAGES if lang in state["languages"] or (known and lang in known["languages"])
    ]
    if known is None or known["languages"] != languages:
        save(key=key, state=state | {"languages": languages}, by=by, because="asked for")
    schedule = Schedule.objects.get(pk=key)
    made = [due.ask(schedule, period, language, by=by)[0] for language in state["languages"]]
    for report in made:
        due.retry(report)
    return made
