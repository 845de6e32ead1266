"""The report for those who edit in Word: headings, paragraphs and tables of Word's own, in fonts that have every script."""

import io
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.oxml.ns import qn

from commitments.reports.archives import settled
from commitments.reports.tables import Cell, Partial, Table, tables
from commitments.reports.wordcharts import LOCALES, add_indicators
from commitments.reports.wordstyles import TEXT, add_paragraph, add_table, set_close, set_up
from commitments.source.characters import width_of
from commitments.templatetags.reports import (
    clause_words,
    evidence_line,
    is_close,
    is_dense,
    report_title,
    scope_words,
)
from commitments.templatetags.tracker import WORDS, d, n, since, t

Reading = dict[str, Any]
# The columns that fit a page; the workbook has them all.
_FITS: dict[str, tuple[int, ...]] = {
    "headline": (1, 2, 3, 4), "by_section": (1, *range(2, 40)), "sections": (1, 2, 3, 4, 5, 7, 10, 11), "steps": (0, 1, 2, 3, 4, 5, 6), "silent": (0, 1, 2, 3),
    "beside": (0, 1, 2, 3, 4, 6), "disputes": (0, 2, 3, 4, 6, 7), "portfolios": (0, 1, 2, 3, 4, 5, 9), "happenings": (3, 5, 7, 8, 10),
    "measurements": (1, 2, 3, 6, 7, 8), "commitments": (0, 4, 5, 6, 9, 10), "corrections": (0, 1, 2, 3, 4, 5), "scale": (1, 2, 3),
    "sources": (1, 2, 3, 4, 7),
}  # fmt: skip
_LISTS = {"steps": "assessments"}  # where a table is named otherwise than the list of the reading
_NARROWEST, _LONGEST = 7, 42  # characters; a longer text takes lines, not width
_BROKEN = re.compile(r"[\t\r\n]")  # these are elements of their own in Word


def document(reading: Reading, language: str, *, sentences: list[str], cut: Mapping[str, int]) -> bytes:
    """The bytes of a DOCX file in the language that is active.

    `sentences`: the summary of the whole reading. `cut`: how many rows those tables have in full that stand here with their
    first rows alone.
    """
    doc = Document()
    brief = reading["form"] == "brief"
    set_up(doc, reading["ledger_number"])
    if brief:
        set_close(doc, reading)
    about = reading["declaration"]
    add_paragraph(doc, t(about["title"]), "Title")
    add_paragraph(doc, report_title(reading))
    facts = [
        f"{label}{_(': ')}{value}" for label, value in (
        (_("Scope"), scope_words(reading)), (_("Adopted"), f"{t(about['adopted_at'])}, {d(about['adopted_on'])}"),
        (_("Ledger entry"), f"{n(reading['ledger_number'])}, sha256 {reading['ledger_hash']}"), (_("Licence"), t(about["licence"])),
    )]  # fmt: skip
    for fact in [" · ".join(facts)] if brief else facts:
        add_paragraph(doc, fact)
    if brief:
        _brief(doc, reading, language)
    else:
        add_paragraph(doc, _("In short"), "Heading 1")
        for sentence in sentences:
            add_paragraph(doc, sentence)
    for table in tables(reading, language):
        if table.key in _FITS and not (brief and table.key in ("commitments", "sources")):
            add_paragraph(doc, table.name, "Heading 1")
            if everything := cut.get(_LISTS.get(table.key, table.key)):
                add_paragraph(doc, too_long(len(table.rows), everything))
            if table.key == "measurements":
                add_indicators(doc, reading, language)
            _table(doc, table)
    for sentence in (
        _("Status values are an analyst's judgements on dated evidence, not statements by the parties. Outcome figures never move a status."),
        _("Translations are our own and not official; the Chinese text decides."),
    ):  # fmt: skip
        add_paragraph(doc, sentence, "Normal" if brief else TEXT)
    doc.core_properties.title = t(reading["title"])
    doc.core_properties.author = "Declaration Tracker"
    doc.core_properties.comments = ""
    doc.core_properties.language = LOCALES[language]
    out = io.BytesIO()
    doc.save(out)
    return settled(out.getvalue())


def too_long(shown: int, everything: int) -> str:
    words: str = _(
        "Too long for paper: the first %(shown)s of %(all)s. The page, the workbook, CSV and JSON of this report have all of them."
    ) % {"shown": n(shown), "all": n(everything)}
    return words


