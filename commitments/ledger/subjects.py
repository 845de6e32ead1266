"""Subjects: how the state of each noun is written to tables and read back.

A state is a JSON object with every field of one subject and its links, in the words of the package and the feed.
`write` and `states` are inverse, which `verify` proves for every subject of a database. Foreign keys are codes, so a
state needs no look-up, and constraints are checked by the database at commit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from commitments.ledger import wellformed
from commitments.models import (
    assessment,
    declaration,
    dispute,
    evidence,
    happening,
    organization,
    person,
    proposal,
    report,
    source,
    topic,
)
from commitments.models.search import SearchText
from commitments.source.folding import fold

State = dict[str, Any]
_CHUNK = 400  # keys in one statement: SQLite allows 32,766 variables, the planner prefers fewer
T = TypeVar("T")


def chunks(items: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    assert size > 0  # islice of nothing would end at once, and say nothing
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def _plain(value: Any) -> Any:
    """A column's value as canonical JSON has it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value


def _columns(model: type[models.Model], names: Sequence[str]) -> "list[tuple[str, models.Field[Any, Any]]]":
    return [(name, model._meta.get_field(name)) for name in names]  # type: ignore[misc]


@dataclass(frozen=True)
class Linked:
    """A list of rows in a state. With one field the list holds plain values, with more it holds objects."""

    name: str
    model: type[models.Model]
    owner: str
    fields: tuple[str, ...]

    def rows(self, key: str, items: Sequence[Any]) -> Iterator[models.Model]:
        owner = self.model._meta.get_field(self.owner).attname  # type: ignore[union-attr]
        columns = _columns(self.model, self.fields)
        for position, item in enumerate(items):
            values = item if len(self.fields) > 1 else {self.fields[0]: item}
            yield self.model(
                **{owner: key, "position": position},
                **{column.attname: column.to_python(values[name]) for name, column in columns},
            )

    def read(self, keys: Sequence[str] | None, using: str) -> dict[str, list[Any]]:
        owner = self.model._meta.get_field(self.owner).attname  # type: ignore[union-attr]
        attnames = [column.attname for _, column in _columns(self.model, self.fields)]
        rows = self.model._default_manager.using(using).order_by(owner, "position")
        if keys is not None:
            rows = rows.filter(**{f"{owner}__in": keys})
        found: dict[str, list[Any]] = defaultdict(list)
        for key, *values in rows.values_list(owner, *attnames):
            plain = [_plain(value) for value in values]
            found[key].append(dict(zip(self.fields, plain, strict=True)) if len(plain) > 1 else plain[0])
        return found


