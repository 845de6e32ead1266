"""Commitments: the list with its filters and facets, and one commitment with everything known about it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from commitments.ledger.assessing import unsourced
from commitments.ledger.roles import groups_at_adoption
from commitments.ledger.subjects import chunks
from commitments.models.assessment import Assessment, AssessmentBasis, AssessmentSource, Retraction, Scale
from commitments.models.declaration import (
    Commitment,
    Declaration,
    Edition,
    EditionParagraph,
    Mention,
    Paragraph,
    Quotation,
    Replacement,
    Responsibility,
    Section,
)
from commitments.models.evidence import Evidence, Withdrawal
from commitments.models.happening import HappeningCommitment, HappeningSource, Indicator, MeasurementSource
from commitments.models.organization import Membership, NamedEntity, Organization
from commitments.models.source import Source
from commitments.models.topic import Topic, TopicCommitment
from commitments.readings import happenings, judgements
from commitments.readings.changes import entries_about
from commitments.readings.moment import Moment
from commitments.readings.parameters import Parameters, Refused
from commitments.readings.rows import first, plain
from commitments.readings.words import matching
from commitments.rules import status as rule
from commitments.rules.dates import validity
from commitments.rules.rollup import Rollup, roll_up

KINDS = tuple(Commitment.Kind.values)
CLASSES = tuple(Source.Class.values)
ROLES = tuple(Responsibility.Role.values)
ORDERINGS = (
    "text",
    "-text",
    "status",
    "-status",
    "since",
    "-since",
    "evidence",
    "-evidence",
    "strength",
    "-strength",
)
FILTERS = (
    "declaration", "codes", "section", "paragraph", "kind", "status", "organization", "role", "via", "instrument", "counts",
    "open", "strength", "verifiable", "changed", "disagreement", "disputed", "source_class", "topic", "q", "scale", "ordering",
)  # fmt: skip
# By what does not move with the record: lists of what happened to commitments are narrowed by it.
NARROWS = ("declaration", "codes", "section", "kind", "organization", "role", "topic")


@dataclass(frozen=True)
class Filter:
    """What a list of commitments is narrowed to; the words are those of the address."""

    declaration: str | None = None
    codes: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    paragraph: str | None = None
    kind: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    organization: str | None = None
    role: tuple[str, ...] = ()
    via: str | None = None
    instrument: str | None = None
    counts: bool | None = None
    open: bool | None = None
    strength: int | None = None
    verifiable: bool | None = None
    changed: str | None = None
    disagreement: bool | None = None
    disputed: bool | None = None
    source_class: tuple[str, ...] = ()
    topic: str | None = None
    words: tuple[str, ...] = ()
    scale: str | None = None
    ordering: str = "text"

    @classmethod
    def of(cls, parameters: Parameters) -> "Filter":
        """Read and check; a code that nothing has is refused with the field's name."""
        found = cls(
            declaration=parameters.known("declaration", Declaration),
            codes=_codes(parameters),
            section=tuple(parameters.choices("section", _sections())) if parameters.text("section") else (),
            paragraph=parameters.known("paragraph", Paragraph, "code"),
            kind=tuple(parameters.choices("kind", KINDS)),
            status=tuple(parameters.choices("status", rule.ORDER)),
            organization=parameters.known("organization", Organization),
            role=tuple(parameters.choices("role", ROLES)),
            via=parameters.choice("via", ("membership",)),
            instrument=parameters.known("instrument", NamedEntity),
            counts=parameters.flag("counts"),
            open=parameters.flag("open"),
            strength=parameters.integer("strength", 1, 5),
            verifiable=parameters.flag("verifiable"),
            changed=_year(parameters),
            disagreement=parameters.flag("disagreement"),
            disputed=parameters.flag("disputed"),
            source_class=tuple(parameters.choices("source_class", CLASSES)),
            topic=parameters.known("topic", Topic, "code"),
            words=tuple(parameters.query()),
            scale=parameters.known("scale", Scale),
            ordering=parameters.choice("ordering", ORDERINGS) or "text",
        )
        if (found.role or found.via) and not found.organization:
            raise Refused(
                "role" if found.role else "via",
                "needs-organization",
                _("is read together with `organization`"),
            )
        return found


MOST_CODES = 200


