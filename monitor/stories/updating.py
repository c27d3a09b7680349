from __future__ import annotations

from collections.abc import Sequence

from monitor.model import Update
from monitor.stories.traits import Traits


def update_in(fresh: Traits, known: Sequence[Traits], *, same_item: bool) -> Update | None:
    old = frozenset().union(*(each.numbers for each in known))
    new = fresh.numbers - old
    return (
        Update(said=f"now says {', '.join(sorted(new))}", reason="numbers") if new and old else None
    )
