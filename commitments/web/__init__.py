"""Pages for analysts and editors."""