def _codes(parameters: Parameters) -> tuple[str, ...]:
    """Codes of commitments, separated by commas, in any order: `N6.c,N2.d`. One that nothing has is refused."""
    text = parameters.text("codes")
    if text is None:
        return ()
    codes = tuple(dict.fromkeys(text.split(",")))
    if len(codes) > MOST_CODES:
        raise Refused("codes", "too-many", _("names more than %(n)s commitments") % {"n": MOST_CODES})
    known = set(Commitment.objects.filter(code__in=codes, retired=False).values_list("code", flat=True))
    for code in codes:
        if code not in known:
            raise Refused(
                "codes", "unknown-code", _("no commitment has the code “%(code)s”") % {"code": code[:60]}
            )
    return codes


def _year(parameters: Parameters) -> str | None:
    year = parameters.integer("changed", 1900, 2200)
    return str(year) if year else None


def section_titles(declaration: str | None) -> dict[str, dict[str, str]]:
    """The titles of sections by code, of one declaration or of all: of those that share a code the first adopted."""
    rows = Section.objects.filter(**({"declaration": declaration} if declaration else {}))
    return dict(rows.order_by("-declaration__adopted_on", "-declaration").values_list("code", "title"))


def _sections() -> list[str]:
    return list(Section.objects.order_by("declaration", "position").values_list("code", flat=True).distinct())


def key_of_declaration() -> str | None:
    """The declaration that a page is about when none is named: the one adopted first."""
    return Declaration.objects.order_by("adopted_on", "key").values_list("key", flat=True).first()


def adopted_on(key: str | None) -> date | None:
    """The day of adoption of a declaration, or of the one adopted first."""
    rows = Declaration.objects.filter(pk=key) if key else Declaration.objects.order_by("adopted_on", "key")
    return rows.values_list("adopted_on", flat=True).first()


def basic(keys: Collection[str]) -> list[dict[str, Any]]:
    """What a commitment is, without its status, in the order of the text."""
    return _rows(
        Commitment.objects.filter(pk__in=keys).order_by("declaration__adopted_on", "declaration", "ordinal")
    )


def narrowed(parameters: Parameters) -> Filter:
    """What the parameters of another list narrow it to, by NARROWS alone. Raises Refused."""
    return Filter.of(Parameters({k: v for k, v in parameters.given.items() if k in NARROWS}))


def among(wanted: Filter) -> "QuerySet[Commitment]":
    """The commitments that need no status to be chosen, in the order of the text. A retired one is in no list."""
    rows = Commitment.objects.filter(retired=False)
    if wanted.declaration:
        rows = rows.filter(declaration=wanted.declaration)
    if wanted.codes:
        rows = rows.filter(code__in=wanted.codes)
    if wanted.section:
        rows = rows.filter(paragraph__section__code__in=wanted.section)
    if wanted.paragraph:
        rows = rows.filter(paragraph__code=wanted.paragraph)
    if wanted.kind:
        rows = rows.filter(kind__in=wanted.kind)
    if wanted.strength:
        rows = rows.filter(strength=wanted.strength)
    if wanted.verifiable is not None:
        rows = rows.filter(verifiable=wanted.verifiable)
    if wanted.organization:
        rows = rows.filter(pk__in=_with_organization(wanted))
    if wanted.instrument:
        rows = rows.filter(pk__in=Mention.objects.filter(entity=wanted.instrument).values("commitment"))
    if wanted.topic:
        rows = rows.filter(
            pk__in=TopicCommitment.objects.filter(topic__code=wanted.topic).values("commitment")
        )
    if wanted.words:
        rows = rows.filter(pk__in=matching(("commitment",), wanted.words))
    return rows.order_by("declaration__adopted_on", "declaration", "ordinal")


def _rows(found: "QuerySet[Commitment]") -> list[dict[str, Any]]:
    return plain(
        found.values(
            "key", "code", "declaration", "kind", "title", "plain", "verifiable", "strength", "strength_words", "note",
            "ordinal", "declaration__scale", section=F("paragraph__section__code"), paragraph_code=F("paragraph__code"),
        )
    )  # fmt: skip


def _with_organization(wanted: Filter) -> Any:
    rows = Responsibility.objects.all()
    if wanted.role:
        rows = rows.filter(role__in=wanted.role)
    test = Q(organization=wanted.organization)
    if wanted.via:
        for declaration, groups in groups_at_adoption(wanted.organization or "").items():
            test |= Q(organization__in=groups, commitment__declaration=declaration)
    return rows.filter(test).values("commitment")


