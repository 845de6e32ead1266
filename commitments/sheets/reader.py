"""Reads one table in a process of its own with limits: `python -m commitments.sheets.reader FILE xlsx|csv` writes JSON.

A table of 68 kB can hold a million rows and take a minute of a server's time, so this runs apart, with a cap on memory,
seconds, rows, columns and cells. It imports nothing of ours and no framework.
"""

import csv
import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

MOST_ROWS = 5000
MOST_COLUMNS = 60
LONGEST_CELL = 5000
MEMORY = 1_500 * 1024 * 1024  # bytes
SECONDS = 60


# No database holds these; in their place stands a character that the rules refuse by name, so the cell is told.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class TooMuch(ValueError):
    """A cap was passed; the message is one word: rows, columns, empty, unreadable."""


def text_of(value: Any) -> str:
    """A cell as a person reads it: days as YYYY-MM-DD, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    # One character more than is allowed is kept of a longer text: the rules refuse it by its cell.
    return _UNSTORABLE.sub("\ufffe", str(value)[: LONGEST_CELL * 4]).strip()[: LONGEST_CELL + 1]


def rows_of_xlsx(path: Path) -> Iterator[list[Any]]:
    import openpyxl

    with path.open("rb") as file:  # a copy in the archive has no extension, by which openpyxl would refuse it
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield list(row)


def rows_of_csv(path: Path) -> Iterator[list[Any]]:
    text = path.read_bytes().decode("utf-8-sig").replace("\0", "\ufffe")  # the csv module stops at a NUL
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(sys.maxsize)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def table(rows: Iterator[list[Any]]) -> dict[str, Any]:
    """{"header": [text], "rows": [{"row": number, "cells": [text]}]}; empty rows are left out, numbers are kept."""
    header: list[str] = []
    found: list[dict[str, Any]] = []
    for number, raw in enumerate(rows, start=1):
        if number > MOST_ROWS * 4:
            raise TooMuch("rows")
        cells = [text_of(value) for value in raw[: MOST_COLUMNS * 4]]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise TooMuch("columns")
        if not cells:
            continue
        if not header:
            header = cells
        elif len(found) == MOST_ROWS:
            raise TooMuch("rows")
        else:
            found.append({"row": number, "cells": cells})
    if not header or not found:
        raise TooMuch("empty")
    return {"header": header, "rows": found}


def main(path: Path, kind: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        rows = rows_of_xlsx(path) if kind == "xlsx" else rows_of_csv(path)
        result: dict[str, Any] = table(rows)
    except TooMuch as refused:
        result = {"refused": str(refused)}
    except Exception:  # whatever a broken file does to its reader: it is not a table that we can read
        result = {"refused": "unreadable"}
    sys.stdout.buffer.write(json.dumps(result, ensure_ascii=True).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
