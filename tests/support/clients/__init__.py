"""Clients: in this process, byte for byte, and a real browser."""
