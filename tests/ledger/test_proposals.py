"""Proposals, their rules, and what acceptance records."""

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from commitments.archive import store
from commitments.ledger import disputes, proposals, verbs
from commitments.ledger.record import Conflict
from commitments.ledger.verify import verify
from commitments.ledger.wellformed import Faulty, Refused
from commitments.models.assessment import Assessment
from commitments.models.entry import Body, Entry
from commitments.models.evidence import Evidence, File
from commitments.models.happening import Happening, Measurement
from commitments.models.proposal import Proposal
from commitments.models.source import Source
from commitments.readings import changes, commitments
from tests.broken import BROKEN_DISPUTE, RULES, by, holds
from tests.story import ANNA, BEK, LIU, N2D, N6C, NURLAN, OLGA, SOURCE, cast, on, person, propose, report

pytestmark = pytest.mark.django_db
CODE = "sco-afg-2009"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def people(db: None, settings: Any, tmp_path: Path) -> None:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    cast()


def faults(error: pytest.ExceptionInfo[Faulty]) -> set[str]:
    return {fault.field for fault in error.value.faults}


def test_a_report_is_returned_comes_back_and_is_accepted_as_reported() -> None:
    key = propose()
    proposals.send_back(key=key, reason="Which year?", by=NURLAN)
    propose(report(because={"en": "It took place in 2025."}), key=key)
    assessment = proposals.accept(key=key, by=NURLAN)[0]
    row = Assessment.objects.get(pk=assessment[1])
    assert (row.track, row.organization_id, row.by, row.reviewed_by) == ("reported", "CSTO", ANNA, NURLAN)
    assert list(row.sources.values_list("source__title", flat=True)) == [SOURCE["source_title"]]
    verb_list = Entry.objects.filter(subject=key).order_by("number").values_list("verb", "actor")
    assert list(verb_list) == [("submit", ANNA), ("return", NURLAN), ("submit", ANNA), ("accept", NURLAN)]
    accepted = Entry.objects.filter(subject=key).latest("number")
    assert Entry.objects.get(subject=row.pk).batch == accepted.batch and accepted.audience == "restricted"
    assert list(verify()) == []


def test_both_sides_may_agree_and_then_it_is_the_status() -> None:
    key = propose()
    assessment = proposals.accept(key=key, by=NURLAN, agreed=True)[0][1]
    assert Assessment.objects.get(pk=assessment).track == "agreed"


def test_nobody_accepts_their_own_unless_the_installation_has_one_person(settings: Any) -> None:
    key = propose(report(organization=None), by=NURLAN)
    with pytest.raises(proposals.NotAllowed, match="nobody decides"):
        proposals.accept(key=key, by=NURLAN)
    assert Proposal.objects.get(pk=key).state == "submitted"
    settings.ACCEPT_OWN = True
    proposals.accept(key=key, by=NURLAN)
    assert Assessment.objects.get(reviewed_by=NURLAN).track == "analyst"


def test_who_had_a_hand_in_it_does_not_accept_it() -> None:
    key = propose(report(), by=NURLAN)
    proposals.send_back(key=key, reason="more", by=OLGA)
    propose(report(), by=LIU, key=key)
    with pytest.raises(proposals.NotAllowed):
        proposals.accept(key=key, by=NURLAN)
    proposals.accept(key=key, by=OLGA)


@pytest.mark.parametrize("by", [LIU, ANNA, "p-nobody"])
def test_only_reviewers_decide(by: str) -> None:
    key = propose()
    for act in (proposals.accept, lambda **kw: proposals.send_back(reason="x", **kw)):
        with pytest.raises(proposals.NotAllowed):
            act(key=key, by=by)


def test_a_state_is_left_once() -> None:
    key = propose()
    with pytest.raises(Refused, match="must be given"):
        proposals.send_back(key=key, reason="  ", by=NURLAN)
    proposals.withdraw(key=key, by=ANNA)
    for act in (proposals.accept, proposals.withdraw):
        with pytest.raises(Refused, match="withdrawn"):
            act(key=key, by=NURLAN)
    with pytest.raises(Refused, match="withdrawn"):
        propose(key=key)


