"""One application for each library, with the same route, configured in the way that the library documents.

`LOAD_JWKS_URL`, `LOAD_ISSUER` and `LOAD_AUDIENCE` are the configuration of all but fastjose, and
`LOAD_COOLDOWN_SECONDS` of those with a cooldown.
"""
