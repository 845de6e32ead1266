"""Webhooks after the Standard Webhooks specification: who is told of what, signed, tried for three days, one target apart from another.

What is due follows from the rows: of each target the entries after the last that it was told of. A message has a constant
`webhook-id`, made of the target and the entry, so a target that gets one twice knows it. Bodies are made when they are sent, from
the ledger; nothing restricted is in them.
"""

import base64
import hashlib
import hmac
import json
import logging
import random
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from commitments import clock
from commitments.deliveries import mail, outgoing
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.wellformed import Refused
from commitments.models.assessment import Assessment
from commitments.models.dispute import Dispute
from commitments.models.happening import HappeningCommitment, IndicatorCommitment
from commitments.models.partner import Delivery, Target
from commitments.models.person import Grant, Person
from commitments.readings import changes, commitments
from commitments.readings.moment import resolve
from commitments.readings.parameters import Parameters
from commitments.readings.parameters import Refused as BadParameter

log = logging.getLogger(__name__)
TEST = "tracker.test"
MOST_TARGETS, MOST_ENTRIES, MOST_PAGES, MOST_AT_ONCE = 10, 200, 20, 16
SECRET = "whsec_"  # noqa: S105 - the prefix of the specification
OVERLAP = timedelta(hours=24)  # how long the old secret of a rotation signs too
LEASE = timedelta(seconds=60)
PATIENCE = 20.0  # seconds that one target may take of one round
TOLD_AGAIN = timedelta(days=30)  # how long what was delivered is listed
# After each attempt; with jitter. Three days in all.
DELAYS = tuple(
    timedelta(seconds=s)
    for s in (5, 60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)


# --- targets ------------------------------------------------------------------------------------------------------------


def new_secret() -> str:
    return SECRET + base64.b64encode(secrets.token_bytes(32)).decode()


def check(payload: Mapping[str, Any], *, new: bool = True) -> dict[str, Any]:
    """Fields of a target, from what was typed or sent: url, events, scope, state; of a change those that are given. Raises
    Refused."""
    for name in payload:
        if name not in ("url", "events", "scope", "state"):
            raise Refused(
                f"/{str(name)[:60]}", _("is not a field here; there are: url, events, scope, state")
            )
    given = {"events": [], "scope": {}, "state": Target.State.ACTIVE, **payload} if new else dict(payload)
    if new or "url" in given:
        if not isinstance(given.get("url"), str):
            raise Refused("url", _("must be given"))
        given["url"] = outgoing.check_url(given["url"])
    if "events" in given:
        events = given["events"]
        if not isinstance(events, list) or not all(isinstance(e, str) and _is_event(e) for e in events):
            raise Refused("events", _("is a list of types of events, as assessment.assess; empty: every one"))
        given["events"] = sorted(set(events))
    if "scope" in given:
        given["scope"] = _scope(given["scope"])
    if "state" in given and given["state"] not in (Target.State.ACTIVE, Target.State.PAUSED):
        raise Refused("state", _("is active or paused"))
    return given


def _is_event(text: str) -> bool:
    subject, _dot, verb = text.partition(".")
    return len(text) <= 60 and (subject in SUBJECTS or subject == "entry") and verb.replace("_", "").isalpha()


def _scope(scope: Any) -> dict[str, str]:
    """Parameters of a list of commitments that do not depend on a status: who, where, which."""
    if not isinstance(scope, Mapping) or not all(isinstance(v, str) and v for v in scope.values()):
        raise Refused("scope", _("must be an object of texts: the parameters of a list"))
    try:
        given = Parameters.of({name: [value] for name, value in scope.items()}, SCOPE)
        commitments.Filter.of(given)
    except BadParameter as bad:
        raise Refused("scope", str(bad)) from None
    return dict(sorted(given.given.items()))


SCOPE = ("declaration", "codes", "section", "paragraph", "kind", "organization", "role", "via", "instrument")


def make(person: Person, payload: Mapping[str, Any]) -> tuple[Target, str]:
    """A new target, told of what is recorded from now on; and its secret, which is shown once. Raises Refused."""
    found = check(payload)
    if person.targets.count() >= MOST_TARGETS:
        raise Refused("url", _("%(n)s targets are there already; remove one first") % {"n": MOST_TARGETS})
    secret = new_secret()
    target = Target.objects.create(
        key=f"wh_{secrets.token_hex(8)}", person=person, after=changes.head()["number"], made_at=clock.now(), not_before=clock.shared(),
        secrets=[{"secret": secret, "until": None}], **found,
    )  # fmt: skip
    return target, secret


def change(target: Target, payload: Mapping[str, Any]) -> bool:
    """Change a target as it was read; False when somebody changed it since. One that is made active goes on from where it
    stood, and is asked at once. Raises Refused."""
    found = check(payload, new=False)
    anew = found.get("state") == Target.State.ACTIVE
    more = {"reason": "", "failing_since": None, "not_before": clock.shared()} if anew else {}
    if not anew and all(getattr(target, name) == value for name, value in found.items()):
        return True  # nothing of it is another: what others have read still holds
    with transaction.atomic():
        seen = Target.objects.filter(pk=target.pk, version=target.version)
        if not seen.update(**found, **more, version=F("version") + 1):
            return False
        if anew:
            Delivery.objects.filter(target=target, state=Delivery.State.WAITING).update(attempt=0)
    return True


def rotate(target: Target) -> str:
    """A new secret; the old one signs too for a day."""
    secret, until = new_secret(), (clock.now() + OVERLAP).isoformat()
    old = [row | {"until": row["until"] or until} for row in _signing(target)]
    seen = Target.objects.filter(pk=target.pk, version=target.version)
    if not seen.update(secrets=[{"secret": secret, "until": None}, *old][:3], version=F("version") + 1):
        raise Refused(
            "webhook", _("it was changed by somebody else since you opened the page; look at it again")
        )
    return secret


def _signing(target: Target) -> list[dict[str, Any]]:
    """The secrets that sign now, the newest first."""
    now = clock.now()
    return [
        row for row in target.secrets if row["until"] is None or datetime.fromisoformat(row["until"]) > now
    ]


# --- what is due --------------------------------------------------------------------------------------------------------


def plan() -> int:
    """Make the messages that are due; returns how many. Safe to run any number of times at once; a target whose scope cannot be
    read any more is disabled, and holds up nobody."""
    made, head = 0, changes.head()["number"]
    for target in _served().filter(after__lt=head):
        try:
            keys = _keys_of(target.scope) if target.scope else None
        except BadParameter as bad:
            disable(target, f"its scope cannot be read any more: {bad}")
            continue
        for _page in range(MOST_PAGES):
            rows, more = _plan(target.pk, keys)
            made += rows
            if not more:
                break
    sent = Delivery.objects.filter(made_at__lt=clock.now() - TOLD_AGAIN)
    sent.exclude(state=Delivery.State.WAITING).delete()
    return made


def are_behind() -> bool:
    """Whether an entry is on record that no message was made of yet."""
    return _served().filter(after__lt=changes.head()["number"]).exists()


def _served() -> "QuerySet[Target]":
    """Active targets of partners whose role was not taken away."""
    partners = Grant.objects.filter(role=Grant.Role.SERVICE, active=True).values("pk")
    return Target.objects.filter(
        state=Target.State.ACTIVE, person__code__in=partners, person__user__is_active=True
    )


def _plan(key: str, keys: set[str] | None) -> tuple[int, bool]:
    """Messages of the next entries for one target, and whether more entries wait. `keys`: the commitments of its scope."""
    with transaction.atomic():
        target = Target.objects.select_for_update().filter(pk=key, state=Target.State.ACTIVE).first()
        if target is None:
            return 0, False
        head = changes.head()["number"]  # before the entries: what comes meanwhile is the next round's
        read = changes.feed(target.after, MOST_ENTRIES, audience="public")
        entries = [e for e in read if e["number"] <= head]
        wanted = [e for e in entries if not target.events or type_of(e) in target.events]
        if keys is not None:
            wanted = [e for e in wanted if about(e) & keys]
        now = clock.shared()
        rows = [
            Delivery(target=target, key=f"msg_{target.pk[3:]}_{e['number']}", type=type_of(e), number=e["number"], not_before=now, made_at=now)
            for e in wanted
        ]  # fmt: skip
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        more = len(read) == MOST_ENTRIES
        seen = entries[-1]["number"] if more and entries else head
        Target.objects.filter(pk=key, after__lt=seen).update(after=seen)
        return len(rows), more


def type_of(entry: Mapping[str, Any]) -> str:
    return f"{entry['subject_type']}.{entry['verb']}"


def _keys_of(scope: Mapping[str, str]) -> set[str]:
    wanted = commitments.Filter.of(Parameters(dict(scope)))
    return {row["key"] for row in commitments.listing(wanted, resolve(None, None, clock.today())).rows}


def about(entry: Mapping[str, Any]) -> set[str]:
    """The commitments that an entry is about, by its kind; a redaction is about what the redacted entry was about."""
    kind, subject = entry["subject_type"], entry["subject"]
    state = (entry.get("body") or {}).get("state") or {}
    if kind == "entry":
        rows = changes.feed(int(subject) - 1, 1)
        return about(rows[0]) if rows and rows[0]["subject_type"] != "entry" else set()
    if kind == "commitment":
        return {subject}
    if kind == "assessment":
        return _of(Assessment, "commitment", pk=subject)
    if kind in ("retraction", "dispute"):
        return _of(Assessment, "commitment", pk=state.get("assessment") or subject)
    if kind == "outcome":
        return _of(Dispute, "assessment__commitment", pk=state.get("dispute") or "")
    if kind in ("action", "event"):
        return _of(HappeningCommitment, "commitment", happening=subject)
    if kind == "measurement":
        return _of(IndicatorCommitment, "commitment", indicator=state.get("indicator") or "")
    if kind == "evidence":
        found = {state["commitment"]} if state.get("commitment") else set()
        found |= _of(Assessment, "commitment", pk=state.get("assessment") or "")
        found |= _of(HappeningCommitment, "commitment", happening=state.get("happening") or "")
        return found | _of(
            IndicatorCommitment, "commitment", indicator__measurements=state.get("measurement") or ""
        )
    return set(state.get("commitments", ()))


def _of(model: Any, field: str, **only: str) -> set[str]:
    return set(model.objects.filter(**only).values_list(field, flat=True))


# --- sending ------------------------------------------------------------------------------------------------------------


def work_off(now: datetime, at_once: int = MOST_AT_ONCE) -> int:
    """Send what is due, each target in a thread of its own: a slow one holds up nobody. Those that took their last message come
    first, then who waited longest: targets that fail have what is left of a round. Returns how many messages were taken."""
    due = _served().filter(deliveries__state=Delivery.State.WAITING, not_before__lte=now).distinct()
    keys = list(
        due.order_by(F("failing_since").desc(nulls_first=True), "not_before", "pk").values_list(
            "pk", flat=True
        )[:MOST_AT_ONCE]
    )
    if at_once <= 1 or len(keys) <= 1:
        return sum(_work_off_one(key) for key in keys)
    sent = [0] * len(keys)

    def work(index: int) -> None:
        try:
            sent[index] = _work_off_one(keys[index])
        except Exception:
            log.exception("a webhook could not be sent")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(index,), daemon=True) for index in range(len(keys))]
    for thread in threads:
        thread.start()
    until = time.monotonic() + PATIENCE + outgoing.WHOLE + outgoing.CONNECT
    for thread in threads:
        thread.join(max(0.1, until - time.monotonic()))
    return sum(sent)


