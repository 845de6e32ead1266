"""What a body of the ledger may hold, as JSON Schema (2020-12): one for each kind of subject and each format there ever was.

They follow from the columns that a state is checked against, so what is published and what is enforced are one thing. A later format
adds fields; a body of an older one has none of those, and its schema neither.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models

from commitments.ledger.bodies import FORMAT, UPCASTS
from commitments.ledger.subjects import SUBJECTS, Linked, Subject
from commitments.models.fields import LANGUAGES, TextsField

Schema = dict[str, Any]
REDACTION = "entry"  # a redaction is about an entry, and its state is what stands there instead: of any kind of subject
_TEXTS: Schema = {
    "type": "object", "properties": {language: {"type": "string"} for language in LANGUAGES}, "additionalProperties": False,
}  # fmt: skip
_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"


def names() -> Iterator[tuple[str, int]]:
    """Every kind of subject with every format of its bodies."""
    for name in (*SUBJECTS, REDACTION):
        for number in range(1, FORMAT + 1):
            yield name, number


def schema_of(name: str, number: int) -> Schema:
    """The schema of a body about one kind of subject in one format. Raises KeyError for what there is not."""
    if not 1 <= number <= FORMAT:
        raise KeyError(number)
    if name == REDACTION:
        return _body(name, number, {"type": ["object", "null"]})
    subject = SUBJECTS[name]
    later = {
        added
        for before, upcasts in UPCASTS
        if before > number and name in upcasts
        for added in upcasts[name]({})
    }
    state = _state(subject, later)
    return _body(name, number, state if subject.append_only else {"anyOf": [state, {"type": "null"}]})


def _body(name: str, number: int, state: Schema) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name}, format {number}",
        "type": "object",
        "required": ["because", "format", "state"],
        "additionalProperties": False,
        "properties": {"because": {"type": "string"}, "format": {"const": number}, "state": state},
    }


def _state(subject: Subject, later: set[str]) -> Schema:
    """The whole new state: every field and every list of links, no other."""
    properties: Schema = {}
    for field in subject.fields:
        if field not in later:
            properties[field] = _column(field, subject.model._meta.get_field(field))
    for link in subject.links:
        properties[link.name] = {"type": "array", "items": _item(link)}
    return _object(properties)


def _item(link: Linked) -> Schema:
    columns = {name: _column(name, link.model._meta.get_field(name)) for name in link.fields}
    return _object(columns) if len(columns) > 1 else next(iter(columns.values()))


def _object(properties: Schema) -> Schema:
    return {
        "type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False,
    }  # fmt: skip


def _column(name: str, column: Any) -> Schema:
    found = _type(name, column)
    if column.null and "type" in found:
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
        return found | {"type": [found["type"], "null"]}
    return found


def _type(name: str, column: Any) -> Schema:
    if isinstance(column, TextsField):
        return dict(_TEXTS)
    if name == "aliases":
        lists = {language: {"type": "array", "items": {"type": "string"}} for language in LANGUAGES}
        return {"type": "object", "properties": lists, "additionalProperties": False}
    if isinstance(column, models.JSONField):
        return {}
    if isinstance(column, models.BooleanField):
        return {"type": "boolean"}
    if isinstance(column, models.DecimalField):
        return {"type": "string", "pattern": _DECIMAL}
    if isinstance(column, models.DateField):
        return {"type": "string", "format": "date"}
    if isinstance(column, models.IntegerField):
        return {"type": "integer"}
    found: Schema = {"type": "string"}
    if column.choices:
        found["enum"] = [value for value, _label in column.flatchoices]
    elif getattr(column, "max_length", None):
        found["maxLength"] = column.max_length
    return found
