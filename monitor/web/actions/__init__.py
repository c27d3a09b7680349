"""The shelf of actions: one file is one thing that people can do."""
