import json
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from commitments.ledger import canonical, triggers, verbs
from commitments.ledger.record import Conflict, batch
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.verify import verify
from commitments.models.assessment import Assessment, Retraction
from commitments.models.dispute import Dispute, Outcome
from commitments.models.entry import Body, Entry, Head
from commitments.models.evidence import Evidence, File, Withdrawal
from commitments.models.report import IssuedReport
from commitments.models.search import SearchText
from commitments.readings import changes, commitments
from commitments.readings.parameters import Refused
from tests.story import LIU, N2D, N6C, judge, on

pytestmark = pytest.mark.django_db


def status(key: str, day: str = "2026-06-30", at: int | None = None) -> str:
    found = commitments.one(key, on(day, at))
    assert found
    return str(found["status"]["value"])


def test_one_load_is_one_batch_in_order_and_chained() -> None:
    headers = list(Entry.objects.order_by("number").values(*canonical.HEADER_FIELDS, "hash"))
    assert [h["number"] for h in headers] == list(range(1, len(headers) + 1))
    assert {h["batch"] for h in headers} == {len(headers)}
    assert headers[0]["previous_hash"] == "0" * 64
    assert all(canonical.header_hash(h) == h["hash"] for h in headers)
    assert all(b["previous_hash"] == a["hash"] for a, b in pairwise(headers))


def test_verify_finds_nothing_wrong() -> None:
    assert list(verify()) == []


def test_a_judgement_moves_the_status_and_its_retraction_gives_it_back() -> None:
    before = status(N6C)
    key = judge(value="stalled", day="2026-01-31")
    assert status(N6C) == "stalled"
    assert status(N6C, "2026-01-30") == before
    verbs.retract(assessment=key, because={"en": "wrong year"}, by=LIU)
    assert status(N6C) == before
    assert list(verify()) == []


def test_a_correction_replaces_and_both_stay() -> None:
    key = judge(value="stalled")
    corrected = judge(value="ongoing", replaces=key)
    assert status(N6C) == "ongoing"
    rows = {a["key"]: a for a in commitments.one(N6C, on("2026-06-30"))["assessments"]}  # type: ignore[index]
    assert rows[key]["replaced_by"] == corrected
    assert rows[corrected]["replaces"] == key


def test_twice_is_refused() -> None:
    key = judge()
    verbs.retract(assessment=key, because={"en": "no"}, by=LIU)
    with pytest.raises(verbs.Refused, match="retracted already"):
        verbs.retract(assessment=key, because={"en": "no"}, by=LIU)
    with pytest.raises(verbs.Refused, match="retracted already"):
        judge(replaces=key)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"day": "2009-03-26"}, "effective_on"),
        ({"value": "done"}, "value"),
        ({"replaces": "nothing"}, "assessment"),
    ],
)
def test_a_rule_that_is_broken_names_the_field_and_writes_nothing(change: dict[str, str], field: str) -> None:
    head = changes.head()
    with pytest.raises(verbs.Refused) as refused:
        judge(**change)
    assert refused.value.field == field
    assert changes.head() == head


def test_every_entry_says_why() -> None:
    with pytest.raises(ValueError, match="because"), batch(by=LIU, because=" "):
        pass


def test_a_rollback_leaves_no_hole() -> None:
    head = changes.head()["number"]
    with pytest.raises(RuntimeError), transaction.atomic():
        judge()
        raise RuntimeError
    judge()
    assert changes.head()["number"] == head + 1
    assert list(verify()) == []


def test_the_second_of_two_writers_gets_a_conflict_and_nothing_is_written() -> None:
    state = SUBJECTS["organization"].states(["KAZ"])["KAZ"]
    seen = Entry.objects.filter(subject="KAZ").latest("number").number
    verbs.amend(
        subject_type="organization",
        subject="KAZ",
        state=state | {"valid_from": "1991"},
        by=LIU,
        because="a",
        expected=seen,
    )
    head = changes.head()
    with pytest.raises(Conflict) as conflict:
        verbs.amend(
            subject_type="organization", subject="KAZ", state=state, by=LIU, because="b", expected=seen
        )
    assert conflict.value.subjects == ["KAZ"]
    assert changes.head() == head


@pytest.mark.parametrize("table", triggers.PROTECTED[:7])  # the others: tests/ledger/test_proposals.py
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_is_recorded(table: str, verb: str) -> None:
    if table == "commitments_retraction":
        verbs.retract(assessment=judge(), because={"en": "no"}, by=LIU)
    if table == "commitments_issuedreport":
        _issue()
    if table == "commitments_assessmentsource":
        judge(sources=["sco-afg-2009:src-sohu"])
    with connection.cursor() as cursor:
        column = {"commitments_body": "salt", "commitments_entry": "actor"}.get(
            table, "id" if table.endswith(("basis", "source")) else "recorded"
        )
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(verb.format(table, column, column))


