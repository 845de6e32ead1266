"""One table of who may do what: every route stands in it, and every route answers every actor as it says."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from commitments.accounts import tokens
from commitments.deliveries import rounds
from commitments.ledger import disputes
from commitments.models.assessment import Assessment
from commitments.models.person import Person
from commitments.models.proposal import Draft
from commitments.models.sheet import Sheet
from commitments.rules import access
from tests.story import N6C, cast, person, propose

pytestmark = [pytest.mark.django_db, pytest.mark.engineless]
DOCUMENT = Path(settings.BASE_DIR) / "docs" / "permissions.md"


def routes(resolver: URLResolver | None = None, space: str = "") -> list[tuple[str, str]]:
    """Every route of the product: (name with its space, pattern)."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            found += routes(entry, f"{space}{entry.namespace}:" if entry.namespace else space)
        else:
            assert isinstance(entry, URLPattern)
            found.append((f"{space}{entry.name}", str(entry.pattern)))
    return found


def test_every_route_is_in_the_table_and_the_table_has_no_other() -> None:
    named = {"admin:*" if name.startswith("admin:") else name for name, _pattern in routes()}
    assert named == set(access.ROUTES)


def test_the_document_is_the_table() -> None:
    assert access.as_markdown() in DOCUMENT.read_text()


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> dict[str, str]:
    """An address for each route whose pattern has a hole, and a token."""
    settings.ARCHIVE_DIR = tmp_path
    cast()
    person("ada", "administrator")
    person("robot", "service", ["CSTO"])
    User.objects.create_user("nobody", "", "correct horse battery")
    assessment = Assessment.objects.filter(commitment=N6C, track="analyst").latest("effective_on").pk
    payload = {"assessment": assessment, "organization": "CSTO", "kind": "dispute", "text": {"en": "No."}}
    dispute = disputes.raise_one(payload=payload, by="p-anna")
    round_ = rounds.begin(
        declaration="sco-afg-2009", by="p-nurlan", site="",
        payload={"title": "x", "organizations": ["CSTO"], "due_on": "2099-01-01"},
    )  # fmt: skip
    proposal = propose()
    return {
        "reader": "/declarations/sco-afg-2009/", "commitment": f"/commitments/{N6C}/", "panel": f"/commitments/{N6C}/panel/",
        "organization": "/organizations/KAZ/", "indicator": "/indicators/sco-afg-2009:i-opium-ha/", "source": "/sources/sco-afg-2009:src-sohu/",
        "report": "/reports/x/", "report-file": "/reports/x/report.html",
        "report-state": "/reports/x/state/", "report-act": "/reports/x/act/", "subscription": "/subscriptions/x/",
        "subscription-act": "/subscriptions/x/end/", "schedule": "/desk/schedules/sco-afg-2009:yearly/", "change": "/changes/1/", "dispute": f"/disputes/{dispute}/",
        "file": f"/files/{'0' * 64}/", "invitation": "/accounts/invitation/x/", "draft": "/desk/drafts/x/", "draft-autosave": "/desk/drafts/x/autosave/",
        "draft-hand-over": "/desk/drafts/x/hand-over/", "proposal": f"/desk/proposals/{proposal}/", "proposal-file": f"/desk/proposals/{proposal}/file/",
        "dispute-decide": f"/desk/disputes/{dispute}/", "dispute-new": f"/desk/disputes/?assessment={assessment}", "round": f"/desk/rounds/{round_.pk}/",
        "round-answer": f"/desk/rounds/{round_.pk}/CSTO/", "sheet": "/desk/sheets/1/", "sheet-progress": "/desk/sheets/1/progress/",
        "api:declaration": "/api/v1/declarations/sco-afg-2009/", "api:edition": "/api/v1/editions/sco-afg-2009:zh.1/", "api:section": "/api/v1/sections/x/",
        "api:paragraph": "/api/v1/paragraphs/sco-afg-2009:N6/", "api:commitment": f"/api/v1/commitments/{N6C}/", "api:organization": "/api/v1/organizations/KAZ/",
        "api:instrument": "/api/v1/instruments/x/", "api:action": "/api/v1/actions/x/", "api:scale": "/api/v1/scales/house@1/", "api:indicator": "/api/v1/indicators/x/",
        "api:source": "/api/v1/sources/x/", "api:assessment": "/api/v1/assessments/x/", "api:report": "/api/v1/reports/x/", "api:search": "/api/v1/search/?q=x", "chart-drawing": "/charts/years.svg", "chart-figures": "/charts/years.csv", "chart-embedded": "/embed/years/",
        "known-on": "/known/?on=2026-01-01", "api:proposal": f"/api/v1/proposals/{proposal}/", "admin:*": "/admin/",
        "partner": "/partner/?person=p-robot", "api:proposal-withdraw": f"/api/v1/proposals/{proposal}/withdraw/", "api:body-schema": "/api/v1/schemas/assessment.1.json",
        **{f"api:webhook{name}": f"/api/v1/webhooks/x/{path}" for name, path in (("", ""), ("-rotate", "rotate/"), ("-test", "test/"), ("-deliveries", "deliveries/"), ("-redeliver", "deliveries/x/redeliver/"))},
        "token": tokens.issue(Person.objects.get(code="p-robot")),
    }  # fmt: skip


