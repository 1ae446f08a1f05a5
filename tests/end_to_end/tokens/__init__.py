"""The tokens that the run sends: genuine ones to choose from, and attack tokens."""
