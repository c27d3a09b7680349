"""What is remembered: one schema on SQLite and PostgreSQL; facts in, facts out."""