def some(wanted: Filter, most: int = 1) -> int:
    """How many commitments a filter finds before their status is asked, counted up to `most`."""
    return among(wanted)[:most].count()


@dataclass
class Listing:
    """A list of commitments with what it was computed from."""

    rows: list[dict[str, Any]]
    rollup: Rollup
    facets: dict[str, dict[str, int]] = field(default_factory=dict)


def in_parts(wanted: Filter, moment: Moment, at_once: int) -> Iterator[dict[str, Any]]:
    """What `listing` finds, in the shape of the API: some in memory at a time, of all their key and place alone."""
    place = _places(wanted.ordering)
    found = [
        (place(row), row["key"])
        for part in chunks(among(wanted).values_list("pk", flat=True).iterator(), at_once)
        for row in listing(wanted, moment, part).rows
    ]
    found.sort(key=lambda line: line[0], reverse=wanted.ordering.startswith("-"))
    for part in chunks((line[1] for line in found), at_once):
        by_key = {row["key"]: row for row in listing(Filter(), moment, part).rows}
        yield from present([by_key[key] for key in part], moment)


def listing(
    wanted: Filter, moment: Moment, keys: Collection[str] | None = None, *, classes: bool = False
) -> Listing:
    """The commitments that a filter finds, among `keys` or all, each with its status, in the filter's order. `classes`: how many
    have evidence from each class of source is counted too."""
    found = among(wanted)
    only: dict[str, Any] = {"commitment__declaration": wanted.declaration} if wanted.declaration else {}
    if keys is not None:
        found, only = found.filter(pk__in=keys), {"commitment__in": keys}
    rows = _rows(found)
    by_commitment = judgements.judgements(moment, **only)
    counts = {scale: judgements.counting(scale) for scale in {row["declaration__scale"] for row in rows}}
    chosen = []
    for row in rows:
        run = by_commitment.get(row["key"], [])
        row["status"] = judgements.status_of(run, moment.as_of, row["declaration__scale"])
        row["counts"] = counts[row["declaration__scale"]].get(row["status"]["value"], False)
        if wanted.scale and wanted.scale != row["declaration__scale"]:
            continue
        if wanted.changed and not _changed_in(run, moment.as_of, wanted.changed):
            continue
        row["reported"] = judgements.reports_of(run, moment.as_of)
        row["disagrees"] = disagrees(row)
        chosen.append(row)
    disputes = judgements.disputes_of(
        [row["status"]["assessment"] for row in chosen if row["status"]["assessment"]], moment
    )
    for row in chosen:
        row["disputes"] = disputes.get(row["status"]["assessment"] or "", [])
        row["disputed"] = any(d["open"] for d in row["disputes"])
    evidence = _evidence(moment, only)
    newest, from_classes = _newest(evidence), {}
    if classes or wanted.source_class:
        from_classes = _classes(evidence, moment, only)
    for row in chosen:
        row["newest_evidence"] = newest.get(row["key"])
        row["source_classes"] = from_classes.get(row["key"], set())
    facets = {
        "status": Counter(r["status"]["value"] for r in chosen if _passes(r, wanted, but="status")),
        "kind": Counter(r["kind"] for r in chosen if _passes(r, wanted)),
        "section": Counter(r["section"] for r in chosen if _passes(r, wanted)),
        "strength": Counter(r["strength"] for r in chosen if _passes(r, wanted)),
        "source_class": Counter(
            c for r in chosen if _passes(r, wanted, but="source_class") for c in r["source_classes"]
        ),
    }
    chosen = [row for row in chosen if _passes(row, wanted)]
    chosen.sort(key=_places(wanted.ordering), reverse=wanted.ordering.startswith("-"))
    all_counts = {value: c for scale in counts.values() for value, c in scale.items()}
    plain_facets = {
        name: dict(counted) for name, counted in facets.items()
    }  # a template finds `.items` in a Counter
    return Listing(chosen, roll_up((r["status"]["value"] for r in chosen), all_counts), plain_facets)


def _passes(row: dict[str, Any], wanted: Filter, but: str = "") -> bool:
    value = row["status"]["value"]
    return (
        (not wanted.status or but == "status" or value in wanted.status)
        and (
            not wanted.source_class
            or but == "source_class"
            or not row["source_classes"].isdisjoint(wanted.source_class)
        )
        and (wanted.counts is None or row["counts"] == wanted.counts)
        and (wanted.open is None or (value in rule.OPEN) == wanted.open)
        and (wanted.disagreement is None or row["disagrees"] == wanted.disagreement)
        and (wanted.disputed is None or row["disputed"] == wanted.disputed)
    )


