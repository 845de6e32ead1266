"""HOW PEOPLE AND PROGRAMS COME IN: invitations by link, tokens of service accounts. Secrets are shown once and never kept."""
