"""Where the token of a request is, and how the OpenAPI page offers to sign in."""
