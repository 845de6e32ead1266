"""One address for a person and for a program, and it keeps working when a code is replaced."""

from typing import Any

import pytest
from django.test import Client

from commitments.ledger import verbs
from commitments.ledger.subjects import SUBJECTS
from tests.conftest import CODE
from tests.story import N6C

pytestmark = pytest.mark.django_db
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("page", "resource"),
    [
        ("/", "summary/"), (f"/declarations/{CODE}/", f"declarations/{CODE}/"), ("/commitments/?status=stalled", "commitments/?status=stalled"), (f"/commitments/{N6C}/", f"commitments/{N6C}/"),
        ("/organizations/KAZ/", "organizations/KAZ/"), (f"/indicators/{CODE}:i-opium-ha/", f"indicators/{CODE}:i-opium-ha/"), (f"/sources/{CODE}:src-sohu/", f"sources/{CODE}:src-sohu/"),
        ("/actions/", "actions/"), ("/assessments/?moved=true", "assessments/?moved=true"), ("/status-changes/?from=2025", "status-changes/?from=2025"), ("/search/?q=毒品", "search/?q=%E6%AF%92%E5%93%81"), ("/reports/", "reports/"),
    ],
)  # fmt: skip
def test_a_program_is_sent_to_the_api(page: str, resource: str, client: Client) -> None:
    for accept in (BROWSER, "*/*", "", "text/html", "text/turtle"):
        reply = client.get(page, headers={"Accept": accept} if accept else {})
        assert reply.status_code == 200 and reply.headers["Content-Type"].startswith("text/html"), accept
        assert "Accept" in [v.strip() for v in reply.headers["Vary"].split(",")]
    for accept in ("application/json", "application/json, text/html;q=0.5"):
        reply = client.get(page, headers={"Accept": accept})
        assert (reply.status_code, reply.headers["Location"]) == (303, f"/api/v1/{resource}")
        assert "Accept" in reply.headers["Vary"]
        assert client.get(reply.headers["Location"]).headers["Content-Type"] == "application/json"


def test_the_moment_goes_with_it(client: Client) -> None:
    reply = client.get(
        f"/commitments/{N6C}/?as_of=2014-12-31&at=801&lang=zh", headers={"Accept": "application/json"}
    )
    found: Any = client.get(reply.headers["Location"]).json()
    assert found["status"]["value"] == "fulfilled"


def test_a_permalink_outlives_its_code(client: Client) -> None:
    state = SUBJECTS["commitment"].states([N6C])[N6C]
    new = f"{CODE}:N6.z"
    verbs.amend(
        subject_type="commitment",
        subject=new,
        state=state | {"code": "N6.z", "ordinal": 999},
        by="p",
        because="a better cut",
    )
    verbs.amend(
        subject_type="commitment", subject=N6C, state=state | {"retired": True, "replacements": [new]}, by="p",
        because="It was cut in the wrong place.",
    )  # fmt: skip
    gone = client.get(f"/commitments/{N6C}/?lang=en&as_of=2014-12-31")
    assert (
        gone.status_code == 302
        and gone.headers["Location"] == f"/commitments/{new}/?lang=en&as_of=2014-12-31#replaces"
    )
    page = client.get(f"/commitments/{new}/?lang=en").content.decode()
    assert "It was cut in the wrong place." in page and "N6.c" in page.split('id="replaces"')[1]
    old, now = (
        client.get(f"/api/v1/commitments/{N6C}/").json(),
        client.get(f"/api/v1/commitments/{new}/").json(),
    )
    assert (old["retired"], old["replaced_by"], now["replaces"]) == (True, [new], [N6C])
    assert N6C not in [
        row["key"] for row in client.get("/api/v1/commitments/?page_size=200").json()["results"]
    ]
