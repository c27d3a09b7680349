"""Wirewatch: a self-hosted service that watches news feeds and tells you, once, what matters."""

__version__ = "0.1.0"
