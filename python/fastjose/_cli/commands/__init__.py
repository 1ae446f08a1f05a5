"""The commands: each reads its input, calls functions that return plain results, and prints them."""
