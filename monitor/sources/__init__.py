"""Where news comes from: fetching it, finding feeds, and reading every kind of them."""
