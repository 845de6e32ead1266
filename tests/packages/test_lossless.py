"""Every leaf of the research files is in the exported package, or in this list of named, reasoned omissions."""

import fnmatch
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from commitments.packages.export import export
from commitments.packages.folder import read, write
from tests.conftest import CODE

pytestmark = pytest.mark.django_db

OMISSIONS = {
    "*.schema": "the format of the research file itself",
    "declaration.declaration.seed_file": "a path of the research; the package holds the text itself",
    "declaration.declaration.conventions": "how offsets were counted inside a paragraph; the package counts in the whole text, and its schema says so",
    "declaration.paragraphs.*.number": "the place in the list",
    "declaration.paragraphs.*.source_line": "follows from the text (tests/source compares it)",
    "declaration.paragraphs.*.section": "front is no section; organized_crime is written organized-crime",
    "declaration.sections.*.code": "organized_crime is written organized-crime",
    "declaration.paragraphs.SEP.*": "the text of the file has the separator with its escapes",
    "declaration.paragraphs.P4.en_own_translation": "replaced by paragraph_fixes of anchors.yaml",
    "declaration.paragraphs.N6.en_own_translation": "replaced by paragraph_fixes of anchors.yaml",
    "declaration.paragraphs.T3.en_own_translation": "replaced by paragraph_fixes of anchors.yaml",
    "declaration.commitments.*.section": "follows from the paragraph",
    "declaration.commitments.*.number": "the place in the list",
    "declaration.commitments.*.quote_start": "counted in the paragraph; the package counts in the whole text",
    "declaration.commitments.*.quote_end": "counted in the paragraph; the package counts in the whole text",
    "declaration.commitments.P5.a.title_ru": "replaced as the review notes ask",
    "declaration.commitments.T6.a.title_ru": "replaced as the review notes ask",
    "declaration.commitments.T3.d.title_ru": "replaced as the review notes ask",
    "declaration.commitments.P7.a.title_ru": "replaced as the review notes ask",
    "declaration.commitments.T4.a.plain_en": "replaced as the review notes ask",
    "declaration.commitments.C1.a.plain_en": "replaced as the review notes ask",
    "declaration.commitments.C1.b.plain_en": "replaced as the review notes ask",
    "declaration.commitments.P4.a.title_en": "replaced as the review notes ask",
    "declaration.commitments.P4.a.plain_en": "replaced as the review notes ask",
    "declaration.commitments.T3.a.title_en": "replaced as the review notes ask",
    "declaration.organizations.???.parent": "membership, with its dates, says which group a state belongs to",
    "declaration.organizations.SCO-MS.name_en": "shortened; the memberships say who belonged in 2009",
    "declaration.organizations.AFG.note": "said in neutral words: a state is not said to have lost or fallen",
    "declaration.organizations.TALIBAN-DFA.name_zh": "replaced as translations.yaml proposes",
    "declaration.organizations.SCO-OBS.name_ru": "replaced as translations.yaml proposes",
    "declaration.organizations.CSTO-CCBCD.name_zh": "replaced as translations.yaml proposes",
    "declaration.organizations.CTC.name_??": "replaced as translations.yaml proposes",
    "evidence.milestones.m-taliban.title": "the event is named neutrally: change of authorities in Kabul",
    "evidence.milestones.m-taliban.description": "the event is described neutrally",
    "translations.milestones.m-taliban.title_*": "the event is named neutrally",
    "evidence.indicators.*.name_ru": "replaced where translations.yaml proposes another",
    "evidence.assessments.*": "an earlier suggestion; history.yaml replaces it (README of the research)",
    "anchors.anchors.*.start": "counted in the paragraph; the package counts in the whole text",
    "anchors.anchors.*.end": "counted in the paragraph; the package counts in the whole text",
    "anchors.connectives.*.start": "counted in the paragraph; the package counts in the whole text",
    "anchors.connectives.*.end": "counted in the paragraph; the package counts in the whole text",
    "translations.review_notes.*.kind": "says in which list the id stands; the id says it too",
    "translations.glossary.*": "words for the interface, which the catalogues in locale/ hold; short names became aliases",
    "translations.paragraphs.*": "found in the text of the Russian edition",
}
IDS = ("id", "code", "commitment", "key", "term")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            name = next((str(item[i]) for i in IDS if isinstance(item, dict) and i in item), str(index))
            yield from leaves(item, f"{path}.{name}")
    elif value is not None:
        yield path.lstrip("."), value


def by_code(value: Any, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Values by the code of the object in which they stand; assessments and anchors stand under their commitment."""
    if isinstance(value, dict):
        for name in ("code", "commitment", "paragraph"):
            if isinstance(value.get(name), str):
                found.setdefault(value[name], set()).update(str(leaf) for _, leaf in leaves(value))
        for item in value.values():
            by_code(item, found)
    elif isinstance(value, list):
        for item in value:
            by_code(item, found)
    return found


def test_nothing_is_lost(research: dict[str, Any], tmp_path: Any) -> None:
    write(export(CODE), tmp_path)
    package = read(tmp_path)
    everything = {str(value) for _, value in leaves(package.content)}
    rows, text = by_code(package.content, {}), "\n".join(package.texts.values())
    used: set[str] = set()
    lost = []
    for file, content in research.items():
        for path, value in leaves(content, file):
            rule = next((pattern for pattern in OMISSIONS if fnmatch.fnmatchcase(path, pattern)), None)
            words = str(value)
            own = next((rows[part] for part in _codes(path) if part in rows), None)
            there = (
                words in (own if own is not None else everything)
                or (words in everything and own is None)
                or (len(words) > 4 and words in text)
            )
            if (
                not there
                and own is not None
                and any(
                    path.startswith(p)
                    for p in (
                        "history.rubric",
                        "declaration.declaration",
                        "translations.organizations",
                        "translations.indicators",
                        "translations.review_notes",
                        "translations.doubtful_terms",
                        "anchors.notes",
                        "anchors.paragraph_fixes",
                        "memberships.",
                    )
                )
            ):
                there = words in everything
            if there:
                continue
            if rule is None:
                lost.append((path, words[:60]))
            else:
                used.add(rule)
    assert not lost, f"{len(lost)} lost: {lost[:12]}"
    unused = sorted(set(OMISSIONS) - used)
    assert not unused, f"omissions that omit nothing: {unused}"


def _codes(path: str) -> list[str]:
    """Codes that a path may name: P1.a has a dot of its own."""
    parts = path.split(".")
    return [f"{a}.{b}" for a, b in pairwise(parts)] + parts[2:3]
