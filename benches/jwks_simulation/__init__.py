"""Simulation of ten thousand workers on one remote key set: `make simulate-jwks`."""
