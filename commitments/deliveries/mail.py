"""Letters: a row each, claimed by compare-and-swap, sent with a constant Message-ID, tried again with back-off."""

import hashlib
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import translation

from commitments import clock
from commitments.models.mail import Mail

MOST_ATTEMPTS = 8
LEASE = timedelta(minutes=10)  # of a sender: when it dies, another tries after this
AT_MOST = timedelta(seconds=60)  # of one round of sending: reports and spreadsheets wait for the same workers
LANGUAGES = ("en", "zh-hans", "ru")


def post(
    *,
    key: str,
    address: str,
    subject: str,
    text: str,
    files: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> bool:
    """Put a letter on its way. One with this key was posted already: then nothing happens, and the answer is False."""
    _row, made = Mail.objects.get_or_create(
        key=key,
        defaults={
            "address": address,
            "subject": " ".join(subject.split())[:200],
            "text": text,
            "not_before": clock.shared(),
            "files": list(files),
            "headers": dict(headers or {}),
        },
    )
    return made


def in_every_language(words: Callable[[], str]) -> str:
    """A text in English, Chinese and Russian, one after the other: we do not know what its reader speaks."""
    texts = []
    for language in LANGUAGES:
        with translation.override(language):
            texts.append(words().strip())
    return "\n\n— — —\n\n".join(texts) + "\n"


def work_off(now: datetime, limit: int = 50) -> int:
    """Send what waits; returns how many were sent. Safe to run any number of times at once."""
    sent, started = 0, time.monotonic()
    waiting = Mail.objects.filter(state=Mail.State.WAITING, not_before__lte=now).order_by("not_before", "pk")
    for mail in waiting[:limit]:
        held = Mail.objects.filter(pk=mail.pk, attempt=mail.attempt, state=Mail.State.WAITING)
        if not held.update(attempt=F("attempt") + 1, not_before=max(now, clock.shared()) + LEASE):
            continue  # another sender has it
        try:
            sent += _send(mail, mail.attempt + 1, now)
        except Unreachable:
            break  # the others would wait as long for the same server; the next tick tries them
        if time.monotonic() - started > AT_MOST.total_seconds():
            break
    return sent


class Unreachable(Exception):
    """The mail server does not answer at all."""


def _send(mail: Mail, attempt: int, now: datetime) -> int:
    held = Mail.objects.filter(pk=mail.pk, attempt=attempt, state=Mail.State.WAITING)
    try:
        letter = EmailMessage(
            mail.subject,
            mail.text,
            to=[mail.address],
            headers={**mail.headers, "Message-ID": message_id(mail.key)},
        )
        for file in mail.files:
            letter.attach(file["name"], _attached(file), "application/pdf")
        letter.send()
    except SoftTimeLimitExceeded:
        raise  # the worker's time is over, which is no fault of the letter
    except Exception as error:  # a mail server may fail in any way, and the row says how
        last = attempt >= MOST_ATTEMPTS
        held.update(
            state=Mail.State.FAILED if last else Mail.State.WAITING, failure=f"{type(error).__name__}: {error}"[:500],
            not_before=now + timedelta(minutes=4 ** min(attempt, 5)), text="" if last else mail.text,
        )  # fmt: skip
        if isinstance(error, ConnectionRefusedError | TimeoutError | socket.gaierror):
            raise Unreachable from None
        return 0
    return held.update(state=Mail.State.SENT, sent_at=now, text="", failure="", headers={})


def _attached(file: Mapping[str, str]) -> bytes:
    """A file of a report, as it was issued."""
    content = (Path(settings.REPORTS_DIR) / file["path"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != file["sha256"]:
        raise ValueError(f"{file['name']} is not the one that was issued")
    return content


def forget(prefix: str) -> None:
    """Take back letters that wait, and forget to whom the others went."""
    rows = Mail.objects.filter(key__startswith=prefix)
    rows.filter(state=Mail.State.WAITING).delete()
    rows.update(address="", headers={})


def about(ending: str) -> list[Mail]:
    """Letters whose key ends like this."""
    return list(Mail.objects.filter(key__endswith=ending).order_by("pk"))


def message_id(key: str) -> str:
    """The same for every attempt, so that a letter that was sent twice is one letter to its reader."""
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{host}>"
