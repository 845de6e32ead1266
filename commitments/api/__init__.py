"""JSON for partners, /api/v1/."""
