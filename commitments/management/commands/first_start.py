"""What a new tracker needs once: the 2009 declaration, when none is loaded, and a first administrator."""

import secrets
from itertools import chain, count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from commitments.ledger import verbs
from commitments.models.declaration import Declaration
from commitments.models.person import Grant, Person
from commitments.packages.folder import Faults
from commitments.packages.load import load

PACKAGE = Path(settings.BASE_DIR) / "fixtures" / "sco-afghanistan-2009"


class Command(BaseCommand):
    help = "Load the 2009 declaration when no declaration is loaded, and make a first administrator when there is none."

    def handle(self, **options: Any) -> None:
        self._load()
        self._first_administrator()

    def _load(self) -> None:
        if Declaration.objects.exists():
            return
        self.stdout.write("loading the 2009 declaration …")
        try:
            outcome = load(PACKAGE, by="package")
        except Faults as faults:
            for fault in faults.faults:
                self.stderr.write(str(fault))
            raise CommandError(f"the package has {len(faults.faults)} faults; nothing was written") from None
        self.stdout.write(f"loaded {outcome.code}; the ledger stands at {outcome.number}")

    def _first_administrator(self) -> None:
        user_model = get_user_model()
        if user_model.objects.filter(is_superuser=True).exists():
            return
        password = secrets.token_urlsafe(15)
        with transaction.atomic():
            taken = set(
                user_model.objects.filter(username__startswith="admin").values_list("username", flat=True)
            )
            name = next(n for n in chain(["admin"], (f"admin{k}" for k in count(2))) if n not in taken)
            user = user_model.objects.create_superuser(name, "", password)
            person = Person.objects.create(user=user, must_change_password=True)
            verbs.grant(
                person=person.code,
                role=Grant.Role.ADMINISTRATOR,
                by=person.code,
                because="first administrator of this installation",
            )
        self.stdout.write("")
        self.stdout.write(f"  first administrator: {name}")
        self.stdout.write(f"  one-time password:   {password}")
        self.stdout.write("  (shown once; you choose your own when you sign in)")
        self.stdout.write("")
