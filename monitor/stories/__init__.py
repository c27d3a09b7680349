"""Same news or not: what an entry turns out to be, and which story it belongs to."""
