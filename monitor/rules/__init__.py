"""Rules: read from files, compiled once, matched against every item, tested beside their text."""
