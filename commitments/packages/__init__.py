"""Declaration packages: a folder on disk to the record and back, idempotent by content."""
