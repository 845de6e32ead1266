"""DELIVERIES: letters on their way, sent effectively once, and the rounds that ask by letter."""
