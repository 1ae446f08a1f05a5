"""Build the verifier of `fastjose.auth` from `AuthSettings`."""
