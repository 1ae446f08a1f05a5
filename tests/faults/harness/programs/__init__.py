"""Programs that tests run in processes of their own, and the faults of those processes."""
