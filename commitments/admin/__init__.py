"""Django's own admin, for structure: organizations, schedules, people. Every write goes through the ledger."""

from commitments.admin import organizations, people, reading, schedules  # noqa: F401
