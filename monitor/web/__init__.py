"""The pages and the API of a running watch."""
