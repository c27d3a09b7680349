"""The templates that come with the program: the starter kit and the last line of defence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import monitor
from monitor.rendering.environment import TemplateSource

FORMS = ("html", "txt", "chat")
PREFIX = "builtin/"


@cache
def builtin_sources() -> Mapping[str, TemplateSource]:
    """The templates by name, e.g. `digest.html.j2`.

    In an installed package they lie in the starter kit; in a source checkout, in the
    top-level folder that the starter kit is made of.
    """
    package = Path(monitor.__file__).parent
    folder = package / "starter" / "templates"
    if not folder.is_dir():
        folder = package.parent / "templates"
    return MappingProxyType(
        {
            name: TemplateSource(f"{PREFIX}{name}", (folder / name).read_text(encoding="utf-8"))
            for name in (f"digest.{form}.j2" for form in FORMS)
        }
    )
