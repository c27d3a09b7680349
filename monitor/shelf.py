"""The whole plug-in system: every module in a package that exports a given name is on the shelf."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def load_shelf(package: ModuleType, export: str, kind: type[T]) -> dict[str, T]:
    """Map each module name in `package` to its `export`, in alphabetical order.

    Modules that start with an underscore are not on the shelf. Raises TypeError, naming the
    module, when one does not export a `kind`: a broken promise of ours, not a user's mistake.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        value = getattr(module, export, None)
        if not isinstance(value, kind):
            raise TypeError(f"{module.__name__} must export {export}: {kind.__name__}")
        found[info.name] = value
    return found
