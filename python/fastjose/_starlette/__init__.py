"""Authentication for Starlette's `AuthenticationMiddleware`: the user, the scopes and the responses of a request."""
