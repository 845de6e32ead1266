"""ARCHIVED COPIES: what was sent is what is kept, under the sha256 of its bytes; what it is, its content says. Pure Python."""
