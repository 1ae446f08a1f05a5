"""Servers on loopback, each as a test needs it."""
