"""Words that must go are replaced; the chain, the figures and every other field stay."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from commitments.ledger import bodies, proposals, verbs
from commitments.ledger.redact import redact
from commitments.ledger.verify import chain, verify
from commitments.ledger.wellformed import Refused
from commitments.models.assessment import Assessment
from commitments.models.entry import Body, Entry
from commitments.models.organization import Organization
from commitments.models.proposal import Proposal
from commitments.readings import changes
from tests.story import LIU, N6C, NURLAN, administrator, cast, judge, propose

pytestmark = pytest.mark.django_db


def entry_of(subject: str) -> int:
    return Entry.objects.filter(subject=subject).latest("number").number


def replaced(entry: int, subject_type: str, **change: Any) -> dict[str, Any]:
    state = bodies.states(subject_type, [entry])[entry]
    assert state
    return state | change


def test_the_words_of_a_judgement_go_and_its_value_stays() -> None:
    key = judge()
    number = entry_of(key)
    done = redact(
        entry=number,
        replacement=replaced(number, "assessment", because={"en": "[a name]"}),
        because="a name",
        by=LIU,
    )
    row = Assessment.objects.get(pk=key)
    assert (row.because, row.value, row.basis.count()) == ({"en": "[a name]"}, "stalled", 1)
    assert not Body.objects.filter(pk=number).exists()
    entry, redaction = changes.feed(number - 1, 1)[0], changes.feed(done - 1, 1)[0]
    assert (entry["salt"], entry["body"]) == (None, None)
    assert redaction["body"]["state"]["because"] == {"en": "[a name]"}
    assert list(verify()) == []


def test_after_a_redaction_only_words_can_be_rewritten_and_nothing_else_of_the_row() -> None:
    key = judge()
    number = entry_of(key)
    words = replaced(number, "assessment", because={"en": "[a name]"})
    redact(entry=number, replacement=words, because="a name", by=LIU)
    for column, value in (
        ("value", "fulfilled"),
        ("track", "agreed"),
        ("effective_on", "2020-01-01"),
        ("by", "p-x"),
        ("replaces_id", None),
        ("recorded", 1),
    ):
        value = f"{N6C}@2025-09-26.1" if column == "replaces_id" else value
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE commitments_assessment SET {column} = %s WHERE key = %s", [value, key])


def test_only_words_are_redacted_and_once() -> None:
    number = entry_of(judge())
    for change in (
        {"value": "fulfilled"},
        {"effective_on": "2026-01-30"},
        {"by": "p-x"},
        {"sources": ["sco-afg-2009:src-sohu"]},
        {},
    ):
        with pytest.raises(Refused):
            redact(entry=number, replacement=replaced(number, "assessment", **change), because="x", by=LIU)
    new = replaced(number, "assessment", because={"en": "x"})
    done = redact(entry=number, replacement=new, because="x", by=LIU)
    for entry in (done, 10**9):
        with pytest.raises(Refused):
            redact(entry=entry, replacement=new, because="x", by=LIU)
    edition = Entry.objects.filter(subject_type="edition").first()
    assert edition
    with pytest.raises(Refused, match="only words"):
        redact(
            entry=edition.number,
            replacement=replaced(edition.number, "edition", text="x"),
            because="x",
            by=LIU,
        )


def test_an_earlier_entry_is_redacted_and_the_row_stays_as_it_is() -> None:
    cast()
    key = propose()
    first = entry_of(key)
    proposals.send_back(key=key, reason="Ask Mr X.", by=NURLAN)
    payload = replaced(first, "proposal")["payload"] | {"because": {"en": "[redacted]"}}
    redact(entry=first, replacement=replaced(first, "proposal", payload=payload), because="x", by=LIU)
    assert Proposal.objects.get(pk=key).payload["because"] != {"en": "[redacted]"}
    assert Entry.objects.latest("number").audience == "restricted"
    assert list(verify()) == []


def test_without_a_redaction_the_triggers_still_refuse_and_a_lost_body_is_found() -> None:
    a, b = judge(), judge(day="2026-01-30")
    number = entry_of(a)
    redact(entry=number, replacement=replaced(number, "assessment", because={"en": "x"}), because="x", by=LIU)
    with connection.cursor() as cursor:
        for statement in (
            "UPDATE commitments_assessment SET value = 'x' WHERE key = %s",
            "DELETE FROM commitments_assessment WHERE key = %s",
        ):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                cursor.execute(statement, [b])
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("DELETE FROM commitments_body WHERE entry_id = %s", [entry_of(b)])


def test_the_record_before_a_redaction_is_not_rebuilt(tmp_path: Path) -> None:
    number = entry_of(judge())
    done = redact(
        entry=number, replacement=replaced(number, "assessment", because={"en": "x"}), because="x", by=LIU
    )
    with pytest.raises(CommandError, match=f"at {done} or later"):
        call_command("rebuild", tmp_path / "a.sqlite3", at=number)


def run(entry: int, *fields: str, **change: str) -> None:
    words = {"words": "[redacted]", "because": "a name", "by": "ada"} | change
    call_command("redact", entry, *(f"--field={field}" for field in fields), **words)


def test_the_command_names_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    administrator()
    key = verbs.assess(
        commitment=N6C, value="unknown", effective_on=date(2026, 1, 31), because={"en": "Mr Unique", "zh": "某先生", "ru": "г-н Х"},
        confidence="low", by=LIU,
    )  # fmt: skip
    number = entry_of(key)
    judge(day="2026-01-30", because={"en": "Mr Unique"})
    run(number, "because.en", "because.zh")
    assert "the same words also stand in entries" in capsys.readouterr().out
    assert Assessment.objects.get(pk=key).because == {"en": "[redacted]", "zh": "[redacted]", "ru": "г-н Х"}
    run(number, "because.ru")  # again: then the words of the first redaction go too
    assert Assessment.objects.get(pk=key).because == {
        "en": "[redacted]",
        "zh": "[redacted]",
        "ru": "[redacted]",
    }
    assert "г-н Х" not in json.dumps(changes.feed(number - 1, 100), ensure_ascii=False)
    assert list(verify()) == []
    other = entry_of(judge(day="2026-01-29"))
    for fields, change in (
        (["because.xx"], {}), (["because.en"], {"by": "nobody"}), (["value"], {}), (["because.en"], {"because": " "}),
        (["because.en"], {"because": "\u202e"}), (["because.en"], {"words": " "}),
    ):  # fmt: skip
        with pytest.raises(CommandError):
            run(other, *fields, **change)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    cast()
    proposals.accept(key=propose(), by=NURLAN)
    number = entry_of(judge())
    redact(entry=number, replacement=replaced(number, "assessment", because={"en": "x"}), because="x", by=LIU)
    call_command("export_ledger", tmp_path / "ledger.ndjson")
    return tmp_path / "ledger.ndjson"


def outsider(*arguments: object) -> tuple[int, str]:
    """A partner with the script and Python, and nothing of ours."""
    script = Path(settings.BASE_DIR) / "static" / "verify.py"
    done = subprocess.run(
        [sys.executable, "-I", str(script), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_an_outsider_proves_the_chain_and_finds_each_change(exported: Path, tmp_path: Path) -> None:
    code, said = outsider(exported)
    head = changes.head()
    assert code == 0 and f"{head['number']} entries" in said and head["hash"] in said
    lines = exported.read_text().splitlines()
    known = json.loads(lines[99])["hash"]
    assert outsider(exported, 100, known)[0] == 0
    assert "is not the one that you knew" in outsider(exported, 100, "0" * 64)[1]

    def changed(index: int, **change: Any) -> str:
        entry = json.loads(lines[index]) | change
        return json.dumps(entry, ensure_ascii=False)

    body = json.loads(lines[6])["body"]
    cases = {
        "entry 5: its hash": [*lines[:4], changed(4, actor="p-x"), *lines[5:]],
        "entry 7: its body": [*lines[:6], changed(6, body=body | {"because": "another"}), *lines[7:]],
        "entry 6: is missing": [*lines[:5], *lines[6:]],
        "entry 9: is gone": [*lines[:8], changed(8, body=None, salt=None), *lines[9:]],
        "entry 4: does not continue": [*lines[:3], changed(3, previous_hash="1" * 64), *lines[4:]],
    }
    for expected, broken in cases.items():
        path = tmp_path / "broken.ndjson"
        path.write_text("\n".join(broken) + "\n")
        code, said = outsider(path)
        assert code == 1 and expected in said, said


def test_the_script_is_short_and_needs_nothing() -> None:
    text = (Path(settings.BASE_DIR) / "static" / "verify.py").read_text()
    assert len(text.splitlines()) < 60
    assert [line for line in text.splitlines() if line.startswith(("import", "from"))] == [
        "import hashlib",
        "import json",
        "import sys",
        "from pathlib import Path",
    ]


def test_restricted_bodies_are_digests_in_the_feed() -> None:
    cast()
    propose()
    restricted = [e for e in changes.feed(0, 10_000) if e["audience"] == "restricted"]
    assert {e["subject_type"] for e in restricted} == {"grant", "proposal"}
    assert all(e["body"] is None and e["salt"] is None and len(e["body_sha256"]) == 64 for e in restricted)
    assert list(chain()) == []


def test_a_body_of_the_first_format_is_read_with_what_its_time_implied() -> None:
    old = json.dumps({"because": "x", "format": 1, "state": {"value": "ongoing"}})
    assert bodies.state_of("assessment", old) == {
        "value": "ongoing", "organization": None, "reviewed_by": "", "searched": "", "searched_on": "",
    }  # fmt: skip
    assert bodies.state_of("grant", json.dumps({"format": 1, "state": {"role": "analyst"}})) == {
        "role": "analyst",
        "organizations": [],
    }
    assert bodies.state_of("assessment", json.dumps({"format": 1, "state": None})) is None
    new = {"format": 2, "state": {"role": "analyst"}}
    assert bodies.state_of("grant", json.dumps(new)) == {"role": "analyst"}


def test_the_reason_of_an_entry_goes_and_its_state_stays() -> None:
    administrator()
    verbs.amend(
        subject_type="organization", subject="KAZ", by=LIU, because="call Mr Unique",
        state=bodies.states("organization", [entry_of("KAZ")])[entry_of("KAZ")] | {"valid_from": "1991"},  # type: ignore[operator]
    )  # fmt: skip
    number = entry_of("KAZ")
    with pytest.raises(CommandError, match="which words"):
        run(number)
    call_command("redact", number, reason=True, because="a name", by="ada")
    assert "Mr Unique" not in json.dumps(changes.feed(0, 2000))
    assert Organization.objects.get(pk="KAZ").valid_from == "1991" and list(verify()) == []


def test_the_history_of_a_source_shows_what_replaced_the_words() -> None:
    key = "sco-afg-2009:src-sohu"
    state = bodies.states("source", [entry_of(key)])[entry_of(key)]
    assert state
    verbs.amend(subject_type="source", subject=key, state=state | {"title": "Mr Unique"}, by=LIU, because="x")
    number = entry_of(key)
    redact(entry=number, replacement=state | {"title": "[redacted]"}, because="a name", by=LIU)
    changed = changes.versions("source", key, 10**9)[-1]["changed"]
    assert [c["after"] for c in changed] == ["[redacted]"]
