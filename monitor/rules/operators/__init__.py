"""The shelf of operators: each file is one key by which a rule asks something of an item."""
