"""Keys in files, and the tokens that they sign."""
