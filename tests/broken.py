"""Each rule of each kind of proposal but a report, broken one at a time: for the ledger, for the page and for the API."""

from datetime import date, timedelta
from typing import Any

from commitments.ledger.subjects import SUBJECTS
from commitments.models.assessment import Assessment
from commitments.models.happening import Happening
from commitments.models.proposal import Kind
from commitments.models.source import Source
from tests.story import ANNA, LIU, N6C, SOURCE

CODE = "sco-afg-2009"
Rule = tuple[
    str, dict[str, Any], str
]  # the kind, what is changed in a payload that holds, the field that says so
NO_SOURCE: dict[str, Any] = dict.fromkeys(SOURCE, "") | {"passage": "", "locator": ""}
TOO_LATE = (date.today() + timedelta(days=2)).isoformat()
_SOURCES: list[tuple[dict[str, Any], str]] = [
    ({"sources": [f"{CODE}:none"]}, "sources"), ({"sources": [f"{CODE}:s{n}" for n in range(51)]}, "sources"),
    ({"source_url": "javascript:alert(1)"}, "source_url"), ({"source_url": "https://u:p@a.example/"}, "source_url"), ({"source_url": ""}, "source_url"),
    ({"source_title": ""}, "source_title"), ({"source_title": "x" * 501}, "source_title"), ({"source_publisher": ""}, "source_publisher"),
    ({"source_publisher": "a\u202eb"}, "source_publisher"), ({"source_class": ""}, "source_class"), ({"source_class": "best"}, "source_class"),
    ({"source_language": ""}, "source_language"), ({"source_language": "tlh"}, "source_language"),
    ({"source_date": "soon"}, "source_date"), ({"source_date": TOO_LATE}, "source_date"), ({"accessed_on": TOO_LATE}, "accessed_on"),
    ({"accessed_on": "2025-13"}, "accessed_on"), ({"passage": "a\u202eb"}, "passage"), ({"passage": "x" * 5001}, "passage"),
    ({"locator": "x" * 81}, "locator"), ({"file": "0" * 64, "file_name": "a.pdf"}, "file"),
    (NO_SOURCE | {"sources": [], "passage": "words of nobody"}, "passage"),
]  # fmt: skip
_ACTION: list[tuple[dict[str, Any], str]] = [
    ({"kind": "party"}, "kind"), ({"kind": ""}, "kind"), ({"date": ""}, "date"), ({"date": "2999"}, "date"), ({"date": "2025-02-30"}, "date"),
    ({"end_date": "2008"}, "end_date"), ({"title": {}}, "title"), ({"title": {"en": "a\u202eb"}}, "title"), ({"title": {"en": "x" * 301}}, "title"),
    ({"description": {"en": "x" * 5001}}, "description"), ({"description": {"xx": "a"}}, "description"),
    ({"organizations": []}, "organizations"), ({"organizations": ["KAZ"]}, "organizations"), ({"organizations": ["CSTO", "NOPE"]}, "organizations"),
    ({"commitments": [f"{CODE}:N1.a"]}, "commitments"), ({"commitments": [f"{CODE}:Z9.z"]}, "commitments"),
]  # fmt: skip
_WHY: list[tuple[dict[str, Any], str]] = [
    ({"because": {}}, "because"), ({"because": {"en": " "}}, "because"), ({"because": {"xx": "a"}}, "because"),
    ({"because": {"en": "a\u202eb"}}, "because"), ({"because": {"en": "x" * 5001}}, "because"), ({"because": "a"}, "because"),
]  # fmt: skip
_BROKEN: dict[str, list[tuple[dict[str, Any], str]]] = {
    Kind.RETRACTION: [*_WHY, ({"assessment": "x"}, "assessment"), ({"assessment": ""}, "assessment"), ({"assessment": 7}, "assessment")],
    Kind.ACTION: [*_ACTION, *_SOURCES, ({"commitments": []}, "commitments"), (NO_SOURCE, "source_url")],
    Kind.ACTION_CHANGE: [
        *_ACTION, ({"because": ""}, "because"), ({"because": "x" * 501}, "because"), ({"title": None}, "because"),
        ({"sources": []}, "sources"), ({"action": f"{CODE}:none"}, "action"), ({"action": f"{CODE}:m-taliban"}, "action"),
    ],
    Kind.MEASUREMENT: [
        ({"indicator": f"{CODE}:none"}, "indicator"), ({"indicator": f"{CODE}:i-opium-ha"}, "indicator"), ({"date": ""}, "date"), ({"date": TOO_LATE}, "date"),
        ({"date": "last year"}, "date"), ({"value": ""}, "value"), ({"value": "many"}, "value"), ({"value": "NaN"}, "value"), ({"value": "1e400"}, "value"),
        ({"value": "0.1234567"}, "value"), ({"value": "1234567890123.456"}, "value"), ({"value": "１２"}, "value"), ({"value": 7}, "value"),
        ({"low": "many"}, "low"), ({"low": "12000"}, "low"), ({"high": "0"}, "low"), ({"high": ""}, "high"), ({"note": "x" * 501}, "note"),
        *_SOURCES, (NO_SOURCE, "source_url"),
    ],
    Kind.EVIDENCE: [
        ({"supports": "party"}, "supports"), ({"target": ""}, "target"), ({"target": f"{CODE}:Z9.z"}, "target"), ({"target": f"{CODE}:N1.a"}, "target"),
        ({"supports": "assessment"}, "target"), *_SOURCES, (NO_SOURCE | {"sources": []}, "sources"),
    ],
    Kind.SOURCE_CHANGE: [
        *(rule for rule in _SOURCES if rule[1].startswith(("source_", "file"))), ({"source_title": None}, "because"),
        ({"because": ""}, "because"), ({"because": "x" * 501}, "because"), ({"source": f"{CODE}:none"}, "source"),
    ],
    Kind.WITHDRAWAL: [*_WHY, ({"source": f"{CODE}:none"}, "source"), ({"source": ""}, "source")],
    Kind.COMMENT: [
        ({"text": ""}, "text"), ({"text": "\u200b"}, "text"), ({"text": "a\u202eb"}, "text"), ({"text": "x" * 5001}, "text"), ({"text": {"en": "a"}}, "text"),
        ({"commitment": f"{CODE}:Z9.z"}, "commitment"), ({"commitment": f"{CODE}:N1.a"}, "commitment"),
    ],
}  # fmt: skip
RULES: list[Rule] = [(str(kind), change, field) for kind, rules in _BROKEN.items() for change, field in rules]
RULES += [(str(kind), {"surprise": "x"}, "surprise") for kind in _BROKEN]
BROKEN_DISPUTE: list[tuple[dict[str, Any], str]] = [
    ({"organization": "KAZ"}, "organization"), ({"organization": "NOPE"}, "organization"), ({"organization": ""}, "organization"),
    ({"text": {}}, "text"), ({"text": {"en": "\u200b"}}, "text"), ({"text": {"en": "a\u202eb"}}, "text"), ({"text": {"en": "x" * 5001}}, "text"),
    ({"kind": "protest"}, "kind"), ({"kind": ""}, "kind"), ({"assessment": "x"}, "assessment"),
    ({"received_on": "2010-01-01"}, "received_on"), ({"received_on": TOO_LATE}, "received_on"), ({"received_on": "2026-02-30"}, "received_on"),
    ({"due_on": "2010-01-01"}, "due_on"), ({"due_on": "soon"}, "due_on"),
]  # fmt: skip
ADDRESSED = ("assessment", "action", "indicator", "supports", "target", "source", "commitment")


