"""The repositories, and the operations that they share."""
