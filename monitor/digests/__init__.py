"""Who must hear what, and why: routing and planning, without wording or sending."""
