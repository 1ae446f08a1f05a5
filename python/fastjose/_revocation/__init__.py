"""Revocations shared over Redis or Valkey, and back-channel logout."""
