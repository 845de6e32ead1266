"""Redaction: words that must go are replaced; the header, the chain and every other field stay."""

from django.db import models
from django.utils.translation import gettext as _

from commitments.ledger import bodies
from commitments.ledger.canonical import canonical
from commitments.ledger.record import batch
from commitments.ledger.subjects import SUBJECTS, State
from commitments.ledger.wellformed import Refused
from commitments.models.entry import Body, Entry
from commitments.models.fields import TextsField


def redact(*, entry: int, replacement: State, because: str, by: str, reason: bool = False) -> int:
    """Replace the words of one entry and delete its body; returns the number of the redaction. Words may be redacted
    again: then the body of the earlier redaction goes too.

    The entry's own reason stands in its body and always goes with it; `reason` says that this is what has to go, so that
    the state may stay as it is. Only texts may differ: values, dates, links and codes are what other entries and figures rest on.
    """
    with batch(by=by, because=because, alone=True) as work:
        header = Entry.objects.filter(pk=entry).first()
        if header is None:
            raise Refused("entry", _("there is no such entry"))
        if header.subject_type not in SUBJECTS:
            raise Refused("entry", _("a redaction is not redacted"))
        # What says its words now: the entry itself, or an earlier redaction of it.
        carrier = bodies.replacements().get(entry, entry)
        subject = SUBJECTS[header.subject_type]
        old = bodies.states(header.subject_type, [entry]).get(entry)
        if old is None:
            raise Refused("entry", _("it removed its subject and holds no words"))
        clean = subject.checked(header.subject, replacement)
        for name, value in clean.items():
            if value != old[name] and not _is_words(header.subject_type, name):
                raise Refused(name, _("only words may be redacted, not this field"))
        if clean == old and not reason:
            raise Refused("replacement", _("nothing has changed"))
        work.redact(carrier, header.audience, clean)
    assert work.number
    return work.number


def elsewhere(words: str, but: int) -> list[int]:
    """Other entries whose bodies hold the same words: they are not redacted with this one."""
    written = canonical(words)[1:-1]
    rows = Body.objects.filter(text__contains=written).exclude(pk=but).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:50])


def _is_words(subject_type: str, name: str) -> bool:
    """Whether a field holds texts that people wrote."""
    if name not in SUBJECTS[subject_type].fields:
        return False
    column = SUBJECTS[subject_type].model._meta.get_field(name)
    if subject_type == "edition":
        return False  # the words of a declaration are what everything else is anchored in
    return isinstance(column, models.TextField | TextsField) or name == "payload"
