"""The list as a spreadsheet to be filled in: one row a commitment, the status beside it, empty cells for what is new."""

from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from commitments.models.assessment import Assessment
from commitments.models.source import Source
from commitments.sheets.columns import COLUMNS, column_word
from commitments.templatetags.tracker import t

_KNOWN = {"commitment": 11, "title": 52, "status_now": 24, "reported_last": 24}
_TO_FILL = tuple(name for name in COLUMNS if name not in ("commitment", "words"))


def workbook(rows: list[dict[str, Any]], labels: dict[str, Any], organization: str | None) -> bytes:
    """The bytes of an XLSX file. Every cell of ours is a text: nothing in it can be a formula."""
    book = Workbook()
    sheet = book.active
    sheet.title = _("Commitments")[:31]
    header = [*_KNOWN, *_TO_FILL]
    known_words = {"title": _("Title"), "status_now": _("Status now"), "reported_last": _("Reported last")}
    sheet.append([known_words.get(name) or column_word(name) for name in header])
    for name, cell in zip(header, sheet[1], strict=True):
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="EFEAE0" if name in _KNOWN else "DCE8E4")
    for number, row in enumerate(rows, start=2):
        own = (
            next((r["value"] for r in row["reported"] if r["organization"] == organization), "")
            if organization
            else ""
        )
        known = [
            row["code"],
            t(row["title"]),
            t(labels.get(row["status"]["value"])),
            t(labels.get(own)) if own else "",
        ]
        for column, text in enumerate(known, start=1):
            cell = sheet.cell(number, column)
            cell.value = str(text)
            cell.data_type = "s"
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{len(rows) + 1}"
    for index, name in enumerate(header, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = _KNOWN.get(name, 18)
    legend = book.create_sheet(_("values")[:31])
    lists = {
        "value": [t(label) for label in labels.values()],
        "confidence": [str(choice.label) for choice in Assessment.Confidence],
        "source_class": [str(choice.label) for choice in Source.Class],
    }
    for index, (name, options) in enumerate(lists.items(), start=1):
        for number, option in enumerate(options, start=1):
            legend.cell(number, index).value = option
        place = f"'{legend.title}'!${get_column_letter(index)}$1:${get_column_letter(index)}${len(options)}"
        choice = DataValidation(type="list", formula1=place, allow_blank=True)
        sheet.add_data_validation(choice)
        letter = get_column_letter(header.index(name) + 1)
        choice.add(f"{letter}2:{letter}{max(len(rows) + 1, 2)}")
    out = BytesIO()
    book.save(out)
    return out.getvalue()
