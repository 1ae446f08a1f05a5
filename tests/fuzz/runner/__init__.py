"""Builds the targets, runs them, keeps their corpora, checks them against planted faults and measures coverage."""
