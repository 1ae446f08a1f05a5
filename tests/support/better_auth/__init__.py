"""Real Better Auth servers, their tables, claims and sessions."""
