"""THE RECORD. One noun family a file. Re-exports nothing: import a model from the module that defines it."""

from commitments.models import (  # noqa: F401
    assessment,
    declaration,
    dispute,
    entry,
    evidence,
    happening,
    mail,
    organization,
    partner,
    person,
    proposal,
    report,
    round,
    search,
    sheet,
    source,
    subscription,
    topic,
)
