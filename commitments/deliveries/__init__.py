"""DELIVERIES: letters on their way, sent effectively once."""
