"""What goes over the wire: compressed where it is text, as it is where its length and its bytes count."""

import gzip

import pytest
from django.test import Client

from tests.conftest import CODE
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
def test_text_is_sent_in_a_fifth_of_its_size_and_is_the_same(client: Client, address: str) -> None:
    plain, sent = client.get(address), client.get(address, headers=ASKED)
    assert "Content-Encoding" not in plain.headers and sent.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent.content) == plain.content
    assert len(sent.content) == int(sent.headers["Content-Length"]) < len(plain.content) / 3
    assert all("Accept-Encoding" in reply.headers["Vary"] for reply in (plain, sent))


@pytest.mark.parametrize("address", ["/?lang=en", "/api/v1/commitments/"])
def test_a_compressed_page_is_asked_for_again_by_its_tag(client: Client, address: str) -> None:
    plain, sent = client.get(address), client.get(address, headers=ASKED)
    assert sent.headers["ETag"] == f"W/{plain.headers['ETag']}"
    again = client.get(address, headers={**ASKED, "If-None-Match": sent.headers["ETag"]})
    assert again.status_code == 304 and not again.content and "Accept-Encoding" in again.headers["Vary"]


def test_a_file_keeps_its_length_and_its_ranges(client: Client) -> None:
    whole = client.get("/api/v1/export/", headers=ASKED)
    assert whole.status_code == 200 and "Content-Encoding" not in whole.headers
    kept = b"".join(whole.streaming_content)
    asked = {**ASKED, "Range": "bytes=10-19", "If-Range": whole.headers["ETag"]}
    number = whole.headers["Ledger-Number"]
    part = client.get(f"/api/v1/export/?at={number}", headers=asked)
    assert part.status_code == 206 and "Content-Encoding" not in part.headers
    assert b"".join(part.streaming_content) == kept[10:20]
