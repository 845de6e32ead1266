"""Triggers: the database itself refuses to change what is append-only, whoever asks."""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error
from django.db import connections, models

from commitments.models.fields import APPEND_ONLY as MESSAGE
from commitments.models.fields import TextsField

PROTECTED = (
    "commitments_entry",
    "commitments_body",
    "commitments_assessment",
    "commitments_assessmentbasis",
    "commitments_assessmentsource",
    "commitments_retraction",
    "commitments_issuedreport",
    "commitments_file",
    "commitments_evidence",
    "commitments_withdrawal",
    "commitments_dispute",
    "commitments_outcome",
)
# The body of a redacted entry may be deleted, and only when an entry of the ledger names it.
_REDACTED = (
    "SELECT 1 FROM commitments_entry e WHERE e.verb = 'redact' AND e.subject_type = 'entry' "
    "AND e.subject = CAST(OLD.{} AS TEXT)"
)
# So may the words of a row be brought to their replacement, and again only when an entry names that of the row; its other
# columns (values, dates, links) stay what they are.
_WITH_WORDS = ("assessment", "retraction", "evidence", "withdrawal", "dispute", "outcome")


def _only_words(name: str, columns: list[str], vendor: str) -> str:
    """The condition under which the words of a row may be rewritten. `columns` are those that the table has now: before an
    upgrade has migrated there are fewer than the model says."""
    fields = apps.get_model("commitments", name)._meta.concrete_fields
    words = {field.column for field in fields if isinstance(field, models.TextField | TextsField)}
    same = "IS" if vendor == "sqlite" else "IS NOT DISTINCT FROM"
    held = " AND ".join(f'NEW."{column}" {same} OLD."{column}"' for column in columns if column not in words)
    return f"{_REDACTED.format('recorded')} AND {held}"


def _unless(table: str, verb: str, columns: list[str], vendor: str) -> str:
    """What allows a verb on a table all the same; empty when nothing does."""
    name = table.removeprefix("commitments_")
    if (name, verb) == ("body", "delete"):
        return _REDACTED.format("entry_id")
    return _only_words(name, columns, vendor) if name in _WITH_WORDS and verb == "update" else ""


# The text of an edition is what every anchor stands on: its provenance may be amended, its words never.
_ONLY_WHEN = {
    ("commitments_edition", "update"): (
        "NEW.text <> OLD.text OR NEW.sha256 <> OLD.sha256 OR NEW.language <> OLD.language OR NEW.version <> OLD.version"
    )
}
TABLES = (*PROTECTED, "commitments_edition")


def _statements(vendor: str, there: dict[str, list[str]]) -> list[str]:
    found = []
    for table in (name for name in TABLES if name in there):
        for verb in ("update", "delete"):
            name, allowed = f"{table}_no_{verb}", _unless(table, verb, there[table], vendor)
            changed = _ONLY_WHEN.get((table, verb))
            if vendor == "sqlite":
                when = f"WHEN NOT EXISTS ({allowed}) " if allowed else f"WHEN {changed} " if changed else ""
                found += [
                    f"DROP TRIGGER IF EXISTS {name}",
                    f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} {when}"
                    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
                ]
            else:
                passed = "OLD" if verb == "delete" else "NEW"
                test = f"IF EXISTS ({allowed}) THEN RETURN {passed}; END IF;" if allowed else ""
                test = f"IF NOT ({changed}) THEN RETURN NEW; END IF;" if changed else test
                found += [
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN {test} RAISE EXCEPTION '{MESSAGE}' "
                    "USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql",
                    f"DROP TRIGGER IF EXISTS {name} ON {table}",
                    f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
                ]
        if vendor == "postgresql":
            name = f"{table}_no_truncate"
            found += [
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{MESSAGE}' "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql",
                f"DROP TRIGGER IF EXISTS {name} ON {table}",
                f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            ]
    return found


def reinstall(sender: AppConfig | None = None, using: str = "default", **_: Any) -> None:
    """Install every trigger anew and make sure that the counter row is there. Runs after each `migrate`."""
    connection = connections[using]
    there = set(connection.introspection.table_names())
    if "commitments_head" not in there:
        return  # migrated back to before the record
    with connection.cursor() as cursor:
        tables = {
            table: sorted(
                column.name for column in connection.introspection.get_table_description(cursor, table)
            )
            for table in TABLES
            if table in there
        }
        for statement in _statements(connection.vendor, tables):
            cursor.execute(statement)
        cursor.execute(
            "INSERT INTO commitments_head (id, number, hash) SELECT 1, 0, %s "
            "WHERE NOT EXISTS (SELECT 1 FROM commitments_head WHERE id = 1)",
            ["0" * 64],
        )


def missing(using: str = "default") -> list[str]:
    """Names of the triggers that ought to stand and do not."""
    connection = connections[using]
    verbs = ["update", "delete"] + (["truncate"] if connection.vendor == "postgresql" else [])
    there = set(connection.introspection.table_names())  # before an upgrade has migrated, some are not yet
    wanted = {f"{table}_no_{verb}" for table in TABLES if table in there for verb in verbs}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        present = {name for (name,) in cursor.fetchall()}
    return sorted(wanted - present)


def check_present(databases: Iterable[str] | None = None, **_: Any) -> list[CheckMessage]:
    """System check (`check --database default`): the record is protected."""
    found: list[CheckMessage] = []
    for using in databases or ():
        if "commitments_entry" in connections[using].introspection.table_names() and (gone := missing(using)):
            found.append(
                Error(
                    f"the record is not protected: {len(gone)} triggers are missing, {gone[0]} first",
                    hint="run `manage.py migrate --skip-checks`, which installs them",
                    id="commitments.E001",
                )
            )
    return found
