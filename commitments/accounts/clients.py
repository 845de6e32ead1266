"""Who calls, from where, and what they were answered."""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest

from commitments.models.partner import Answered

KEPT = timedelta(days=7)  # how long an answer is given again to a request with the same key


def client_address(request: HttpRequest) -> str:
    """The address whose attempts and requests are counted: behind our proxy, the address that it saw."""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    return forwarded if settings.HTTPS and forwarded else str(request.META.get("REMOTE_ADDR", ""))


def forget_answers(now: datetime) -> int:
    """Forget answers that nobody asks for any more; returns how many."""
    return Answered.objects.filter(at__lt=now - KEPT).delete()[0]
