"""The verbs, by module. Each heavy room is imported by the verb that needs it, when it runs."""
