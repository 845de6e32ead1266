import re
import shutil
from pathlib import Path

import pytest

from commitments.ledger import verbs
from commitments.ledger.subjects import SUBJECTS
from commitments.ledger.verify import verify
from commitments.models.declaration import Quotation
from commitments.packages import folder as package_folder
from commitments.packages.export import export
from commitments.packages.folder import Faults
from commitments.packages.load import load
from commitments.packages.yamlfile import Malformed, dump, parse
from commitments.readings import changes, commitments
from commitments.readings.moment import Moment
from tests.conftest import CODE, PACKAGE
from tests.story import LIU, judge, on

pytestmark = pytest.mark.django_db


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGE, tmp_path / "package"))


def edit(folder: Path, file: str, old: str, new: str, count: int = 1) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, count))


def faults(folder: Path) -> list[str]:
    head = changes.head()
    with pytest.raises(Faults) as refused:
        load(folder, by="package")
    assert changes.head() == head  # all or nothing
    return [str(fault) for fault in refused.value.faults]


def test_counts_equal_the_package() -> None:
    rows = commitments.listing(commitments.Filter(declaration=CODE), on("2026-11-01")).rows
    sections = [row["section"] for row in rows]
    assert {s: sections.count(s) for s in dict.fromkeys(sections)} == {
        "preamble": 15, "narcotics": 19, "terrorism": 20, "organized-crime": 6, "closing": 4,
    }  # fmt: skip


def test_every_quotation_equals_its_slice_of_the_text() -> None:
    quotations = Quotation.objects.select_related("edition")
    assert quotations.count() == 400
    for q in quotations:
        assert q.edition.text[q.start : q.end] == q.exact


def test_a_second_load_does_nothing() -> None:
    head = changes.head()
    assert load(PACKAGE, by="package").number is None
    assert changes.head() == head


def test_the_export_is_the_package_byte_for_byte(tmp_path: Path) -> None:
    package_folder.write(export(CODE), tmp_path)
    for path in PACKAGE.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
    assert {p.name for p in tmp_path.iterdir()} == {p.name for p in PACKAGE.iterdir()}


