"""The work on a spreadsheet, step by step: read, check row by row, accept all that is right as proposals, in one batch.

What is due stands in the row of the sheet; a claim is a compare-and-swap with a lease, so a killed worker loses nothing.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from commitments import clock
from commitments.archive import content, store
from commitments.ledger import kinds, proposals
from commitments.ledger.people import Actor, actor
from commitments.ledger.record import batch
from commitments.ledger.wellformed import Faulty
from commitments.models.declaration import Declaration
from commitments.models.proposal import Kind
from commitments.models.sheet import ColumnMapping, Sheet
from commitments.readings import commitments
from commitments.readings.moment import resolve
from commitments.sheets import columns
from commitments.sheets.matching import Matcher
from commitments.templatetags.desk import FIELDS

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=3)
MOST_TRIES = 3
WORKING = (Sheet.State.RECEIVED, Sheet.State.CHECKING, Sheet.State.TAKING)
READ_SECONDS = 90


def work_off(now: datetime, limit: int = 20) -> int:
    """Do what is due; returns how many steps were done. Safe to run any number of times at once."""
    done = 0
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    for sheet in Sheet.objects.filter(free, state__in=WORKING).order_by("pk")[:limit]:
        held = Sheet.objects.filter(free, pk=sheet.pk, attempt=sheet.attempt, state=sheet.state)
        if held.update(attempt=F("attempt") + 1, tries=F("tries") + 1, lease_until=clock.shared() + LEASE):
            sheet.attempt += 1
            sheet.tries += 1
            try:
                _step(sheet)
            except Exception:
                log.exception(
                    "table %s could not be worked on; it is tried again when its lease is over", sheet.pk
                )
            done += 1
    return done


def _step(sheet: Sheet) -> None:
    if sheet.tries > MOST_TRIES:
        _move(sheet, Sheet.State.FAILED, failure=_("the worker stopped several times while working on it"))
        return
    with translation.override({"zh": "zh-hans"}.get(sheet.language, sheet.language)):
        if sheet.state == Sheet.State.RECEIVED:
            _read(sheet)
        elif sheet.state == Sheet.State.CHECKING:
            check(sheet)
        else:
            take(sheet)


def _move(sheet: Sheet, state: str, **change: Any) -> bool:
    """On to another state, unless the claim went to another worker."""
    held = Sheet.objects.filter(pk=sheet.pk, attempt=sheet.attempt, state=sheet.state)
    return bool(held.update(state=state, lease_until=None, tries=0, **change))


def _held(sheet: Sheet, percent: int) -> bool:
    """Show how far the work is, and hold it for a while longer. False: the claim is lost."""
    held = Sheet.objects.filter(pk=sheet.pk, attempt=sheet.attempt, state=sheet.state)
    return bool(held.update(percent=percent, lease_until=clock.shared() + LEASE))


def _read(sheet: Sheet) -> None:
    path = store.path_of(Path(settings.ARCHIVE_DIR), sheet.sha256)
    kind = "csv" if sheet.name.lower().endswith(".csv") else "xlsx"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "commitments.sheets.reader", str(path), kind], cwd=settings.BASE_DIR, capture_output=True,
            timeout=READ_SECONDS, check=False,
        )  # fmt: skip
        result = json.loads(done.stdout or b'{"refused": "unreadable"}')
    except (subprocess.TimeoutExpired, ValueError):
        result = {"refused": "unreadable"}
    if "refused" in result:
        _move(sheet, Sheet.State.FAILED, failure=reason(result["refused"]))
        return
    header = [cell[:200] for cell in result["header"]]
    known = ColumnMapping.objects.filter(person=sheet.person, header_sha256=columns.signature(header)).first()
    mapping = known.mapping if known else columns.guess(header)
    sure = bool(known) or columns.certain(mapping)
    state = Sheet.State.CHECKING if sure else Sheet.State.MAPPING
    _move(sheet, state, header=header, rows=result["rows"], mapping=mapping, percent=0)


def reason(code: str) -> str:
    """Why a table is not read, in words."""
    return {
        "rows": _("it has more than 5,000 rows"), "columns": _("it has more than 60 columns"),
        "empty": _("it has no row below the first"),
    }.get(code) or _("it cannot be read as a table")  # fmt: skip


def name_columns(sheet: Sheet, mapping: dict[str, int]) -> None:
    """Keep how the columns are read, for this table and for the next with the same first row; then check it."""
    ColumnMapping.objects.update_or_create(
        person=sheet.person, header_sha256=columns.signature(sheet.header), defaults={"mapping": mapping}
    )
    _again(sheet, mapping=mapping)


def choose(sheet: Sheet, chosen: dict[str, str]) -> None:
    """Commitments named by hand for rows that matched nothing; then check again."""
    _again(sheet, chosen=sheet.chosen | chosen)


def _again(sheet: Sheet, **change: Any) -> None:
    Sheet.objects.filter(pk=sheet.pk, state__in=(Sheet.State.MAPPING, Sheet.State.CHECKED)).update(
        state=Sheet.State.CHECKING, percent=0, lease_until=None, tries=0, **change
    )


# --- checking -------------------------------------------------------------------------------------------------------------


def check(sheet: Sheet) -> None:
    """Check every row; nothing is written but what became of each."""
    results, total = [], len(sheet.rows)
    for number, result in enumerate(results_of(sheet), start=1):
        results.append(result)
        if number % 50 == 0 and not _held(sheet, 100 * number // total):
            return  # another worker has it, or it was discarded
    _move(sheet, Sheet.State.CHECKED, results=results, percent=100)


def results_of(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Row by row: ok, unchanged, refused with reason and cell, or parked."""
    declaration = Declaration.objects.select_related("scale").get(pk=sheet.declaration_id)
    reading = _Rows(sheet, declaration, actor(sheet.person.code))
    for row in sheet.rows:
        yield reading.result(row)