def _work_off_one(key: str) -> int:
    """Messages of one target, in the order of the ledger, until one is not taken or its time is over. One sender has it at a
    time, by compare-and-swap with a lease, so no message overtakes another."""
    target = _served().filter(pk=key, not_before__lte=clock.shared()).first()
    if target is None:
        return 0
    claim, started, sent = target.claim + 1, time.monotonic(), 0
    free = Target.objects.filter(pk=key, claim=target.claim)
    if not free.update(claim=claim, not_before=clock.shared() + LEASE):
        return 0
    held = Target.objects.filter(pk=key, claim=claim, state=Target.State.ACTIVE)
    while time.monotonic() - started < PATIENCE and held.update(not_before=clock.shared() + LEASE):
        waiting = Delivery.objects.filter(target=key, state=Delivery.State.WAITING)
        one = waiting.order_by("number", "pk").first()
        if one is None:
            break
        Delivery.objects.filter(pk=one.pk).update(attempt=F("attempt") + 1)
        if not _send(held.first() or target, one, held):
            return sent
        sent += 1
    held.update(not_before=clock.shared())
    return sent


def _send(target: Target, one: Delivery, held: Any) -> bool:
    attempt, status, retry_after, took = one.attempt + 1, None, None, None
    try:
        body = body_of(one)
        reply = outgoing.post(target.url, body, headers_for(target, one.key, body))
    except outgoing.Unreachable as failed:
        words = str(failed)
    except Exception:
        log.exception("the webhook %s could not be sent", target.pk)
        words = "it could not be sent from here"
    else:
        status, retry_after, took = reply.status, reply.retry_after, reply.milliseconds
        words = "it redirects, which is not followed" if 300 <= status < 400 else "it did not take it"
        if 200 <= status < 300:
            now = clock.now()
            Delivery.objects.filter(pk=one.pk).update(
                state=Delivery.State.SENT, status=status, failure="", milliseconds=took, sent_at=now
            )
            Target.objects.filter(pk=target.pk).exclude(failing_since=None).update(failing_since=None)
            return True
    if one.number == 0:  # a test is sent once, and what waits for the target goes on as it would
        Delivery.objects.filter(pk=one.pk).update(
            state=Delivery.State.FAILED, status=status, failure=words, milliseconds=took
        )
        return True
    _failed(target, one, held, attempt, (status, words, took, retry_after))
    return False


