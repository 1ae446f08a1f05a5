"""What the whole application stands on: settings and the database."""
