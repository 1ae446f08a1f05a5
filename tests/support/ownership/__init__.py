"""Models with owners, and databases that contain rows of two of them."""
