"""Words: a digest that was decided becomes a subject, a page, a plain text and a chat text."""
