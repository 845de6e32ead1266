#!/usr/bin/env python
"""Declaration Tracker's command line."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    """Run a command; settings that cannot be used end in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "declaration_tracker.settings")
    try:
        settings.INSTALLED_APPS  # noqa: B018 - loads the settings
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