def by(kind: str) -> str:
    """Who proposes it here: a focal point where the kind is open to one, else an analyst."""
    return LIU if kind in (Kind.SOURCE_CHANGE, Kind.WITHDRAWAL) else ANNA


def holds(kind: str, /, **change: Any) -> dict[str, Any]:
    """A payload of a kind that holds, with a change; the record must be loaded, and the report of a retraction made."""
    new = {**SOURCE, "passage": "Операция проведена.", "locator": "p. 3", "accessed_on": "2025-10-02"}
    words = {"kind": "operation", "date": "2025-09", "title": {"en": "Channel 2025"}}
    named = {"organizations": ["CSTO"], "commitments": [N6C]}
    payload: dict[str, Any]
    match kind:
        case Kind.RETRACTION:
            report = Assessment.objects.filter(track="reported").order_by("pk").last()
            payload = {"assessment": report and report.pk, "because": {"en": "The wrong year."}}
        case Kind.ACTION:
            payload = {**words, **named, **new}
        case Kind.ACTION_CHANGE:
            payload = _as_it_stands(f"{CODE}:a-ch-2017") | {"because": "clearer"}
            if change.get("title", "") is not None:
                payload["title"] = {"en": "Channel, 2017"}
        case Kind.MEASUREMENT:
            payload = {
                "indicator": f"{CODE}:i-channel-part",
                "date": "2025",
                "value": "9",
                "low": "8",
                "high": "10",
                **new,
            }
        case Kind.EVIDENCE:
            payload = {"supports": "commitment", "target": N6C, **new}
        case Kind.SOURCE_CHANGE:
            payload = {**_source_as_it_stands(f"{CODE}:src-sohu"), "because": "the original"}
            if change.get("source_title", "") is not None:
                payload |= SOURCE
        case Kind.WITHDRAWAL:
            payload = {"source": f"{CODE}:src-sohu", "because": {"en": "gone"}}
        case _:
            payload = {"commitment": N6C, "text": "Seen."}
    return payload | {name: value for name, value in change.items() if value is not None}


