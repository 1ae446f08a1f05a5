"""OpenTelemetry: metrics and attributes of spans, if its API is installed. `telemetry` and `instruments` need it."""
