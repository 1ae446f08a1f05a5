"""ThreadSanitizer and Miri, which need rustup's nightly toolchain. `make sanitize-threads` and `make miri` run this."""