def _failed(target: Target, one: Delivery, held: Any, attempt: int, what: tuple[Any, ...]) -> None:
    """The message waits, and what comes after it: it is tried again later, with jitter, not before the target asked for. After
    three days, or when the target is gone, the target is disabled and the message waits until it is made active."""
    status, words, took, retry_after = what
    now = clock.shared()
    with transaction.atomic():
        Target.objects.filter(pk=target.pk, failing_since=None).update(failing_since=now)
        delay = DELAYS[min(attempt, len(DELAYS)) - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
        until = now + max(delay, _asked(retry_after, now))
        rows = Delivery.objects.filter(pk=one.pk)
        rows.update(status=status, failure=words, milliseconds=took, not_before=until)
        held.update(not_before=until)
        if status == 410:
            disable(target, "the target answered 410: it is gone")
        elif attempt > len(DELAYS):
            disable(target, f"nothing was taken for three days: {words}")


def _asked(retry_after: str | None, now: datetime) -> timedelta:
    """What `Retry-After` says, as seconds or as a date; a day at most."""
    if not retry_after:
        return timedelta()
    if retry_after.isascii() and retry_after.isdigit():
        return min(timedelta(seconds=int(retry_after[:9])), timedelta(days=1))
    try:
        then = parsedate_to_datetime(retry_after)
        return min(max(then.astimezone(UTC) - now, timedelta()), timedelta(days=1))
    except (ValueError, OverflowError, TypeError):
        return timedelta()


def disable(target: Target, reason: str) -> None:
    """Send nothing more to a target, and write to its partner and to the administrators, once."""
    with transaction.atomic():
        _disable(target, reason)


def _disable(target: Target, reason: str) -> None:
    changed = Target.objects.filter(pk=target.pk).exclude(state=Target.State.DISABLED)
    if not changed.update(state=Target.State.DISABLED, reason=reason[:300], version=F("version") + 1):
        return
    found = Target.objects.select_related("person__user").get(pk=target.pk)
    chiefs = Grant.objects.filter(role=Grant.Role.ADMINISTRATOR, active=True).values("pk")
    people = Person.objects.filter(code__in=chiefs).select_related("user")
    addresses = {found.person.user.email, *(p.user.email for p in people), settings.CONTACT_EMAIL}

    def words() -> str:
        what: str = _("The webhook %(key)s to %(url)s is disabled: %(reason)s.") % {
            "key": found.pk, "url": found.url, "reason": reason,
        }  # fmt: skip
        then: str = _("What was recorded since is kept; it is sent when the webhook is made active again.")
        return f"{what}\n{then}"

    for address in sorted(filter(None, addresses)):
        mail.post(
            key=f"webhook:{found.pk}:{found.version}:{address}", address=address, subject="Declaration Tracker: webhook",
            text=mail.in_every_language(words),
        )  # fmt: skip


def body_of(one: Delivery) -> bytes:
    """What is sent: the type, the instant, and the entry as the feed has it."""
    if one.number == 0:
        found: dict[str, Any] = {
            "type": TEST,
            "timestamp": one.made_at.astimezone(UTC).isoformat(),
            "data": {},
        }
    else:
        entry = changes.feed(one.number - 1, 1)[0]
        found = {"type": one.type, "timestamp": entry["recorded_at"], "data": entry}
    return json.dumps(found, ensure_ascii=False).encode()


def headers_for(target: Target, key: str, body: bytes) -> dict[str, str]:
    """The headers of the specification; each secret that signs now has its signature."""
    stamp = str(int(clock.now().timestamp()))
    signed = f"{key}.{stamp}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": f"DeclarationTracker/{settings.RELEASE}",
        "webhook-id": key,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signature(row["secret"], signed) for row in _signing(target)),
    }


def signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


# --- the log ------------------------------------------------------------------------------------------------------------


def test(target: Target) -> Delivery:
    """A message that says nothing, so that a partner sees whether its program takes one."""
    now = clock.shared()
    Target.objects.filter(pk=target.pk).update(not_before=now)
    return Delivery.objects.create(
        target=target, key=f"msg_{target.pk[3:]}_test{secrets.token_hex(4)}", type=TEST, number=0, not_before=now, made_at=now,
    )  # fmt: skip


def again(target: Target, key: str) -> Delivery:
    """Send a message again, with the id that it had. Raises Refused."""
    found = Delivery.objects.filter(target=target, key=key).first()
    if found is None:
        raise Refused("key", _("there is no such delivery"))
    Delivery.objects.filter(pk=found.pk).update(
        state=Delivery.State.WAITING, attempt=0, not_before=clock.shared(), failure="", sent_at=None
    )
    Target.objects.filter(pk=target.pk).update(not_before=clock.shared())
    found.refresh_from_db()
    return found
