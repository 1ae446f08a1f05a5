"""The pages, their blocks and their links."""
