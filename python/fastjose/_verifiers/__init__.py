"""The verifier of a token where an application has several: one for each issuer, or a function that returns it."""
