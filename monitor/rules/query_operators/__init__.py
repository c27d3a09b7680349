"""The shelf of query operators: each file is one way in which parts of a query must stand."""
