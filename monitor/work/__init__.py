"""The use cases, each in three beats: gather, decide, commit."""
