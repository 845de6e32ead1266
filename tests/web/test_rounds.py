"""Rounds, invitations and the letters of both."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.test import Client

from commitments import clock
from commitments.deliveries import mail, rounds
from commitments.ledger import verbs
from commitments.ledger.wellformed import Faulty
from commitments.models.mail import Mail
from commitments.models.person import Grant, Invitation
from commitments.models.proposal import Draft, Proposal
from commitments.models.round import Ask, Round
from tests.story import NURLAN, cast, person
from tests.web.test_desk import read, signed_in, typed

pytestmark = pytest.mark.django_db


def in_20_days() -> str:
    return (date.today() + timedelta(days=20)).isoformat()  # asked for in each test: a run may cross midnight


@pytest.fixture(autouse=True)
def people(db: None, settings: Any, tmp_path: Any) -> None:
    settings.ARCHIVE_DIR = tmp_path / "archive"
    settings.CELERY_TASK_ALWAYS_EAGER = True
    cast()


def ask(**change: Any) -> Round:
    payload = {"title": "Autumn 2026", "organizations": ["CSTO", "KAZ"], "due_on": in_20_days(), **change}
    return rounds.begin(
        declaration="sco-afg-2009", payload=payload, by=NURLAN, site="https://tracker.example.org"
    )


def test_a_round_asks_by_letter_and_is_answered_with_one_click() -> None:
    nurlan, anna = signed_in("nurlan"), signed_in("anna")
    response = nurlan.post(
        "/desk/rounds/", {"title": "Autumn 2026", "organizations": ["CSTO", "KAZ"], "due_on": in_20_days()}
    )
    assert response.status_code == 302
    address = response.headers["Location"]
    mail.work_off(clock.now())
    letter = next(m for m in outbox.outbox if m.to == ["anna@example.org"])
    link = re.search(r"/desk/rounds/\S+/CSTO/", str(letter.body))
    assert link and "请" in str(letter.body) and str(letter.body).count("http") == 3
    table = nurlan.get(address).content.decode()
    assert table.count("s-asked") == 2
    page = anna.get(link.group()).content.decode()
    assert "N6.c" in page and "s-opened" in nurlan.get(address).content.decode()
    assert anna.post(link.group(), {"commitment": "sco-afg-2009:N6.c"}).status_code == 302
    proposal = Proposal.objects.get()
    assert (proposal.payload["value"], proposal.payload["unchanged"], proposal.round) == (
        "partially_fulfilled",
        True,
        address.split("/")[3],
    )
    assert "s-answered" in nurlan.get(address).content.decode()
    assert nurlan.post("/desk/proposals/accept/", {**read(), "key": [proposal.pk]}).status_code == 302
    assert "partially fulfilled" in Client().get("/commitments/sco-afg-2009:N6.c/").content.decode().lower()


def test_nothing_to_report_is_one_click() -> None:
    found = ask()
    bek = signed_in("bek")
    bek.post(f"/desk/rounds/{found.pk}/KAZ/", {"intent": "nothing"})
    assert {r["organization"]: r["state"] for r in rounds.chase(found, clock.today())} == {
        "CSTO": "asked",
        "KAZ": "nothing",
    }
    assert bek.get(f"/desk/rounds/{found.pk}/CSTO/").status_code == 403
    assert bek.post(f"/desk/rounds/{found.pk}/CSTO/", {"intent": "nothing"}).status_code == 403


def test_a_report_from_the_round_counts_as_an_answer() -> None:
    found, anna = ask(), signed_in("anna")
    address = anna.post(f"/desk/rounds/{found.pk}/CSTO/", {"report": "sco-afg-2009:N6.c"}).headers["Location"]
    assert Draft.objects.get().round == found.pk
    assert anna.post(address, typed(address, intent="submit")).status_code == 302
    assert Ask.objects.get(organization="CSTO").answer == "answered"
    assert Proposal.objects.get().round == found.pk


def test_reminders_come_by_themselves_once_each_and_only_to_those_who_are_silent() -> None:
    found = ask()
    rounds.answered(found.pk, "KAZ", "p-bek")
    for day, expected in ((10, 0), (14, 1), (15, 0), (20, 0), (21, 1), (22, 0)):
        with time_machine.travel(clock.now() + timedelta(days=day), tick=False):
            assert rounds.remind_when_due(clock.today()) == expected, day
    assert rounds.remind(found, clock.today()) == 1
    assert rounds.remind(found, clock.today()) == 0
    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        assert {r["organization"]: r["state"] for r in rounds.chase(found, clock.today())} == {
            "CSTO": "overdue",
            "KAZ": "answered",
        }
    rounds.close(found)
    found.refresh_from_db()
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert rounds.remind(found, clock.today()) == 0
    with time_machine.travel(clock.now() + timedelta(days=90), tick=False):
        assert rounds.remind_when_due(clock.today()) == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": ""}, "title"), ({"due_on": date.today().isoformat()}, "due_on"), ({"due_on": "soon"}, "due_on"),
     ({"organizations": []}, "organizations"), ({"organizations": ["IND"]}, "organizations"), ({"organizations": ["NOPE"]}, "organizations")],
)  # fmt: skip
def test_each_rule_of_a_round(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Faulty) as error:
        ask(**change)
    assert field in {f.field for f in error.value.faults} and not Round.objects.exists()


def test_a_letter_that_fails_is_tried_again_and_sent_once(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    mail.post(key="a", address="x@example.org", subject="A\nB", text="t")
    assert not mail.post(key="a", address="x@example.org", subject="A", text="t")
    settings.EMAIL_BACKEND = "tests.web.test_rounds.Refusing"
    now = clock.now()
    assert mail.work_off(now) == 0
    row = Mail.objects.get()
    assert (row.state, row.attempt) == ("waiting", 1) and "no route" in row.failure and row.not_before > now
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mail.work_off(now) == 0
    assert mail.work_off(row.not_before + timedelta(seconds=1)) == 1
    assert mail.work_off(row.not_before + timedelta(days=1)) == 0
    assert (
        outbox.outbox[0].extra_headers["Message-ID"] == mail.message_id("a") and Mail.objects.get().text == ""
    )


class Refusing:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        raise OSError("no route")


def test_an_invitation_makes_a_focal_point_once() -> None:
    nurlan = signed_in("nurlan")
    assert nurlan.post("/desk/people/", {"address": "nope", "organizations": ["CSTO"]}).status_code == 400
    assert (
        nurlan.post("/desk/people/", {"address": "aida@example.org", "organizations": []}).status_code == 400
    )
    assert (
        nurlan.post("/desk/people/", {"address": "aida@example.org", "organizations": ["CSTO"]}).status_code
        == 302
    )
    mail.work_off(clock.now())
    link = re.search(r"/accounts/invitation/\S+/", str(outbox.outbox[-1].body))
    assert link
    client = Client()
    form = {
        "username": "aida",
        "name": "Aida",
        "password": "correct horse battery",
        "again": "correct horse battery",
    }
    for change in (
        {"again": "x"},
        {"password": "short", "again": "short"},
        {"username": "anna"},
        {"name": "a\u202eb"},
    ):
        assert client.post(link.group(), form | change).status_code == 400
    assert client.post(link.group(), form).status_code == 302
    user = User.objects.get(username="aida")
    grant = Grant.objects.get(pk=user.person.code)  # type: ignore[attr-defined]
    assert (grant.role, grant.organizations, user.email) == ("focal_point", ["CSTO"], "aida@example.org")
    assert client.get("/desk/").status_code == 200
    assert Client().get(link.group()).status_code == 404


def test_an_invitation_ends() -> None:
    signed_in("nurlan").post("/desk/people/", {"address": "a@example.org", "organizations": ["CSTO"]})
    mail.work_off(clock.now())
    link = re.search(r"/accounts/invitation/\S+/", str(outbox.outbox[-1].body))
    assert link
    Invitation.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    page = Client().get(link.group())
    assert page.status_code == 404 and "Ask for a new one" in page.content.decode()


def test_all_drafts_of_somebody_who_left_go_to_somebody_else() -> None:
    person("aida", "focal_point", ["CSTO"])
    anna, nurlan = signed_in("anna"), signed_in("nurlan")
    anna.post("/desk/new/", {"kind": "assessment", "target": "sco-afg-2009:N6.c"})
    nurlan.post("/desk/people/", {"intent": "hand_over", "from": "p-anna", "to": "p-bek"})
    assert Draft.objects.get().author.code == "p-anna"
    nurlan.post("/desk/people/", {"intent": "hand_over", "from": "p-anna", "to": "p-aida"})
    assert Draft.objects.get().author.code == "p-aida"


def test_a_commitment_is_answered_once_in_a_round() -> None:
    found, anna = ask(), signed_in("anna")
    for _ in range(2):
        anna.post(f"/desk/rounds/{found.pk}/CSTO/", {"commitment": "sco-afg-2009:N6.c"})
    key = Proposal.objects.get().pk
    signed_in("nurlan").post("/desk/proposals/accept/", {**read(), "key": [key]})
    anna.post(f"/desk/rounds/{found.pk}/CSTO/", {"commitment": "sco-afg-2009:N6.c"})
    assert Proposal.objects.get().state == "accepted"


def test_an_invitation_is_taken_back_and_ends_with_the_role_of_who_gave_it() -> None:
    nurlan = signed_in("nurlan")
    form = {
        "username": "x",
        "name": "",
        "password": "correct horse battery",
        "again": "correct horse battery",
    }
    for number in range(2):
        nurlan.post("/desk/people/", {"address": f"a{number}@example.org", "organizations": ["CSTO"]})
    mail.work_off(clock.now())
    first, second = (re.search(r"/accounts/invitation/\S+/", str(m.body)).group() for m in outbox.outbox[-2:])  # type: ignore[union-attr]
    nurlan.post(
        "/desk/people/",
        {"intent": "take_back", "invitation": Invitation.objects.get(address="a0@example.org").pk},
    )
    assert Client().get(first).status_code == 404
    verbs.grant(person=NURLAN, role="reviewer", active=False, by="p-ada", because="left")
    assert Client().post(second, form).status_code == 400 and not User.objects.filter(username="x").exists()
