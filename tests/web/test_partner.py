"""A partner's own page: tokens and webhooks, shown once, ended at once; an administrator sees each partner's."""

import re
from typing import Any

import pytest
from django.test import Client

from commitments.models.partner import Delivery, Target
from commitments.models.person import Person, Token
from tests.story import cast, person
from tests.web.test_desk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def robot() -> Client:
    cast()
    person("robot", "service", ["CSTO"])
    person("ada", "administrator")
    return signed_in("robot")


def post(client: Client, intent: str, query: str = "", **fields: Any) -> Any:
    return client.post(f"/partner/?lang=en{query}", {"intent": intent, **fields})


def secret_in(reply: Any) -> str:
    found = re.search(r"(dt_[\w-]{43}|whsec_[\w+/=]{44})", reply.content.decode())
    assert found, reply.content.decode()[:3000]
    return found.group(1)


def test_a_partner_issues_rotates_and_ends_its_tokens(robot: Client) -> None:
    made = post(robot, "token", name="newsroom", scopes=["read", "propose"], days="30")
    first = secret_in(made)
    assert (
        first not in robot.get("/partner/").content.decode()
        and "newsroom" in robot.get("/partner/").content.decode()
    )

    def opens(token: str) -> int:
        return Client().get("/api/v1/proposals/", headers={"Authorization": f"Bearer {token}"}).status_code

    assert opens(first) == 200 and Token.objects.get().scopes == ["read", "propose"]
    second = secret_in(post(robot, "rotate", token=str(Token.objects.get().pk)))
    assert (opens(first), opens(second)) == (200, 200) and Token.objects.count() == 2
    newest = Token.objects.latest("pk")
    assert post(robot, "end", token=str(newest.pk)).status_code == 302
    assert (opens(first), opens(second)) == (200, 401)
    page = robot.get("/partner/?lang=en").content.decode()
    assert "ended" in page and page.count("newsroom") == 2
    for fields, field in (
        ({"days": "0"}, "days"),
        ({"days": "x"}, "days"),
        ({"days": "30", "scopes": ["all"]}, "scopes"),
        ({"days": "30", "scopes": []}, "scopes"),
        ({"days": "30", "scopes": ["read"], "name": "\u202e"}, "name"),
    ):
        refused = post(robot, "token", **{"scopes": ["read"], **fields})
        assert (
            refused.status_code == 400
            and 'class="fault"'
            in refused.content.decode().split(f'id="f-{field}"')[1].split("</div>")[0].split("</fieldset>")[0]
        )
    assert post(robot, "end", token="999").status_code == 400


def test_a_partner_makes_pauses_and_removes_its_webhooks(robot: Client) -> None:
    refused = post(robot, "webhook", url="http://127.0.0.1/", scope="section=narcotics")
    text = refused.content.decode()
    assert refused.status_code == 400 and 'value="http://127.0.0.1/"' in text and "section=narcotics" in text
    assert 'class="fault"' in text.split('id="f-url"')[1].split("</div>")[0]
    assert secret_in(
        post(
            robot,
            "webhook",
            url="https://hooks.example.org/x",
            events="assessment.assess report.issue",
            scope="section=narcotics",
        )
    )
    found = Target.objects.get()
    assert (found.events, found.scope) == (["assessment.assess", "report.issue"], {"section": "narcotics"})
    assert secret_in(post(robot, "secret", webhook=found.pk)) != found.secrets[0]["secret"]
    for intent, state in (("paused", "paused"), ("active", "active")):
        post(robot, intent, webhook=found.pk)
        found.refresh_from_db()
        assert found.state == state
    post(robot, "test", webhook=found.pk)
    Delivery.objects.update(state="failed", failure="the connection was refused")
    page = robot.get("/partner/?lang=en").content.decode()
    assert "the connection was refused" in page and "tracker.test" in page
    post(robot, "again", webhook=found.pk, delivery=Delivery.objects.get().key)
    assert Delivery.objects.get().state == "waiting"
    post(robot, "remove", webhook=found.pk)
    assert not Target.objects.exists()


def test_others_do_not_see_it_and_an_administrator_does(robot: Client) -> None:
    post(robot, "webhook", url="https://hooks.example.org/x")
    key = Target.objects.get().pk
    person("other", "service", ["KAZ"])
    other = signed_in("other")
    assert key not in other.get("/partner/?person=p-robot").content.decode()
    assert post(other, "remove", webhook=key).status_code == 400 and Target.objects.exists()
    ada = signed_in("ada")
    assert ada.get("/partner/").status_code == 404 and ada.get("/partner/?person=p-anna").status_code == 404
    assert key in ada.get("/partner/?person=p-robot").content.decode()
    paused = post(ada, "paused", "&person=p-robot", webhook=key)
    assert paused.status_code == 302 and "person=p-robot" in paused.headers["Location"]
    assert secret_in(post(ada, "token", "&person=p-robot", scopes=["read"], days="10"))
    assert Token.objects.get().person == Person.objects.get(code="p-robot")
    assert "/partner/?person=p-robot" in ada.get("/desk/people/").content.decode()
    for name in ("anna", "nurlan"):
        assert signed_in(name).get("/partner/").status_code == 403
