"""The summary in sentences, each made from figures of the frozen reading. Where there is no figure there is no sentence."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commitments.templatetags.reports import MOST_NAMED, listed
from commitments.templatetags.tracker import content_language, d, local, n, t

Reading = dict[str, Any]


def summary(reading: Reading) -> list[str]:
    """Sentences of a report in the language that is active."""
    makers: tuple[Callable[[Reading], str], ...] = (
        _size, _count, _movement, _membership, _sections, _reports, _disputes, _happenings, _silence, _corrections,
    )  # fmt: skip
    return [sentence for make in makers if (sentence := make(reading))]


def _gap() -> str:
    """What stands between two sentences: nothing in Chinese."""
    return "" if content_language() == "zh" else " "


def _list(parts: Iterable[str]) -> str:
    return _(", ").join(parts)


def _codes(keys: Iterable[str]) -> str:
    """Commitments by their codes; of many their number, and the tables name them."""
    named = [local(key) for key in keys]
    if len(named) > MOST_NAMED:
        return ngettext("%(n)s commitment", "%(n)s commitments", len(named)) % {"n": n(len(named))}
    return listed(named)


def _size(reading: Reading) -> str:
    figures = reading["figures"]
    whole = ngettext(
        "The report covers %(n)s commitment.", "The report covers %(n)s commitments.", figures["commitments"]
    ) % {"n": n(figures["commitments"])}
    if not figures["counting"]:
        return whole + _gap() + _("None of them can be counted.")
    if figures["counting"] == figures["commitments"]:
        counted = _("It can be counted.") if figures["counting"] == 1 else _("All of them can be counted.")
        return whole + _gap() + counted
    counting = ngettext(
        "%(n)s of them can be counted.", "%(n)s of them can be counted.", figures["counting"]
    ) % {"n": n(figures["counting"])}
    return whole + _gap() + counting


def _count(reading: Reading) -> str:
    now, before = reading["figures"]["fulfilled"], reading["before"]["fulfilled"]
    if not now["n"]:
        return ""
    if now["n"] == 1:
        found = (
            _("At the end of the period the one that counts is fulfilled.")
            if now["k"]
            else _("At the end of the period the one that counts is not fulfilled.")
        )
    else:
        found = _many(now)
    if not before["n"]:
        return found + _gap() + _("Before it nothing could be counted.")
    return (
        found
        + _gap()
        + _("Before it: %(k)s of %(of)s (%(percent)s%%).")
        % {"k": n(before["k"]), "of": n(before["n"]), "percent": n(before["percent"])}
    )


def _many(now: Reading) -> str:
    return ngettext(
        "At the end of the period %(k)s of %(of)s that count is fulfilled (%(percent)s%%).",
        "At the end of the period %(k)s of %(of)s that count are fulfilled (%(percent)s%%).",
        now["k"],
    ) % {"k": n(now["k"]), "of": n(now["n"]), "percent": n(now["percent"])}


def _movement(reading: Reading) -> str:
    steps = reading["steps"]
    if not steps["assessments"]:
        return _("No assessment falls into this period.")
    whole = ngettext(
        "%(n)s assessment falls into the period",
        "%(n)s assessments fall into the period",
        steps["assessments"],
    ) % {"n": n(steps["assessments"])}
    parts = {
        "changed": ngettext("%(n)s changed a status", "%(n)s changed a status", steps["changed"]),
        "reaffirmed": ngettext("%(n)s reaffirmed a status", "%(n)s reaffirmed a status", steps["reaffirmed"]),
        "first": ngettext("%(n)s was the first", "%(n)s were the first", steps["first"]),
    }
    told = _list(words % {"n": n(steps[name])} for name, words in parts.items() if steps[name])
    return f"{whole}{_(': ')}{told}{_('.')}"


def _membership(reading: Reading) -> str:
    moved = "".join(
        _gap() + words % {"codes": _codes(row["key"] for row in reading[name])}
        for name, words in (
            ("joined", _("Entered the report: %(codes)s.")),
            ("gone", _("Left the report: %(codes)s.")),
        )
        if reading[name]
    ).strip()
    if not reading["entered"] and not reading["left"]:
        return moved
    found = _("The number that count went from %(before)s to %(now)s.") % {
        "before": n(reading["before"]["counting"]), "now": n(reading["figures"]["counting"]),
    }  # fmt: skip
    if reading["entered"]:
        found += _gap() + _("Entered the count: %(codes)s.") % {"codes": _codes(reading["entered"])}
    if reading["left"]:
        found += _gap() + _("Left the count: %(codes)s.") % {"codes": _codes(reading["left"])}
    return found + (_gap() + moved if moved else "")


def _sections(reading: Reading) -> str:
    counted = [s for s in reading["sections"] if s["counting"]]
    if len(counted) < 2:
        return ""
    parts = [
        _("%(section)s %(k)s of %(of)s")
        % {"section": t(s["title"]), "k": n(s["fulfilled"]["k"]), "of": n(s["fulfilled"]["n"])}
        for s in counted
    ]
    lead = _("Fulfilled by section")
    return f"{lead}{_(': ')}{_('; ').join(parts)}{_('.')}"


def _reports(reading: Reading) -> str:
    rows = reading["disagreements"]
    if not rows:
        return ""
    words = ngettext(
        "Of %(n)s commitment an organization reports another status than the analysts",
        "Of %(n)s commitments an organization reports another status than the analysts",
        len(rows),
    ) % {"n": n(len(rows))}
    return f"{words}{_(': ')}{_codes(row['key'] for row in rows)}{_('.')}"


def _disputes(reading: Reading) -> str:
    rows = [row for row in reading["disputes"] if row["open"]]
    if not rows:
        return ""
    words = ngettext("%(n)s dispute is open", "%(n)s disputes are open", len(rows)) % {"n": n(len(rows))}
    return f"{words}{_(': ')}{_codes(dict.fromkeys(row['commitment'] for row in rows))}{_('.')}"


def _happenings(reading: Reading) -> str:
    rows = reading["happenings"]
    if not rows:
        return ""
    actions = sum(row["category"] == "action" and row["verified"] for row in rows)
    events = sum(row["category"] == "event" and row["verified"] for row in rows)
    parts = [
        words % {"n": n(k)}
        for k, words in (
            (actions, ngettext("%(n)s action", "%(n)s actions", actions)),
            (events, ngettext("%(n)s event", "%(n)s events", events)),
        )
        if k
    ]
    unverified = sum(not row["verified"] for row in rows)
    if unverified:
        parts.append(ngettext("%(n)s not verified", "%(n)s not verified", unverified) % {"n": n(unverified)})
    lead = _("On record in the period")
    return f"{lead}{_(': ')}{_list(parts)}{_('.')}"


def _silence(reading: Reading) -> str:
    rows = reading["silent"]
    if not rows:
        return ""
    first = rows[0]
    if not first["newest_evidence"]:
        return _("Silent longest: %(code)s, of which nothing is on record.") % {"code": first["code"]}
    return _("Silent longest: %(code)s, with its newest evidence of %(date)s.") % {
        "code": first["code"], "date": d(first["newest_evidence"]["date"]),
    }  # fmt: skip


def _corrections(reading: Reading) -> str:
    k = len(reading["corrections"])
    if not k:
        return ""
    return ngettext("%(n)s correction is listed.", "%(n)s corrections are listed.", k) % {"n": n(k)}
