"""The values of variables, and of the claims of an accepted token."""
