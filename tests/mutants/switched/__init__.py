"""One build of the core that holds all mutants, each behind a switch."""
