"""Better Auth's secondary storage in Redis or Valkey: the clients, and the reading of values."""
