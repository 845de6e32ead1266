"""Schedules, and reports that somebody asks for now."""

import contextlib
import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from commitments import clock
from commitments.deliveries import subscriptions
from commitments.ledger.record import Conflict, last_numbers
from commitments.ledger.wellformed import Faulty, Refused, faults_of
from commitments.models.declaration import Declaration
from commitments.models.fields import LANGUAGES
from commitments.models.person import Grant
from commitments.models.report import FORMATS, IssuedReport, Report, Schedule
from commitments.readings import scopes
from commitments.readings.moment import resolve
from commitments.readings.parameters import Parameters
from commitments.readings.parameters import Refused as BadParameter
from commitments.reports import due, schedules
from commitments.rules.periods import ONCE, Period
from commitments.tasks import build_reports, check_reports, nudge
from commitments.web.actors import actor_of
from commitments.web.desk.frame import go, posted, shown, site_of, the_declaration, told
from commitments.web.desk.scheduleforms import SCOPE, AskForm, BriefForm, ScheduleForm
from commitments.web.errors import beside, refused


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Every schedule, and a new one. Its next five periods are shown before it is saved."""
    today = clock.today()
    first = {"form": "report", "scope": {}, "cadence": "monthly", "time_zone": "UTC", "start": today.replace(day=1).isoformat(), "languages": list(LANGUAGES), "formats": list(FORMATS)}  # fmt: skip
    found = list(Schedule.objects.exclude(cadence=ONCE).order_by("key"))
    names = scopes.named([(s.declaration_id, s.scope) for s in found])
    rows = [
        {"schedule": s, "scope": {"filters": s.scope, "named": named}, "reports": s.reports.count(), "subscribers": subscriptions.of_schedule(s.pk).count()}
        for s, named in zip(found, names, strict=True)
    ]  # fmt: skip
    return _edited(request, None, first, {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: str) -> HttpResponse:
    """Change a schedule: what it made stays, and what is due follows the new rule."""
    found = Schedule.objects.exclude(cadence=ONCE).filter(pk=key).first()
    if found is None:
        raise Http404
    first = {name: getattr(found, name) for name in schedules.FIELDS} | {
        "start": found.start.isoformat(), "end": found.end.isoformat() if found.end else "",
        "recipients": "\n".join(subscriptions.entered(found.pk)),
    }  # fmt: skip
    return _edited(request, found, first, {"schedule": found})


def _edited(
    request: HttpRequest, found: Schedule | None, first: dict[str, Any], more: dict[str, Any]
) -> HttpResponse:
    """The form of a schedule: checked, shown with its next periods, and saved when these were seen."""
    declaration = the_declaration(found.declaration_id if found else None)
    form = ScheduleForm(_sent(request), initial=first, declaration=declaration)
    if found:
        form.fields.pop("code")
    periods, status = None, 200
    if request.method == "POST":
        status = 400
        if (checked := _checked(form, found, declaration)) is not None:
            key, state, addresses = checked
            try:
                periods = schedules.upcoming(state, clock.now())
                more |= {
                    "covered": partial(schedules.covered, state),  # asked for when it is shown
                    "behind": schedules.behind(key, state, clock.now()),
                    "paused": state["paused"],
                }
                more["mark"] = mark = _mark(periods, more["behind"])
                if posted(request, "intent") == "save" and posted(request, "mark") != mark:
                    form.add_error(
                        None, _("These periods were not shown before: look at them, and save again.")
                    )
                elif posted(request, "intent") == "save":
                    seen = posted(request, "seen")
                    changed = schedules.save(
                        key=key, state=state, by=actor_of(request).code, because=form.cleaned_data["because"] or _("a schedule"),
                        expected=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 18 else -1,
                    )  # fmt: skip
                    changed |= subscriptions.enter(
                        key, addresses, by=actor_of(request).code, site=site_of(request)
                    )
                    messages.success(
                        request, _("The schedule is saved.") if changed else _("Nothing has changed.")
                    )
                    if mine := subscriptions.by_themselves(key, addresses):
                        messages.info(
                            request,
                            _("They subscribed themselves, and stay so: %(who)s") % {"who": ", ".join(mine)},
                        )
                    return go(request, "/desk/schedules/")
                status = 200
            except (Faulty, Refused) as error:
                beside(form, error)
            except Conflict as conflict:
                form.add_error(None, told(conflict))
    seen_now = last_numbers("schedule", [found.pk]).get(found.pk, 0) if found else 0
    context = {"form": form, "periods": periods, "seen": posted(request, "seen") or seen_now, **more}
    if found:
        context["entered"] = posted(request, "entered") or subscriptions.seen(found.pk)
    return shown(request, "desk/schedules.html", context, status)


def _mark(periods: list[Period], behind: int) -> str:
    """Of the periods that are shown before anything is saved, and of how many reports are made at once."""
    return hashlib.sha256(f"{behind} {periods}".encode()).hexdigest()[:16]


def _checked(
    form: ScheduleForm, found: Schedule | None, declaration: Declaration
) -> tuple[str, dict[str, Any], list[tuple[str, str]]] | None:
    """The key, the state and the recipients that were typed; None, with every fault beside its field, when one is wrong."""
    form.full_clean()  # what has a fault of its own is checked no further, and everything else is
    key, state, typed = found.pk if found else "", {}, form.cleaned_data
    if found is None:
        with _beside(form):
            key = schedules.check_code(typed.get("code", ""), declaration)
    with _beside(form):
        state = schedules.check(form.payload(), declaration)
    with _beside(form):
        if found is not None:
            subscriptions.since_seen(found.pk, form.data.get("entered", ""))
        addresses = subscriptions.addresses_in(typed.get("recipients", ""), state.get("languages", LANGUAGES))
    return None if form.errors else (key, state, addresses)


@contextlib.contextmanager
def _beside(form: forms.Form) -> Iterator[None]:
    """What is refused stands beside its field, unless that has a fault already; and the next check goes on."""
    known = set(form.errors)
    if known & set(SCOPE):  # without what is wrong of it, it would be another scope
        known.add("scope")
    try:
        yield
    except (Faulty, Refused) as error:
        beside(form, Faulty([fault for fault in faults_of(error) if fault.field not in known]))


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """“Make this report now”, for any scope, period and language; from a list its filters come along."""
    today = clock.today()
    try:
        given = Parameters.of(
            dict(request.GET.lists()), (*schedules.SCOPE, "declaration", "form", "as_of", "lang")
        )
        declaration = the_declaration(given.known("declaration", Declaration))
        form_of = given.choice("form", tuple(schedules.TITLES)) or "report"
        last_day = min(today, resolve(given.text("as_of"), None, today).as_of)
    except BadParameter as bad:
        return refused(request, bad)
    scope = {name: value for name, value in given.given.items() if name in schedules.SCOPE}
    first: dict[str, Any] = {
        "form": form_of, "scope": scope, "start": last_day.replace(day=1).isoformat(), "end": last_day.isoformat(),
        "languages": [request.LANGUAGE_CODE[:2]], "formats": ["pdf", "docx"] if form_of == "brief" else list(FORMATS),
    }  # fmt: skip
    kind: type[AskForm | BriefForm] = (
        BriefForm if (posted(request, "form") or form_of) == "brief" else AskForm
    )
    typed = _sent(request)
    turned = (
        typed is not None and kind is AskForm and "start" not in typed
    )  # from a brief, which has no period
    if typed is not None and turned:
        typed = typed.copy()
        end = typed.get("end", "")
        typed["start"] = f"{end[:8]}01" if len(end) == 10 else first["start"]
    form, status = kind(typed, initial=first, declaration=declaration), 200
    if request.method == "POST" and not turned:
        status = 400
        form.full_clean()
        with _beside(form):
            state, period = schedules.check_once(form.payload(), declaration, today)
            if not form.errors:
                reports = schedules.make_now(state=state, period=period, by=actor_of(request).code)
                nudge(build_reports)
                return go(request, f"/reports/{reports[0].key}/")
    return shown(
        request, "desk/ask.html", {"form": form, "brief": kind is BriefForm, "page": "reports"}, status
    )


@require_POST
def act(request: HttpRequest, key: str) -> HttpResponse:
    """What a person does with a report: recompute it, ask for a new edition, make it due again."""
    actor, intent = actor_of(request), posted(request, "intent")
    found = Report.objects.filter(key=key).first()
    if found is None:
        raise Http404
    issued = IssuedReport.objects.filter(pk=key).first()
    if intent == "recompute" and issued:
        due.want_check(found)
        nudge(check_reports)
        messages.success(request, _("It is being recomputed from the ledger; the result appears here."))
    elif intent == "edition" and issued and actor.reviews:
        try:
            fresh, *_others = due.new_editions(issued, by=actor.code, because=request.POST.get("because", ""))
        except Refused as refused:
            messages.error(request, told(refused))
        else:
            nudge(build_reports)
            return go(request, f"/reports/{fresh.key}/")
    elif intent == "retry" and actor.role == Grant.Role.ADMINISTRATOR:
        due.retry(found)
    else:
        messages.error(request, _("This cannot be done here."))
    nudge(build_reports)
    return go(request, f"/reports/{key}/")
