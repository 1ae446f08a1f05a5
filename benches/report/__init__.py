"""Report of `make bench`: `benches/results/README.md`, its plot, and the table in the docs."""
