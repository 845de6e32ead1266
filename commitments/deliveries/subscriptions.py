"""Subscriptions to reports: who comes themselves confirms by a link, who is entered is told how to end it.

A letter is due for each subscription and each report of its schedule and language that was issued after it began. What is due
is read from the rows; a letter's key is the report and the subscription, so it is posted once, whoever asks and how often.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from commitments import clock
from commitments.deliveries import mail
from commitments.ledger.wellformed import Refused
from commitments.models.fields import LANGUAGES
from commitments.models.report import IssuedReport, Report, Schedule
from commitments.models.subscription import Subscription
from commitments.readings import judgements, scopes
from commitments.readings.changes import head
from commitments.source.characters import unwanted
from commitments.templatetags.reports import edition, filter_words, period_words
from commitments.templatetags.tracker import INTERFACE, t

MOST_TOLD = 5  # lines with a fault: they are told in one sentence beside the box
MOST = 200  # addresses that one schedule is entered with
LONGEST = 254  # characters of an address (RFC 5321)
ASKED_AT_ONCE, ASKED_A_DAY = (
    5,
    300,
)  # letters that strangers may cause: from one place in an hour, from everywhere in a day
_check_address = EmailValidator(allowlist=[])  # no localhost: a letter goes to somebody
FORGET_AFTER = timedelta(days=7)  # what nobody confirmed


def of_schedule(schedule: str) -> "QuerySet[Subscription]":
    """The subscriptions of a schedule that get letters."""
    return Subscription.objects.filter(schedule=schedule, ended_at=None).exclude(confirmed_at=None)


def entered(schedule: str) -> list[str]:
    """Lines of those who were entered: address and language."""
    rows = of_schedule(schedule).exclude(entered_by="").order_by("address", "language")
    return [f"{address} {language}" for address, language in rows.values_list("address", "language")]


def seen(schedule: str) -> str:
    """A mark of the entered recipients as they stand."""
    return hashlib.sha256("\n".join(entered(schedule)).encode()).hexdigest()[:16]


def since_seen(schedule: str, mark: str) -> None:
    """Raises Refused when the entered recipients are others than those that were seen."""
    if mark != seen(schedule):
        raise Refused(
            "recipients",
            _(
                "They changed since this page was opened, for somebody ended a subscription or was entered: open it again."
            ),
        )


def addresses_in(text: str, made_in: Sequence[str] = LANGUAGES) -> list[tuple[str, str]]:
    """(address, language) of each line; the language stands behind the address, else it is English, or the first that is made.

    Raises Refused with what is wrong with each line; also for a language in which no report is made, for nothing would ever be
    sent.
    """
    lines = list(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))
    if len(lines) > MOST:
        raise Refused("recipients", _("holds more than %(n)s addresses") % {"n": MOST})
    found, faults, first = [], [], "en" if "en" in made_in or not made_in else made_in[0]
    for line in lines:
        address, *said = line.split(None, 1)
        language = said[0].lower() if said else first
        try:
            address = _address(address, "recipients")
        except Refused:
            faults.append(_("“%(address)s” is not an address of e-mail") % {"address": line[:80]})
            continue
        if language not in LANGUAGES:
            faults.append(_("“%(line)s”: the language is en, zh or ru") % {"line": line[:80]})
        elif language not in made_in:
            faults.append(_("“%(line)s”: no report is made in this language") % {"line": line[:80]})
        else:
            found.append((address, language))
    if more := faults[MOST_TOLD:]:
        faults[MOST_TOLD:] = [_("and %(n)s more") % {"n": len(more)}]
    if faults:
        raise Refused("recipients", _("; ").join(faults))
    return list(dict.fromkeys(found))


def _address(text: str, field: str) -> str:
    """As it is kept: in small letters, for Anna@ and anna@ are one person to every server there is. Raises Refused."""
    address = text.strip().lower()
    if not address:
        raise Refused(field, _("must be given"))
    try:
        if unwanted(address) or len(address) > LONGEST:
            raise ValidationError("")
        _check_address(address)
    except ValidationError:
        raise Refused(
            field, _("“%(address)s” is not an address of e-mail") % {"address": address[:80]}
        ) from None
    return address


def enter(schedule: str, wanted: list[tuple[str, str]], *, by: str, site: str = "") -> bool:
    """Bring the entered recipients of a schedule to a list: new ones begin now, those who are gone end. Whether any did.

    The list is what somebody saw and changed: ask `since_seen` first, or who ended a subscription meanwhile is entered again.
    """
    before = seen(schedule)
    there = {(row.address, row.language): row for row in of_schedule(schedule).exclude(entered_by="")}
    for key, row in there.items():
        if key not in wanted:
            end(row)
    begun = {"confirmed_at": clock.now(), "after": head()["number"], "entered_by": by, "site": site}
    for address, language in wanted:
        row, made = _of(schedule, address, language, begun)
        if not made and row.confirmed_at is None:  # somebody had asked for it and not confirmed
            Subscription.objects.filter(pk=row.pk).update(**begun)
    return seen(schedule) != before


def by_themselves(schedule: str, wanted: Sequence[tuple[str, str]]) -> list[str]:
    """Of a list of recipients, who subscribed themselves: they stay as they are, and nobody else ends it."""
    rows = of_schedule(schedule).filter(entered_by="", address__in=[address for address, _language in wanted])
    return [row.address for row in rows.order_by("address") if (row.address, row.language) in wanted]


def _of(schedule: str, address: str, language: str, begun: dict[str, Any]) -> tuple[Subscription, bool]:
    """The subscription of an address; and whether it is a new one."""
    return Subscription.objects.get_or_create(
        schedule_id=schedule, address=address, language=language, ended_at=None,
        defaults={"secret": secrets.token_urlsafe(32), "asked_at": clock.now(), **begun},
    )  # fmt: skip


def subscribe(*, address: str, schedule: str, language: str, site: str, client: str) -> None:
    """Send a letter whose link begins a subscription. One that there is already gets none, and nobody is told which.

    Raises Refused for what is no address, and when too many letters were asked for from one place or from everywhere.
    """
    address = _address(address, "address")
    if language not in Schedule.objects.get(pk=schedule).languages:
        raise Refused("language", _("this report is not made in this language"))
    place = hashlib.sha256(f"{clock.today()}:{client}".encode()).hexdigest()
    now = clock.now()
    asked = Subscription.objects.filter(entered_by="")
    if (
        asked.filter(asked_from=place, asked_at__gt=now - timedelta(hours=1)).count() >= ASKED_AT_ONCE
        or asked.filter(asked_at__gt=now - timedelta(days=1)).count() >= ASKED_A_DAY
    ):
        raise Refused("address", _("too many letters were asked for; try again later"))
    row, _made = _of(schedule, address, language, {"asked_from": place, "site": site})
    if row.confirmed_at is None:
        _ask(row)


def _ask(row: Subscription) -> None:
    """The letter that asks for a confirmation, at most once a day."""
    title, link = Schedule.objects.get(pk=row.schedule_id).title, _page(row)

    def words() -> str:
        text: str = _(
            "Somebody, probably you, asked for the reports “%(title)s” of the Declaration Tracker.\n"
            "Confirm it here; without that nothing is sent:\n%(link)s"
        ) % {"title": t(title), "link": link}
        return text

    # The body is in every language, the subject in the one that was asked for.
    with translation.override(INTERFACE[row.language]):
        subject = _("Declaration Tracker") + _(": ") + _("confirm your subscription")
    mail.post(
        key=f"subscription:{row.pk}:{clock.today()}", address=row.address, subject=subject,
        text=mail.in_every_language(words),
    )  # fmt: skip


def _page(row: Subscription) -> str:
    return f"{row.site}/subscriptions/{row.secret}/"


def by_secret(secret: str) -> Subscription | None:
    """The subscription whose page this is, unless it was ended."""
    rows = Subscription.objects.select_related("schedule").filter(secret=secret, ended_at=None)
    found: Subscription | None = rows.first()
    return found


def has_ended(secret: str) -> bool:
    return Subscription.objects.filter(secret=secret).exclude(ended_at=None).exists()


def confirm(row: Subscription) -> None:
    Subscription.objects.filter(pk=row.pk, confirmed_at=None).update(
        confirmed_at=clock.now(), after=head()["number"]
    )


def end(row: Subscription) -> None:
    """End a subscription; its address is forgotten, and letters that wait for it are not sent."""
    for prefix in (f"report:{row.pk}:", f"subscription:{row.pk}:"):
        mail.forget(prefix)
    Subscription.objects.filter(pk=row.pk).update(ended_at=clock.now(), address="")


def announce() -> int:
    """Post the letters that are due; returns how many. Safe to run any number of times at once."""
    Subscription.objects.filter(confirmed_at=None, asked_at__lt=clock.now() - FORGET_AFTER).delete()
    posted = 0
    rows = (
        Subscription.objects.filter(ended_at=None)
        .exclude(confirmed_at=None)
        .select_related("schedule__declaration")
    )
    for row in rows:
        issued = IssuedReport.objects.filter(
            schedule=row.schedule_id, language=row.language, recorded__gt=row.after
        ).order_by("recorded")
        # A period that had ended when the subscription began is no news; a new edition of its report is.
        began = row.confirmed_at.date() if row.confirmed_at else clock.today()
        news = [r for r in issued if r.edition > 1 or r.period_end >= began]
        for report in news:
            if by_secret(row.secret) is None:  # ended meanwhile
                break
            posted += _post(row, report)
            Subscription.objects.filter(pk=row.pk, after__lt=report.recorded).update(after=report.recorded)
    return posted


def _post(row: Subscription, report: IssuedReport) -> bool:
    page = f"{row.site}/reports/{report.key}/"
    summary = Report.objects.filter(key=report.key).values_list("summary", flat=True).first() or ""
    with translation.override(INTERFACE[row.language]):
        subject = f"{t(row.schedule.title)}{_(': ')}{period_words({'start': report.period_start.isoformat(), 'end': report.period_end.isoformat()})}"
        anew = _edition(report)
        if anew:
            subject = f"{subject} ({edition(report.edition)})"
        text = "\n\n".join(
            part for part in (subject, _scope(row, report), anew, summary, _("Read it here:") + f"\n{page}", _("To end this subscription:") + f"\n{_page(row)}") if part
        )  # fmt: skip
    files = [
        {
            "path": f"{report.key.replace(':', '/')}/{f['name']}",
            "name": f"{report.key.replace(':', '-')}.pdf",
            "sha256": f["sha256"],
        }
        for f in report.files
        if f["format"] == "pdf"
    ]
    headers = {
        "List-Unsubscribe": f"<{_page(row)}end/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
    }
    return mail.post(
        key=f"report:{row.pk}:{report.key}",
        address=row.address,
        subject=subject,
        text=text,
        files=files,
        headers=headers,
    )


def _scope(row: Subscription, report: IssuedReport) -> str:
    """Of a report on a part of a declaration: on which, in words."""
    if not report.scope:
        return ""
    declaration = row.schedule.declaration
    labels = {value["value"]: value["label"] for value in judgements.scale_values(declaration.scale_id)}
    words = filter_words(report.scope, labels, scopes.named([(declaration.pk, report.scope)])[0])
    return f"{_('Scope')}{_(': ')}{words}"


def _edition(report: IssuedReport) -> str:
    """Of a new edition: that it is one, and why it was made."""
    if report.edition == 1:
        return ""
    why = Report.objects.filter(key=report.key).values_list("because", flat=True).first() or ""
    told: str = _("This is a new edition: it takes the place of the one before.")
    return f"{told}\n{why}".strip()


def deliveries(report: str) -> dict[str, Any]:
    """How a report was delivered: numbers of letters by state, and what failed."""
    rows = mail.about(f":{report}")
    return {
        "sent": sum(row.state == "sent" for row in rows),
        "waiting": sum(row.state == "waiting" for row in rows),
        "failed": [{"address": row.address, "failure": row.failure} for row in rows if row.state == "failed"],
    }
