"""Applications that the end-to-end test puts under load."""
