"""config.toml as a frozen value: read once, checked whole, every mistake named with its place."""
