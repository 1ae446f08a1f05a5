"""Configuration of `fastjose.auth`: from settings in the environment to a verifier."""
