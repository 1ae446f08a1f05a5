"""API keys of Better Auth: their hash, the stores that hold them, and the validation of what a store returns."""
