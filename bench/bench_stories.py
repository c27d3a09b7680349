"""Stories: copies found and missed, reports grouped, updates told, each beside simpler ways."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from _measuring import asked_for_quick, print_machine


def main() -> None:
    quick = asked_for_quick(__doc__ or "")
    print_machine()
    parts = sorted(Path(__file__).parent.glob("_stories_*.py"))
    for part in parts[:1] if quick else parts:
        print(f"\n== {part.stem.removeprefix('_stories_')}\n")
        import_module(part.stem).print_tables()


if __name__ == "__main__":
    main()
