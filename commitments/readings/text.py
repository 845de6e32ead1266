"""The text with everything known about it in the margin: editions, paragraphs, quotations, coverage."""

from collections import defaultdict
from typing import Any

from commitments.models.declaration import (
    Connective,
    Edition,
    EditionParagraph,
    Paragraph,
    Quotation,
)
from commitments.readings import commitments, judgements
from commitments.readings.moment import Moment
from commitments.readings.rows import plain
from commitments.source.names import defined_short_names, find_names

EDITION_FIELDS = ("key", "declaration", "language", "version", "standing", "sha256", "provenance", "replaces")


def editions(declaration: str | None = None, with_text: bool = False) -> list[dict[str, Any]]:
    """Editions, the authentic one first. One that was replaced stays and says by which."""
    rows = Edition.objects.all() if declaration is None else Edition.objects.filter(declaration=declaration)
    found = list(
        rows.order_by("declaration", "recorded").values(*EDITION_FIELDS, *(["text"] if with_text else []))
    )
    replaced = {row["replaces"]: row["key"] for row in found if row["replaces"]}
    for row in found:
        row["replaced_by"] = replaced.get(row["key"])
    order = {"authentic": 0, "official": 1, "own_translation": 2}
    return sorted(found, key=lambda row: (row["declaration"], order[row["standing"]]))


def paragraphs(declaration: str) -> list[dict[str, Any]]:
    """Paragraphs in order with their words and place in each edition in force."""
    rows = plain(
        Paragraph.objects.filter(declaration=declaration).order_by("position")
        .values("key", "code", "kind", "section__code", "divergence_note")
    )  # fmt: skip
    in_force = {e["key"]: e for e in editions(declaration, with_text=True) if e["replaced_by"] is None}
    texts: dict[str, dict[str, Any]] = defaultdict(dict)
    spans = EditionParagraph.objects.filter(edition__in=in_force)
    for edition, paragraph, start, end in spans.values_list("edition_id", "paragraph__key", "start", "end"):
        words = in_force[edition]["text"][start:end]
        texts[paragraph][in_force[edition]["language"]] = {
            "edition": edition,
            "start": start,
            "end": end,
            "text": words,
        }
    for row in rows:
        row["section"] = row.pop("section__code")
        row["texts"] = texts[row["key"]]
        row["declaration"] = declaration
    return rows


def _cut(words: dict[str, Any], clauses: list[tuple[int, int, str, bool]]) -> list[dict[str, Any]]:
    """A paragraph's words cut at its clauses: {"text", "commitment" or None, "first": the letter stands before it}."""
    parts, at = [], words["start"]
    for start, end, commitment, first in sorted(clauses):
        if start > at:
            parts.append(
                {"text": words["text"][at - words["start"] : start - words["start"]], "commitment": None}
            )
        parts.append(
            {
                "text": words["text"][start - words["start"] : end - words["start"]],
                "commitment": commitment,
                "first": first,
            }
        )
        at = end
    if at < words["end"]:
        parts.append({"text": words["text"][at - words["start"] :], "commitment": None})
    return parts


def read(declaration: str, moment: Moment) -> dict[str, Any]:
    """The reader: every paragraph in every edition, cut at its clauses, and its commitments with their statuses."""
    listing = commitments.listing(commitments.Filter(declaration=declaration), moment)
    by_paragraph: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in listing.rows:
        by_paragraph[row["paragraph_code"]].append(row)
    clauses: dict[tuple[str, str], list[tuple[int, int, str, bool]]] = defaultdict(list)
    quoted = Quotation.objects.filter(
        commitment__declaration=declaration, commitment__retired=False, role="clause"
    )
    for edition, paragraph, commitment, order, start, end in quoted.order_by("order").values_list(
        "edition_id", "commitment__paragraph__code", "commitment_id", "order", "start", "end"
    ):
        clauses[edition, paragraph].append((start, end, commitment, order == 1))
    rows = paragraphs(declaration)
    covered = coverage(declaration)
    evidence = judgements.basis_of(
        [r["status"]["assessment"] for r in listing.rows if r["status"]["assessment"]], moment
    )
    organizations = commitments.organizations_of([r["key"] for r in listing.rows])
    for row in listing.rows:
        row["evidence"] = evidence.get(row["status"]["assessment"], [])
        row["organizations"] = organizations[row["key"]]
    for row in rows:
        row["rows"] = by_paragraph[row["code"]]
        row["parts"] = {
            language: _cut(words, clauses[words["edition"], row["code"]])
            for language, words in row["texts"].items()
        }
    return {
        "paragraphs": rows,
        "editions": [e for e in editions(declaration) if e["replaced_by"] is None],
        "coverage": covered,
        "rollup": listing.rollup,
        "facets": listing.facets,
        "rows": listing.rows,
    }


def named_in(declaration: str, names: dict[str, str]) -> list[dict[str, str]]:
    """Where the authentic text speaks of organizations: {"code", "paragraph", "name"}, each once a paragraph.

    `names` is {words: code}. A short name that the text defines itself leads to the organization of the long one.
    """
    edition = (
        Edition.objects.filter(declaration=declaration, standing="authentic").order_by("-version").first()
    )
    if edition is None:
        return []
    for short, long in defined_short_names(edition.text).items():
        if long in names:
            names = {**names, short: names[long]}
    spans = EditionParagraph.objects.filter(edition=edition).order_by("position")
    places = [
        (paragraph, start, end)
        for paragraph, start, end, kind in spans.values_list(
            "paragraph__code", "start", "end", "paragraph__kind"
        )
        if kind not in ("title", "heading", "separator")
    ]
    found = {
        (name.code, paragraph, name.name): None
        for paragraph, start, end in places
        for name in find_names(edition.text[start:end], names)
    }
    by_name = sorted(
        found, key=lambda place: [name for _, _, name in found].index(place[2])
    )  # names as they first appear
    return [{"code": code, "paragraph": paragraph, "name": name} for code, paragraph, name in by_name]


def coverage(declaration: str) -> dict[str, Any]:
    """Characters of numbered paragraphs in the authentic text: quoted, connective by reason, and not accounted for."""
    edition = (
        Edition.objects.filter(declaration=declaration, standing="authentic").order_by("-version").first()
    )
    if edition is None:
        return {"total": 0, "quoted": 0, "connective": {}, "uncovered": 0}
    numbered = Paragraph.objects.filter(
        declaration=declaration, kind__in=("preamble", "operative", "closing")
    )
    places = EditionParagraph.objects.filter(edition=edition, paragraph__in=numbered.values("key"))
    marks: dict[int, str] = {}
    for start, end, reason in Connective.objects.filter(edition=edition).values_list(
        "start", "end", "reason"
    ):
        marks |= dict.fromkeys(range(start, end), reason)
    for start, end in Quotation.objects.filter(edition=edition).values_list("start", "end"):
        marks |= dict.fromkeys(range(start, end), "")
    total = quoted = uncovered = 0
    connective: dict[str, int] = defaultdict(int)
    for start, end in places.values_list("start", "end"):
        total += end - start
        for at in range(start, end):
            mark = marks.get(at)
            if mark is None:
                uncovered += 1
            elif mark:
                connective[mark] += 1
            else:
                quoted += 1
    return {
        "total": total,
        "quoted": quoted,
        "connective": dict(sorted(connective.items())),
        "uncovered": uncovered,
    }
