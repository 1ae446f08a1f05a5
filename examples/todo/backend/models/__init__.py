"""The tables, and the request and response models of the API."""
