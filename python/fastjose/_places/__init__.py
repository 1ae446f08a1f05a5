"""The places of a request that can have a credential, and the one of them that counts."""
