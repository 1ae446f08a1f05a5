"""The tables, and what the API takes and gives."""
