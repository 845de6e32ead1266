"""What each kind of proposal is: its fields and rules, what it is about, and what its acceptance records."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from commitments.archive import content, store
from commitments.ledger import assessing
from commitments.ledger.payload import Check
from commitments.ledger.people import Actor
from commitments.ledger.record import Batch, last_numbers
from commitments.ledger.roles import commitments_of
from commitments.ledger.subjects import SUBJECTS, State
from commitments.ledger.wellformed import Refused
from commitments.models.assessment import Assessment
from commitments.models.declaration import Commitment, Declaration
from commitments.models.evidence import File, Withdrawal
from commitments.models.happening import Happening, HappeningOrganization, Indicator, Measurement
from commitments.models.organization import Organization
from commitments.models.proposal import Kind
from commitments.models.source import Source
from commitments.rules.dates import last_day

Recorded = list[list[str]]  # [[subject type, key], …]
SOURCE_FIELDS = (
    "sources", "source_url", "source_title", "source_publisher", "source_date", "source_class", "source_language",
    "passage", "locator", "accessed_on", "file", "file_name",
)  # fmt: skip
ASSESSMENT_FIELDS = (
    "commitment", "value", "effective_on", "because", "confidence", "organization", "basis", "searched", "searched_on",
    "replaces", "unchanged", *SOURCE_FIELDS,
)  # fmt: skip
ACTION_FIELDS = (
    "kind", "date", "end_date", "title", "description", "organizations", "commitments", *SOURCE_FIELDS,
)  # fmt: skip
FACT_KINDS = (
    "agreement", "aid", "decision", "exercise", "finding", "incident", "institution", "meeting", "operation",
    "programme", "report", "resolution", "statement", "strategy", "treaty",
)  # fmt: skip
SOURCE_LANGUAGES = ("en", "zh", "ru", "fa", "ps", "uz", "kk", "ky", "tg", "ur", "de", "fr", "ar", "ro", "uk")


@dataclass(frozen=True)
class Acceptance:
    """Who proposed and who accepts what, and whether the two sides agree on a report."""

    declaration: str
    by: str
    reviewer: str
    agreed: bool = False


@dataclass(frozen=True)
class Rules:
    """One kind. `clean` raises Faulty; `apply` runs inside a batch that stands alone and returns what it recorded."""

    about: tuple[str, str]  # (subject type, the field that names it)
    clean: Callable[[Mapping[str, Any], Declaration, Actor], State]
    apply: Callable[[Batch, State, Acceptance, int], Recorded]
    for_bound: bool = True  # whether a focal point may propose it


# --- who may speak on what ----------------------------------------------------------------------------------------------


def _theirs(check: Check, actor: Actor, field: str, keys: list[str]) -> None:
    if not actor.bound:
        return
    own = set(
        Commitment.objects.filter(pk__in=commitments_of(actor.organizations)).values_list("pk", flat=True)
    )
    if foreign := [key for key in keys if key and key not in own]:
        check.fault(field, _("your organization has no role in %(key)s") % {"key": foreign[0]})


def _their_action(check: Check, actor: Actor, field: str, happening: str | None) -> None:
    if actor.bound and happening:
        rows = HappeningOrganization.objects.filter(happening=happening, organization__in=actor.organizations)
        if not rows.exists():
            check.fault(field, _("this is not an action of your organization"))


def _speaks_for(check: Check, actor: Actor) -> str | None:
    """The organization whose report it is; one that speaks for a single organization need not name it."""
    named = check.one("organization", Organization.objects.all(), required=False)
    if not actor.bound:
        return named
    if named is None and not check.refused("organization"):
        if len(actor.organizations) == 1:
            return actor.organizations[0]
        check.fault("organization", _("say for which organization you report"))
    if named and named not in actor.organizations:
        check.fault("organization", _("you do not speak for %(code)s") % {"code": named})
    return named


# --- sources ------------------------------------------------------------------------------------------------------------


def _sources(check: Check, declaration: Declaration) -> State:
    """Sources on record, and one new one: its publication, the passage, and the archived copy."""
    rows = Source.objects.filter(declaration=declaration)
    found: State = {"sources": check.known("sources", rows)}
    withdrawn = set(Withdrawal.objects.filter(pk__in=found["sources"]).values_list("pk", flat=True))
    for key in sorted(withdrawn):
        check.fault("sources", _("“%(key)s” was withdrawn") % {"key": key})
    found |= _publication(check, required=False)
    found["passage"] = check.text("passage")
    found["locator"] = check.text("locator", longest=80)
    found["accessed_on"] = check.partial_date("accessed_on")
    found["file"], found["file_name"] = _file(check)
    new = any(
        found[name] for name in ("source_url", "source_title", "source_publisher", "source_date", "file")
    )
    if new:
        for name in ("source_title", "source_publisher", "source_class", "source_language"):
            if not found[name] and not check.refused(name):
                check.fault(name, _("must be given"))
        if not found["source_url"] and not found["file"] and not check.refused("source_url"):
            check.fault("source_url", _("give an address, or attach the file"))
    if (found["passage"] or found["locator"]) and not new and len(found["sources"]) != 1:
        check.fault("passage", _("say which one source this passage is from"))
    return found


def _publication(check: Check, *, required: bool) -> State:
    return {
        "source_url": check.address("source_url"),
        "source_title": check.text("source_title", required=required, longest=500),
        "source_publisher": check.text("source_publisher", required=required, longest=300),
        "source_date": check.partial_date("source_date"),
        "source_class": check.choice("source_class", Source.Class.values, required=required),
        "source_language": check.choice("source_language", SOURCE_LANGUAGES, required=required),
    }


def _file(check: Check) -> tuple[str, str]:
    """The digest of a copy that was sent before, and its name."""
    digest = check.text("file", longest=64)
    name = check.text("file_name", longest=120)
    if not digest:
        return "", ""
    try:
        kept = store.read(Path(settings.ARCHIVE_DIR), digest)
        if kept is None:
            check.fault("file", _("no file with this digest was sent"))
        else:
            content.media_type(name, kept)
    except content.NotAccepted as refused:
        check.fault("file", file_reason(refused.code))
    except ValueError:
        check.fault("file", _("is not a sha256"))
    if on_record := File.objects.filter(pk=digest).first():
        check.fault("file", _("is on record already, as a copy of %(key)s") % {"key": on_record.source_id})
    return digest, content.clean_name(name)


def file_reason(code: str) -> str:
    """Why a file is not taken, in words."""
    return {
        "empty": _("the file is empty"),
        "too-large": _("the file is larger than 20 MB"),
        "type": _("only PDF, PNG, JPEG, DOCX, XLSX and TXT files are taken"),
        "mismatch": _("its content is not what its name says"),
        "archive": _("it unpacks to too much, is locked, or holds macros"),
        "csv": _("it is not a table in UTF-8: save it as “CSV UTF-8”, or as XLSX"),
    }[code]


def has_new_source(payload: Mapping[str, Any]) -> bool:
    return bool(payload["source_title"])


def _record_source(work: Batch, payload: State, about: Acceptance) -> list[str]:
    """The sources of a payload, the new one recorded with its copy; returns their keys."""
    keys = list(payload["sources"])
    if has_new_source(payload):
        code = f"s-{secrets.token_hex(4)}"
        key = f"{about.declaration}:{code}"
        state = {
            "declaration": about.declaration, "code": code, "source_class": payload["source_class"],
            "title": payload["source_title"], "publisher": payload["source_publisher"], "date": payload["source_date"],
            "url": payload["source_url"], "language": payload["source_language"], "title_is_descriptive": False,
            "note": "",
        }  # fmt: skip
        work.record("attach", "source", key, state, expected=0)
        keys.append(key)
    if payload["file"]:
        kept = store.read(Path(settings.ARCHIVE_DIR), payload["file"])
        if kept is None:
            raise Refused("file", _("no file with this digest was sent"))
        if any(p.subject_type == "file" and p.subject == payload["file"] for p in work.pending):
            raise Refused("file", _("is on record already, as a copy of %(key)s") % {"key": keys[-1]})
        name = payload["file_name"]
        state = {
            "source": keys[-1],
            "name": name,
            "media_type": content.media_type(name, kept),
            "size": len(kept),
        }
        work.record("attach", "file", payload["file"], state, expected=0)
    return keys


def _record_passage(
    work: Batch, payload: State, about: Acceptance, source: str, supports: str, key: str
) -> Recorded:
    """What a source says, word for word, bound to what it supports."""
    name = f"{about.declaration}:e-{secrets.token_hex(4)}"
    state: State = {
        "declaration": about.declaration, "source": source, "assessment": None, "happening": None, "measurement": None,
        "commitment": None, "passage": payload["passage"], "locator": payload["locator"],
        "accessed_on": payload["accessed_on"], "by": about.by, "reviewed_by": about.reviewer,
    }  # fmt: skip
    work.record("attach", "evidence", name, state | {supports: key}, expected=0)
    return [["evidence", name]]


def _support(
    work: Batch, payload: State, about: Acceptance, sources: list[str], supports: str, key: str
) -> Recorded:
    """The passage of the source that was named last, when there is one to keep."""
    if sources and (payload["passage"] or payload["locator"] or payload["accessed_on"]):
        return _record_passage(work, payload, about, sources[-1], supports, key)
    return []


# --- assessments --------------------------------------------------------------------------------------------------------


def _clean_assessment(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    check = Check(payload, ASSESSMENT_FIELDS)
    key = check.one("commitment", Commitment.objects.filter(declaration=declaration, retired=False))
    _theirs(check, actor, "commitment", [key] if key else [])
    value = check.choice("value", list(declaration.scale.values.values_list("value", flat=True)))
    effective_on = check.day("effective_on", required=True, past=False)
    searched_on = check.day("searched_on", past=False)
    found: State = {
        "commitment": key, "value": value, "effective_on": effective_on.isoformat() if effective_on else "",
        "because": check.texts("because", required=True),
        "confidence": check.choice("confidence", Assessment.Confidence.values),
        "organization": _speaks_for(check, actor), "basis": check.codes("basis"), "searched": check.text("searched", longest=2000),
        "searched_on": searched_on.isoformat() if searched_on else "", "replaces": check.text("replaces", longest=120) or None,
        "unchanged": check.flag("unchanged"), **_sources(check, declaration),
    }  # fmt: skip
    if key:
        commitment = Commitment.objects.select_related("declaration").get(pk=key)
        assessing.rules(
            check, commitment=commitment, value=value, effective_on=effective_on, basis=found["basis"],
            supported=bool(found["sources"] or has_new_source(found)), searched=found["searched"], searched_on=searched_on,
        )  # fmt: skip
        if found["replaces"]:
            _own_report(check, actor, "replaces", found["replaces"], key)
            _same_voice(check, found["replaces"], found["organization"])
        last = assessing.last_judgement(key, found["organization"]) if found["unchanged"] else None
        if found["unchanged"] and (last is None or value != last.value):
            check.fault("unchanged", _("this is another value than the last one"))
    check.done()
    return found


def _same_voice(check: Check, replaced: str, organization: str | None) -> None:
    """A correction is of the same track: a report is corrected by a report of the same organization."""
    earlier = Assessment.objects.filter(pk=replaced).values_list("organization_id", flat=True)
    if earlier and earlier[0] != organization and not check.refused("organization"):
        named = earlier[0] or _("nobody")
        check.fault(
            "organization",
            _("what it corrects was reported by %(code)s: so is the correction") % {"code": named},
        )


def _own_report(
    check: Check, actor: Actor, field: str, assessment: str, commitment: str | None = None
) -> None:
    """An assessment that stands; a focal point may take back or correct what its own organization reported."""
    try:
        stands = assessing.still_stands(assessment, commitment, field)
    except Refused as refused:
        check.fault(field, refused.reason)
        return
    own = stands.track == Assessment.Track.REPORTED and stands.organization_id in actor.organizations
    if actor.bound and not own:
        check.fault(field, _("this is not a report of your organization; you may answer or dispute it"))


def _apply_assessment(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    sources = _record_source(work, payload, about)
    commitment = Commitment.objects.select_related("declaration").get(pk=payload["commitment"])
    earlier = Assessment.objects.filter(pk=payload["replaces"]).first() if payload["replaces"] else None
    track = "analyst" if not payload["organization"] else "agreed" if about.agreed else "reported"
    precision = "day"
    if earlier is not None:  # a correction stays on its track, and an untouched date as precise as it was
        track = track if about.agreed else earlier.track
        precision = (
            earlier.precision if earlier.effective_on.isoformat() == payload["effective_on"] else "day"
        )
    key = assessing.record(
        work, commitment=commitment, value=payload["value"], effective_on=date.fromisoformat(payload["effective_on"]),
        because=payload["because"], confidence=payload["confidence"], by=about.by, track=track, precision=precision,
        party=earlier.party_id if earlier else None,
        organization=payload["organization"], reviewed_by=about.reviewer, searched=payload["searched"],
        searched_on=payload["searched_on"], basis=payload["basis"], sources=sources, replaces=payload["replaces"],
    )  # fmt: skip
    return [["assessment", key], *_support(work, payload, about, sources, "assessment", key)]


def _clean_retraction(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    check = Check(payload, ("assessment", "because"))
    key = check.text("assessment", required=True, longest=120)
    found: State = {"assessment": key, "because": check.texts("because", required=True)}
    if key and not Assessment.objects.filter(pk=key, commitment__declaration=declaration).exists():
        check.fault("assessment", _("nothing on record has the code “%(code)s”") % {"code": key})
    elif key:
        _own_report(check, actor, "assessment", key)
    check.done()
    return found


def _apply_retraction(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    assessing.take_back(work, assessment=payload["assessment"], because=payload["because"], by=about.by)
    return [["retraction", payload["assessment"]]]


# --- actions and values ---------------------------------------------------------------------------------------------------


def _fields_of_action(
    check: Check, declaration: Declaration, actor: Actor, before: State | None = None
) -> State:
    """What an action says. Of a change only the commitments that are added or taken away need be one's own."""
    commitments = Commitment.objects.filter(declaration=declaration, retired=False)
    found: State = {
        "kind": check.choice("kind", FACT_KINDS), "date": check.partial_date("date", required=True),
        "end_date": check.partial_date("end_date"), "title": check.texts("title", required=True, longest=300),
        "description": check.texts("description"), "organizations": check.known("organizations", Organization.objects.all()),
        "commitments": check.known("commitments", commitments), **_sources(check, declaration),
    }  # fmt: skip
    if found["date"] and found["end_date"] and last_day(found["end_date"]) < last_day(found["date"]):
        check.fault("end_date", _("it ends before it begins"))
    linked = set(before["commitments"]) if before else set()
    _theirs(check, actor, "commitments", sorted(linked ^ set(found["commitments"])))
    if actor.bound and not set(found["organizations"]) & set(actor.organizations):
        check.fault("organizations", _("your organization is not among them"))
    if not found["organizations"]:
        check.fault("organizations", _("say whose action it is"))
    return found


