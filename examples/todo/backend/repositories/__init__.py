"""The database queries, filtered by owner."""