def test_what_was_judged_and_retracted_here_is_in_the_export_and_loads_again(tmp_path: Path) -> None:
    judge(value="ongoing", replaces=judge(value="stalled"))
    verbs.retract(assessment=judge(day="2026-02-01"), because={"en": "no"}, by=LIU)
    package_folder.write(export(CODE), tmp_path)
    assert load(tmp_path, by="package").number is None
    assert "retractions" in (tmp_path / "assessments.yaml").read_text()


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("quotations.yaml", "  exact: 建设民主体制", "  exact: 建设民主制度", r"quotations.yaml: P1.b zh clause 1: “建设民主制度” is not what stands at"),
        ("quotations.yaml", "  end: 107\n", "  end: 108\n", r"quotations.yaml: P1.a zh clause 1: .*is not what stands at"),
        ("commitments.yaml", "- SCO-MS", "- SCO-XX", r"commitments.yaml: P1.a obligors: the organization “SCO-XX” is not known"),
        ("commitments.yaml", "- code: P1.b", "- code: P1.a", r"commitments.yaml: P1.a: stands twice"),
        ("commitments.yaml", "strength: 1", "strength: 6", r"commitments.yaml: commitments P1.a strength: 6 is greater than"),
        ("commitments.yaml", "kind: position", "kind: promise", r"commitments.yaml: commitments P1.a kind: 'promise' is not one of"),
        ("assessments.yaml", "value: ongoing", "value: done", r"assessments.yaml: P1.a@2009-03-27.1 value: “done” is not on the scale house@1"),
        ("assessments.yaml", "- m-taliban", "- m-rus-rec", r"assessments.yaml: P1.a@2021-08-15.1 basis: “m-rus-rec” is dated 2025-07-03, after 2021-08-15"),
        ("assessments.yaml", "- m-taliban", "- m-nothing", r"the fact “m-nothing” is not known"),
        ("assessments.yaml", "'2009-03-27'", "'2009-02-30'", r"assessments.yaml: P1.a@2009-02-30.1 effective_on: “2009-02-30” is not a day"),
        ("assessments.yaml", "'2009-03-27'", "'2008-03-27'", r"lies before the adoption on 2009-03-27"),
        ("actions.yaml", "code: a-exagr", "code: a-arms-agr", r"actions.yaml: a-arms-agr: stands twice"),
        ("actions.yaml", "verified: false", "verified: true", r"actions.yaml: a-arms-agr verified: a verified fact has a source"),
        ("sources.yaml", "url: https://", "url: ftp://", r"sources.yaml: sources src-sohu url: .*does not match"),
        ("declaration.yaml", "scale: house@1", "scale: house@2", r"declaration.yaml: scale: “house@2” is not the scale of scale.yaml"),
        ("declaration.yaml", "code: sco-afg-2009", "code: SCO", r"declaration.yaml: declaration code: 'SCO' does not match"),
        ("organizations.yaml", "parent: SCO", "parent: SCX", r"organizations.yaml: SCO-MS parent: the organization “SCX” is not known"),
        ("quotations.yaml", "connectives:\n", "connectives:\n- {paragraph: P1, language: zh, start: 0, end: 1, exact: x, reason: frame}\n", r"is not what stands at 0–1"),
        ("scale.yaml", "code: house", "code: house\ncode: house", r"scale.yaml: line 2: the key “code” stands twice"),
        ("events.yaml", "events:", "events: &a", r"events.yaml|actions|ok"),
        ("actions.yaml", "title:\n", "tittle:\n", r"actions.yaml: actions a-arms-agr: .*'tittle' was unexpected"),
    ],
)  # fmt: skip
def test_a_fault_names_file_key_and_reason(copy: Path, file: str, old: str, new: str, expected: str) -> None:
    if "&a" in new:
        (copy / file).write_text("events:\n- &x {code: e}\n- *x\n")
        expected = r"events.yaml: line 3: aliases are not used"
    else:
        edit(copy, file, old, new)
    found = faults(copy)
    assert any(re.search(expected, line) for line in found), found[:5]


def test_every_fault_is_reported_at_once(copy: Path) -> None:
    edit(copy, "commitments.yaml", "- SCO-MS", "- SCO-XX")
    edit(copy, "assessments.yaml", "value: ongoing", "value: done")
    edit(copy, "quotations.yaml", "  exact: 建设民主体制", "  exact: 建设民主制度")
    assert len({line.split(":")[0] for line in faults(copy)}) == 3


def test_wrong_encoding_and_missing_files(copy: Path) -> None:
    (copy / "source.zh.md").write_bytes((PACKAGE / "source.zh.md").read_text().encode("gb18030"))
    assert "source.zh.md: line 3: not UTF-8" in faults(copy)[0]
    (copy / "quotations.yaml").unlink()
    assert "quotations.yaml: is missing" in faults(copy) and len(faults(copy)) == 2  # every file is looked at


def test_a_control_character_is_refused(copy: Path) -> None:
    edit(copy, "actions.yaml", "Baseline before the Statement.", '"Baseline\\u202E before"')
    assert "U+202E" in faults(copy)[0]


def test_a_short_name_that_the_text_defines_must_be_an_alias(copy: Path) -> None:
    edit(copy, "organizations.yaml", "    - 上合组织\n", "    - 上合\n")
    assert faults(copy) == [
        "organizations.yaml: SCO aliases: the text defines “上合组织” for “上海合作组织”: list it"
    ]


def test_text_that_is_not_accounted_for_is_a_fault(copy: Path) -> None:
    edit(copy, "quotations.yaml", "connectives:\n- paragraph: P1\n", "connectives:\n- paragraph: P2\n")
    found = faults(copy)
    assert any("not accounted for" in line for line in found)
    assert any("lies outside the paragraph P2" in line for line in found)


