"""Applications of the tests."""