def _issue() -> None:
    state = {
        "schedule": "sco-afg-2009:yearly", "declaration": "sco-afg-2009", "period_start": "2009-01-01", "period_end": "2009-12-31",
        "language": "en", "edition": 1, "scope": {}, "replaces": None, "ledger_number": 1, "reading_sha256": "0" * 64, "renderer": {}, "files": [],
    }  # fmt: skip
    with batch(by=LIU, because="test") as work:
        work.record("issue", "report", "r", state)


def test_the_orm_is_refused_too() -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Assessment.objects.filter(commitment=N6C).update(value="fulfilled")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Entry.objects.filter(number=1).delete()


@pytest.mark.parametrize(
    "model", [Entry, Assessment, Retraction, Evidence, Withdrawal, Dispute, Outcome, IssuedReport, File]
)
def test_a_deletion_is_refused_in_the_same_words_by_model_and_by_query(model: Any) -> None:
    row = model() if not model.objects.exists() else model.objects.first()
    for delete in (row.delete, model.objects.all().delete, model.objects.none().delete):
        with pytest.raises(IntegrityError, match="append-only"):
            delete()


def test_a_table_is_not_emptied() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has TRUNCATE")
    for table in triggers.PROTECTED:
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"TRUNCATE {table} CASCADE")


def test_verify_recomputes_the_index_of_words() -> None:
    row = SearchText.objects.filter(subject=N6C).first()
    assert row
    SearchText.objects.filter(pk=row.pk).update(folded=row.folded + "x")
    (fault,) = [str(f) for f in verify()]
    number = Entry.objects.filter(subject=N6C, subject_type="commitment").latest("number").number
    assert fault == f"replay: entry {number}: commitment {N6C}: the index of words differs"
    SearchText.objects.filter(pk=row.pk).update(subject="nobody")
    assert any("not in the tables" in str(f) for f in verify())


def test_neither_replacing_nor_an_edition_goes_around_the_triggers() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                cursor.execute(
                    "INSERT OR REPLACE INTO commitments_entry SELECT * FROM commitments_entry WHERE number = 5"
                )
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("UPDATE commitments_edition SET text = 'x' WHERE language = 'zh'")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"valid_from": "1990s"}, "valid_from"), ({"name": "abc"}, "name"), ({"name": {"fr": "x"}}, "name"), ({"name": {"en": 5}}, "name"),
        ({"aliases": []}, "aliases"), ({"aliases": {"zh": [1]}}, "aliases"), ({"note": {"en": "a\u202eb"}}, "note"), ({"kind": "x" * 41}, "kind"), ({"odd": 1}, "odd"),
    ],
)  # fmt: skip
def test_a_state_that_could_not_be_read_again_is_refused(change: dict[str, object], field: str) -> None:
    state = SUBJECTS["organization"].states(["KAZ"])["KAZ"]
    with pytest.raises(verbs.Refused) as refused:
        verbs.amend(subject_type="organization", subject="KAZ", state=state | change, by=LIU, because="x")
    assert refused.value.field == field


@pytest.mark.parametrize(
    "change", [{"confidence": "huge"}, {"track": "bogus"}, {"precision": "eon"}, {"day": "2999-01-01"}]
)
def test_a_judgement_keeps_to_its_words(change: dict[str, str]) -> None:
    with pytest.raises(verbs.Refused):
        judge(**change)


@pytest.mark.parametrize(
    ("happening", "reason"),
    [("sco-afg-2009:m-taliban", "after 2014"), ("none", "nothing on record")],
)
def test_a_basis_is_on_record_and_not_later(happening: str, reason: str) -> None:
    with pytest.raises(verbs.Refused, match=reason):
        verbs.assess(
            commitment=N6C,
            value="stalled",
            effective_on=date(2014, 1, 1),
            because={"en": "x"},
            confidence="low",
            by=LIU,
            basis=[happening],
        )


