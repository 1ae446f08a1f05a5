"""The attack tokens sent to fastjose and to its peers, and the page that compares their verdicts: `make scores`."""
