"""A reading is frozen, rendered and issued; what is due is read from the database."""
