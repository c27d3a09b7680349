"""From words as a source wrote them to plain text, links and tokens we can trust."""
