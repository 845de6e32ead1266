"""SPREADSHEETS IN AND OUT: a table that a person brings becomes proposals, row by row checked, all or none accepted."""
