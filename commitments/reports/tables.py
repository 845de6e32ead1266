"""The reading of a report as tables: a workbook with typed cells, and CSV. No text of the record can become a formula."""

import csv as csv_module
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from commitments.reports.archives import settled
from commitments.reports.sentences import summary
from commitments.rules.dates import CUT
from commitments.source.characters import no_formula, width_of
from commitments.templatetags.reports import STEPS, clause_words, period_words, scope_words
from commitments.templatetags.tracker import SECTIONS, WORDS, local, t, unit_name

Reading = dict[str, Any]
Cell = str | int | Decimal | date | None
Looks = dict[tuple[bool, bool, bool], Any]  # the styles of cells: bold, a day, wrapped
_WIDEST = 70
_TOP, _WRAPPED, _BOLD = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True), Font(bold=True)


@dataclass
class Table:
    """One sheet: its key, its name, its columns and its rows of typed values."""

    key: str
    name: str
    columns: list[str]
    rows: list[list[Cell]] = field(default_factory=list)


def tables(reading: Reading, language: str) -> list[Table]:
    """Every table of a report in the language that is active; a brief has its commitments and sources."""
    labels = {value["value"]: t(value["label"]) for value in reading["scale"]}
    publishers = {s["key"]: s["publisher"] for s in reading["sources"]}
    found = [_about(reading)]
    if reading["form"] == "report":
        found += [
            _headline(reading, labels), _by_section(reading, labels), _sections(reading), _steps(reading, labels), _silent(reading, labels), _beside(reading, labels),
            _disputes(reading), _portfolios(reading), _happenings(reading, publishers), _measurements(reading, publishers),
        ]  # fmt: skip
    found.append(_commitments(reading, labels, language))
    if reading["form"] == "report":
        found += [_corrections(reading, labels), _scale(reading, labels)]
    return [*found, _sources(reading)]


class Partial(str):
    """A date that is known to the month or the year."""


def day(text: str | None, precision: str | None = None) -> Cell:
    """A date as a date where it is known to the day; a month or a year stays a text. `precision` cuts it."""
    if not text:
        return None
    text = text[: CUT[precision or "day"]]
    return date.fromisoformat(text) if len(text) == 10 else Partial(text)


def _codes(keys: Iterable[str]) -> str:
    return " ".join(local(key) for key in keys)


def _word(code: str | None) -> str:
    return str(WORDS.get(code or "", code or ""))


def _about(reading: Reading) -> Table:
    found = Table("about", _("Report"), [_("Field"), _("Value")])
    about = reading["declaration"]
    found.rows = [
        [_("Title"), t(reading["title"])], [_("declaration"), t(about["title"])], [_("Code"), about["key"]],
        [_("Period"), period_words(reading["period"])], [pgettext("period", "From"), day(reading["period"]["start"])], [pgettext("period", "To"), day(reading["period"]["end"])],
        [_("Scope"), scope_words(reading)], [_("Edition"), reading["edition"]], [_("Ledger entry"), reading["ledger_number"]], ["sha256", reading["ledger_hash"]],
        [_("Licence"), t(about["licence"])],
    ]  # fmt: skip
    if reading["form"] == "report":
        found.rows += [[_("In short") if index == 0 else None, s] for index, s in enumerate(summary(reading))]
    return found


def _share(figures: Reading) -> list[Cell]:
    """Commitments, those that count, k fulfilled, per cent."""
    return [
        figures["commitments"],
        figures["counting"],
        figures["fulfilled"]["k"],
        figures["fulfilled"]["percent"],
    ]


def _share_columns() -> list[str]:
    return [
        _("Commitments"),
        _("Counting"),
        _("Fulfilled"),
        "%",
        _("Counting before"),
        _("Fulfilled before"),
        _("% before"),
    ]


def _headline(reading: Reading, labels: dict[str, str]) -> Table:
    found = Table("headline", _("Status"), [_("Code"), _("Status"), _("Now"), _("Before"), _("Difference")])
    found.rows = [
        [h["value"], labels[h["value"]], h["n"], h["before"], h["n"] - h["before"]]
        for h in reading["headline"]
    ]
    return found


def _by_section(reading: Reading, labels: dict[str, str]) -> Table:
    """Each status that occurs, in each section now and before."""
    sections = reading["sections"]
    names = [str(SECTIONS.get(s["code"], t(s["title"]))) for s in sections]
    columns = [c for name in names for c in (name, f"{name}{_(', ')}{_('before')}")]
    found = Table("by_section", _("Status by section"), [_("Code"), _("Status"), *columns])
    for h in reading["headline"]:
        value = h["value"]
        counts = [f["by_status"].get(value, 0) for s in sections for f in (s, s["before"])]
        found.rows.append([value, labels[value], *counts])
    return found


