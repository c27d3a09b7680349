"""Dead letters: trying them once more, or giving them up."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection

from monitor.errors import NotFound
from monitor.model import DeliveryId
from monitor.store.deliveries import dead_letters, drop_dead, retry_dead
from monitor.store.engine import Store


def change(store: Store, verb: str, argument: str, now: datetime) -> int:
    """Retry or drop dead letters, all or none of those named; how many.

    `argument` is `{"ids": [...], "channel": "..."}` as JSON; neither given means all of them.
    Raises NotFound for an id that is no dead letter.
    """
    asked = json.loads(argument)
    ids, channel = [DeliveryId(int(each)) for each in asked["ids"]], str(asked["channel"])

    def commit(conn: Connection) -> int:
        known = dead_letters(conn, channel)
        for wanted in ids:
            if wanted not in known:
                raise NotFound("dead letter", str(wanted), [str(each) for each in known])
        chosen = ids or list(known)
        return retry_dead(conn, chosen, now) if verb == "retry" else drop_dead(conn, chosen)

    return store.write(commit).result()
