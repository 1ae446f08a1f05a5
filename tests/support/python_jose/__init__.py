"""What python-jose does, and where fastjose differs."""
