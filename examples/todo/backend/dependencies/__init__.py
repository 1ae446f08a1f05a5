"""The dependencies of the routes."""
