"""What commands on the record need before they begin."""

from django.core.management.base import CommandError
from django.db import OperationalError, connection


def require_tables() -> None:
    """Stop with one sentence when the database is not there or has no tables yet."""
    try:
        if "commitments_entry" in connection.introspection.table_names():
            return
    except OperationalError as error:
        raise CommandError(f"the database does not answer: {str(error).strip()}") from None
    raise CommandError("the database has no tables yet: run `manage.py migrate` first, or `make run`")
