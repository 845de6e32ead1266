"""Plain lists for the API: declarations, sections, instruments, assessments, the scale."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commitments.ledger.subjects import chunks
from commitments.models.assessment import Scale
from commitments.models.declaration import Commitment, Declaration, Mention, Section
from commitments.models.organization import NamedEntity
from commitments.models.topic import Topic, TopicCommitment
from commitments.readings import commitments, judgements, overview
from commitments.readings.judgements import Judgement
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters, Refused
from commitments.readings.rows import AT_ONCE, first, plain
from commitments.rules.dates import first_day, last_day
from commitments.rules.status import ORDER, changed, history


def declarations() -> list[dict[str, Any]]:
    keys = Declaration.objects.order_by("adopted_on", "key").values_list("key", flat=True)
    return [found for key in keys if (found := overview.declaration_of(key))]


def sections(declaration: str | None = None) -> list[dict[str, Any]]:
    rows = Section.objects.all() if declaration is None else Section.objects.filter(declaration=declaration)
    found = plain(rows.order_by("declaration", "position").values("key", "code", "declaration", "title"))
    for row in found:
        row["commitments"] = 0
    by_key = {row["key"]: row for row in found}
    for section in Commitment.objects.filter(retired=False).values_list("paragraph__section__key", flat=True):
        if section in by_key:
            by_key[section]["commitments"] += 1
    return found


def instruments(category: str | None = None) -> list[dict[str, Any]]:
    """What the texts name that is no organization: instruments, mechanisms, operations, places."""
    rows = NamedEntity.objects.all() if category is None else NamedEntity.objects.filter(category=category)
    found = list(rows.order_by("category", "key").values("key", "category", "kind", "name", "as_in_text"))
    mentions: dict[str, list[str]] = {}
    for entity, commitment in Mention.objects.order_by("commitment__ordinal").values_list(
        "entity_id", "commitment_id"
    ):
        mentions.setdefault(entity, []).append(commitment)
    return [
        {"code": row["key"], "category": row["category"], "type": row["kind"], "name": row["name"],
         "as_in_text": row["as_in_text"], "commitments": mentions.get(row["key"], [])}
        for row in found
    ]  # fmt: skip


def topics(declaration: str | None, moment: Moment) -> list[dict[str, Any]]:
    """Matters with which several commitments deal, each with its commitments in the order of the text."""
    rows = Topic.objects.filter(**({"declaration": declaration} if declaration else {})).order_by("recorded")
    found = plain(rows.values("key", "code", "name", "declaration"))
    dealing: dict[str, list[str]] = {}
    links = TopicCommitment.objects.filter(commitment__retired=False).order_by("commitment__ordinal")
    for topic, commitment in links.values_list("topic_id", "commitment_id"):
        dealing.setdefault(topic, []).append(commitment)
    return [{**row, "commitments": dealing.get(row["key"], [])} for row in found]


ASSESSMENT_FILTERS = ("declaration", "commitment", "value", "track", "year", "moved", "recorded_after")


def assessments(parameters: Parameters, moment: Moment) -> list[dict[str, Any]]:
    """Standing assessments by the moment, newest first. `moved`: those that changed a value, or the others.

    Each has `before`, the value that it found, and `moved`; one that cannot set a status has no `before`.
    """
    return list(assessments_in_parts(parameters, moment, AT_ONCE))


def assessments_in_parts(parameters: Parameters, moment: Moment, at_once: int) -> Iterator[dict[str, Any]]:
    """Those of `assessments`, some in memory at a time; of all their key, day and step alone. Parameters are checked at once."""
    declaration = parameters.known("declaration", Declaration)
    commitment = parameters.known("commitment", Commitment)
    values, year = parameters.choices("value", ORDER), parameters.integer("year", 1900, 2200)
    tracks, moved = parameters.choices("track", ("reported", "analyst", "agreed")), parameters.flag("moved")
    after = parameters.integer("recorded_after", 0, 10**17) or 0
    among = Commitment.objects.filter(retired=False)
    if declaration:
        among = among.filter(declaration=declaration)
    if commitment:
        among = among.filter(pk=commitment)

    def passes(j: Judgement, moves: bool) -> bool:
        return (
            (not values or j.value in values)
            and (not tracks or j.track in tracks)
            and (year is None or j.effective_on.year == year)
            and (moved is None or moves == moved)
            and j.number > after
        )

    return _assessments(among, passes, moment, at_once)


def _assessments(
    among: "QuerySet[Commitment]", passes: Callable[[Judgement, bool], bool], moment: Moment, at_once: int
) -> Iterator[dict[str, Any]]:
    found = [
        (j.effective_on, j.number, j.key, before, moves)
        for run in _runs(among, moment, at_once)
        for j, before, moves in _steps(run, moment.as_of)
        if passes(j, moves)
    ]
    found.sort(key=lambda a: a[:2], reverse=True)
    for part in chunks(found, at_once):
        keys = [key for _, _, key, _, _ in part]
        judged = judgements.by_key(keys, moment)
        disputes, evidence = judgements.disputes_of(keys, moment), judgements.basis_of(keys, moment)
        for _on, _number, key, before, moves in part:
            yield judgements.describe(judged[key]) | {
                "before": before,
                "moved": moves,
                "disputed": any(dispute["open"] for dispute in disputes.get(key, [])),
                "unsupported": judgements.unsupported(evidence.get(key, [])),
            }


def _runs(among: "QuerySet[Commitment]", moment: Moment, at_once: int) -> Iterator[list[Judgement]]:
    """The standing assessments of each of some commitments, of a few in memory at a time."""
    for part in chunks(among.values_list("pk", flat=True).iterator(), at_once):
        yield from judgements.judgements(moment, commitment__in=part).values()


def _steps(run: list[Judgement], as_of: date) -> Iterator[tuple[Judgement, str | None, bool]]:
    """Each assessment with the value that it found and whether it changed it."""
    steps = history(run, as_of)
    before = {step.assessment.key: step.before for step in steps}
    changing = {step.assessment.key for step in changed(steps)}
    for j in run:
        yield j, before.get(j.key), j.key in changing


STATUS_CHANGE_FILTERS = (*commitments.NARROWS, "from", "to", "ordering")


def status_changes(parameters: Parameters, moment: Moment) -> list[dict[str, Any]]:
    """What changed in the world: each status that took another value, from a day to a day, in their order.

    The days are those from which the judgements hold; `ledger_number` says at which entry we learned of it.
    """
    return list(status_changes_in_parts(parameters, moment, AT_ONCE))


def status_changes_in_parts(parameters: Parameters, moment: Moment, at_once: int) -> Iterator[dict[str, Any]]:
    """Those of `status_changes`, some in memory at a time; of all their key, day and step alone. Parameters are checked at once."""
    wanted = commitments.narrowed(parameters)
    first, last = parameters.day("from", first_day), parameters.day("to", last_day)
    if first and last and last < first:
        words = _("%(last)s lies before %(first)s, from which it is asked") % {"last": last, "first": first}
        raise Refused("to", "wrong-order", words)
    newest = parameters.choice("ordering", ("on", "-on")) == "-on"
    return _status_changes(
        commitments.among(wanted), first or date.min, last or date.max, moment, at_once, newest
    )


def _status_changes(
    among: "QuerySet[Commitment]", first: date, last: date, moment: Moment, at_once: int, newest: bool
) -> Iterator[dict[str, Any]]:
    found = [
        (step.assessment.effective_on, step.assessment.number, step.assessment.key, step.before)
        for run in _runs(among, moment, at_once)
        for step in changed(history(run, moment.as_of))
        if first <= step.assessment.effective_on <= last
    ]
    found.sort(key=lambda step: step[:2], reverse=newest)
    for part in chunks(found, at_once):
        judged = judgements.by_key([key for _, _, key, _ in part], moment)
        about = Commitment.objects.in_bulk({j.commitment for j in judged.values()})
        for on, number, key, before in part:
            j, commitment = judged[key], about[judged[key].commitment]
            yield {
                "commitment": commitment.pk, "code": commitment.code, "title": commitment.title, "on": on.isoformat(),
                "precision": j.precision, "before": before, "after": j.value, "because": j.because, "track": j.track,
                "assessment": key, "ledger_number": number,
            }  # fmt: skip


def assessment(key: str, moment: Moment) -> dict[str, Any] | None:
    """One assessment with what it rests on, also when it was replaced or retracted."""
    if (found := judgements.by_key([key], moment).get(key)) is None:
        return None
    standing = judgements.standing(moment, pk=key).exists()
    evidence = judgements.basis_of([key], moment).get(key, [])
    return judgements.describe(found) | {
        "evidence": evidence,
        "unsupported": judgements.unsupported(evidence),
        "disputes": judgements.disputes_of([key], moment).get(key, []),
        "stands": standing,
    }


def scale(key: str) -> dict[str, Any] | None:
    row = first(Scale.objects.filter(pk=key).values("key", "code", "version"))
    return row | {"values": judgements.scale_values(key)} if row else None
