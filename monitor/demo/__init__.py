"""The demonstration: a bundled newswire, and the real pipeline run on it from start to digest."""