def _sections(reading: Reading) -> Table:
    steps = [_("Assessments"), _("Changed"), _("Reaffirmed"), _("First judgements")]
    found = Table("sections", _("Sections"), [_("Code"), _("Section"), *_share_columns(), *steps])
    whole = {
        "code": "",
        "title": {"*": _("All")},
        **reading["figures"],
        "before": reading["before"],
        "steps": reading["steps"],
    }
    for s in (*reading["sections"], whole):
        counted = [s["steps"][name] for name in ("assessments", "changed", "reaffirmed", "first")]
        found.rows.append([s["code"], t(s["title"]), *_share(s), *_share(s["before"])[1:], *counted])
    return found


def _steps(reading: Reading, labels: dict[str, str]) -> Table:
    found = Table(
        "steps", _("What changed"),
        [_("Code"), _("Title"), _("True as of"), _("Before"), _("Status"), _("What it did"), _("Because"), _("Confidence"), _("Track"), _("Evidence"), _("Assessment")],
    )  # fmt: skip
    for a in reading["assessments"]:
        rests = _codes(fact["key"] for fact in a["evidence"])
        found.rows.append(
            [a["code"], t(a["title"]), day(a["effective_on"], a["effective_precision"]), labels[a["before"]], labels[a["value"]], str(STEPS[a["step"]]),
             t(a["because"]), _word(a["confidence"]), _word(a["track"]), rests, a["key"]]
        )  # fmt: skip
    return found


def _silent(reading: Reading, labels: dict[str, str]) -> Table:
    found = Table("silent", _("Silent longest"), [_("Code"), _("Title"), _("Status"), _("Newest evidence")])
    for row in reading["silent"]:
        found.rows.append(
            [
                row["code"],
                t(row["title"]),
                labels[row["value"]],
                day((row["newest_evidence"] or {}).get("date")),
            ]
        )
    return found


def _beside(reading: Reading, labels: dict[str, str]) -> Table:
    found = Table(
        "beside",
        _("Reported otherwise"),
        [_("Code"), _("Title"), _("Status"), _("Organization"), _("Reported"), _("On"), _("Because")],
    )
    found.rows = [
        [row["code"], t(row["title"]), labels[row["value"]], r["organization"], labels[r["value"]], day(r["effective_on"]), t(r["because"])]
        for row in reading["disagreements"]
        for r in row["reported"]
    ]  # fmt: skip
    return found


def _disputes(reading: Reading) -> Table:
    found = Table(
        "disputes",
        _("Disputes"),
        [
            _("Code"),
            _("Title"),
            _("Organization"),
            _("Kind"),
            _("Received on"),
            _("Answer due by"),
            _("Text"),
            _("Outcome"),
            _("Because"),
        ],
    )
    for x in reading["disputes"]:
        outcome = x["outcome"] or {}
        found.rows.append(
            [x["code"], t(x["title"]), t(x["name"]), _word(x["kind"]), day(x["received_on"]), day(x["due_on"]), t(x["text"]),
             _word(outcome.get("result")), t(outcome.get("because"))]
        )  # fmt: skip
    return found


def _portfolios(reading: Reading) -> Table:
    found = Table(
        "portfolios", _("Organizations"), [_("Code"), _("Organization"), *_share_columns(), _("Roles")]
    )
    for p in reading["portfolios"]:
        roles = ", ".join(f"{_word(role)} {k}" for role, k in p["roles"].items())
        found.rows.append([p["code"], t(p["name"]), *_share(p), *_share(p["before"])[1:], roles])
    return found


def _told(sources: list[Reading], publishers: dict[str, str]) -> str:
    return "; ".join(f"{publishers.get(s['key'], '')} ({_word(s['class'])})" for s in sources)


def _happenings(reading: Reading, publishers: dict[str, str]) -> Table:
    found = Table(
        "happenings", _("Actions and events"),
        [_("Code"), _("What"), _("Kind"), _("Date"), _("Ended"), _("Title"), _("Description"), _("Verified"), _("Serves"), _("Organizations"), _("Sources")],
    )  # fmt: skip
    for h in reading["happenings"]:
        found.rows.append(
            [local(h["key"]), _word(h["category"]), _word(h["kind"]), day(h["date"]), day(h["end_date"]), t(h["title"]), t(h["description"]),
             _("yes") if h["verified"] else _("no"), _codes(h["commitments"]), "; ".join(t(o["name"]) for o in h["organizations"]),
             _told(h["sources"], publishers)]
        )  # fmt: skip
    return found


def _measurements(reading: Reading, publishers: dict[str, str]) -> Table:
    found = Table(
        "measurements",
        _("Indicators"),
        [
            _("Code"),
            _("Indicator"),
            _("Date"),
            _("Value"),
            _("Lowest"),
            _("Highest"),
            _("Unit"),
            _("Verified"),
            _("Sources"),
        ],
    )
    for i in reading["indicators"]:
        for m in i["measurements"]:
            numbers: list[Cell] = [
                Decimal(m[name]) if m[name] is not None else None for name in ("value", "low", "high")
            ]
            found.rows.append(
                [i["code"], t(i["name"]), day(m["date"]), *numbers, unit_name(i), _("yes") if m["verified"] else _("no"),
                 _told(m["sources"], publishers)]
            )  # fmt: skip
    return found


