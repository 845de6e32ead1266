"""What goes over the wire: compressed where it is text, as it is where its length and its bytes count."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from commitments.models.report import IssuedReport
from commitments.reports import build, due
from tests.conftest import CODE
from tests.reports.test_reports import NOW
from tests.story import N6C

pytestmark = pytest.mark.django_db
ASKED = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize(
    "address",
    [
        "/?lang=en",
        f"/declarations/{CODE}/?lang=zh",
        f"/commitments/{N6C}/?lang=ru",
        "/api/v1/commitments/",
        "/sitemap.xml",
    ],
)
def test_text_is_sent_in_less_than_a_third_of_its_size_and_is_the_same(client: Client, address: str) -> None:
    plain, sent = client.get(address), client.get(address, headers=ASKED)
    assert "Content-Encoding" not in plain.headers and sent.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent.content) == plain.content
    assert len(sent.content) == int(sent.headers["Content-Length"]) < len(plain.content) / 3
    assert all("Accept-Encoding" in reply.headers["Vary"] for reply in (plain, sent))


@pytest.mark.parametrize("address", ["/?lang=en", "/api/v1/commitments/"])
def test_a_compressed_page_is_asked_for_again_by_its_tag(client: Client, address: str) -> None:
    plain, sent = client.get(address), client.get(address, headers=ASKED)
    assert sent.headers["ETag"] == f"W/{plain.headers['ETag']}"
    for tag in (plain.headers["ETag"], sent.headers["ETag"]):
        again = client.get(address, headers={**ASKED, "If-None-Match": tag})
        assert again.status_code == 304 and not again.content and "Accept-Encoding" in again.headers["Vary"]
        assert again.headers["ETag"] == tag


@pytest.mark.parametrize("said", ["gzip;q=0", "br, gzip ; Q=0.0, deflate", "identity", ""])
def test_who_does_not_want_it_has_it_as_it_is(client: Client, said: str) -> None:
    reply = client.get("/?lang=en", headers={"Accept-Encoding": said})
    assert "Content-Encoding" not in reply.headers and "Accept-Encoding" in reply.headers["Vary"]
    assert "Content-Encoding" in client.get("/?lang=en", headers={"Accept-Encoding": "gzip;q=0.5"}).headers


def test_a_file_keeps_its_length_and_its_ranges(client: Client) -> None:
    whole = client.get("/api/v1/export/", headers=ASKED)
    assert whole.status_code == 200 and "Content-Encoding" not in whole.headers
    kept = b"".join(whole.streaming_content)
    asked = {**ASKED, "Range": "bytes=10-19", "If-Range": whole.headers["ETag"]}
    number = whole.headers["Ledger-Number"]
    part = client.get(f"/api/v1/export/?at={number}", headers=asked)
    assert part.status_code == 206 and "Content-Encoding" not in part.headers
    assert b"".join(part.streaming_content) == kept[10:20]


@pytest.mark.parametrize("name", ["report.html", "report.json"])
def test_a_file_of_a_report_that_is_text_keeps_them_too(
    client: Client, settings: Any, tmp_path: Path, name: str
) -> None:
    settings.REPORTS_DIR, settings.REPORT_FORMATS = tmp_path, ("html", "json")
    due.make_due(NOW)
    build.work_off(lambda: NOW, limit=1)
    address = f"/reports/{IssuedReport.objects.get().key}/{name}"
    whole = client.get(address, headers=ASKED)
    said = getattr(whole, "content", b"") or b"".join(whole.streaming_content)
    assert (
        "Content-Encoding" not in whole.headers and int(whole.headers["Content-Length"]) == len(said) > 1500
    )
    asked = {**ASKED, "Range": "bytes=10-1500", "If-Range": whole.headers["ETag"]}
    part = client.get(address, headers=asked)
    assert part.status_code == 206 and "Content-Encoding" not in part.headers
    assert (getattr(part, "content", b"") or b"".join(part.streaming_content)) == said[10:1501]
