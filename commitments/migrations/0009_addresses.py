from typing import Any

from django.db import migrations
from django.utils import timezone


def in_small_letters(apps: Any, _editor: Any) -> None:
    """Addresses are kept in small letters: of two that differed in letters alone, the one that is confirmed and older goes on."""
    rows = apps.get_model("commitments", "Subscription").objects.filter(ended_at=None)
    known: set[tuple[str, str, str]] = set()
    for row in sorted(rows, key=lambda row: (row.confirmed_at is None, row.pk)):
        key = (row.schedule_id, row.address.lower(), row.language)
        if key in known:
            row.ended_at, row.address = timezone.now(), ""
            row.save()
        known.add(key)
    for row in rows.all():  # the address of each is free now
        if row.address != row.address.lower():
            row.address = row.address.lower()
            row.save()


class Migration(migrations.Migration):
    dependencies = [("commitments", "0008_names")]
    operations = [migrations.RunPython(in_small_letters, migrations.RunPython.noop)]
