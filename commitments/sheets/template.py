"""The list as a spreadsheet to be filled in: one row a commitment, the status beside it, empty cells for what is new."""

from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from commitments.sheets.columns import COLUMNS
from commitments.templatetags.tracker import t

_KNOWN = {"commitment": 11, "title": 52, "status_now": 24, "reported_last": 24}
_TO_FILL = tuple(name for name in COLUMNS if name not in ("commitment", "words"))


def workbook(rows: list[dict[str, Any]], labels: dict[str, Any], organization: str | None) -> bytes:
    """The bytes of an XLSX file. Every cell of ours is a text: nothing in it can be a formula."""
    book = Workbook()
    sheet = book.active
    sheet.title = "commitments"
    header = [*_KNOWN, *_TO_FILL]
    sheet.append(header)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="EFEAE0" if cell.value in _KNOWN else "DCE8E4")
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
    for name, options in (
        ("value", list(labels)),
        ("confidence", ["high", "medium", "low"]),
        ("source_class", ["primary", "press", "copy"]),
    ):
        letter = get_column_letter(header.index(name) + 1)
        choice = DataValidation(type="list", formula1=f'"{",".join(options)}"', allow_blank=True)
        sheet.add_data_validation(choice)
        choice.add(f"{letter}2:{letter}{max(len(rows) + 1, 2)}")
    legend = book.create_sheet(_("values")[:31])
    for value, label in labels.items():
        legend.append([value, *(label.get(lang, "") for lang in ("en", "zh", "ru"))])
    out = BytesIO()
    book.save(out)
    return out.getvalue()
