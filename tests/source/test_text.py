from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.source import anchors, folding, names
from commitments.source.outline import MalformedText, decode, outline
from tests.conftest import PACKAGE

SECTIONS = ["narcotics", "terrorism", "organized-crime"]
TEXTS = {lang: (PACKAGE / f"source.{lang}.md").read_bytes().decode() for lang in ("zh", "en", "ru")}
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@pytest.mark.parametrize("lang", TEXTS)
def test_the_outline_has_the_counted_paragraphs(lang: str) -> None:
    blocks = outline(TEXTS[lang], SECTIONS)
    counted = Counter(b.section for b in blocks if b.kind not in ("title", "heading", "separator"))
    assert counted == {"preamble": 9, "narcotics": 7, "terrorism": 6, "organized-crime": 2, "closing": 2}
    assert [b.code for b in blocks] == [b.code for b in outline(TEXTS["zh"], SECTIONS)]


def test_the_outline_is_that_of_the_research(research: dict) -> None:  # type: ignore[type-arg]
    found = {b.code: (b.kind, b.line, TEXTS["zh"][b.start : b.end]) for b in outline(TEXTS["zh"], SECTIONS)}
    for row in research["declaration"]["paragraphs"]:
        kind, line, text = found.pop(row["id"])
        assert (kind, line) == (row["type"], row["source_line"])
        assert text.replace("\\*", "*") == row["zh"]
    assert not found


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    with pytest.raises(MalformedText) as refused:
        decode("# 声明\n\n第一".encode() + b"\xff\n")
    assert refused.value.line == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no title", "title"),
        ("# a\n\n# b\n", "second title"),
        ("# a\n\n## one\n", "1 section headings"),
        ("# a\n\n### deep\n\n## b\n\n## c\n\n## d", "second level"),
    ],
)
def test_a_malformed_text_says_why(text: str, reason: str) -> None:
    with pytest.raises(MalformedText, match=reason):
        outline(text, SECTIONS)


@given(WORDS, WORDS, WORDS)
def test_an_anchor_of_a_slice_checks_and_resolves(before: str, exact: str, after: str) -> None:
    text = before + exact + after
    found = anchors.anchor(text, len(before), len(before) + len(exact))
    anchors.check(text, found.start, found.end, found.exact)
    assert text[anchors.resolve(text, found) :].startswith(exact)


def test_resolution_follows_the_words_into_a_new_edition() -> None:
    old = "we call on states; they call on states too"
    second = anchors.anchor(old, 24, 38)
    assert second.exact == "call on states"
    assert anchors.resolve("Indeed, " + old, second) == 32


@pytest.mark.parametrize(("start", "end"), [(1, 4), (0, 3), (-1, 3), (0, 99), (4, 4)])
def test_a_span_that_is_off_is_refused_with_the_nearest_place(start: int, end: int) -> None:
    with pytest.raises(anchors.AnchorMismatch) as refused:
        anchors.check("支持阿富汗政府", start, end, "支持")
    assert refused.value.nearest == 0


def test_uncovered_and_overlapping_parts() -> None:
    assert anchors.uncovered(0, 10, [(2, 4), (3, 6)]) == [(0, 2), (6, 10)]
    assert anchors.overlapping([(0, 3), (2, 5), (5, 6)]) == [(2, 5)]


def test_short_names_that_the_text_defines() -> None:
    assert names.defined_short_names(TEXTS["zh"]) == {"上合组织": "上海合作组织"}
    assert names.defined_short_names(TEXTS["en"]) == {"SCO": "Shanghai Cooperation Organisation"}
    assert "ШОС" in names.defined_short_names(TEXTS["ru"])


def test_aliases_name_one_organization_and_the_longest_name_wins() -> None:
    codes = {"集体安全条约组织": "CSTO", "集安条约组织": "CSTO", "联合国": "UN", "联合国安理会": "UNSC"}
    found = names.find_names("赞成集体安全条约组织，强调集安条约组织，遵守联合国安理会决议", codes)
    assert [f.code for f in found] == ["CSTO", "CSTO", "UNSC"]


def test_search_folds_what_a_reader_takes_as_the_same() -> None:
    assert folding.fold("ＳＣＯ  Ёлка\n") == "sco ёлка"
    assert folding.terms("毒品 毒品 Channel") == ["毒品", "channel"]
    assert folding.lit("打击毒品走私", ["毒品"]) == [("打击", False), ("毒品", True), ("走私", False)]


@pytest.mark.parametrize(
    ("forms", "stem"),
    [
        ("border borders border's border’s", "border"), ("country countries", "countr"), ("address addresses", "address"),
        ("граница границы границу границ границей границами", "границ"), ("наркотик наркотики наркотиков наркотиками", "наркотик"),
        ("терроризм терроризма терроризму терроризмом терроризме", "терроризм"), ("организация организации организацию организацией", "организац"),
    ],
)  # fmt: skip
def test_endings_of_words_do_not_matter(forms: str, stem: str) -> None:
    assert all(term.startswith(stem) and stem.startswith(term[: len(stem)]) for term in folding.terms(forms))
    found = [f"… {form} …" for form in forms.split()]
    for term in folding.terms(forms):
        assert sum(term in folding.fold(text) for text in found) >= len(found) - (term == "country")


@pytest.mark.parametrize(
    "word", ["status", "process", "crisis", "news", "мак", "ОДКБ", "毒品", "N6.c", "2014", "ISAF", "UNODC's"]
)
def test_what_is_no_ending_stays(word: str) -> None:
    assert folding.terms(word) == [folding.fold(word).removesuffix("'s")]
