"""What a signed-in reader finds again: lists they saved, and what came onto the record since they were here last."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from commitments.accounts import shelf
from commitments.ledger.wellformed import Refused
from commitments.models.person import Person, SavedView
from commitments.readings import changes
from tests.story import N6C, cast, judge

pytestmark = [pytest.mark.django_db, pytest.mark.engineless]
PASSWORD = "correct horse battery"


@pytest.fixture
def liu(client: Client) -> Client:
    cast()
    user = User.objects.get(username="liu")
    user.set_password(PASSWORD)
    user.save()
    sign_in(client)
    return client


def sign_in(client: Client) -> None:
    client.logout()
    assert client.post("/accounts/login/", {"username": "liu", "password": PASSWORD}).status_code == 302


def post(client: Client, **fields: str) -> str:
    reply = client.post("/accounts/views/", {"back": "/desk/", **fields}, follow=True)
    assert reply.status_code == 200
    return str(reply.content.decode())


def test_a_list_is_saved_found_and_removed(liu: Client) -> None:
    address = "/commitments/?section=narcotics&columns=words,status&as_of=2014-12-31&lang=en"
    page = liu.get(address).content.decode()
    assert 'action="/accounts/views/"' in page and 'value="/commitments/?section=narcotics' in page
    desk = post(liu, intent="keep", name="麻醉品 2014", address=address)
    assert "麻醉品 2014" in desk and "section=narcotics&amp;columns=words,status" in desk
    post(liu, intent="keep", name="麻醉品 2014", address="/actions/")  # the same name is the same view
    (view,) = SavedView.objects.all()
    assert view.address == "/actions/"
    post(liu, intent="drop", view=str(view.pk))
    assert not SavedView.objects.exists()
    assert "/accounts/views/" not in Client().get(address).content.decode()
    assert Client().post("/accounts/views/", {"intent": "keep"}).status_code in (302, 403)


@pytest.mark.parametrize(
    ("name", "address"),
    [("", "/actions/"), ("​", "/actions/"), ("a‮b", "/actions/"), ("x" * 81, "/actions/"), ("x", "https://example.org/"),
     ("x", "//example.org/actions/"), ("x", "/admin/"), ("x", "/nothing/"), ("x", "javascript:alert(1)"), ("x", "/actions/?q=" + "y" * 1000)],
)  # fmt: skip
def test_what_cannot_be_saved_is_refused(liu: Client, name: str, address: str) -> None:
    page = post(liu, intent="keep", name=name, address=address)
    assert 'class="error"' in page and not SavedView.objects.exists()


def test_nobody_removes_what_is_anothers_or_saves_without_end(liu: Client) -> None:
    other = Person.objects.exclude(user__username="liu").first()
    assert other
    view = shelf.keep(other, "mine", "/actions/")
    post(liu, intent="drop", view=str(view.pk))
    assert SavedView.objects.filter(pk=view.pk).exists() and "mine" not in liu.get("/desk/").content.decode()
    for number in range(shelf.MOST):
        shelf.keep(other, "mine" if not number else f"view {number}", "/actions/")
    with pytest.raises(Refused, match="remove one first"):
        shelf.keep(other, "one more", "/actions/")
    reply = liu.post("/accounts/views/", {"intent": "seen", "back": "https://example.org/"})
    assert reply.headers["Location"] == "/desk/"


def test_what_came_since_the_last_visit(liu: Client) -> None:
    assert "Since your last visit" not in liu.get("/?lang=en").content.decode()  # nobody was here before
    sign_in(liu)
    page = liu.get("/?lang=en").content.decode()
    assert "Since your last visit" in page and "Nothing has come onto the record." in page
    before = changes.head()["number"]
    judge(value="stalled", day="2026-01-05")
    page = liu.get("/?lang=en").content.decode()
    news = page[page.index('class="news"') : page.index("</section>")]
    said = re.sub(r"<[^>]+>", "", news)
    assert (
        "N6.c" in said
        and "Changes of status: 1" in said
        and f"{changes.head()['number'] - before} entr" in said
    )
    assert all(liu.get(unescape(a)).status_code == 200 for a in re.findall(r'href="([^"]+)"', news))
    listed = liu.get(f"/assessments/?moved=true&recorded_after={before}").content.decode()
    assert 'data-total="1"' in listed and "N6.c" in listed
    sign_in(liu)  # what came while they were here is still news at the next sign-in
    page = liu.get("/?lang=en").content.decode()
    assert N6C in page[page.index('class="news"') :][:2000]
    number = re.search(r'name="number" value="(\d+)"', page)
    assert number
    post(liu, intent="seen", number=number.group(1))
    assert "Nothing has come onto the record." in liu.get("/?lang=en").content.decode()
    sign_in(liu)  # what they said they have seen is not news again, whatever the sign-in before had seen
    assert "Nothing has come onto the record." in liu.get("/?lang=en").content.decode()
    post(liu, intent="seen", number="5")  # an old page unsees nothing
    assert "Nothing has come onto the record." in liu.get("/?lang=en").content.decode()
    assert "Since your last visit" not in liu.get("/?lang=en&as_of=2014").content.decode()
    post(liu, intent="seen", number="9" * 17)  # nobody has seen what is not there yet
    assert Person.objects.get(user__username="liu").seen_number == changes.head()["number"]
    assert "Since your last visit" not in Client().get("/?lang=en").content.decode()
