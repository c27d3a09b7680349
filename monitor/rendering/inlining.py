"""Styles where mail programs look for them: on every element, and not in the head of the page."""

from __future__ import annotations

from css_inline import CSSInliner

_INLINER = CSSInliner(
    keep_at_rules=True,  # dark mode and narrow screens, where they are understood
    load_remote_stylesheets=False,
    minify_css=True,
)


def inlined(page: str) -> str:
    """The page with the rules of its <style> written into its elements; at-rules stay.

    A page without such rules stays as it is, byte for byte. Nothing is fetched: a stylesheet
    that is linked counts for nothing, as in most mail programs. Raises what the inliner does.
    """
    return _INLINER.inline(page) if "<style" in page else page
