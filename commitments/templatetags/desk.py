"""Template words of the desk: names of fields, and values of any shape as a person reads them."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy

from commitments import clock
from commitments.models.person import Person
from commitments.readings import desk
from commitments.templatetags.tracker import SECTIONS, WORDS, html_lang, local

register = template.Library()

FIELDS: dict[str, Any] = {
    "commitment": gettext_lazy("Commitment"), "value": gettext_lazy("Value"), "effective_on": gettext_lazy("True as of"),
    "because": gettext_lazy("Because"), "confidence": gettext_lazy("Confidence"), "organization": gettext_lazy("Reported by"),
    "basis": gettext_lazy("Actions, events and indicators"), "sources": gettext_lazy("Sources on record"),
    "searched": gettext_lazy("What was searched"), "searched_on": gettext_lazy("Searched on"), "replaces": gettext_lazy("Corrects"),
    "source_url": gettext_lazy("Address"), "source_title": gettext_lazy("Title of the source"),
    "source_publisher": gettext_lazy("Publisher"), "source_date": gettext_lazy("Date of publication"),
    "source_class": gettext_lazy("Class"), "source_language": gettext_lazy("Language"), "passage": gettext_lazy("Passage"),
    "locator": gettext_lazy("Page or paragraph"), "accessed_on": gettext_lazy("Accessed on"), "file": gettext_lazy("Archived copy"),
    "file_name": gettext_lazy("Archived copy"), "kind": gettext_lazy("kind"), "date": gettext_lazy("Date"),
    "end_date": gettext_lazy("Ended"), "title": gettext_lazy("Title"), "description": gettext_lazy("Description"),
    "organizations": gettext_lazy("Organizations"), "commitments": gettext_lazy("Commitments that it serves"),
    "indicator": gettext_lazy("indicator"), "low": gettext_lazy("Lowest"), "high": gettext_lazy("Highest"),
    "note": gettext_lazy("note"), "text": gettext_lazy("Comment"), "assessment": gettext_lazy("assessment"),
    "action": gettext_lazy("action"), "source": gettext_lazy("source"), "url": gettext_lazy("Address"),
    "publisher": gettext_lazy("Publisher"), "class": gettext_lazy("Class"), "language": gettext_lazy("Language"),
    "reason": gettext_lazy("Reason"), "upload": gettext_lazy("Archived copy"), "target": gettext_lazy("Subject"),
    "due_on": gettext_lazy("Answer due by"), "received_on": gettext_lazy("Received on"), "supports": gettext_lazy("Supports"),
    "result": gettext_lazy("Outcome"), "dispute": gettext_lazy("dispute"), "unchanged": gettext_lazy("Unchanged"),
}  # fmt: skip
# What the page of a proposal shows in its own place, or not at all.
_ELSEWHERE = frozenset({"value", "replaces", "basis", "sources", "file", "file_name", "unchanged", "commitment", "assessment", "target", "supports"})  # fmt: skip


@register.filter
def field_word(name: str) -> Any:
    """The interface's name of a field of a payload."""
    return FIELDS.get(name, name)


@register.filter
def payload_field(name: str) -> bool:
    return name not in _ELSEWHERE


@register.filter
def shown(value: Any) -> Any:
    """A value of a payload or a state: texts with their language, lists with commas, codes as words."""
    if isinstance(value, Mapping):
        return format_html_join(
            "",
            '<span class="text" lang="{}">{}</span>',
            ((html_lang(lang), text) for lang, text in value.items()),
        )
    if isinstance(value, list):
        return ", ".join(local(str(item)) for item in value)
    if value in (None, ""):
        return "–"
    return format_html('<span class="text">{}</span>', WORDS.get(str(value), str(value)))


@register.filter
def marked(commitment: Mapping[str, Any]) -> dict[str, Any]:
    """A commitment in the form in which a row of a list carries its marks."""
    return {**commitment, "disputed": commitment["status"]["disputed"]}


OUTCOMES: dict[str, Any] = {
    "ok": gettext_lazy("right"), "unchanged": gettext_lazy("unchanged"), "refused": gettext_lazy("refused"),
    "parked": gettext_lazy("parked"),
}  # fmt: skip


@register.filter
def outcome_word(outcome: str) -> Any:
    """What became of a row of a spreadsheet."""
    return OUTCOMES[outcome]


@register.simple_tag(takes_context=True)
def on_desk(context: RequestContext, key: str) -> list[dict[str, Any]]:
    """Open proposals and comments on a commitment, for the person who is here."""
    return desk.about(key, context["actor"])


@register.simple_tag(takes_context=True)
def news(context: RequestContext) -> dict[str, Any] | None:
    """What came since the person who is here signed in last; of a moment in the past there is none."""
    moment, request = context["moment"], context["request"]
    person = Person.objects.filter(user=request.user.pk).first()
    past = moment.in_past or moment.as_of < clock.today()
    return desk.news(person, moment) if person and not past else None


@register.filter
def word_of_section(code: str) -> Any:
    return SECTIONS.get(code, code)