# Each rule of a report broken one at a time, and the field that says so: for the ledger, the page and the API.
BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"commitment": "sco-afg-2009:N99.z"}, "commitment"), ({"commitment": ""}, "commitment"), ({"commitment": 7}, "commitment"),
    ({"value": "done"}, "value"), ({"value": ""}, "value"), ({"effective_on": "2009-03-26"}, "effective_on"),
    ({"effective_on": ""}, "effective_on"), ({"effective_on": "2025-02-30"}, "effective_on"), ({"effective_on": "2025"}, "effective_on"),
    ({"effective_on": (date.today() + timedelta(days=2)).isoformat()}, "effective_on"),
    ({"because": {}}, "because"), ({"because": {"en": "  "}}, "because"), ({"because": {"xx": "a"}}, "because"), ({"because": "a"}, "because"),
    ({"because": {"en": "a\x00b"}}, "because"), ({"because": {"en": "a\u202eb"}}, "because"), ({"because": {"en": "\ud800"}}, "because"),
    ({"because": {"en": "x" * 1_000_000}}, "because"), ({"confidence": "sure"}, "confidence"),
    ({"basis": ["sco-afg-2009:nothing"]}, "basis"), ({"basis": "m-statement"}, "basis"), ({"basis": [1]}, "basis"),
    ({"basis": ["sco-afg-2009:m-taliban"], "effective_on": "2015-01-01"}, "basis"),
    ({"basis": [f"sco-afg-2009:x{n}" for n in range(60)]}, "basis"),
    ({"sources": ["sco-afg-2009:none"]}, "sources"), ({"source_url": "javascript:alert(1)"}, "source_url"),
    ({"source_url": "ftp://a.example/x"}, "source_url"), ({"source_url": "https://a b.example/"}, "source_url"),
    ({"source_url": "https://u:p@a.example/"}, "source_url"), ({"source_url": ""}, "source_url"),
    ({"source_title": ""}, "source_title"), ({"source_publisher": "a\u202eb"}, "source_publisher"), ({"source_class": "best"}, "source_class"),
    ({"source_language": ""}, "source_language"), ({"source_date": "soon"}, "source_date"), ({"accessed_on": "2999-01-01"}, "accessed_on"),
    ({"file": "0" * 64, "file_name": "a.pdf"}, "file"), ({"file": "../../etc/passwd"}, "file"),
    ({"organization": "KAZ"}, "organization"), ({"organization": "NOPE"}, "organization"),
    ({"replaces": "sco-afg-2009:N6.c@1999-01-01.1"}, "replaces"), ({"surprise": "x"}, "surprise"), ({"unchanged": "yes"}, "unchanged"),
    ({"searched": "the press"}, "searched_on"), ({"searched": "the press", "searched_on": "2999-01-01"}, "searched_on"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), BROKEN)
def test_each_rule_of_a_report_names_its_field_and_nothing_is_written(
    change: dict[str, Any], field: str
) -> None:
    head = changes.head()
    with pytest.raises(Faulty) as error:
        propose(report(**change))
    assert field in faults(error)
    assert changes.head() == head


def test_every_value_needs_evidence_but_those_that_cannot_have_any() -> None:
    bare = dict.fromkeys(SOURCE, "")
    for value in ("fulfilled", "ongoing", "reversed", "lapsed", "not_fulfilled", "largely_fulfilled"):
        with pytest.raises(Faulty) as error:
            propose(report(value=value, **bare), by=LIU)
        assert faults(error) == {"basis"}
    for value in ("unknown", "declaratory", "not_trackable", "not_assessed"):
        propose(report(value=value, **bare), by=LIU)
    for value in ("not_started", "stalled"):
        with pytest.raises(Faulty) as error:
            propose(report(value=value, **bare), by=LIU)
        assert faults(error) == {"searched"}
        propose(report(value=value, searched="the site of CSTO", searched_on="2025-10-30", **bare), by=LIU)