def disagrees(row: dict[str, Any]) -> bool:
    """Whether an organization reported another value than the status, where a judgement sets one."""
    judged = row["status"]["assessment"] is not None
    return judged and any(report["value"] != row["status"]["value"] for report in row["reported"])


def _changed_in(run: Iterable[judgements.Judgement], as_of: date, year: str) -> bool:
    steps = rule.changed(rule.history(run, as_of))
    return any(step.assessment.effective_on.isoformat()[:4] == year for step in steps)


Fact = tuple[
    str, str, date, str
]  # a commitment, and of what is evidence of it: its key, its day, its date as it is written


def _evidence(moment: Moment, only: dict[str, Any]) -> list[Fact]:
    """Verified actions and events by `as_of` that are linked to a commitment or stand in a basis, and have a source."""
    ready = {
        "happening__verified": True,
        "happening__on__lte": moment.as_of,
        "happening__recorded__lte": moment.at,
    }
    fields = ("happening_id", "happening__on", "happening__date")
    linked = HappeningCommitment.objects.filter(**ready, **only).values_list("commitment_id", *fields)
    standing = judgements.standing(moment, **only).filter(effective_on__lte=moment.as_of)
    bases = AssessmentBasis.objects.filter(**ready, assessment__in=standing)
    bare = unsourced(HappeningSource, moment.at)
    rows = [*linked, *bases.values_list("assessment__commitment_id", *fields)]
    return [row for row in rows if row[1] not in bare]


def newest_evidence(moment: Moment, **only: Any) -> dict[str, dict[str, Any]]:
    """By commitment the newest evidence."""
    return _newest(_evidence(moment, only))


def _newest(evidence: Iterable[Fact]) -> dict[str, dict[str, Any]]:
    newest: dict[str, tuple[date, str, str]] = {}
    for commitment, happening, on, text in evidence:
        newest[commitment] = max(newest.get(commitment, (on, text, happening)), (on, text, happening))
    return {
        c: {"on": on.isoformat(), "date": text, "happening": key} for c, (on, text, key) in newest.items()
    }


def _classes(evidence: Iterable[Fact], moment: Moment, only: dict[str, Any]) -> dict[str, set[str]]:
    """By commitment the classes of its sources: of its evidence, of what its standing assessments name themselves, of the values
    that they rest on, and of passages that were attached. A source that was withdrawn is none."""
    gone = Withdrawal.objects.filter(recorded__lte=moment.at).values("pk")
    live = {"source__recorded__lte": moment.at}
    happenings_of: dict[str, set[str]] = defaultdict(set)
    for commitment, happening, _on, _text in evidence:
        happenings_of[happening].add(commitment)
    standing = judgements.standing(moment, **only).filter(effective_on__lte=moment.as_of)
    found: dict[str, set[str]] = defaultdict(set)
    stated = HappeningSource.objects.filter(happening__recorded__lte=moment.at, **live).exclude(
        source__in=gone
    )
    for part in chunks(happenings_of):
        rows = stated.filter(happening__in=part)
        for happening, source_class in rows.values_list("happening_id", "source__source_class"):
            for commitment in happenings_of[happening]:
                found[commitment].add(source_class)
    named = AssessmentSource.objects.filter(assessment__in=standing, **live).exclude(source__in=gone)
    values = MeasurementSource.objects.filter(
        measurement__indicator__bases__assessment__in=standing, measurement__verified=True,
        measurement__on__lte=moment.as_of, measurement__recorded__lte=moment.at, **live,
    ).exclude(source__in=gone)  # fmt: skip
    attached = Evidence.objects.filter(recorded__lte=moment.at, **live).exclude(source__in=gone)
    for commitment, source_class in [
        *named.values_list("assessment__commitment_id", "source__source_class"),
        *values.values_list(
            "measurement__indicator__bases__assessment__commitment_id", "source__source_class"
        ).distinct(),
        *attached.filter(assessment__in=standing).values_list(
            "assessment__commitment_id", "source__source_class"
        ),
        *attached.filter(**only, commitment__isnull=False).values_list(
            "commitment_id", "source__source_class"
        ),
    ]:
        found[commitment].add(source_class)
    return found