def _brief(doc: Any, reading: Reading, language: str) -> None:
    """Each commitment on its own: the words, what became of them, since when, why, and how we know."""
    labels = {value["value"]: t(value["label"]) for value in reading["scale"]}
    authentic = reading["declaration"]["language"]
    dense, close = is_dense(reading), is_close(reading)
    if not reading["commitments"]:
        add_paragraph(doc, _("On this day no commitment is in this scope."))
        return
    for c in reading["commitments"]:
        add_paragraph(doc, f"{c['code']} {t(c['title'])}", "Heading 1")
        for lang in dict.fromkeys((authentic, language)):
            if words := clause_words(c, lang):
                add_paragraph(doc, words, "Quote")
        status = c["status"]
        add_paragraph(doc, labels[status["value"]], "Heading 2")
        lines = [f"{_('Kind')}{_(': ')}{WORDS.get(c['kind'], c['kind'])}"]
        if status["since"]:
            lines.append(since(status["since"], status["since_precision"]))
            lines.append(
                f"{_('True as of')}{_(': ')}{d(status['effective_on'], status['effective_precision'])}"
            )
            lines.append(f"{_('Confidence')}{_(': ')}{WORDS.get(status['confidence'], status['confidence'])}")
        roles: dict[str, list[str]] = {}
        for organization in c["organizations"]:
            if close and organization["role"] == "named":  # the words name them
                continue
            roles.setdefault(organization["role"], []).append(t(organization["name"]))
        for role, names in roles.items():
            word = str(WORDS.get(role, role))
            lines.append(f"{word[:1].upper()}{word[1:]}{_(': ')}{_(', ').join(names)}")
        add_paragraph(doc, " · ".join(lines))
        if status["because"]:
            add_paragraph(doc, t(status["because"]))
        sources = {source["key"]: source for source in reading["sources"]}
        facts = [evidence_line(fact, sources) for fact in status["evidence"]]
        for fact in [" · ".join(facts)] if dense and facts else facts:
            add_paragraph(doc, fact, "List Bullet")
    add_paragraph(doc, _("Sources"), "Heading 1")
    lines = []
    for source in reading["sources"]:
        told = [
            d(source["date"]) if source["date"] else "", source["title"], source["publisher"],
            str(WORDS.get(source["class"], source["class"])), "" if dense else source["url"], _("withdrawn") if source["withdrawn"] else "",
        ]  # fmt: skip
        lines.append(" · ".join(part for part in told if part))
    for line in [_("; ").join(lines)] if dense else lines:
        add_paragraph(doc, line, "Normal")


def _table(doc: Any, table: Table) -> None:
    """A table whose first row repeats on every page; one without rows is a word."""
    if not table.rows:
        add_paragraph(doc, _("None is on record."))
        return
    columns = [i for i in _FITS[table.key] if i < len(table.columns)]
    values: Iterable[list[Cell]] = (list(table.columns), *table.rows)
    rows = [[_shown(row[i]) for i in columns] for row in values]
    found = add_table(doc, len(rows), len(columns))
    found.autofit = False
    _share_width(found, rows, doc.sections[0])
    # The elements themselves: a table looks for merged cells, and a run for what it held before, which is most of the time here.
    for line, row in zip(found._tbl.tr_lst, rows, strict=True):
        line.get_or_add_trPr().append(line.makeelement(qn("w:cantSplit"), {}))
        for cell, words in zip(line.tc_lst, row, strict=True):
            cell.remove(cell.tcPr)  # the columns say how wide it is
            run = cell.p_lst[0].add_r()
            if _BROKEN.search(words):
                run.text = words
            elif words:
                run.add_t(words)
    repeat = found.rows[0]._tr.get_or_add_trPr()
    repeat.append(repeat.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))


def _share_width(table: Any, rows: list[list[str]], page: Any) -> None:
    """Columns as wide as what they hold, within bounds."""
    wants = [
        max(_NARROWEST, min(_LONGEST, max(width_of(row[i][:_LONGEST]) for row in rows)))
        for i in range(len(rows[0]))
    ]
    room = page.page_width - page.left_margin - page.right_margin
    for column, want in zip(table.columns, wants, strict=True):
        column._gridCol.w = int(room * want / sum(wants))


def _shown(value: Cell) -> str:
    if isinstance(value, date | Partial):
        return d(str(value), "short")
    return n(value) if isinstance(value, int | Decimal) else value or ""
