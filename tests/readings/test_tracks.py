"""Tracks, disputes, withdrawn sources: both clocks hold in every detail."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commitments.ledger import disputes, proposals
from commitments.models.assessment import Assessment, AssessmentBasis
from commitments.models.dispute import Dispute
from commitments.models.happening import Happening
from commitments.models.source import Source
from commitments.readings import changes, commitments, effects, judgements, overview, sources
from tests.story import ANNA, BEK, LIU, N2D, N6C, NURLAN, OLGA, SOURCE, cast, on, propose, report

pytestmark = pytest.mark.django_db
CODE = "sco-afg-2009"


@pytest.fixture(autouse=True)
def people(db: None, settings: Any, tmp_path: Path) -> None:
    settings.ARCHIVE_DIR = tmp_path
    cast()


def one(day: str = "2026-11-01", at: int | None = None, key: str = N6C) -> dict[str, Any]:
    found = commitments.one(key, on(day, at))
    assert found
    return found


def headline() -> str:
    return str(Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on").pk)


def test_a_report_stands_beside_the_status_from_its_day_and_its_entry() -> None:
    before = changes.head()["number"]
    proposals.accept(key=propose(), by=NURLAN)
    now = one()
    assert now["status"]["value"] == "partially_fulfilled" and now["disagrees"]
    assert [(r["organization"], r["value"]) for r in now["reported"]] == [("CSTO", "largely_fulfilled")]
    assert one("2025-10-30")["reported"] == [] and one(at=before)["reported"] == []
    assert not one("2025-10-30")["disagrees"]


def test_each_organization_has_its_own_last_report() -> None:
    for by, organization, value, day in (
        (ANNA, "CSTO", "largely_fulfilled", "2025-10-31"), (ANNA, "CSTO", "partially_fulfilled", "2025-11-30"),
        (BEK, "KAZ", "fulfilled", "2025-10-01"),
    ):  # fmt: skip
        proposals.accept(
            key=propose(report(organization=organization, value=value, effective_on=day), by=by), by=NURLAN
        )
    assert [(r["organization"], r["value"]) for r in one()["reported"]] == [
        ("CSTO", "partially_fulfilled"),
        ("KAZ", "fulfilled"),
    ]


def test_what_both_sides_confirm_is_the_status_of_its_day() -> None:
    proposals.accept(key=propose(), by=NURLAN, agreed=True)
    status = one()["status"]
    assert (status["value"], status["track"], status["since"]) == (
        "largely_fulfilled",
        "agreed",
        "2025-10-31",
    )
    assert one("2025-10-30")["status"]["value"] == "partially_fulfilled"


def test_agreed_goes_before_analyst_on_one_day() -> None:
    proposals.accept(key=propose(), by=NURLAN, agreed=True)
    proposals.accept(key=propose(report(value="reversed"), by=LIU), by=NURLAN)
    assert one()["status"]["value"] == "largely_fulfilled"


def test_disagreement_is_countable() -> None:
    assert overview.summary(CODE, on("2026-11-01"))["disagreements"] == 0  # type: ignore[index]
    proposals.accept(key=propose(), by=NURLAN)
    assert overview.summary(CODE, on("2026-11-01"))["disagreements"] == 1  # type: ignore[index]
    wanted = commitments.Filter(disagreement=True)
    assert [row["key"] for row in commitments.listing(wanted, on("2026-11-01")).rows] == [N6C]
    assert len(commitments.listing(commitments.Filter(disagreement=False), on("2026-11-01")).rows) == 63


def test_a_dispute_marks_the_status_until_it_is_decided_in_both_clocks() -> None:
    start = changes.head()["number"]
    payload = {
        "assessment": headline(),
        "organization": "CSTO",
        "kind": "dispute",
        "text": {"en": "No."},
        "received_on": "2026-10-01",
    }
    key = disputes.raise_one(payload=payload, by=ANNA)
    raised = changes.head()["number"]
    assert one()["status"]["disputed"] and one()["status"]["disputes"][0]["overdue"]
    assert not one("2026-09-30")["status"]["disputed"] and not one(at=start)["status"]["disputed"]
    assert (
        one("2026-10-31")["status"]["disputes"][0]["due_on"] == "2026-10-31"
        and not one("2026-10-31")["status"]["disputes"][0]["overdue"]
    )
    assert [
        r["key"] for r in commitments.listing(commitments.Filter(disputed=True), on("2026-11-01")).rows
    ] == [N6C]
    disputes.decide(dispute=key, result="maintained", because={"en": "It stands."}, by=OLGA)
    today = date.today().isoformat()
    assert (
        not one(today)["status"]["disputed"]
        and one(today)["status"]["disputes"][0]["outcome"]["result"] == "maintained"
    )
    assert one(today, at=raised)["status"]["disputed"]
    assert one("2026-11-01")["status"]["disputed"]  # it was decided later
    assert judgements.dispute(key, on(today, start)) is None
    assert judgements.dispute(key, on(today))["outcome"]["decided_on"] == today  # type: ignore[index]


def test_a_reply_marks_nothing() -> None:
    payload = {"assessment": headline(), "organization": "CSTO", "kind": "reply", "text": {"en": "Noted."}}
    disputes.raise_one(payload=payload, by=ANNA)
    found = one(date.today().isoformat())
    assert not found["status"]["disputed"] and found["status"]["disputes"][0]["kind"] == "reply"


def test_a_withdrawn_source_marks_every_assessment_that_rests_on_it() -> None:
    source = Source.objects.filter(happenings__happening__bases__assessment=headline()).first()
    assert source
    rests = {a["key"] for a in sources.one(source.pk, on("2026-11-01"))["assessments"]}  # type: ignore[index]
    assert headline() in rests
    before = changes.head()["number"]
    payload = {"source": source.pk, "because": {"en": "The page was forged."}}
    proposals.accept(key=propose(payload, by=LIU, kind="withdrawal"), by=NURLAN)
    marked = {
        a["key"]
        for key in {k.split("@")[0] for k in rests}
        for a in one(key=key)["assessments"]
        if a["unsupported"]
    }
    assert rests <= marked
    assert one()["status"]["unsupported"] and not one(at=before)["status"]["unsupported"]
    found = sources.one(source.pk, on("2026-11-01"))
    assert found and found["withdrawn"] and found["withdrawn_because"] == {"en": "The page was forged."}
    assert {a["key"] for a in found["assessments"]} == rests


def test_a_value_carries_the_judgements_that_read_it() -> None:
    """Of an indicator a judgement reads the last value by its day: the source of that value, and no other, carries it."""
    rests = AssessmentBasis.objects.filter(indicator__isnull=False).select_related("assessment")
    checked = 0
    for basis in rests:
        evidence = judgements.basis_of([basis.assessment_id], on("2026-11-01"))[basis.assessment_id]
        for fact in evidence:
            if fact["kind"] == "indicator":
                for source in fact["sources"]:
                    found = sources.one(source["key"], on("2026-11-01"))
                    assert found and basis.assessment_id in {a["key"] for a in found["assessments"]}
                    checked += 1
    assert checked > 10


def test_a_withdrawn_passage_marks_what_rests_on_the_fact_that_it_supports() -> None:
    basis = AssessmentBasis.objects.filter(assessment=headline(), happening__isnull=False).first()
    assert basis
    passage = {
        "supports": "action",
        "target": basis.happening_id,
        "sources": ["sco-afg-2009:src-sohu"],
        "passage": "原文",
    }
    proposals.accept(key=propose(passage, by=LIU, kind="evidence"), by=NURLAN)
    found = sources.one("sco-afg-2009:src-sohu", on("2026-11-01"))
    assert found and headline() in {a["key"] for a in found["assessments"]}
    assert basis.happening_id in {h["key"] for h in found["happenings"]}
    payload = {"source": "sco-afg-2009:src-sohu", "because": {"en": "The page was forged."}}
    proposals.accept(key=propose(payload, by=LIU, kind="withdrawal"), by=NURLAN)
    assert one()["status"]["unsupported"]


def test_a_fact_that_was_published_later_carries_and_its_date_is_shown() -> None:
    fact = Happening.objects.filter(category="action", verified=True, commitments__commitment=N6C).latest(
        "on"
    )
    later = [
        s.source.date for s in fact.sources.select_related("source") if s.source.date > fact.on.isoformat()
    ]
    key = propose(report(basis=[fact.pk], effective_on=fact.on.isoformat(), source_date="2026-03-01"))
    proposals.accept(key=key, by=NURLAN)
    row = next(a for a in one()["assessments"] if a["organization"] == "CSTO")
    assert {s["date"] for e in row["evidence"] for s in e["sources"]} >= {"2026-03-01", *later}


def test_a_reviewer_enters_a_dispute_that_came_by_letter() -> None:
    payload = {
        "assessment": headline(),
        "organization": "CSTO",
        "kind": "dispute",
        "text": {"ru": "Нет."},
        "received_on": "2026-10-01",
    }
    key = disputes.raise_one(payload=payload, by=OLGA)
    found = judgements.dispute(key, on("2026-11-01"))
    assert found and found["organization"] == "CSTO" and Dispute.objects.get(pk=key).by == OLGA


def test_a_passage_is_shown_from_its_entry_on() -> None:
    before = changes.head()["number"]
    payload = {
        "supports": "assessment",
        "target": headline(),
        "sources": ["sco-afg-2009:src-sohu"],
        "passage": "原文",
    }
    proposals.accept(key=propose(payload, by=LIU, kind="evidence"), by=NURLAN)
    evidence = one()["status"]["evidence"]
    assert [p["passage"] for e in evidence for p in e["passages"]] == ["原文"]
    assert all(not e["passages"] for e in one(at=before)["status"]["evidence"])
    assert headline() in {
        a["key"] for a in sources.one("sco-afg-2009:src-sohu", on("2026-11-01"))["assessments"]
    }  # type: ignore[index]


def test_the_effect_of_a_proposal_is_what_happens() -> None:
    fulfilled = Assessment.objects.get(commitment=N2D, value="fulfilled", replaced_by=None)
    today = date.today().isoformat()
    effect = effects.of_retraction(fulfilled.pk, on(today))
    assert effect and effect.moves
    line = effect.figures[1]
    assert (
        line["before"]["fulfilled"]["k"],
        line["after"]["fulfilled"]["k"],
        line["after"]["fulfilled"]["n"],
    ) == (7, 6, 48)
    key = propose({"assessment": fulfilled.pk, "because": {"en": "x"}}, by=LIU, kind="retraction")
    proposals.accept(key=key, by=NURLAN)
    figures = overview.summary(CODE, on(today))
    assert figures and (figures["fulfilled"]["k"], figures["fulfilled"]["n"]) == (6, 48)
    assert one(today, key=N2D)["status"]["value"] == effect.after["value"]


def test_the_effect_of_a_judgement_on_each_track() -> None:
    for track, moves in (("reported", False), ("analyst", True), ("agreed", True)):
        effect = effects.of_judgement(report(), on("2026-11-01"), track=track, by=ANNA)
        assert effect and effect.moves is moves, track
    older = effects.of_judgement(report(effective_on="2012-01-01"), on("2026-11-01"), track="analyst", by=LIU)
    assert older and not older.moves and older.later
    assert effects.of_judgement({"commitment": N6C}, on("2026-11-01"), track="analyst", by=LIU) is None


def test_a_source_that_came_later_is_hidden_from_what_was_known_before() -> None:
    fact = next(h for h in one()["happenings"] if h["category"] == "action")
    before = changes.head()["number"]
    payload = {
        "action": fact["key"], "because": "a better source", "kind": fact["kind"], "date": fact["date"], "end_date": fact["end_date"],
        "title": fact["title"], "description": fact["description"], "organizations": [o["code"] for o in fact["organizations"]] or ["CSTO"],
        "commitments": fact["commitments"], "sources": [s["key"] for s in fact["sources"]], **SOURCE,
    }  # fmt: skip
    proposals.accept(key=propose(payload, by=LIU, kind="action_change"), by=NURLAN)

    def titles(at: int | None = None) -> list[str]:
        return [s["title"] for h in one(at=at)["happenings"] if h["key"] == fact["key"] for s in h["sources"]]

    assert SOURCE["source_title"] in titles() and SOURCE["source_title"] not in titles(before)
