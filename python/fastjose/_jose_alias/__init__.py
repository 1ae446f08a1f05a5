"""The import alias `jose` for this package, for libraries that import python-jose."""
