"""A record of thousands of commitments, for `make bench`: the commitments of 2009 again and again, with their words, roles and assessments.

The copies are rows and no entries, so such a database does not verify; it is read and measured, nothing else.
"""

import sqlite3
from pathlib import Path

_OWN = ("commitments_quotation", "commitments_responsibility", "commitments_mention")  # fmt: skip
_OF_ASSESSMENTS = ("commitments_assessmentbasis", "commitments_assessmentsource")


def multiply(database: Path, wanted: int) -> int:
    """Copy commitments, their words, roles, mentions and assessments until there are about so many; returns how many there are."""
    with sqlite3.connect(database) as db:
        (there,) = db.execute("SELECT count(*) FROM commitments_commitment").fetchone()
        for n in range(1, wanted // there + 1):
            behind = f"~{n}"
            _copy(
                db,
                "commitments_commitment",
                {
                    "key": f"key || '{behind}'",
                    "code": f"code || '{behind}'",
                    "ordinal": f"ordinal + {n * there}",
                },
            )
            for table in _OWN:
                _copy(db, table, {"commitment_id": f"commitment_id || '{behind}'"})
            moved = {name: f"{name} || '{behind}'" for name in ("key", "commitment_id", "replaces_id")}
            _copy(db, "commitments_assessment", moved)
            for table in _OF_ASSESSMENTS:
                _copy(db, table, {"assessment_id": f"assessment_id || '{behind}'"})
        return int(db.execute("SELECT count(*) FROM commitments_commitment").fetchone()[0])


def _copy(db: sqlite3.Connection, table: str, changed: dict[str, str]) -> None:
    """The rows that were there first, once more, with some columns changed."""
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
    named = next(name for name in ("commitment_id", "assessment_id", "key") if name in columns)
    values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    db.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {named} NOT LIKE '%~%'")
