"""The shelf of pages: one file is one page, with its template beside it."""
