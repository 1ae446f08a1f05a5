"""Log hints for the operator about rejected credentials."""