def _places(ordering: str) -> Callable[[dict[str, Any]], Any]:
    """What a row is put in order by."""
    order = {value: index for index, value in enumerate(rule.ORDER)}
    return {
        "text": lambda r: (r["declaration"], r["ordinal"]),
        "status": lambda r: order.get(r["status"]["value"], len(order)),
        "since": lambda r: r["status"]["since"] or "",
        "evidence": lambda r: (r["newest_evidence"] or {}).get("on", ""),
        "strength": lambda r: r["strength"],
    }[ordering.lstrip("-")]


# --- what the API and the pages add to a row ------------------------------------------------------------------------


def titles(keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Key, code and title of commitments, by key."""
    rows = Commitment.objects.filter(pk__in=set(keys)).values("key", "code", "title")
    return {row["key"]: row for row in plain(rows)}


def topics(keys: Collection[str]) -> list[dict[str, Any]]:
    """The matters of some commitments, each with how many of them deal with it, and how many do at all."""
    rows = Topic.objects.order_by("recorded").values("code", "name", "declaration")
    dealing: dict[tuple[str, str], list[str]] = defaultdict(list)
    links = TopicCommitment.objects.filter(commitment__retired=False)
    for declaration, code, commitment in links.values_list("topic__declaration", "topic__code", "commitment"):
        dealing[declaration, code].append(commitment)
    among_them = set(keys)
    return [
        {**row, "count": len(among_them.intersection(found)), "all": len(found)}
        for row in plain(rows)
        if (found := dealing[row["declaration"], row["code"]])
    ]


def topics_of(key: str) -> list[dict[str, Any]]:
    """The matters with which a commitment deals; `through` names what the clause names, where its own words do not say it."""
    rows = TopicCommitment.objects.filter(commitment=key).order_by("topic__recorded")
    return [
        {"code": code, "name": name, "through": {"code": through, "name": through_name} if through else None}
        for code, name, through, through_name in rows.values_list(
            "topic__code", "topic__name", "through", "through__name"
        )
    ]


def quotations_of(keys: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Quotations by commitment: clauses before verbs, in their order, in every language."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    replaced = Edition.objects.filter(replaces__isnull=False).values("replaces")
    rows = (
        Quotation.objects.filter(commitment__in=keys)
        .exclude(edition__in=replaced)
        .order_by("commitment", "position")
    )
    for commitment, *values in rows.values_list(
        "commitment_id", "edition__language", "edition_id", "role", "order", "start", "end", "exact"
    ):
        found[commitment].append(
            dict(zip(("language", "edition", "role", "order", "start", "end", "exact"), values, strict=True))
        )
    return found


def organizations_of(keys: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Organizations by commitment with their role."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = Responsibility.objects.filter(commitment__in=keys).order_by("commitment", "position")
    for commitment, code, name, role in rows.values_list(
        "commitment_id", "organization_id", "organization__name", "role"
    ):
        found[commitment].append({"code": code, "name": name, "role": role})
    return found


def present(rows: list[dict[str, Any]], moment: Moment) -> list[dict[str, Any]]:
    """Rows of a listing in the documented shape of the API."""
    keys = [row["key"] for row in rows]
    quotations, organizations = quotations_of(keys), organizations_of(keys)
    mentions: dict[str, list[str]] = defaultdict(list)
    for commitment, entity in Mention.objects.filter(commitment__in=keys).order_by("position").values_list("commitment_id", "entity_id"):  # fmt: skip
        mentions[commitment].append(entity)
    linked = happenings.linked_to(keys, moment)
    indicators: dict[str, list[str]] = defaultdict(list)
    for commitment, indicator in Indicator.objects.filter(commitments__commitment__in=keys).order_by("key").values_list("commitments__commitment", "key"):  # fmt: skip
        indicators[commitment].append(indicator)
    evidence = judgements.basis_of(
        [r["status"]["assessment"] for r in rows if r["status"]["assessment"]], moment
    )
    return [
        {
            "key": row["key"],
            "code": row["code"],
            "declaration": row["declaration"],
            "section": row["section"],
            "paragraph": row["paragraph_code"],
            "kind": row["kind"],
            "operative_verb": " … ".join(
                q["exact"]
                for q in sorted(quotations[row["key"]], key=lambda q: q["start"])
                if q["role"] == "verb" and q["language"] == "zh"
            ),
            "title": row["title"],
            "plain": row["plain"],
            "verifiable": row["verifiable"],
            "strength": row["strength"],
            "quotations": quotations[row["key"]],
            "status": {
                **row["status"],
                "counts": row["counts"],
                "evidence": evidence.get(row["status"]["assessment"], []),
                "unsupported": judgements.unsupported(evidence.get(row["status"]["assessment"], [])),
                "disputed": row["disputed"],
                "disputes": row["disputes"],
            },
            "reported": row["reported"],
            "disagrees": row["disagrees"],
            "newest_evidence": row["newest_evidence"],
            "organizations": organizations[row["key"]],
            "instruments": mentions[row["key"]],
            "actions": linked.get(row["key"], []),
            "indicators": indicators[row["key"]],
            "url": f"/commitments/{row['key']}/",
        }
        for row in rows
    ]


# --- one commitment ---------------------------------------------------------------------------------------------------


def replaced_by(key: str) -> list[str]:
    """What stands for a retired commitment now."""
    rows = Replacement.objects.filter(commitment=key, commitment__retired=True).order_by("position")
    return list(rows.values_list("by_id", flat=True))


def replaces(key: str) -> list[str]:
    """The retired commitments for which this one stands."""
    rows = Replacement.objects.filter(by=key, commitment__retired=True).order_by("commitment")
    return list(rows.values_list("commitment_id", flat=True))


def one(key: str, moment: Moment) -> dict[str, Any] | None:
    """A commitment with its paragraph in each edition, its assessments, its evidence and its neighbours."""
    row = first(
        Commitment.objects.filter(pk=key).values(
            "key", "code", "declaration", "kind", "title", "plain", "verifiable", "strength", "strength_words", "note",
            "ordinal", "retired", "declaration__scale", "declaration__adopted_on", "declaration__title", "paragraph",
            section=F("paragraph__section__code"), section_title=F("paragraph__section__title"),
            paragraph_code=F("paragraph__code"), divergence_note=F("paragraph__divergence_note"),
        )
    )  # fmt: skip
    if row is None:
        return None
    run = judgements.judgements(moment, commitment=key).get(key, [])
    row["status"] = judgements.status_of(run, moment.as_of, row["declaration__scale"])
    row["counts"] = judgements.counting(row["declaration__scale"]).get(row["status"]["value"], False)
    row["newest_evidence"] = newest_evidence(moment, commitment=key).get(key)
    row["reported"] = judgements.reports_of(run, moment.as_of)
    row["disagrees"] = disagrees(row)
    assessments = _every_assessment(key, moment)
    by_key = {a["key"]: a for a in assessments}
    row["disputes"] = by_key[row["status"]["assessment"]]["disputes"] if row["status"]["assessment"] else []
    row["disputed"] = any(d["open"] for d in row["disputes"])
    found = present([row], moment)[0]
    found["retired"], found["replaced_by"] = row["retired"], replaced_by(key)
    found["replaces"] = replaces(key)
    found["topics"] = topics_of(key)
    found["note"], found["strength_words"] = row["note"], row["strength_words"]
    found["adopted_on"] = row["declaration__adopted_on"].isoformat()
    found["section_title"], found["declaration_title"] = row["section_title"], row["declaration__title"]
    found["divergence_note"] = row["divergence_note"]
    found["assessments"] = assessments
    found["evidence"] = _evidence_of(key, moment)
    found["history"] = [
        {"value": step.assessment.value, "effective_on": step.assessment.effective_on.isoformat(),
         "precision": step.assessment.precision, "moved": step.moved}
        for step in rule.history(run, moment.as_of)
    ]  # fmt: skip
    found["words"] = _words(key, row["paragraph"], found["quotations"])
    found["happenings"] = happenings.listing(happenings.Filter(commitment=key), moment)
    found["members_at_adoption"] = _members_at_adoption(
        found["organizations"], row["declaration__adopted_on"]
    )
    about = [d["key"] for a in assessments for d in a["disputes"]]
    found["entries"] = entries_about([key, *about, *(a["key"] for a in assessments)], moment.at)
    return found


def _every_assessment(key: str, moment: Moment) -> list[dict[str, Any]]:
    """Every assessment ever made by the moment, newest first; replaced and retracted ones say so."""
    from_all = judgements.judgements(
        moment, rows=Assessment.objects.filter(commitment=key, recorded__lte=moment.at)
    )
    rows = sorted(from_all.get(key, []), key=lambda j: (j.effective_on, j.number), reverse=True)
    basis = judgements.basis_of([j.key for j in rows], moment)
    disputes = judgements.disputes_of([j.key for j in rows], moment)
    known = Assessment.objects.filter(commitment=key, recorded__lte=moment.at, replaces__isnull=False)
    replaced = dict(known.values_list("replaces", "key"))  # also by one whose day has not come at `as_of`
    retractions = Retraction.objects.filter(assessment__commitment=key, recorded__lte=moment.at)
    retracted = {pk: (because, by) for pk, because, by in retractions.values_list("pk", "because", "by")}
    moved = {
        step.assessment.key: step.moved
        for step in rule.history(
            [j for j in rows if j.key not in replaced and j.key not in retracted], moment.as_of
        )
    }
    return [
        judgements.describe(j)
        | {
            "evidence": basis.get(j.key, []),
            "unsupported": judgements.unsupported(basis.get(j.key, [])),
            "disputes": disputes.get(j.key, []),
            "replaced_by": replaced.get(j.key),
            "retracted_because": retracted[j.key][0] if j.key in retracted else None,
            "retracted_by": retracted[j.key][1] if j.key in retracted else None,
            "moved": moved.get(j.key, False),
        }
        for j in rows
    ]


def _evidence_of(key: str, moment: Moment) -> list[dict[str, Any]]:
    """Passages that were attached to the commitment itself."""
    rows = Evidence.objects.filter(commitment=key, recorded__lte=moment.at).order_by("-recorded")
    found = list(rows.values_list("source_id", "passage", "locator", "accessed_on"))
    sources = {s["key"]: s for s in judgements.source_rows([row[0] for row in found], moment)}
    return [
        {"source": sources[source], "passage": passage, "locator": locator, "accessed_on": accessed_on}
        for source, passage, locator, accessed_on in found
    ]


def _words(key: str, paragraph: str, quotations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The clause in its paragraph in each edition, cut into parts: {"text", "clause"}."""
    found = []
    for edition in editions_with(paragraph):
        base = edition["start"]
        spans = sorted(
            (q["start"], q["end"])
            for q in quotations
            if q["edition"] == edition["key"] and q["role"] == "clause"
        )
        text, parts, at = edition["text"], [], base
        for start, end in spans:
            if start > at:
                parts.append({"text": text[at:start], "clause": False})
            parts.append({"text": text[start:end], "clause": True})
            at = end
        if at < edition["end"]:
            parts.append({"text": text[at : edition["end"]], "clause": False})
        found.append(
            {"language": edition["language"], "standing": edition["standing"], "parts": parts,
             "spans": [[start - base, end - base] for start, end in spans]}
        )  # fmt: skip
    return found


def editions_with(paragraph: str) -> list[dict[str, Any]]:
    """Editions in force with the place of a paragraph, the authentic one first."""
    return editions_with_paragraphs({paragraph})


def editions_with_paragraphs(paragraphs: Collection[str]) -> list[dict[str, Any]]:
    rows = EditionParagraph.objects.filter(paragraph__key__in=paragraphs).select_related("edition")
    found = [
        {"key": r.edition_id, "language": r.edition.language, "standing": r.edition.standing, "text": r.edition.text,
         "start": r.start, "end": r.end, "replaces": r.edition.replaces_id}
        for r in rows
    ]  # fmt: skip
    replaced = {row["replaces"] for row in found}
    order = {"authentic": 0, "official": 1, "own_translation": 2}
    languages = {"zh": 0, "en": 1, "ru": 2}
    return sorted(
        (row for row in found if row["key"] not in replaced),
        key=lambda row: (order[row["standing"]], languages[row["language"]]),
    )


def _members_at_adoption(
    organizations: list[dict[str, Any]], adopted: date
) -> dict[str, list[dict[str, Any]]]:
    """By group among those who undertake: its members on the day of adoption."""
    groups = [o["code"] for o in organizations if o["role"] == "obligor"]
    rows = Membership.objects.filter(group__in=groups).order_by("recorded")
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for group, member, name, start, end in rows.values_list(
        "group_id", "member_id", "member__name", "start", "end"
    ):
        if validity(start, end, adopted) == "current":
            found[group].append({"code": member, "name": name})
    return dict(found)


def beside(key: str, paragraph: str, declaration: str, moment: Moment) -> list[dict[str, Any]]:
    """The other commitments of the same paragraph."""
    rows = listing(Filter(declaration=declaration, paragraph=paragraph), moment).rows
    return [row for row in rows if row["key"] != key]
