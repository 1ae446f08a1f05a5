"""Identity providers on loopback: their documents, their tokens, and the page that configures each of them."""