def test_an_unverified_fact_carries_nothing() -> None:
    fact = Happening.objects.filter(verified=False, on__gte="2009-04-01").first()
    assert fact
    with pytest.raises(Faulty, match="not verified"):
        propose(report(basis=[fact.pk], effective_on="2026-01-01"))


def test_a_focal_point_speaks_only_where_the_organization_has_a_role() -> None:
    person("ravi", "focal_point", ["IND"])  # joined later
    with pytest.raises(Faulty) as error:
        propose(report(organization="IND"), by="p-ravi")
    assert faults(error) == {"commitment"}
    propose(report(organization="KAZ"), by=BEK)  # bound through the group of the day of adoption
    for kind in ("source_change", "withdrawal"):
        with pytest.raises(proposals.NotAllowed):
            propose({}, kind=kind)
    with pytest.raises(proposals.NotAllowed):
        propose(by="p-nobody")


def test_a_focal_point_takes_back_its_own_report_and_no_other() -> None:
    mine = proposals.accept(key=propose(), by=NURLAN)[0][1]
    other = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on").pk
    with pytest.raises(Faulty, match="not a report of your organization"):
        propose({"assessment": other, "because": {"en": "no"}}, kind="retraction")
    key = propose({"assessment": mine, "because": {"en": "The wrong year."}}, kind="retraction")
    assert proposals.accept(key=key, by=OLGA) == [["retraction", mine]]
    with pytest.raises(Faulty, match="retracted already"):
        propose({"assessment": mine, "because": {"en": "again"}}, kind="retraction")
    assert list(verify()) == []


def test_an_analyst_retracts_and_corrects_after_review() -> None:
    fulfilled = Assessment.objects.get(commitment=N2D, value="fulfilled", replaced_by=None)
    key = propose(
        {"assessment": fulfilled.pk, "because": {"en": "It rests on a copy."}}, by=LIU, kind="retraction"
    )
    proposals.accept(key=key, by=NURLAN)
    with pytest.raises(Faulty, match="retracted already"):
        propose(report(commitment=N2D, replaces=fulfilled.pk), by=LIU)


def test_a_new_action_with_a_new_source_and_its_passage() -> None:
    result = proposals.accept(key=propose(holds("action"), kind="action"), by=NURLAN)
    assert [name for name, _ in result] == ["action", "evidence"]
    fact = Happening.objects.get(pk=result[0][1])
    assert (fact.on.isoformat(), fact.verified) == ("2025-09-30", True)
    evidence = Evidence.objects.get(pk=result[1][1])
    assert (evidence.happening_id, evidence.passage, evidence.reviewed_by) == (
        fact.pk,
        "Операция проведена.",
        NURLAN,
    )
    assert list(verify()) == []


@pytest.mark.parametrize(("kind", "change", "field"), RULES)
def test_each_rule_of_each_kind_names_its_field_and_nothing_is_written(
    kind: str, change: dict[str, Any], field: str
) -> None:
    proposals.accept(key=propose(), by=NURLAN)
    head, payload = changes.head(), holds(kind, **change)
    with pytest.raises(Faulty) as error:
        propose(payload, kind=kind, by=by(kind))
    assert field in faults(error)
    assert changes.head() == head


@pytest.mark.parametrize("kind", sorted({kind for kind, _change, _field in RULES}))
def test_what_breaks_no_rule_is_recorded(kind: str) -> None:
    proposals.accept(key=propose(), by=NURLAN)
    proposals.accept(key=propose(holds(kind), kind=kind, by=by(kind)), by=NURLAN)
    assert list(verify()) == []