def _commitments(reading: Reading, labels: dict[str, str], language: str) -> Table:
    authentic = reading["declaration"]["language"]
    found = Table(
        "commitments", _("Commitments"),
        [_("Code"), _("Section"), _("Kind"), _("Title"), _("The words"), _("In this language"), _("Status"), _("Counts"), _("Since"), _("True as of"), _("Because"), _("Confidence"), _("Disputed"), _("Organizations"), _("Newest evidence"), _("Evidence")],
    )  # fmt: skip
    for c in reading["commitments"]:
        words = {lang: clause_words(c, lang) for lang in (authentic, language)}
        status = c["status"]
        since = day(status["since"], status["since_precision"])
        effective = day(status["effective_on"], status["effective_precision"])
        found.rows.append(
            [c["code"], c["section"], _word(c["kind"]), t(c["title"]), words[authentic], words[language], labels[status["value"]],
             _("yes") if status["counts"] else _("no"), since, effective, t(status["because"]), _word(status["confidence"]),
             _("yes") if status["disputed"] else _("no"), "; ".join(f"{o['code']} ({_word(o['role'])})" for o in c["organizations"]),
             day((c["newest_evidence"] or {}).get("date")), _codes(fact["key"] for fact in status["evidence"])]
        )  # fmt: skip
    return found


def _corrections(reading: Reading, labels: dict[str, str]) -> Table:
    found = Table(
        "corrections",
        _("Withdrawn or corrected"),
        [_("Recorded"), _("What"), _("Subject"), _("Value"), _("Now"), _("Because"), _("Ledger entry")],
    )
    for x in reading["corrections"]:
        found.rows.append(
            [day(x["on"]), _word(x["kind"]), local(x["subject"]), labels.get(x.get("value", ""), ""), labels.get(x.get("now", ""), ""),
             t(x["because"]), x["entry"]]
        )  # fmt: skip
    return found


def _scale(reading: Reading, labels: dict[str, str]) -> Table:
    found = Table("scale", _("Method"), [_("Code"), _("Status"), _("Definition"), _("In the denominator")])
    found.rows = [
        [v["value"], labels[v["value"]], t(v["definition"]), _("yes") if v["counts"] else _("no")]
        for v in reading["scale"]
    ]
    return found


def _sources(reading: Reading) -> Table:
    found = Table(
        "sources",
        _("Sources"),
        [
            _("Code"),
            _("Date"),
            _("Title"),
            _("Publisher"),
            _("Class"),
            _("Language"),
            _("Address"),
            _("Accessed on"),
            _("Withdrawn"),
        ],
    )
    found.rows = [
        [s["code"], day(s["date"]), s["title"], s["publisher"], _word(s["class"]), _word(s["language"]), s["url"], day(s["accessed_on"]),
         _("yes") if s["withdrawn"] else _("no")]
        for s in reading["sources"]
    ]  # fmt: skip
    return found


# --- as files ------------------------------------------------------------------------------------------------------------


def workbook(reading: Reading, language: str) -> bytes:
    """XLSX: a sheet a table, typed cells, a frozen header with filters. A text is a text cell, whatever it begins with."""
    book = Workbook(write_only=True)
    looks: Looks = {}
    for table in tables(reading, language):
        sheet = book.create_sheet(table.name[:31])
        sheet.freeze_panes = "A2"
        for index, title in enumerate(table.columns, start=1):
            values = [str(row[index - 1] or "") for row in table.rows[:200]]
            widest = max(width_of(text[:_WIDEST]) for text in (title, *values))
            sheet.column_dimensions[get_column_letter(index)].width = min(_WIDEST, max(9, widest + 2))
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{max(len(table.rows) + 1, 2)}"
        sheet.append([_cell(sheet, title, looks, bold=True) for title in table.columns])
        for row in table.rows:
            sheet.append([_cell(sheet, value, looks) for value in row])
    book.properties.title = t(reading["title"])
    book.properties.creator = "Declaration Tracker"
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())


def _cell(sheet: Any, value: Cell, looks: Looks, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=float(value) if isinstance(value, Decimal) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # also what begins with “=”
    dated, wrapped = isinstance(value, date), isinstance(value, str) and len(value) > 40
    look = bold, dated, wrapped
    # Of a workbook's thousands of cells nearly all look like one before; nobody changes what they share.
    if look in looks:
        cell._style = looks[look]
        return cell
    if dated:
        cell.number_format = "yyyy-mm-dd"
    cell.alignment = _WRAPPED if wrapped else _TOP
    if bold:
        cell.font = _BOLD
    looks[look] = cell._style
    return cell


def csv(reading: Reading, language: str, raw: bool = False) -> bytes:
    """The commitments as CSV in UTF-8, RFC 4180. A cell that a spreadsheet would run gets an apostrophe, unless `raw`."""
    table = next(x for x in tables(reading, language) if x.key == "commitments")
    out = io.StringIO()
    writer = csv_module.writer(out)
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow(["" if v is None else str(v) if raw else no_formula(str(v)) for v in row])
    return out.getvalue().encode()
