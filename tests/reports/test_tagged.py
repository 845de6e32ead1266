"""The structure of a tagged PDF, by the rules of ISO 32000-1 (14.8.4) and ISO 14289-1 that can be checked by a program here.

What needs eyes (that the order of reading makes sense) or veraPDF itself, which cannot be had from a package registry, is not.
"""

import re
import zlib
from collections import Counter
from datetime import date

import pytest

from commitments.ledger.canonical import canonical
from commitments.models.report import Schedule
from commitments.readings import changes
from commitments.reports import content, rendering
from tests import servers
from tests.conftest import CODE

pytestmark = pytest.mark.engineless
# Which element may stand in which.
_PARENTS = {
    "LI": {"L"}, "Lbl": {"LI"}, "LBody": {"LI"}, "TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"},
    "THead": {"Table"}, "TBody": {"Table"}, "TFoot": {"Table"},
}  # fmt: skip
_KIDS = {
    "L": {"L", "LI", "Caption"}, "LI": {"Lbl", "LBody"}, "Table": {"TR", "THead", "TBody", "TFoot", "Caption"},
    "TR": {"TH", "TD"}, "THead": {"TR"}, "TBody": {"TR"},
}  # fmt: skip


def objects_of(pdf: bytes) -> dict[int, str]:
    """Every object of a PDF by its number, those in object streams too; of a stream its dictionary alone."""
    found = {}
    for number, body in re.findall(rb"(\d+) 0 obj\s(.*?)endobj", pdf, re.DOTALL):
        head, _stream, rest = body.partition(b"stream")
        found[int(number)] = head.decode("latin-1")
        if b"/ObjStm" in head:
            text = zlib.decompress(rest.strip(b"\r\n").rsplit(b"endstream", 1)[0]).decode("latin-1")
            first = int(re.search(r"/First (\d+)", found[int(number)])[1])  # type: ignore[index]
            numbers = [int(n) for n in text[:first].split()]
            places = [*numbers[1::2], len(text) - first]
            for index, name in enumerate(numbers[::2]):
                found[name] = text[first + places[index] : first + places[index + 1]]
    return found


@pytest.fixture(scope="module", params=["report en", "report zh", "brief ru"])
def pdf(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: pytest.FixtureDef) -> bytes:  # type: ignore[type-arg]
    if servers.missing():
        pytest.skip(f"missing: {', '.join(servers.missing())}")
    form, language = request.param.split()
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        asked = content.Asked.of(Schedule.objects.get(declaration=CODE, cadence="yearly"))
        if form == "brief":
            asked = content.Asked(CODE, "brief", asked.title, {"codes": "N6.c,T3.e"})
        found = content.read(asked, date(2025, 1, 1), date(2025, 12, 31), changes.head()["number"])
        made: bytes = rendering.render(canonical(found), language, ["pdf"])["report.pdf"]
    return made


def test_every_element_stands_where_it_may(pdf: bytes) -> None:
    elements = {n: text for n, text in objects_of(pdf).items() if "/StructElem" in text}
    tag = {n: re.search(r"/S /(\w+)", text)[1] for n, text in elements.items()}  # type: ignore[index]
    assert {"Document", "H1", "H2", "P", "Sect"} <= set(tag.values())
    broken: Counter[str] = Counter()
    for number, text in elements.items():
        parent = int(re.search(r"/P (\d+) 0 R", text)[1])  # type: ignore[index]
        above, own = tag.get(parent, ""), tag[number]
        while above == "NonStruct":  # it is not there for who reads the structure
            parent = int(re.search(r"/P (\d+) 0 R", elements[parent])[1])  # type: ignore[index]
            above = tag.get(parent, "")
        if own in _PARENTS and above not in _PARENTS[own]:
            broken[f"{own} in {above}"] += 1
        if above in _KIDS and own not in _KIDS[above] and own != "NonStruct":
            broken[f"{above} holds {own}"] += 1
    assert not broken


def test_every_figure_has_words_and_every_language_is_told(pdf: bytes) -> None:
    objects = objects_of(pdf)
    elements = [text for text in objects.values() if "/StructElem" in text]
    figures = [text for text in elements if "/S /Figure" in text]
    assert figures and all("/Alt" in text for text in figures)
    catalog = next(text for text in objects.values() if "/Catalog" in text)
    assert "/Lang" in catalog and "/DisplayDocTitle true" in catalog and "/Marked true" in catalog
    own = re.search(r"/Lang \(([\w-]+)\)", catalog)[1]  # type: ignore[index]
    told = Counter(re.findall(r"/Lang \(([\w-]+)\)", " ".join(elements)))
    if own != "zh-Hans":
        assert told["zh-Hans"] >= 2, told  # the authentic words
    if own != "en":
        assert told["en"] >= 1, told  # titles of sources


def test_headings_leave_out_no_level_and_the_file_says_what_it_is(pdf: bytes) -> None:
    assert b"pdfuaid:part" in pdf or b"pdfuaid:part" in b"".join(_streams(pdf))
    elements = [text for text in objects_of(pdf).values() if "/StructElem" in text]
    levels = {int(n) for text in elements for n in re.findall(r"/S /H(\d)", text)}
    assert levels == set(range(1, max(levels) + 1))
    cells = [text for text in elements if "/S /TD" in text]
    assert all("/Headers" in text for text in cells)  # each names the heads that it stands under


def _streams(pdf: bytes) -> list[bytes]:
    found = []
    for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(part))
        except zlib.error:
            found.append(part)
    return found
