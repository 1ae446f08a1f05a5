"""Development tokens: the key that signs them, and their claims."""
