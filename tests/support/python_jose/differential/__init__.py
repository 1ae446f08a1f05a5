"""Comparison with python-jose on random calls: strategies, the call of both libraries, the budget."""
