"""What a credential is, read from its text alone: nothing is verified, and nothing is fetched."""
