from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CommitmentsConfig(AppConfig):
    name = "commitments"
    verbose_name = _("Declaration Tracker")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from commitments.ledger import triggers

        # The one signal we allow: Django's table rebuild on SQLite drops triggers without a word.
        post_migrate.connect(triggers.reinstall, sender=self, dispatch_uid="commitments.triggers")
        checks.register(triggers.check_present, checks.Tags.database)