def test_of_two_who_change_an_action_the_second_is_told() -> None:
    fact = Happening.objects.filter(category="action", organizations__organization="CSTO").first()
    assert fact
    own = list(fact.commitments.values_list("commitment_id", flat=True))

    def changed(title: str) -> dict[str, Any]:
        return {
            "action": fact.pk, "because": "clearer", "kind": fact.kind, "date": fact.date, "end_date": fact.end_date,
            "title": {"en": title}, "description": fact.description, "organizations": ["CSTO"], "commitments": own,
            "sources": list(fact.sources.values_list("source_id", flat=True)),
        }  # fmt: skip

    first, second = (propose(changed(title), by=LIU, kind="action_change") for title in ("One", "Two"))
    proposals.accept(key=first, by=NURLAN)
    with pytest.raises(Conflict):
        proposals.accept(key=second, by=NURLAN)
    assert Happening.objects.get(pk=fact.pk).title == {"en": "One"}
    with pytest.raises(Faulty, match="nothing has changed"):
        propose(changed("One"), by=LIU, kind="action_change")
    assert list(verify()) == []


def test_a_value_with_its_range() -> None:
    payload = {
        "indicator": "sco-afg-2009:i-opium-ha",
        "date": "2025",
        "value": "10200",
        "low": "9000",
        "high": "11000",
        **SOURCE,
    }
    ((_, key), *_rest) = proposals.accept(key=propose(payload, by=LIU, kind="measurement"), by=NURLAN)
    assert Measurement.objects.get(pk=key).value == 10200
    assert list(verify()) == []


def test_a_source_is_replaced_by_its_original_and_the_history_stays() -> None:
    copy = Source.objects.filter(source_class="copy").first()
    assert copy
    payload = SOURCE | {"source": copy.pk, "because": "The ministry has published it."}
    proposals.accept(key=propose(payload, by=LIU, kind="source_change"), by=NURLAN)
    assert Source.objects.get(pk=copy.pk).source_class == "primary"
    bodies = Body.objects.filter(entry__subject=copy.pk, entry__subject_type="source").order_by("entry_id")
    assert ['"copy"' in text for text in bodies.values_list("text", flat=True)] == [True, False]


def test_a_withdrawn_source_supports_nothing_new() -> None:
    key = "sco-afg-2009:src-sohu"
    payload = {"source": key, "because": {"en": "The page is gone."}}
    proposals.accept(key=propose(payload, by=LIU, kind="withdrawal"), by=NURLAN)
    with pytest.raises(Faulty, match="withdrawn"):
        propose(report(sources=[key]))
    with pytest.raises(Faulty, match="withdrawn already"):
        propose(payload, by=LIU, kind="withdrawal")


def test_a_file_is_kept_under_its_digest_and_its_loss_is_found() -> None:
    root = Path(settings.ARCHIVE_DIR)
    digest = store.keep(root, PDF)
    assert digest == hashlib.sha256(PDF).hexdigest()
    key = propose(report(file=digest, file_name="report.pdf", passage="x"))
    proposals.accept(key=key, by=NURLAN)
    kept = File.objects.get(pk=digest)
    assert (kept.media_type, kept.size, kept.source.title) == (
        "application/pdf",
        len(PDF),
        SOURCE["source_title"],
    )
    assert list(verify()) == []
    store.path_of(root, digest).write_bytes(PDF + b"x")
    assert ["digest" in str(fault) for fault in verify()] == [True]


def test_a_comment_stands_in_its_proposal_and_nowhere_else() -> None:
    key = propose({"commitment": N6C, "text": "We wait for the report of 2026."}, kind="comment")
    assert proposals.accept(key=key, by=NURLAN) == []
    assert all("2026" not in str(entry["body"]) for entry in changes.feed(800, 100))


def test_a_dispute_is_answered_by_a_day_and_decided_once() -> None:
    assessment = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on")
    payload = {
        "assessment": assessment.pk,
        "organization": "CSTO",
        "kind": "dispute",
        "text": {"ru": "Мы не согласны."},
    }
    key = disputes.raise_one(payload=payload, by=ANNA)
    with pytest.raises(Refused, match="correct or retract"):
        disputes.decide(dispute=key, result="corrected", because={"en": "x"}, by=NURLAN)
    with pytest.raises(proposals.NotAllowed):
        disputes.decide(dispute=key, result="maintained", because={"en": "x"}, by=ANNA)
    disputes.decide(dispute=key, result="maintained", because={"en": "The record stands."}, by=NURLAN)
    with pytest.raises(Refused, match="decided already"):
        disputes.decide(dispute=key, result="maintained", because={"en": "x"}, by=OLGA)
    assert list(verify()) == []