def _without_triggers(statement: str) -> None:
    with connection.cursor() as cursor:
        for name in triggers.missing() or [
            f"{t}_no_{v}" for t in triggers.TABLES for v in ("update", "delete")
        ]:
            on_table = f" ON {name.rsplit('_no_', 1)[0]}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
        cursor.execute(statement)
    triggers.reinstall()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE commitments_entry SET actor = 'p-else' WHERE number = 700", "chain: entry 700"),
        (
            "UPDATE commitments_body SET text = replace(text, 'ongoing', 'stalled') WHERE entry_id = 700",
            "body: entry 700",
        ),
        ("UPDATE commitments_entry SET number = 100000 WHERE number = 801", "801"),
        (
            "UPDATE commitments_assessment SET value = 'fulfilled' WHERE key = 'sco-afg-2009:N6.c@2025-09-26.1'",
            "replay",
        ),
        (
            "UPDATE commitments_edition SET text = replace(text, '支持', '反对') WHERE language = 'zh'",
            "digest",
        ),
        (
            "UPDATE commitments_quotation SET start = start + 1 WHERE commitment_id = 'sco-afg-2009:N6.c' AND role = 'clause'",
            "anchor",
        ),
        ("DELETE FROM commitments_connective", "coverage"),
        ("UPDATE commitments_head SET number = number + 1", "head"),
    ],
)
def test_verify_names_what_was_tampered_with(statement: str, fault: str) -> None:
    if "number = 801" in statement and Head.objects.get(pk=1).number != 801:
        statement = statement.replace("801", str(Head.objects.get(pk=1).number))
    _without_triggers(statement)
    found = [str(f) for f in verify()]
    assert any(fault in line for line in found), found[:3]


def test_verify_misses_a_trigger_that_is_gone() -> None:
    on_table = " ON commitments_entry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER commitments_entry_no_delete{on_table}")
    assert [str(f) for f in verify()] == ["trigger: commitments_entry_no_delete is missing"]
    assert [error.id for error in triggers.check_present(["default"])] == ["commitments.E001"]
    triggers.reinstall()
    assert not triggers.check_present(["default"])


def test_at_hides_what_was_recorded_later() -> None:
    head = changes.head()["number"]
    before = status(N6C)
    judge(value="stalled")
    assert status(N6C) == "stalled"
    assert status(N6C, at=head) == before


def test_at_forgets_a_retraction_that_came_later() -> None:
    latest = commitments.one(N2D, on("2026-06-30"))["status"]["assessment"]  # type: ignore[index]
    head = changes.head()["number"]
    verbs.retract(assessment=latest, because={"en": "not so"}, by=LIU)
    assert status(N2D) == "largely_fulfilled"
    assert status(N2D, at=head) == "fulfilled"


def test_restricted_bodies_are_digests_in_the_feed_and_the_chain_still_verifies() -> None:
    verbs.grant(person="p-1", role="analyst", by=LIU, because="joins the team")
    entry = changes.feed(changes.head()["number"] - 1, 1)[0]
    assert (entry["audience"], entry["salt"], entry["body"]) == ("restricted", None, None)
    assert canonical.header_hash(entry) == entry["hash"]


def test_the_public_body_has_the_digest_of_its_header() -> None:
    for entry in changes.feed(0, 500):
        assert (
            canonical.body_sha256(entry["salt"], canonical.canonical(entry["body"])) == entry["body_sha256"]
        )


@pytest.mark.parametrize("value", [1.5, 2**53 + 1, {"ключ": 1}, {1: 2}, date(2009, 3, 27), b"x"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.canonical(value)


def test_canonical_json_keeps_its_words() -> None:
    assert (
        canonical.canonical({"b": "“禁毒”\n", "a": [1, True, None]}) == '{"a":[1,true,null],"b":"“禁毒”\\n"}'
    )
    with pytest.raises(UnicodeEncodeError):
        canonical.canonical("\ud800")


def test_a_long_list_has_the_same_words_as_a_short_one() -> None:
    rows = [{"b": n, "a": "毒品", "c": [], "d": {}, "e": [None, {"x": []}]} for n in range(2500)]
    for value in (
        rows,
        {"z": rows, "a": {"m": tuple(rows), "n": {}, "o": []}, "k": rows[:3]},
        {},
        [],
        "x",
        None,
    ):
        whole = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert canonical.canonical(value) == whole


def test_states_and_tables_are_inverse() -> None:
    for name, subject in SUBJECTS.items():
        states = subject.states()
        texts = {
            e.subject: json.loads(Body.objects.get(pk=e.number).text)["state"]
            for e in Entry.objects.filter(subject_type=name)[:20]
        }
        for key, state in texts.items():
            assert states[key] == state, (name, key)


def test_a_ledger_number_beyond_the_head_is_refused() -> None:
    with pytest.raises(Refused, match="beyond"):
        on("2026-01-01", changes.head()["number"] + 1)