def _as_it_stands(key: str) -> dict[str, Any]:
    names = ("kind", "date", "end_date", "title", "description", "organizations", "commitments", "sources")
    assert Happening.objects.filter(pk=key).exists()
    state = SUBJECTS["action"].states([key])[key]
    return {"action": key, **{name: state[name] for name in names}}


def _source_as_it_stands(key: str) -> dict[str, Any]:
    row = Source.objects.get(pk=key)
    return {
        "source": key, "source_url": row.url, "source_title": row.title, "source_publisher": row.publisher, "source_date": row.date,
        "source_class": row.source_class, "source_language": row.language,
    }  # fmt: skip


def target(kind: str) -> dict[str, str]:
    """What a draft of the kind is begun with on the page."""
    payload = holds(kind)
    named = next((payload[name] for name in ADDRESSED if payload.get(name) and name != "supports"), N6C)
    return {"target": named, **({"supports": payload["supports"]} if kind == Kind.EVIDENCE else {})}


def can_be_typed(rule: Rule) -> bool:
    """Whether a form can send it: what a draft is about, and the digest of a file, are set by the product itself."""
    kind, change, field = rule
    if field in ("surprise", "file") or any(name in ADDRESSED for name in change):
        return False
    texts = [value for name, value in change.items() if name in ("title", "because", "description")]
    in_languages = (Kind.RETRACTION, Kind.WITHDRAWAL)
    if any(isinstance(text, dict) and "xx" in text for text in texts) or isinstance(change.get("text"), dict):
        return False
    return not (isinstance(change.get("because"), str) and kind in in_languages) and change.get("value") != 7


def as_form(payload: dict[str, Any]) -> dict[str, Any]:
    """A payload as a browser sends it: languages in fields of their own, codes typed."""
    form: dict[str, Any] = {}
    for name, value in payload.items():
        if isinstance(value, dict):
            form |= {f"{name}_{lang}": value.get(lang, "") for lang in ("en", "zh", "ru")}
        elif isinstance(value, list):
            form[f"{name}_more"] = " ".join(value)
        elif value is not None:
            form[name] = value
    return form


def beside(page: str, field: str) -> bool:
    """Whether a fault stands beside the field, which is ticked or typed below."""
    places = [name for name in (field, f"{field}_more") if f'id="f-{name}"' in page]
    return any('class="fault"' in page.split(f'id="f-{name}"')[1].split('id="f-')[0] for name in places)
