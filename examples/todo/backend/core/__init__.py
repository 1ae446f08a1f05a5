"""The settings and the database."""