def addresses(world: dict[str, str]) -> dict[str, str]:
    found = {}
    for name in access.ROUTES:
        if name in world:
            found[name] = world[name]
        else:
            found[name] = reverse(name)
    return found


NAMES = {
    access.NO_ROLE: "nobody", access.ANALYST: "liu", access.FOCAL_POINT: "anna", access.REVIEWER: "nurlan", access.ADMINISTRATOR: "ada",
}  # fmt: skip
METHODS = ("GET", "POST", "PATCH", "DELETE")  # no route has PUT: it is answered as an unknown DELETE is


def refused(response: Any, api: bool) -> bool:
    """Whether the door stayed shut: 401, 403, or to the page for signing in."""
    to_login = response.status_code == 302 and "/accounts/login/" in response.headers["Location"]
    return response.status_code in (401, 403) or (to_login and not api)


@pytest.mark.parametrize("actor", access.ACTORS)
def test_every_route_answers_every_actor_as_the_table_says(actor: str, world: dict[str, str]) -> None:
    cases = 0
    client = Client(
        headers={"Authorization": f"Bearer {world['token']}"} if actor == access.SERVICE else None
    )  # one for all: each new one looks at every static file
    for route, address in addresses(world).items():
        if actor in NAMES:  # what came before may have signed it out
            user = User.objects.get(username=NAMES[actor])
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        for method in METHODS:
            response = client.generic(method, address)
            act = access.act_of(route, method)
            shut = refused(response, route.startswith("api:"))
            where = f"{method} {route} {actor}: {response.status_code}"
            assert response.status_code < 500, where
            if act is None:
                assert response.status_code in (401, 403, 404, 405) or shut, where
            elif route == "admin-login":
                assert response.status_code == 302, where
            else:
                acting = actor
                by_token = act is access.PARTNER
                if actor == access.SERVICE and not by_token:
                    acting = access.ANONYMOUS  # a token opens nothing but what partners' programs do
                if actor in NAMES and by_token:
                    acting = access.ANONYMOUS  # and a session does not open those
                allowed = acting in act.actors
                its_own = {
                    "round-answer",
                    "draft-hand-over",
                    "api:proposal-withdraw",
                }  # for whom it is, the thing itself says
                assert shut != allowed or (allowed and route in its_own), where
            cases += 1
    assert cases == len(access.ROUTES) * len(METHODS)


def admin_addresses() -> dict[str, str]:
    """An address for every route of the admin."""
    holes = {"object_id": "x", "app_label": "commitments", "content_type_id": "1", "url": "x", "id": "1"}
    found = {}
    for name, pattern in routes():
        if name.startswith("admin:") and name != "admin:None":
            needed = [hole for hole in holes if f":{hole}>" in pattern or f"<{hole}>" in pattern]
            found[name] = reverse(name, args=[holes[hole] for hole in needed])
    return found


@pytest.mark.parametrize("actor", access.ACTORS)
def test_every_route_of_the_admin_opens_for_administrators_alone(actor: str, world: dict[str, str]) -> None:
    addresses = admin_addresses()
    assert len(addresses) > 30
    client = Client(
        headers={"Authorization": f"Bearer {world['token']}"} if actor == access.SERVICE else None
    )
    for name, address in addresses.items():
        if name in ("admin:login", "admin:logout"):
            continue
        for method in ("GET", "POST"):
            if actor in NAMES:
                client.force_login(
                    User.objects.get(username=NAMES[actor]), backend="django.contrib.auth.backends.ModelBackend"
                )  # fmt: skip
            response = client.generic(method, address)
            where = f"{method} {name} {actor}: {response.status_code}"
            assert response.status_code < 500, where
            if actor == access.ADMINISTRATOR:  # 403 is what a list says that takes nothing new
                assert not (response.status_code == 302 and "login" in response.headers["Location"]), where
            else:
                assert refused(response, api=False), where


def test_the_other_organizations_things_stay_shut(world: dict[str, str]) -> None:
    """What the table opens for a role, the ledger and the desk still close for the wrong person."""
    bek = Client()
    bek.force_login(User.objects.get(username="bek"), backend="django.contrib.auth.backends.ModelBackend")
    for address in (world["proposal"], world["proposal-file"], world["round-answer"]):
        assert bek.get(address).status_code == 403, address
    assert not Draft.objects.exists() and not Sheet.objects.exists()
