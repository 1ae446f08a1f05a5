"""Dependencies for FastAPI: from the bearer token of a request to a typed user or an error response."""