def _clean_action(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    check = Check(payload, ACTION_FIELDS)
    found = _fields_of_action(check, declaration, actor)
    if not found["commitments"]:
        check.fault("commitments", _("say which commitments it serves"))
    if not found["sources"] and not has_new_source(found):
        check.fault("source_url", _("a fact has a source"))
    check.done()
    return found


def _state_of_action(payload: State, sources: list[str], before: State | None = None) -> State:
    """The fields of an action. A date that was not touched counts from the day from which it counted before."""
    untouched = before is not None and before["date"] == payload["date"]
    on = before["on"] if before and untouched else last_day(payload["date"]).isoformat()
    return {
        "kind": payload["kind"], "date": payload["date"], "on": on, "end_date": payload["end_date"],
        "title": payload["title"], "description": payload["description"],
        "organizations": payload["organizations"], "commitments": payload["commitments"], "sources": sources,
    }  # fmt: skip


def _apply_action(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    sources = _record_source(work, payload, about)
    code = f"a-{secrets.token_hex(4)}"
    key = f"{about.declaration}:{code}"
    state = _state_of_action(payload, sources)
    state |= {
        "declaration": about.declaration,
        "code": code,
        "verified": True,
        "unverified_parts": [],
        "note": "",
    }
    work.record("add", "action", key, state, expected=0)
    return [["action", key], *_support(work, payload, about, sources, "happening", key)]


def _clean_action_change(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    check = Check(payload, ("action", "because", *ACTION_FIELDS))
    key = check.one("action", Happening.objects.filter(declaration=declaration, category="action"))
    _their_action(check, actor, "action", key)
    now = SUBJECTS["action"].states([key])[key] if key else None
    found = _fields_of_action(check, declaration, actor, now)
    found |= {"action": key, "because": check.text("because", required=True, longest=500)}
    if not found["sources"] and not has_new_source(found):
        check.fault("sources", _("a fact has a source"))
    if key and now and found["date"]:
        if now["date"] != found["date"]:
            _before_its_judgements(check, key, last_day(found["date"]))
        if not check.faults and _same(now, found):
            check.fault("because", _("nothing has changed"))
    check.done()
    return found


def _before_its_judgements(check: Check, happening: str, day: date) -> None:
    """No standing judgement may come to rest on a fact that is later than itself."""
    rests = Assessment.objects.filter(
        basis__happening=happening, effective_on__lt=day, replaced_by=None, retraction=None
    ).first()
    if rests is not None:
        check.fault("date", _("“%(key)s” rests on it and is earlier") % {"key": rests.pk})


def _same(state: State, payload: State) -> bool:
    changed = _state_of_action(payload, payload["sources"], state)
    return not has_new_source(payload) and all(state[name] == value for name, value in changed.items())


def _apply_action_change(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    sources = _record_source(work, payload, about)
    key = payload["action"]
    before = SUBJECTS["action"].states([key])[key]
    state = before | _state_of_action(payload, sources, before)
    work.record("amend", "action", key, state, because=payload["because"], expected=seen)
    return [["action", key], *_support(work, payload, about, sources, "happening", key)]


def _clean_measurement(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    check = Check(payload, ("indicator", "date", "value", "low", "high", "note", *SOURCE_FIELDS))
    rows = Indicator.objects.filter(declaration=declaration)
    key = check.one("indicator", rows)
    if key and actor.bound:
        own = rows.filter(pk=key, organization__in=actor.organizations) | rows.filter(
            pk=key, commitments__commitment__in=commitments_of(actor.organizations)
        )
        if not own.exists():
            check.fault("indicator", _("your organization has no role in %(key)s") % {"key": key})
    found: State = {
        "indicator": key, "date": check.partial_date("date", required=True), "value": check.number("value", required=True),
        "low": check.number("low"), "high": check.number("high"), "note": check.text("note", longest=500),
        **_sources(check, declaration),
    }  # fmt: skip
    numbers = [float(found[name]) for name in ("low", "value", "high") if found[name] is not None]
    if numbers != sorted(numbers):
        check.fault("low", _("the value does not lie between the lowest and the highest"))
    if (
        (found["low"] is None) != (found["high"] is None)
        and not check.refused("low")
        and not check.refused("high")
    ):
        check.fault("high", _("a range has a lowest and a highest value"))
    if not found["sources"] and not has_new_source(found):
        check.fault("source_url", _("a fact has a source"))
    check.done()
    return found


def _apply_measurement(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    sources = _record_source(work, payload, about)
    indicator, day = payload["indicator"], payload["date"]
    rows = Measurement.objects.filter(indicator=indicator)
    serial = rows.filter(key__startswith=f"{indicator}@{day}.").count() + 1
    last = rows.order_by("-ordinal").values_list("ordinal", flat=True).first() or 0
    key = f"{indicator}@{day}.{serial}"
    state = {
        "indicator": indicator, "ordinal": last + 1, "date": day, "on": last_day(day).isoformat(), "value": payload["value"],
        "low": payload["low"], "high": payload["high"], "verified": True, "derived": False, "note": payload["note"],
        "sources": sources,
    }  # fmt: skip
    work.record("measure", "measurement", key, state, expected=0)
    return [["measurement", key], *_support(work, payload, about, sources, "measurement", key)]


# --- evidence and sources -------------------------------------------------------------------------------------------------

SUPPORTED = {
    "commitment": (Commitment, "commitment"), "assessment": (Assessment, "assessment"),
    "action": (Happening, "happening"), "event": (Happening, "happening"), "measurement": (Measurement, "measurement"),
}  # fmt: skip


def _clean_evidence(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    check = Check(payload, ("supports", "target", *SOURCE_FIELDS))
    supports = check.choice("supports", tuple(SUPPORTED))
    target = check.text("target", required=True, longest=120)
    if supports and target:
        model = SUPPORTED[supports][0]
        row: Any = model._default_manager.filter(pk=target).first()
        if row is None or not target.startswith(f"{declaration.pk}:"):
            check.fault("target", _("nothing on record has the code “%(code)s”") % {"code": target})
        elif supports == "commitment":
            _theirs(check, actor, "target", [target])
        elif supports == "assessment":
            _theirs(check, actor, "target", [row.commitment_id])
        elif supports in ("action", "event"):
            _their_action(check, actor, "target", target)
        elif actor.bound and row.indicator.organization_id not in actor.organizations:
            check.fault("target", _("your organization has no role in %(key)s") % {"key": target})
    found: State = {"supports": supports, "target": target, **_sources(check, declaration)}
    if not check.faults and not has_new_source(found) and len(found["sources"]) != 1:
        check.fault("sources", _("name one source on record, or describe a new one"))
    check.done()
    return found


def _apply_evidence(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    sources = _record_source(work, payload, about)
    supports = SUPPORTED[payload["supports"]][1]
    return _record_passage(work, payload, about, sources[-1], supports, payload["target"])


def _clean_source_change(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    names = ("source", "because", *SOURCE_FIELDS[1:7], "file", "file_name")
    check = Check(payload, names)
    key = check.one("source", Source.objects.filter(declaration=declaration))
    found: State = {"source": key, "because": check.text("because", required=True, longest=500)}
    found |= _publication(check, required=True)
    found["file"], found["file_name"] = _file(check)
    if not found["source_url"] and not found["file"] and not check.refused("source_url"):
        check.fault("source_url", _("give an address, or attach the file"))
    if key and not check.faults and not found["file"]:
        state = SUBJECTS["source"].states([key])[key]
        if all(state[a] == found[b] for a, b in _SOURCE_COLUMNS):
            check.fault("because", _("nothing has changed"))
    check.done()
    return found


_SOURCE_COLUMNS = (
    ("url", "source_url"), ("title", "source_title"), ("publisher", "source_publisher"), ("date", "source_date"),
    ("source_class", "source_class"), ("language", "source_language"),
)  # fmt: skip


def _apply_source_change(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    key = payload["source"]
    state = SUBJECTS["source"].states([key])[key] | {a: payload[b] for a, b in _SOURCE_COLUMNS}
    state["title_is_descriptive"] = False
    work.record("amend", "source", key, state, because=payload["because"], expected=seen)
    if payload["file"]:
        _record_source(work, payload | {"sources": [key], "source_title": ""}, about)
    return [["source", key]]


def _clean_withdrawal(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    check = Check(payload, ("source", "because"))
    key = check.one("source", Source.objects.filter(declaration=declaration))
    if key and Withdrawal.objects.filter(pk=key).exists():
        check.fault("source", _("“%(key)s” was withdrawn already") % {"key": key})
    found: State = {"source": key, "because": check.texts("because", required=True)}
    check.done()
    return found


def _apply_withdrawal(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    key = payload["source"]
    if Withdrawal.objects.filter(pk=key).exists():
        raise Refused("source", _("“%(key)s” was withdrawn already") % {"key": key})
    why = next(iter(payload["because"].values()))
    state = {"source": key, "because": payload["because"], "by": about.by, "reviewed_by": about.reviewer}
    work.record("withdraw", "withdrawal", key, state, because=why, expected=0)
    return [["withdrawal", key]]


def _clean_comment(payload: Mapping[str, Any], declaration: Declaration, actor: Actor) -> State:
    check = Check(payload, ("commitment", "text"))
    key = check.one("commitment", Commitment.objects.filter(declaration=declaration))
    _theirs(check, actor, "commitment", [key] if key else [])
    found: State = {"commitment": key, "text": check.text("text", required=True)}
    check.done()
    return found


def _apply_comment(work: Batch, payload: State, about: Acceptance, seen: int) -> Recorded:
    return []  # it stands in the proposal, which is restricted, and nowhere else


KINDS: dict[str, Rules] = {
    Kind.ASSESSMENT: Rules(("commitment", "commitment"), _clean_assessment, _apply_assessment),
    Kind.RETRACTION: Rules(("assessment", "assessment"), _clean_retraction, _apply_retraction),
    Kind.ACTION: Rules(("commitment", "commitments"), _clean_action, _apply_action),
    Kind.ACTION_CHANGE: Rules(("action", "action"), _clean_action_change, _apply_action_change),
    Kind.MEASUREMENT: Rules(("indicator", "indicator"), _clean_measurement, _apply_measurement),
    Kind.EVIDENCE: Rules(("", "target"), _clean_evidence, _apply_evidence),
    Kind.SOURCE_CHANGE: Rules(("source", "source"), _clean_source_change, _apply_source_change, for_bound=False),
    Kind.WITHDRAWAL: Rules(("source", "source"), _clean_withdrawal, _apply_withdrawal, for_bound=False),
    Kind.COMMENT: Rules(("commitment", "commitment"), _clean_comment, _apply_comment),
}  # fmt: skip
CHANGING = frozenset(
    {Kind.ACTION_CHANGE, Kind.SOURCE_CHANGE}
)  # they change what is there: a second writer is told


def target_of(kind: str, payload: Mapping[str, Any]) -> str:
    """The key of what a payload is about, as far as it says."""
    named = payload.get(KINDS[kind].about[1]) or ""
    return str(named[0] if isinstance(named, list) and named else named if isinstance(named, str) else "")


def last_seen(kind: str, target: str) -> int:
    """The last entry about what a proposal changes; 0 for one that adds."""
    if kind not in CHANGING or not target:
        return 0
    return last_numbers(KINDS[kind].about[0], [target]).get(target, 0)
