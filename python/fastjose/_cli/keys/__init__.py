"""Keys in files: reading and writing them, and their ids."""
