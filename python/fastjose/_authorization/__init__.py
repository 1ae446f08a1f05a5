"""Authorization by verified claims: what grants roles, scopes and permissions, and what a route requires."""