@dataclass(frozen=True)
class Subject:
    """One noun of the record. `append_only` ones can be written once and never again."""

    name: str
    model: type[models.Model]
    fields: tuple[str, ...]
    links: tuple[Linked, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    append_only: bool = False
    words: Callable[[State], dict[str, list[str]]] | None = None

    def checked(self, subject: str, state: State) -> State:
        """The state as it may be recorded: normalized, every field present and fit for its column. Raises Refused."""
        wellformed.key(self.name, subject)
        wanted = {*self.fields, *(link.name for link in self.links)}
        if odd := set(state) ^ wanted:
            raise wellformed.Refused(
                min(odd), _("is missing") if min(odd) in wanted else _("is not a field of this subject")
            )
        clean = {
            name: wellformed.column(name, column, state[name])
            for name, column in _columns(self.model, self.fields)
        }
        for link in self.links:
            columns = _columns(link.model, link.fields)
            if len(columns) == 1:
                ((_name, column),) = columns
                clean[link.name] = [wellformed.column(link.name, column, item) for item in state[link.name]]
            else:
                clean[link.name] = [
                    {name: wellformed.column(name, column, item[name]) for name, column in columns}
                    for item in state[link.name]
                ]
        return clean

    def write(self, states: Mapping[str, State | None], numbers: Mapping[str, int], using: str) -> None:
        """Bring the tables to these states (None: a tombstone). `numbers` are the entries that carry them."""
        manager = self.model._default_manager.using(using)
        columns = _columns(self.model, self.fields)
        for keys in chunks(states):
            known = set(manager.filter(pk__in=keys).values_list("pk", flat=True))
            if not self.append_only:
                for link in self.links:
                    owner = link.model._meta.get_field(link.owner).attname  # type: ignore[union-attr]
                    rows = link.model._default_manager.using(using).filter(**{f"{owner}__in": keys})
                    rows._raw_delete(using)  # no collector: the rows come back below
                gone = [key for key in keys if states[key] is None]
                manager.filter(pk__in=gone)._raw_delete(using)
            fresh: list[models.Model] = []
            changed: list[models.Model] = []
            links: list[models.Model] = []
            for key in keys:
                state = states[key]
                if state is None:
                    continue
                row = self.model(key=key, recorded=numbers[key], **self.constants)
                for name, column in columns:
                    setattr(row, column.attname, column.to_python(state[name]))
                (changed if key in known else fresh).append(row)
                links += [row for link in self.links for row in link.rows(key, state[link.name])]
            manager.bulk_create(fresh)
            if changed:  # `recorded` stays that of the first entry
                manager.bulk_update(changed, [column.name for _, column in columns])
            by_model: dict[type[models.Model], list[models.Model]] = defaultdict(list)
            for row in links:
                by_model[type(row)].append(row)
            for model, linked in by_model.items():
                model._default_manager.using(using).bulk_create(linked)
            if self.words:
                self._index({key: states[key] for key in keys}, using)

    def rewrite(self, key: str, state: State, using: str) -> None:
        """Bring the columns of an append-only row to a state whose words were redacted; its links stay."""
        row = self.model(key=key)
        columns = _columns(self.model, self.fields)
        for name, column in columns:
            setattr(row, column.attname, column.to_python(state[name]))
        row.save(using=using, force_update=True, update_fields=[column.name for _, column in columns])
        if self.words:
            self._index({key: state}, using)

    def _index(self, states: Mapping[str, State | None], using: str) -> None:
        assert self.words
        texts = SearchText.objects.using(using)
        texts.filter(subject_type=self.name, subject__in=states).delete()
        texts.bulk_create(
            SearchText(
                subject_type=self.name,
                subject=key,
                declaration_id=state.get("declaration"),
                language=language,
                folded=folded,
            )
            for key, state in states.items()
            if state is not None
            for language, folded in self.indexed(state).items()
        )

    def indexed(self, state: State) -> dict[str, str]:
        """The folded words of a state by language, as the index holds them."""
        found = self.words(state) if self.words else {}
        return {language: fold("\n".join(parts)) for language, parts in found.items()}

    def states(self, keys: Sequence[str] | None = None, using: str = "default") -> dict[str, State]:
        """The states that the tables hold, of some subjects or of all."""
        rows = self.model._default_manager.using(using).filter(**self.constants)
        if keys is not None:
            rows = rows.filter(pk__in=keys)
        attnames = [column.attname for _, column in _columns(self.model, self.fields)]
        linked = {link.name: link.read(keys, using) for link in self.links}
        found: dict[str, State] = {}
        for key, *values in rows.values_list("pk", *attnames):
            found[key] = dict(zip(self.fields, map(_plain, values), strict=True))
            found[key] |= {name: by_key.get(key, []) for name, by_key in linked.items()}
        return found


def _texts(*names: str) -> Callable[[State], dict[str, list[str]]]:
    """Words for the index from fields that hold texts, plain strings or lists of aliases by language."""

    def words(state: State) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name in names:
            value = state[name]
            if isinstance(value, str):
                found["*"].append(value)
            else:
                for language, text in value.items():
                    found[language] += text if isinstance(text, list) else [text]
        return found

    return words


def _commitment_words(state: State) -> dict[str, list[str]]:
    found = _texts("title", "plain", "code")(state)
    for quotation in state["quotations"]:
        found[quotation["edition"].rsplit(":", 1)[1].split(".")[0]].append(quotation["exact"])
    return found


_HAPPENING = ("declaration", "code", "kind", "date", "on", "end_date", "title", "description", "verified", "unverified_parts", "note")  # fmt: skip
_HAPPENING_LINKS = (
    Linked("organizations", happening.HappeningOrganization, "happening", ("organization",)),
    Linked("commitments", happening.HappeningCommitment, "happening", ("commitment",)),
    Linked("sources", happening.HappeningSource, "happening", ("source",)),
)

# In the order in which they are written: what is named before what names it.
SUBJECTS: dict[str, Subject] = {
    subject.name: subject
    for subject in (
        Subject(
            "scale", assessment.Scale, ("code", "version"),
            (Linked("values", assessment.ScaleValue, "scale", ("value", "label", "definition", "counts")),),
        ),
        Subject(
            "organization", organization.Organization,
            ("kind", "name", "aliases", "parent", "valid_from", "valid_to", "successor", "validity_event", "note"),
            words=lambda state: _texts("name", "aliases")(state),
        ),
        Subject(
            "entity", organization.NamedEntity, ("category", "kind", "name", "as_in_text"), words=_texts("name"),
        ),
        Subject(
            "declaration", declaration.Declaration,
            ("title", "adopted_on", "adopted_at", "event", "legal_nature", "language", "scale", "companions",
             "verification", "research", "licence", "notes"),
            (
                Linked("parties", declaration.Party, "declaration", ("organization", "capacity")),
                Linked("sections", declaration.Section, "declaration", ("key", "code", "title")),
                Linked("paragraphs", declaration.Paragraph, "declaration",
                       ("key", "code", "kind", "section", "divergence_note")),
                Linked("sources", declaration.DeclarationSource, "declaration", ("source",)),
            ),
        ),
        Subject(
            "source", source.Source,
            ("declaration", "code", "source_class", "title", "publisher", "date", "url", "language",
             "title_is_descriptive", "note"),
            words=_texts("title", "publisher"),
        ),
        Subject(
            "membership", organization.Membership, ("group", "member", "start", "end", "note"),
            (Linked("sources", source.MembershipSource, "membership", ("source",)),),
        ),
        Subject(
            "edition", declaration.Edition,
            ("declaration", "language", "version", "standing", "text", "sha256", "provenance", "replaces", "notes"),
            (
                Linked("spans", declaration.EditionParagraph, "edition", ("paragraph", "start", "end")),
                Linked("connectives", declaration.Connective, "edition",
                       ("paragraph", "start", "end", "exact", "reason")),
            ),
        ),
        Subject(
            "commitment", declaration.Commitment,
            ("declaration", "paragraph", "code", "ordinal", "kind", "title", "plain", "verifiable", "strength",
             "strength_words", "note", "retired"),
            (
                Linked("quotations", declaration.Quotation, "commitment",
                       ("edition", "role", "order", "start", "end", "exact", "prefix", "suffix")),
                Linked("responsibilities", declaration.Responsibility, "commitment", ("organization", "role")),
                Linked("mentions", declaration.Mention, "commitment", ("entity",)),
                Linked("replacements", declaration.Replacement, "commitment", ("by",)),
            ),
            words=_commitment_words,
        ),
        Subject("action", happening.Happening, _HAPPENING, _HAPPENING_LINKS, {"category": "action"},
                words=_texts("title", "description")),
        Subject("event", happening.Happening, _HAPPENING, _HAPPENING_LINKS, {"category": "event"},
                words=_texts("title", "description")),
        Subject(
            "indicator", happening.Indicator,
            ("declaration", "code", "name", "unit", "unit_label", "unit_forms", "desired_direction", "organization", "note"),
            (Linked("commitments", happening.IndicatorCommitment, "indicator", ("commitment",)),),
            words=_texts("name"),
        ),
        Subject(
            "measurement", happening.Measurement,
            ("indicator", "ordinal", "date", "on", "value", "low", "high", "verified", "derived", "note"),
            (Linked("sources", happening.MeasurementSource, "measurement", ("source",)),),
        ),
        Subject(
            "assessment", assessment.Assessment,
            ("commitment", "scale", "value", "effective_on", "precision", "because", "confidence", "track", "by",
             "party", "replaces", "review_note", "organization", "reviewed_by", "searched", "searched_on"),
            (
                Linked("basis", assessment.AssessmentBasis, "assessment", ("happening", "indicator")),
                Linked("sources", assessment.AssessmentSource, "assessment", ("source",)),
            ),
            append_only=True,
        ),
        Subject("retraction", assessment.Retraction, ("assessment", "because", "by"), append_only=True),
        Subject("file", evidence.File, ("source", "name", "media_type", "size"), append_only=True),
        Subject(
            "evidence", evidence.Evidence,
            ("declaration", "source", "assessment", "happening", "measurement", "commitment", "passage", "locator",
             "accessed_on", "by", "reviewed_by"),
            append_only=True,
        ),
        Subject("withdrawal", evidence.Withdrawal, ("source", "because", "by", "reviewed_by"), append_only=True),
        Subject(
            "dispute", dispute.Dispute,
            ("assessment", "organization", "kind", "text", "received_on", "due_on", "by"),
            append_only=True,
        ),
        Subject(
            "outcome", dispute.Outcome, ("dispute", "result", "because", "decided_on", "correction", "by"),
            append_only=True,
        ),
        Subject("grant", person.Grant, ("role", "active", "organizations")),
        Subject(
            "proposal", proposal.Proposal,
            ("declaration", "kind", "target", "organization", "payload", "state", "authors", "reviewer", "reason",
             "seen", "round", "result"),
        ),
        Subject(
            "schedule", report.Schedule,
            ("declaration", "title", "form", "scope", "formats", "cadence", "languages", "time_zone", "start", "end", "paused"),
        ),
        Subject(
            "report", report.IssuedReport,
            ("schedule", "declaration", "period_start", "period_end", "language", "edition", "scope", "replaces",
             "ledger_number", "reading_sha256", "renderer", "files"),
            append_only=True,
        ),
        # Last, so that entries of packages that had none keep their numbers.
        Subject(
            "topic", topic.Topic, ("declaration", "code", "name", "note"),
            (Linked("commitments", topic.TopicCommitment, "topic", ("commitment", "through")),),
            words=_texts("name"),
        ),
    )
}  # fmt: skip

RESTRICTED = frozenset({"grant", "proposal"})  # their bodies are digests in the public feed
