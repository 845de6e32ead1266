"""What was known at an entry: every reading gives the same answer then, whatever is recorded later."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from commitments.ledger import disputes, proposals, verbs
from commitments.models.assessment import Assessment, AssessmentBasis
from commitments.readings import changes
from tests.broken import holds
from tests.conftest import CODE
from tests.story import ANNA, LIU, N2D, N6C, NURLAN, OLGA, SOURCE, cast, judge, propose
from tests.web.test_pages import PAGES, with_query

pytestmark = pytest.mark.django_db
INDICATOR = f"{CODE}:i-opium-ha"
API = [
    f"/api/v1/{name}/" for name in (
        "declarations", "editions", "sections", "paragraphs", "commitments", f"commitments/{N6C}", f"commitments/{N2D}", "organizations",
        "organizations/CSTO", "instruments", "actions", "indicators", f"indicators/{INDICATOR}", "sources", f"sources/{CODE}:src-sohu",
        "assessments", "summary", "scales",
    )
] + ["/api/v1/search/?q=channel", "/api/v1/commitments/?page_size=200", "/api/v1/assessments/?page_size=200"]  # fmt: skip
# Working state, and the ledger itself: these speak of now.
NOT_THEN = ("/reports/", "/changes/", "/accounts/")
READINGS = [a for a in PAGES if not a.startswith(NOT_THEN)] + API


@pytest.fixture(autouse=True)
def people(db: None, settings: Any, tmp_path: Path) -> None:
    settings.ARCHIVE_DIR = tmp_path
    cast()


def _headline(commitment: str = N6C) -> str:
    standing = Assessment.objects.filter(
        commitment=commitment, track="analyst", replaced_by=None, retraction=None
    )
    return str(standing.latest("effective_on").pk)


def _source() -> str:
    used = AssessmentBasis.objects.filter(assessment__commitment=N6C, happening__isnull=False).latest("pk")
    return str(used.happening.sources.first().source_id)  # type: ignore[union-attr]


def _accepted(payload: dict[str, Any] | None = None, kind: str = "assessment", by: str = LIU) -> None:
    proposals.accept(key=propose(payload, by=by, kind=kind), by=NURLAN)


def _dispute() -> None:
    payload = {"assessment": _headline(), "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}
    key = disputes.raise_one(payload=payload, by=ANNA)
    disputes.decide(dispute=key, result="maintained", because={"en": "It stands."}, by=OLGA)


PASSAGE = {"supports": "assessment", "sources": [f"{CODE}:src-sohu"], "passage": "原文"}
WRITES: dict[str, Callable[[], object]] = {
    "a judgement": lambda: judge(),
    "a report with a new source": lambda: _accepted(by=ANNA),
    "a retraction": lambda: verbs.retract(assessment=_headline(N2D), because={"en": "no"}, by=LIU),
    "a correction": lambda: judge(value="fulfilled", day="2026-01-31", replaces=_headline()),
    "an action": lambda: _accepted(holds("action"), "action"),
    "a value": lambda: _accepted({"indicator": INDICATOR, "date": "2026", "value": "1", **SOURCE}, "measurement"),
    "a passage": lambda: _accepted({**PASSAGE, "target": _headline()}, "evidence"),
    "a withdrawal": lambda: _accepted({"source": _source(), "because": {"en": "Forged."}}, "withdrawal"),
    "a dispute and its outcome": _dispute,
}  # fmt: skip


def _then(number: int) -> dict[str, str]:
    """Every reading at an entry, without what says where the ledger stands now."""
    client, found = Client(), {}
    for address in READINGS:
        reply = client.get(with_query(address, f"at={number}"))
        assert reply.status_code == 200 and reply.headers["Ledger-Number"] == str(number), address
        found[address] = re.sub(
            r'<details class="known">.*?</details>', "", reply.content.decode(), flags=re.DOTALL
        )
    return found


@pytest.mark.engineless
def test_nothing_that_is_recorded_later_changes_what_was_known_then() -> None:
    judge(commitment=N2D, value="fulfilled", day="2026-01-15")
    number = changes.head()["number"]
    judge(commitment="sco-afg-2009:T2.a")  # so that the entry lies in the past from the beginning
    before = _then(number)
    for name, write in WRITES.items():
        write()
        after = _then(number)
        for address in READINGS:
            assert after[address] == before[address], f"{name} moved {address}"
    now = Client().get(f"/api/v1/commitments/{N6C}/").json()
    assert now["reported"] and now["status"]["value"] == "fulfilled"  # they did happen


def test_the_citation_names_the_moment_that_is_shown() -> None:
    number = changes.head()["number"]
    judge()
    page = Client().get(f"/commitments/{N6C}/?at={number}&as_of=2026-02-01").content.decode()
    cite = page.split('id="cite"')[1].split("</section>")[0]
    assert f"at={number}" in cite and changes.hash_of(number) in cite
    assert changes.hash_of(changes.head()["number"]) not in cite
    assert date.today().isoformat() not in cite


@pytest.mark.parametrize(
    "address",
    ["/", "/commitments/", "/reports/", "/changes/", "/method/", f"/commitments/{N6C}/", "/sources/"],
)
def test_every_page_has_the_control_of_what_was_known(address: str) -> None:
    number = changes.head()["number"] - 1
    page = Client().get(f"{address}?at={number}&lang=en").content.decode()
    assert 'action="/known/"' in page and "As known at ledger entry" in page


def test_an_open_dispute_marks_the_status_wherever_it_is_listed() -> None:
    payload = {"assessment": _headline(), "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}
    disputes.raise_one(payload=payload, by=ANNA)
    for address in (
        "/commitments/",
        "/assessments/",
        "/organizations/CSTO/",
        f"/commitments/{N6C}/",
        f"/sources/{_source()}/",
    ):
        assert "disputed" in Client().get(f"{address}?lang=en").content.decode(), address
    rows = Client().get(f"/api/v1/assessments/?commitment={N6C}").json()["results"]
    assert [r["key"] for r in rows if r["disputed"]] == [_headline()]
    assert Client().get("/api/v1/summary/").json()["disputed"] == 1


def test_withdrawn_evidence_marks_what_rests_on_it_in_lists_too() -> None:
    _accepted({"source": _source(), "because": {"en": "Forged."}}, "withdrawal")
    rows = Client().get(f"/api/v1/assessments/?commitment={N6C}").json()["results"]
    assert any(r["unsupported"] for r in rows)
    assert "was withdrawn" in Client().get("/assessments/?lang=en").content.decode()