@pytest.mark.parametrize(("change", "field"), BROKEN_DISPUTE)
def test_each_rule_of_a_dispute(change: dict[str, Any], field: str) -> None:
    assessment = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on")
    payload = {"assessment": assessment.pk, "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}
    with pytest.raises(Faulty) as error:
        disputes.raise_one(payload=payload | change, by=ANNA)
    assert field in faults(error)


def test_the_new_tables_refuse_what_the_others_refuse() -> None:
    digest = store.keep(Path(settings.ARCHIVE_DIR), PDF)
    proposals.accept(key=propose(report(file=digest, file_name="a.pdf", passage="x")), by=NURLAN)
    assessment = Assessment.objects.get(track="reported").pk
    dispute = disputes.raise_one(
        payload={"assessment": assessment, "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}},
        by=ANNA,
    )
    disputes.decide(dispute=dispute, result="maintained", because={"en": "x"}, by=OLGA)
    payload = {"source": "sco-afg-2009:src-sohu", "because": {"en": "gone"}}
    proposals.accept(key=propose(payload, by=LIU, kind="withdrawal"), by=NURLAN)
    for table in ("file", "evidence", "withdrawal", "dispute", "outcome"):
        for statement in (
            f"UPDATE commitments_{table} SET recorded = recorded",
            f"DELETE FROM commitments_{table}",
        ):
            with (
                connection.cursor() as cursor,
                pytest.raises(IntegrityError, match="append-only"),
                transaction.atomic(),
            ):
                cursor.execute(statement)


def test_a_role_without_an_organization_is_refused() -> None:
    with pytest.raises(Refused, match="speaks for an organization"):
        verbs.grant(person="p-x", role="focal_point", by="p-ada", because="x")
    with pytest.raises(Refused, match="nothing on record"):
        verbs.grant(person="p-x", role="service", organizations=["NOPE"], by="p-ada", because="x")


@pytest.mark.parametrize("nothing", ["\u200b", "\u200c", " \u00a0 ", "\ufeff", "\u2028"])
def test_a_text_that_shows_nothing_is_none(nothing: str) -> None:
    for change, field in (
        ({"because": {"en": nothing}}, "because"),
        ({"source_title": nothing}, "source_title"),
    ):
        with pytest.raises(Faulty) as error:
            propose(report(**change))
        assert field in faults(error)
    with pytest.raises(Refused):
        proposals.send_back(key=propose(), reason=nothing, by=NURLAN)


def test_a_report_of_somebody_who_no_longer_speaks_for_it_is_not_accepted() -> None:
    key = propose()
    verbs.grant(person=ANNA, role="focal_point", organizations=["KAZ"], by="p-ada", because="moved")
    with pytest.raises(Refused, match="no longer speaks"):
        proposals.accept(key=key, by=NURLAN)
    verbs.grant(person=ANNA, role="focal_point", active=False, by="p-ada", because="left")
    with pytest.raises(Refused, match="no role any more"):
        proposals.accept(key=key, by=NURLAN)


def test_the_same_dispute_twice_is_one() -> None:
    assessment = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on")
    payload = {"assessment": assessment.pk, "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}
    disputes.raise_one(payload=payload, by=ANNA)
    with pytest.raises(Refused, match="on record already"):
        disputes.raise_one(payload=payload, by=ANNA)


def test_a_correction_stays_on_its_track_and_as_precise_as_it_was() -> None:
    agreed = proposals.accept(key=propose(), by=NURLAN, agreed=True)[0][1]
    with pytest.raises(Faulty) as error:
        propose(report(organization=None, replaces=agreed, because={"en": "Better."}), by=LIU)
    assert faults(error) == {"organization"}
    key = propose(report(organization="CSTO", replaces=agreed, because={"en": "Better."}), by=LIU)
    assert Assessment.objects.get(pk=proposals.accept(key=key, by=NURLAN)[0][1]).track == "agreed"
    yearly = Assessment.objects.filter(precision="year", replaced_by=None, basis__isnull=False).first()
    assert yearly
    state = dict.fromkeys(SOURCE, "") | {
        "commitment": yearly.commitment_id, "value": yearly.value, "effective_on": yearly.effective_on.isoformat(),
        "because": {"en": "Clearer."}, "confidence": "low", "basis": [b.happening_id or b.indicator_id for b in yearly.basis.all()],
        "replaces": yearly.pk,
    }  # fmt: skip
    corrected = proposals.accept(key=propose(state, by=LIU), by=NURLAN)[0][1]
    assert Assessment.objects.get(pk=corrected).precision == "year"


def test_two_corrections_of_one_judgement_are_not_accepted_together() -> None:
    mine = proposals.accept(key=propose(), by=NURLAN)[0][1]
    keys = [propose(report(replaces=mine, because={"en": words})) for words in ("One.", "Two.")]
    with pytest.raises(Refused, match="replaced already"):
        proposals.accept_all(keys=keys, by=NURLAN)
    assert Proposal.objects.filter(state="accepted").count() == 1 and list(verify()) == []


def test_what_was_returned_stays_of_its_kind_and_in_its_round() -> None:
    key = propose(round="r-1")
    proposals.send_back(key=key, reason="x", by=NURLAN)
    with pytest.raises(Refused, match="another kind"):
        propose({"commitment": N6C, "text": "x"}, kind="comment", key=key)
    propose(key=key)
    assert Proposal.objects.get(pk=key).round == "r-1"


def test_who_lost_the_role_has_nothing_accepted() -> None:
    key = propose(holds("action"), kind="action")
    verbs.grant(person=ANNA, role="focal_point", active=False, by="p-ada", because="left")
    with pytest.raises(Refused, match="no role any more"):
        proposals.accept(key=key, by=NURLAN)
    waiting = propose(report(), by=LIU)
    verbs.grant(person=LIU, role="focal_point", organizations=["CSTO"], by="p-ada", because="moved")
    with pytest.raises(Refused, match="somebody else now"):
        proposals.accept(key=waiting, by=NURLAN)


@pytest.mark.parametrize(
    ("value", "kept"),
    [("-0", "0"), ("1e3", "1000"), ("0.100000", "0.1"), ("1234567890123456", None), ("0.0000001", None)],
)
def test_numbers_are_the_same_on_both_engines(value: str, kept: str | None) -> None:
    payload = {"indicator": "sco-afg-2009:i-opium-ha", "date": "2025", "value": value, **SOURCE}
    if kept is None:
        with pytest.raises(Faulty):
            propose(payload, by=LIU, kind="measurement")
    else:
        assert Proposal.objects.get(pk=propose(payload, by=LIU, kind="measurement")).payload["value"] == kept


def test_what_was_submitted_anew_since_it_was_read_is_not_accepted() -> None:
    key = propose(report(value="partially_fulfilled"))
    read = changes.head()["number"]
    proposals.send_back(key=key, reason="more", by=OLGA)
    propose(report(value="fulfilled"), key=key)
    for act in (proposals.accept, lambda **kw: proposals.send_back(reason="x", **kw)):
        with pytest.raises(Conflict):
            act(key=key, by=NURLAN, seen=read)
    assert not Assessment.objects.filter(track="reported").exists()
    proposals.accept(key=key, by=NURLAN, seen=changes.head()["number"])


def test_who_wrote_a_part_is_an_author_and_who_submits_last_answers_for_it() -> None:
    key = propose(writers=[NURLAN])
    with pytest.raises(proposals.NotAllowed, match="nobody decides"):
        proposals.accept(key=key, by=NURLAN)
    assert Proposal.objects.get(pk=key).authors == [NURLAN, ANNA]
    proposals.send_back(key=key, reason="x", by=OLGA)
    propose(key=key, by=NURLAN)
    assert Proposal.objects.get(pk=key).authors == [ANNA, NURLAN]


def withdraw_the_only_source() -> Happening:
    """A fact that rested on one source, which is taken back."""
    facts = Happening.objects.filter(
        verified=True, category="action", commitments__commitment=N6C, on__gte="2009-04-01"
    )
    fact = next(f for f in facts.order_by("-on") if f.sources.count() == 1)
    payload = {"source": fact.sources.get().source_id, "because": {"en": "forged"}}
    proposals.accept(key=propose(payload, by=LIU, kind="withdrawal"), by=NURLAN)
    return fact


def test_a_fact_without_a_source_left_carries_nothing() -> None:
    bare = dict.fromkeys(SOURCE, "")
    before = commitments.newest_evidence(on("2026-11-01"))[N6C]["happening"]
    head = changes.head()["number"]
    fact = withdraw_the_only_source()
    with pytest.raises(Faulty, match="no source left"):
        propose(report(basis=[fact.pk], effective_on="2026-01-01", **bare), by=LIU)
    assert before == fact.pk != commitments.newest_evidence(on("2026-11-01"))[N6C]["happening"]
    assert commitments.newest_evidence(on("2026-11-01", head))[N6C]["happening"] == fact.pk


def test_an_action_is_not_moved_behind_a_judgement_that_rests_on_it() -> None:
    rests = Happening.objects.filter(category="action", bases__isnull=False, sources__isnull=False)
    fact = rests.order_by("on").first()
    assert fact
    payload = {
        "action": fact.pk, "because": "later", "kind": fact.kind, "date": "2026-11-01", "title": fact.title, "description": fact.description,
        "organizations": ["CSTO"], "commitments": list(fact.commitments.values_list("commitment_id", flat=True)),
        "sources": list(fact.sources.values_list("source_id", flat=True)),
    }  # fmt: skip
    with pytest.raises(Faulty) as error:
        propose(payload, by=LIU, kind="action_change")
    assert faults(error) == {"date"}
    key = propose(payload | {"date": fact.date, "title": {"en": "Clearer"}}, by=LIU, kind="action_change")
    proposals.accept(key=key, by=NURLAN)
    assert Happening.objects.get(pk=fact.pk).on == fact.on


def test_a_correction_for_one_party_stays_for_that_party() -> None:
    one = verbs.assess(
        commitment=N6C,
        value="unknown",
        effective_on=date(2026, 1, 31),
        because={"en": "x"},
        confidence="low",
        by=LIU,
        party="KAZ",
    )
    state = dict.fromkeys(SOURCE, "") | {"value": "unknown", "effective_on": "2026-01-31", "replaces": one}
    key = propose(report(organization=None, **state), by=LIU)
    assert Assessment.objects.get(pk=proposals.accept(key=key, by=NURLAN)[0][1]).party_id == "KAZ"


def test_a_dispute_is_not_maintained_of_what_stands_no_more() -> None:
    mine = proposals.accept(key=propose(report(organization=None), by=LIU), by=NURLAN)[0][1]
    payload = {"assessment": mine, "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}
    key = disputes.raise_one(payload=payload, by=ANNA)
    proposals.accept(
        key=propose({"assessment": mine, "because": {"en": "x"}}, by=LIU, kind="retraction"), by=NURLAN
    )
    with pytest.raises(Refused, match="stands no more"):
        disputes.decide(dispute=key, result="maintained", because={"en": "x"}, by=OLGA)
    disputes.decide(dispute=key, result="corrected", because={"en": "It was retracted."}, by=OLGA)
    with pytest.raises(Faulty) as error:
        disputes.raise_one(payload=payload | {"text": {"en": "Still no."}}, by=ANNA)
    assert faults(error) == {"assessment"}
    disputes.raise_one(payload=payload | {"kind": "reply", "text": {"en": "Thank you."}}, by=ANNA)