def test_a_whole_paragraph_cannot_be_exempted(copy: Path) -> None:
    content = parse((copy / "quotations.yaml").read_text())
    texts = (copy / "source.zh.md").read_text()
    start = texts.index("强调维护联合国")
    end = texts.index("；", start) + 1
    content["quotations"] = [
        q for q in content["quotations"] if not (q["commitment"] == "P6.a" and q["language"] == "zh")
    ]
    content["connectives"].append(
        {
            "paragraph": "P6",
            "language": "zh",
            "start": start,
            "end": end,
            "exact": texts[start:end],
            "reason": "frame",
        }
    )
    (copy / "quotations.yaml").write_text(dump(content))
    found = faults(copy)
    assert any("a whole paragraph cannot be connective text" in line for line in found)
    assert any("P6.a: has no clause in the authentic edition" in line for line in found)


def test_a_changed_package_is_recorded_as_changes_in_one_batch(copy: Path) -> None:
    edit(
        copy,
        "actions.yaml",
        "SCO agreement on illicit trafficking",
        "SCO agreement against illicit trafficking",
    )
    before = changes.head()["number"]
    outcome = load(copy, by="package")
    assert (outcome.changed, outcome.created, outcome.number) == ({"action": 1}, {}, before + 1)
    assert changes.batches(None, 1)[0]["entries"] == 1
    assert list(verify()) == []


def test_a_new_assessment_in_the_package_is_added(copy: Path) -> None:
    with (copy / "assessments.yaml").open("a") as file:
        file.write(dump([{
            "commitment": "N6.c", "effective_on": "2026-03-01", "value": "stalled", "because": {"en": "x"},
            "basis": ["m-statement"], "confidence": "low", "track": "analyst", "by": "analyst",
        }]))  # fmt: skip
    assert load(copy, by="package").created == {"assessment": 1}


def test_an_assessment_is_never_edited_by_a_package(copy: Path) -> None:
    edit(copy, "assessments.yaml", "value: ongoing", "value: stalled")
    assert "is recorded and never edited" in faults(copy)[0]


def test_what_was_edited_since_is_a_conflict_unless_overwritten_with_a_reason(copy: Path) -> None:
    state = SUBJECTS["organization"].states(["KAZ"])["KAZ"]
    verbs.amend(
        subject_type="organization",
        subject="KAZ",
        state=state | {"note": {"en": "edited here"}},
        by=LIU,
        because="a note",
    )
    edit(copy, "organizations.yaml", "en: Kazakhstan", "en: Republic of Kazakhstan")
    assert faults(copy)[0].startswith("organizations.yaml: KAZ: conflict: edited by p-liu")
    assert (
        load(PACKAGE, by="package").number is None
    )  # the package that was loaded last has nothing new to say
    outcome = load(copy, by="package", overwrite=True, because="the package is right")
    assert outcome.changed == {"organization": 1}
    assert list(verify()) == []


def test_the_package_that_was_loaded_last_can_win_too() -> None:
    state = SUBJECTS["organization"].states(["KAZ"])["KAZ"]
    verbs.amend(
        subject_type="organization",
        subject="KAZ",
        state=state | {"note": {"en": "edited"}},
        by=LIU,
        because="a note",
    )
    kept = load(PACKAGE, by="package")
    assert (kept.number, kept.kept) == (None, ["KAZ"])
    assert load(PACKAGE, by="package", overwrite=True, because="back").changed == {"organization": 1}
    assert SUBJECTS["organization"].states(["KAZ"])["KAZ"] == state


def test_conflicts_of_every_kind_are_listed_at_once(copy: Path) -> None:
    for subject_type, key, change in (
        ("organization", "KAZ", {"note": {"en": "x"}}),
        ("source", f"{CODE}:src-sohu", {"note": "x"}),
    ):
        state = SUBJECTS[subject_type].states([key])[key]
        verbs.amend(subject_type=subject_type, subject=key, state=state | change, by=LIU, because="here")
    edit(copy, "organizations.yaml", "en: Kazakhstan", "en: Republic of Kazakhstan")
    edit(copy, "sources.yaml", "publisher: China News Service via Sohu", "publisher: CNS via Sohu")
    assert len(faults(copy)) == 2