class _Rows:
    """Everything that the rows of one table are checked against; read once."""

    def __init__(self, sheet: Sheet, declaration: Declaration, author: Actor) -> None:
        self.sheet, self.declaration, self.author = sheet, declaration, author
        self.matcher = Matcher(declaration.pk)
        self.words = columns.Vocabulary(declaration.scale_id)
        moment = resolve(None, None, clock.today())
        listing = commitments.listing(commitments.Filter(declaration=declaration.pk), moment).rows
        self.now = {row["key"]: self._now(row) for row in listing}
        self.seen: dict[tuple[str, str], int] = {}

    def _now(self, row: dict[str, Any]) -> str:
        organization = self.sheet.organization_id
        own = (
            next((r["value"] for r in row["reported"] if r["organization"] == organization), None)
            if organization
            else None
        )
        return str(own or row["status"]["value"])

    def cell(self, row: dict[str, Any], field: str) -> str:
        index = self.sheet.mapping.get(field)
        cells = row["cells"]
        return cells[index] if index is not None and index < len(cells) else ""

    def payload(self, row: dict[str, Any], commitment: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "commitment": commitment,
            "organization": self.sheet.organization_id,
            "because": {},
        }
        for field in columns.COLUMNS[2:]:
            text = self.cell(row, field)
            if field.startswith("because_"):
                if text:
                    found["because"][field[-2:]] = text
            elif field in columns.LISTS:
                codes = text.replace(";", " ").replace(",", " ").split()
                found[field] = [c if ":" in c else f"{self.declaration.pk}:{c}" for c in codes]
            elif text:
                found[field] = self.words.read(field, text)
        found.setdefault("confidence", "medium")
        return found

    def result(self, row: dict[str, Any]) -> dict[str, Any]:
        chosen = self.sheet.chosen.get(str(row["row"]))
        code, words = self.cell(row, "commitment"), self.cell(row, "words")
        found = {
            "row": row["row"],
            "words": (code or words)[:200],
            "commitment": None,
            "value": "",
            "reasons": [],
            "payload": None,
        }
        commitment = chosen or self.matcher.match(code, words)
        if commitment is None or commitment not in self.now:
            return found | {"outcome": "parked", "reasons": [{"cell": self._cell(row, "commitment" if code else "words"), "reason": _("matches no commitment; choose one, or leave it")}]}  # fmt: skip
        payload = self.payload(row, commitment)
        value = str(payload.get("value", ""))
        found |= {"commitment": commitment, "value": value}
        said = any(self.cell(row, name) for name in columns.COLUMNS[3:])  # anything filled in but the value
        if not said and (not value or value == self.now[commitment]):
            return found | {"outcome": "unchanged"}
        try:
            clean = kinds.KINDS[Kind.ASSESSMENT].clean(payload, self.declaration, self.author)
        except Faulty as faulty:
            reasons = [
                {"cell": self._cell(row, f.field), "reason": self._told(f.field, f.reason)}
                for f in faulty.faults
            ]
            return found | {"outcome": "refused", "reasons": reasons}
        twice = self.seen.setdefault((commitment, clean["effective_on"]), row["row"])
        if twice != row["row"]:
            words_ = _("the same commitment and day stand in row %(row)s already") % {"row": twice}
            return found | {
                "outcome": "refused",
                "reasons": [{"cell": self._cell(row, "commitment"), "reason": words_}],
            }
        return found | {"outcome": "ok", "payload": clean}

    def _told(self, field: str, reason: str) -> str:
        """A reason, with the name of its field where no column holds it."""
        held = any(
            name in self.sheet.mapping for name in (field, f"{field}_en", f"{field}_zh", f"{field}_ru")
        )
        return reason if held else f"{FIELDS.get(field, field)}: {reason}"

    def _cell(self, row: dict[str, Any], field: str) -> str:
        """The cell in which a fault stands, as spreadsheets name it."""
        mapping = self.sheet.mapping
        names = [
            field,
            f"{field}_en",
            f"{field}_zh",
            f"{field}_ru",
            "words" if field == "commitment" else field,
        ]
        index = next((mapping[name] for name in names if name in mapping), None)
        return f"{columns.letter(index)}{row['row']}" if index is not None else str(row["row"])


