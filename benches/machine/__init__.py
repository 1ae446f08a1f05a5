"""The machine of a measurement: processor, versions, and the core on which a measurement runs."""
