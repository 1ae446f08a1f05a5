"""Sessions of Better Auth: their tokens, the stores that hold them, and the validation of what a store returns."""
