"""The queries, each filtered by owner."""
