"""The shelf of panels: one file is one answer to a text that somebody is writing."""
