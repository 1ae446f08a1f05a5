"""The routes, with one module for each group."""
