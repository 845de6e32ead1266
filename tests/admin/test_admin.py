import re
from typing import Any

import pytest
import time_machine
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from commitments.deliveries import subscriptions
from commitments.ledger.record import last_numbers
from commitments.ledger.verify import verify
from commitments.models.entry import Entry
from commitments.models.organization import Organization
from commitments.models.person import Grant, Person
from commitments.models.report import Schedule
from tests.conftest import CODE
from tests.story import N6C, administrator

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(administrator(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def seen(subject: str) -> int:
    entry = Entry.objects.filter(subject=subject).last()
    return entry.number if entry else 0


def organization(code: str, **change: Any) -> dict[str, Any]:
    return {
        "key": code, "kind": "state", "name_en": "Mongolia", "name_zh": "蒙古国", "name_ru": "Монголия", "aliases_zh": "蒙古\n外蒙古 ",
        "parent": "", "valid_from": "", "valid_to": "", "successor": "", "validity_event": "", "because": "an observer state",
        "seen": seen(code), **change,
    }  # fmt: skip


def test_every_write_goes_through_the_ledger_with_the_person_as_actor(admin: Client) -> None:
    assert admin.post("/admin/commitments/organization/add/", organization("MNG")).status_code == 302
    entry = Entry.objects.latest("number")
    assert (entry.verb, entry.subject, entry.actor) == (
        "amend",
        "MNG",
        Person.objects.get(user__username="ada").code,
    )
    mongolia = Organization.objects.get(pk="MNG")
    assert (mongolia.name["zh"], mongolia.aliases) == ("蒙古国", {"zh": ["蒙古", "外蒙古"]})
    assert list(verify()) == []


def test_a_change_says_why(admin: Client) -> None:
    page = admin.post("/admin/commitments/organization/KAZ/change/", organization("KAZ", because=""))
    assert page.status_code == 200 and "errorlist" in page.content.decode()
    assert Organization.objects.get(pk="KAZ").name["en"] == "Kazakhstan"


@pytest.mark.parametrize(
    "change",
    [
        {"key": "A/B"}, {"key": "МНГ"}, {"key": "KAZ"}, {"valid_from": "1990s"}, {"valid_from": "2009-02-30"}, {"valid_from": "2015", "valid_to": "2010"},
        {"validity_event": "nope"}, {"kind": "zzz"}, {"name_en": "a\u202eb"}, {"name_en": "", "name_zh": "", "name_ru": ""}, {"note_en": "a\x00b"}, {"note_en": "x" * 6000},
        {"parent": "NOPE"}, {"seen": "7"}, {"seen": "x"}, {"because": "x" * 501},
    ],
)  # fmt: skip
def test_what_could_not_be_read_again_is_refused_beside_its_field(
    admin: Client, change: dict[str, str]
) -> None:
    head = Entry.objects.latest("number").number
    page = admin.post("/admin/commitments/organization/add/", organization("MNG", **change))
    assert page.status_code == 200 and "errorlist" in page.content.decode()
    assert Entry.objects.latest("number").number == head
    assert admin.get("/organizations/").status_code == 200


def test_the_second_of_two_people_is_told(admin: Client) -> None:
    form = organization("KAZ")
    assert admin.post("/admin/commitments/organization/KAZ/change/", form).status_code == 302
    page = admin.post(
        "/admin/commitments/organization/KAZ/change/", form | {"name_en": "Other"}
    ).content.decode()
    assert "Somebody else has changed it" in page and "Other" in page
    same = organization("KAZ")
    assert (
        "Nothing has changed"
        in admin.post("/admin/commitments/organization/KAZ/change/", same).content.decode()
    )


def test_the_last_administrator_stays_one(admin: Client) -> None:
    ada = User.objects.get(username="ada")
    form = {"username": "ada", "is_active": "on", "role": "analyst", "because": "rest"}
    assert "last administrator" in admin.post(f"/admin/auth/user/{ada.pk}/change/", form).content.decode()
    assert User.objects.get(username="ada").is_superuser


def test_a_first_administrator_is_made_when_there_is_none_and_never_twice(db: None) -> None:
    call_command("first_start")
    call_command("first_start")
    assert list(User.objects.values_list("username", flat=True)) == ["admin"]
    User.objects.update(is_superuser=False)
    call_command("first_start")
    assert set(User.objects.values_list("username", flat=True)) == {"admin", "admin2"}
    assert list(verify()) == []


def test_a_schedule_is_checked_and_recorded(admin: Client) -> None:
    form = {
        "key": f"{CODE}:monthly", "declaration": CODE, "title_en": "Monthly", "form": "report", "scope": "section=nowhere", "formats": ["html", "json"],
        "cadence": "monthly", "languages": ["en"],
        "time_zone": "Asia/Nowhere", "start": "2026-01-01", "end": "", "because": "asked for", "seen": 0,
    }  # fmt: skip
    page = admin.post("/admin/commitments/schedule/add/", form)
    assert "is not a time zone" in page.content.decode() and "is not one of" in page.content.decode()
    form |= {"time_zone": "Asia/Kabul", "scope": "section=narcotics"}
    with time_machine.travel("2026-11-30T19:29:00Z", tick=False):  # in Kabul the month has a minute left
        admin.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
        page = admin.post("/admin/commitments/schedule/add/", form)
        periods = "2026-11-01 – 2026-11-30; 2026-12-01 – 2026-12-31; 2027-01-01 – 2027-01-31; 2027-02-01 – 2027-02-28; 2027-03-01 – 2027-03-31"
        assert page.status_code == 200 and periods in page.content.decode()
        assert not Schedule.objects.filter(pk=f"{CODE}:monthly").exists()
        done = admin.post("/admin/commitments/schedule/add/", form | {"confirmed": periods})
        assert done.status_code == 302
    found = Schedule.objects.get(pk=f"{CODE}:monthly")
    assert (found.languages, found.scope, found.formats) == (
        ["en"],
        {"section": "narcotics"},
        ["html", "json"],
    )
    address, head = f"/admin/commitments/schedule/{CODE}:monthly/change/", Entry.objects.count()
    same = form | {
        "seen": last_numbers("schedule", [found.pk])[found.pk],
        "entered": subscriptions.seen(found.pk),
    }
    assert "Nothing has changed." in admin.post(address, same).content.decode()
    same["recipients"] = "a@example.org"  # is no part of the record, and may change alone
    page = admin.post(address, same)
    periods = page.content.decode().split('name="confirmed" value="')[1].split('"')[0]
    assert admin.post(address, same | {"confirmed": periods}).status_code == 302
    assert subscriptions.entered(found.pk) == ["a@example.org en"] and Entry.objects.count() == head


def test_a_person_gets_a_role_and_a_password_to_replace(admin: Client) -> None:
    form = {
        "username": "wei",
        "usable_password": "true",
        "password1": "a first one 1 2",
        "password2": "a first one 1 2",
        "role": "analyst",
        "because": "joins",
    }
    assert admin.post("/admin/auth/user/add/", form).status_code == 302
    person = Person.objects.get(user__username="wei")
    assert person.must_change_password
    assert Grant.objects.get(pk=person.code).role == "analyst"
    assert not User.objects.get(username="wei").is_staff
    assert Entry.objects.latest("number").audience == "restricted"


@pytest.mark.parametrize("address", ["assessment", "organization", "schedule", "report"])
def test_the_lists_open(admin: Client, address: str) -> None:
    assert admin.get(f"/admin/commitments/{address}/").status_code == 200
    assert admin.get(f"/admin/commitments/{address}/?q={'x' * 3000}").status_code in (200, 302)


def test_assessments_cannot_be_edited_or_deleted(admin: Client) -> None:
    address = f"/admin/commitments/assessment/{quote(f'{N6C}@2025-09-26.1')}/"
    assert admin.get(f"{address}change/").status_code == 200
    assert admin.post(f"{address}change/", {"value": "fulfilled"}).status_code == 403
    assert admin.post("/admin/commitments/assessment/add/", {}).status_code == 403
    assert admin.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert list(verify()) == []


@pytest.mark.parametrize("address", ["organization/KAZ", "schedule/sco-afg-2009:yearly"])
def test_nothing_of_the_record_is_deleted(admin: Client, address: str) -> None:
    assert admin.post(f"/admin/commitments/{address}/delete/", {"post": "yes"}).status_code == 403


def test_the_ledger_is_not_in_the_admin(admin: Client) -> None:
    assert admin.get("/admin/commitments/entry/").status_code == 404


def test_only_administrators_come_in(client: Client) -> None:
    assert client.get("/admin/", follow=False).headers["Location"].startswith("/accounts/login/")
    client.force_login(
        User.objects.create_user("reader"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/admin/commitments/organization/").status_code == 403


def test_who_was_made_on_the_command_line_comes_in_and_has_no_desk(client: Client) -> None:
    client.force_login(
        User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/admin/commitments/organization/").status_code == 200
    assert client.get("/desk/").status_code == 403


def test_a_focal_point_needs_an_organization_and_a_service_account_has_one(admin: Client) -> None:
    form = {
        "username": "robot", "usable_password": "false", "password1": "", "password2": "", "role": "service", "organizations": "CSTO, SCO-RATS",
        "because": "a partner",
    }  # fmt: skip
    for change, words in (
        ({"organizations": ""}, "speaks for an organization"),
        ({"organizations": "NOPE"}, "nothing on record"),
    ):
        page = admin.post("/admin/auth/user/add/", form | change)
        assert page.status_code == 200 and words in page.content.decode()
    assert admin.post("/admin/auth/user/add/", form).status_code == 302
    grant = Grant.objects.get(pk=Person.objects.get(user__username="robot").code)
    assert (grant.role, grant.organizations) == ("service", ["CSTO", "SCO-RATS"])


def test_the_lists_of_the_administration_are_in_words(admin: Client) -> None:
    admin.get("/admin/?lang=ru")
    seen = {
        name: re.sub(r"<[^>]+>", " ", admin.get(f"/admin/commitments/{name}/").content.decode())
        for name in ("organization", "assessment", "schedule")
    }
    for text in seen.values():  # heads and titles
        assert "Код" in text and not re.search(
            r"\b(Key|Value|Kind|State|Track|for change|для изменения)\b", text, re.IGNORECASE
        )
    for name, words in (
        ("organization", ("межправительственная организация", "государство")),
        ("assessment", ("Выполнено частично",)),
        ("schedule", ("ежегодно",)),
    ):
        for word in words:
            assert word.casefold() in seen[name].casefold(), (name, word)
    assert (
        "Выполнено частично"
        in admin.get("/admin/commitments/assessment/").content.decode().split('id="changelist-filter"')[1]
    )
    assert admin.get("/admin/commitments/assessment/?value=fulfilled").status_code == 200


def test_the_administration_stays_in_the_language_that_was_chosen(admin: Client) -> None:
    reply = admin.get("/admin/?lang=ru")
    assert reply.status_code == 302 and reply.headers["Location"] == "/admin/"
    cookie = reply.cookies["admin-language"]
    assert cookie["path"] == "/admin/" and cookie["httponly"]
    page = admin.get("/admin/").content.decode()
    assert "Расписания" in page and "Оценки" in page and "Доклады" in page and "Axes" not in page
    assert "Расписания" in admin.get("/admin/commitments/schedule/").content.decode()
    assert admin.get("/").headers["Content-Language"] == "en"  # public addresses say the same to everybody
    kept = admin.get("/admin/commitments/report/?lang=zh&state=due")
    assert kept.headers["Location"] == "/admin/commitments/report/?state=due"
    assert "报告程序" not in admin.get("/admin/").content.decode()
