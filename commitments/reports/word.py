"""The report for those who edit in Word: headings, paragraphs and tables of Word's own, in fonts that have every script."""

import io
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from commitments.reports.archives import settled
from commitments.reports.tables import Cell, Table, tables
from commitments.templatetags.reports import evidence_line, period_words, scope_words
from commitments.templatetags.tracker import WORDS, d, n, t

Reading = dict[str, Any]
# The columns that fit a page; the workbook has them all.
_FITS: dict[str, tuple[int, ...]] = {
    "headline": (1, 2, 3, 4), "sections": (1, 2, 3, 4, 5, 7, 10, 11), "steps": (0, 1, 2, 3, 4, 5, 6), "silent": (0, 1, 2, 3),
    "beside": (0, 1, 2, 3, 4, 6), "disputes": (0, 2, 3, 4, 6, 7), "portfolios": (0, 1, 2, 3, 4, 5, 9), "happenings": (3, 5, 7, 8, 10),
    "measurements": (1, 2, 3, 6, 7, 8), "commitments": (0, 4, 5, 6, 9, 10), "corrections": (0, 1, 2, 3, 4, 5), "scale": (1, 2, 3),
    "sources": (1, 2, 3, 4, 7),
}  # fmt: skip
_LISTS = {"steps": "assessments"}  # where a table is named otherwise than the list of the reading
_TEXT = "Body Text"
_BROKEN = re.compile(r"[\t\r\n]")  # these are elements of their own in Word
_LANGUAGE = {"en": "en-GB", "zh": "zh-CN", "ru": "ru-RU"}


def document(reading: Reading, language: str, *, sentences: list[str], cut: Mapping[str, int]) -> bytes:
    """The bytes of a DOCX file in the language that is active.

    `sentences`: the summary of the whole reading. `cut`: how many rows those tables have in full that stand here with their
    first rows alone.
    """
    doc = Document()
    _set_up(doc, language)
    about = reading["declaration"]
    doc.add_heading(t(about["title"]), 0)
    doc.add_paragraph(f"{t(reading['title'])}{_(', ')}{period_words(reading['period'])}", _TEXT)
    for label, value in (
        (_("Scope"), scope_words(reading)), (_("Adopted"), f"{t(about['adopted_at'])}, {d(about['adopted_on'])}"),
        (_("Ledger entry"), f"{n(reading['ledger_number'])}, sha256 {reading['ledger_hash']}"), (_("Licence"), t(about["licence"])),
    ):  # fmt: skip
        doc.add_paragraph(f"{label}{_(': ')}{value}", _TEXT)
    if reading["form"] == "brief":
        _brief(doc, reading, language)
    else:
        doc.add_heading(_("In short"), 1)
        for sentence in sentences:
            doc.add_paragraph(sentence, _TEXT)
    for table in tables(reading, language):
        if table.key in _FITS and not (reading["form"] == "brief" and table.key == "commitments"):
            doc.add_heading(table.name, 1)
            if everything := cut.get(_LISTS.get(table.key, table.key)):
                doc.add_paragraph(too_long(len(table.rows), everything), _TEXT)
            _table(doc, table)
    doc.core_properties.title = t(reading["title"])
    doc.core_properties.author = "Declaration Tracker"
    doc.core_properties.comments = ""
    doc.core_properties.language = _LANGUAGE[language]
    out = io.BytesIO()
    doc.save(out)
    return settled(out.getvalue())


def too_long(shown: int, everything: int) -> str:
    words: str = _(
        "Too long for paper: the first %(shown)s of %(all)s. The page, the workbook, CSV and JSON of this report have all of them."
    ) % {"shown": n(shown), "all": n(everything)}
    return words


def _set_up(doc: Any, language: str) -> None:
    """A4 across, and fonts that have Latin, Cyrillic and Chinese."""
    section = doc.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(16)
    section.top_margin = section.bottom_margin = Mm(16)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = doc.styles[name]
        style.font.name = "Noto Sans" if name == "Normal" else "Noto Serif"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), "Noto Sans CJK SC" if name == "Normal" else "Noto Serif CJK SC")
        fonts.set(qn("w:cs"), style.font.name)
    doc.styles["Normal"].font.size = Pt(8)  # what stands in tables
    for name in (_TEXT, "Quote", "List Bullet"):
        doc.styles[name].font.size = Pt(9)


def _brief(doc: Any, reading: Reading, language: str) -> None:
    """Each commitment on its own: the words, what became of them, since when, why, and how we know."""
    labels = {value["value"]: t(value["label"]) for value in reading["scale"]}
    authentic = reading["declaration"]["language"]
    for c in reading["commitments"]:
        doc.add_heading(f"{c['code']} {t(c['title'])}", 1)
        for lang in dict.fromkeys((authentic, language)):
            words = " ".join(
                q["exact"] for q in c["quotations"] if q["role"] == "clause" and q["language"] == lang
            )
            if words:
                doc.add_paragraph(words, style="Quote")
        status = c["status"]
        doc.add_heading(labels[status["value"]], 2)
        lines = [f"{_('Kind')}{_(': ')}{WORDS.get(c['kind'], c['kind'])}"]
        if status["since"]:
            lines.append(f"{_('since')}{_(': ')}{d(status['since'], status['since_precision'])}")
            lines.append(
                f"{_('True as of')}{_(': ')}{d(status['effective_on'], status['effective_precision'])}"
            )
        lines += [t(status["because"])] if status["because"] else []
        for line in lines:
            doc.add_paragraph(line, _TEXT)
        sources = {source["key"]: source for source in reading["sources"]}
        for fact in status["evidence"]:
            doc.add_paragraph(evidence_line(fact, sources), style="List Bullet")


def _table(doc: Any, table: Table) -> None:
    """A table whose first row repeats on every page; one without rows is a word."""
    if not table.rows:
        doc.add_paragraph(_("None is on record."), _TEXT)
        return
    columns = _FITS[table.key]
    found = doc.add_table(rows=len(table.rows) + 1, cols=len(columns), style="Light Grid")
    rows: Iterable[list[Cell]] = (
        [table.columns[i] for i in columns],
        *([row[i] for i in columns] for row in table.rows),
    )
    # The elements themselves: a table looks for merged cells, and a run for what it held before, which is most of the time here.
    for line, row in zip(found._tbl.tr_lst, rows, strict=True):
        for cell, value in zip(line.tc_lst, row, strict=True):
            run, words = cell.p_lst[0].add_r(), _shown(value)
            if _BROKEN.search(words):
                run.text = words
            elif words:
                run.add_t(words)
    repeat = found.rows[0]._tr.get_or_add_trPr()
    repeat.append(repeat.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))


def _shown(value: Cell) -> str:
    if isinstance(value, date):
        return d(value.isoformat(), "short")
    return n(value) if isinstance(value, int | Decimal) else value or ""
