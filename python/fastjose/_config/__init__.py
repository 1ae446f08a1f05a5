"""Build the verifier of `fastjose.auth` from `AuthSettings`, and the defaults of both."""
