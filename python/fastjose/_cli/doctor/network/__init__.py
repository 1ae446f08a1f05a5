"""What the servers of an application answer: those of keys, of sessions and of introspection."""
