"""Benchmarks of fastjose. Run them with the verbs of the Makefile; `benches/README.md` describes the folders."""