def told_again(sheet: Sheet, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results of some rows with their reasons in the language that is active."""
    declaration = Declaration.objects.select_related("scale").get(pk=sheet.declaration_id)
    reading = _Rows(sheet, declaration, actor(sheet.person.code))
    by_row = {row["row"]: row for row in sheet.rows}
    return [
        r | {"reasons": reading.result(by_row[r["row"]])["reasons"] or r["reasons"]} if r["reasons"] else r
        for r in rows
    ]


# --- accepting ------------------------------------------------------------------------------------------------------------


def take(sheet: Sheet) -> None:
    """Submit every row that is right as a proposal, all in one batch or none. They are checked again before."""
    results = []
    total = len(sheet.rows)
    for number, result in enumerate(results_of(sheet), start=1):
        results.append(result)
        if number % 50 == 0 and not _held(sheet, 90 * number // total):
            return
    before = {r["row"] for r in sheet.results if r["outcome"] == "ok"}
    ready = [r for r in results if r["outcome"] == "ok"]
    if {r["row"] for r in ready} != before:
        _move(
            sheet,
            Sheet.State.CHECKED,
            results=results,
            failure=_("the record has moved: look at the rows again"),
        )
        return
    by = sheet.person.code
    with batch(by=by, because="submitted", alone=True) as work:
        held = Sheet.objects.filter(pk=sheet.pk, attempt=sheet.attempt, state=Sheet.State.TAKING)
        taken = held.update(
            state=Sheet.State.TAKEN, percent=100, lease_until=None, results=results, failure=""
        )
        if not taken:
            return  # another worker has it: this transaction holds nothing
        for result in ready:
            proposals.add(
                work, kind=Kind.ASSESSMENT, declaration=sheet.declaration_id, payload=result["payload"], by=by,
                round=f"sheet-{sheet.pk}", checked=True,
            )  # fmt: skip


def receive(
    *, name: str, data: bytes, person: Any, declaration: str, organization: str | None, language: str, now: datetime
) -> Sheet:  # fmt: skip
    """Keep a table that was sent. Raises archive.content.NotAccepted."""
    if name.lower().endswith(".csv"):
        try:
            content.media_type("table.txt", data.replace(b"\0", b"\xef\xbf\xbe"))  # a NUL is told by its cell
        except content.NotAccepted as refused:
            raise content.NotAccepted("csv" if refused.code == "mismatch" else refused.code) from None
    elif content.media_type(name, data) != content.XLSX:
        raise content.NotAccepted("type")
    digest = store.keep(Path(settings.ARCHIVE_DIR), data)
    return Sheet.objects.create(
        person=person, declaration_id=declaration, organization_id=organization, name=content.clean_name(name), sha256=digest,
        language=language, created_at=now,
    )  # fmt: skip
