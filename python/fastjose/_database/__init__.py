"""Reading the tables of Better Auth through SQLAlchemy: engine, names, inspection, and the JSON form of rows."""
