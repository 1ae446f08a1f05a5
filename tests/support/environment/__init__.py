"""What surrounds a test: variables, settings, programs, logs and telemetry."""