def test_the_text_of_an_edition_is_never_changed(copy: Path) -> None:
    with (copy / "source.ru.md").open("a") as file:
        file.write("\n")
    assert faults(copy) == [
        f"declaration.yaml: {CODE}:ru.1: its text is recorded and never changed: add a version that replaces it"
    ]


def test_a_corrected_text_is_a_new_edition_and_its_anchors_are_found_again(copy: Path, now: Moment) -> None:
    text = (copy / "source.zh.md").read_text()
    assert text.count("危胁") == 0 and text.count("严重威胁") == 2
    (copy / "source.zh.2.md").write_text(text.replace("构成严重威胁", "构成十分严重的威胁"))
    edit(
        copy,
        "declaration.yaml",
        "- language: en\n  version: 1",
        "- {language: zh, version: 2, file: source.zh.2.md, standing: authentic, replaces: zh.1}\n- language: en\n  version: 1",
    )
    assert any(
        line.startswith("quotations.yaml: P2.b zh.2: cannot be found again: “对阿富汗")
        for line in faults(copy)
    )
    (copy / "source.zh.2.md").write_text(
        text.replace("所作的努力", "所做的努力").replace("\n\n承认", "\n\n\n承认")
    )
    broken = faults(copy)
    assert all("zh.2" in line for line in broken) and any("P3.a" in line for line in broken)
    (copy / "source.zh.2.md").write_text(
        text.replace("\n\n承认", "\n\n\n承认")
    )  # a blank line: every later offset moves
    assert load(copy, by="package").created == {"edition": 1}
    assert list(verify()) == []
    found = commitments.one(f"{CODE}:N6.c", now)
    assert found
    assert [q["edition"] for q in found["quotations"] if q["language"] == "zh"] == [f"{CODE}:zh.2"] * 3
    assert found["words"][0]["parts"][1] == {"text": "应扩大该行动观察员国数量", "clause": True}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"commitment": "N6.c", "replaces": "N6.a@2009-03-27.1"},
            "is not an earlier assessment of this commitment",
        ),
        ({"commitment": "N6.c", "effective_on": "2009-03-26"}, "lies before the adoption"),
    ],
)
def test_an_assessment_replaces_only_one_of_its_own_commitment(
    copy: Path, change: dict[str, str], reason: str
) -> None:
    row = {
        "effective_on": "2026-03-01",
        "value": "stalled",
        "because": {"en": "x"},
        "confidence": "low",
        "track": "analyst",
        "by": "analyst",
    }
    with (copy / "assessments.yaml").open("a") as file:
        file.write(dump([row | change]))
    assert any(reason in line for line in faults(copy))


def test_nfd_and_empty_texts_are_recorded_as_they_are_read(copy: Path) -> None:
    edit(copy, "actions.yaml", "SCO agreement on illicit", "SCO\u0301 agreement on illicit")
    load(copy, by="package")
    assert list(verify()) == []


def test_what_is_left_out_is_dropped_and_a_commitment_never(copy: Path) -> None:
    content = parse((copy / "actions.yaml").read_text())
    content["actions"] = [a for a in content["actions"] if a["code"] != "a-arms-agr"]
    (copy / "actions.yaml").write_text(dump(content))
    assert load(copy, by="package").dropped == {"action": 1}
    assert list(verify()) == []
    content = parse((copy / "events.yaml").read_text())
    assert content


def test_yaml_keeps_strings_and_refuses_duplicates() -> None:
    assert parse("a: NO\nb: 2009-03-27\nc: 1.50\nd: true\n") == {
        "a": "NO",
        "b": "2009-03-27",
        "c": "1.50",
        "d": True,
    }
    with pytest.raises(Malformed, match="line 2"):
        parse("a: 1\na: 2\n")
    with pytest.raises(Malformed):
        parse("a: [1\n")
