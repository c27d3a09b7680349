"""What the drivers' errors mean, said once, in our own words and without secrets."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from monitor.errors import StoreAway, StoreBusy, StoreFull, WirewatchError

_FULL = "no space is left where the state lives; free some, nothing is lost"
_LOCKED = "another program holds the state locked; close it"
_NOBODY = "the database or user of [state] url does not exist; create it"
_RIGHTS = "the database user may not do this; make it the owner of the database"

_MEANINGS: tuple[tuple[str, type[WirewatchError], str], ...] = (
    ("disk is full", StoreFull, _FULL),
    ("no space left", StoreFull, _FULL),
    ("disk i/o error", StoreFull, "the disk under the state fails or is full; free or check it"),
    ("database is locked", StoreBusy, _LOCKED),
    ("table is locked", StoreBusy, _LOCKED),
    ("lock timeout", StoreBusy, "another session holds the state locked; end it"),
    ("deadlock detected", StoreBusy, "another process was writing the same; try again"),
    ("too many clients", StoreBusy, "the database has no connection left; try again"),
    ("connection slots", StoreBusy, "the database has no connection left; try again"),
    ("unable to open", StoreAway, "the state cannot be opened; check folder and permissions"),
    ("readonly database", StoreAway, "the state cannot be written; check permissions and mount"),
    ("read-only transaction", StoreAway, "this database takes no writes; is it a standby?"),
    ("not a database", StoreAway, "the state file is no SQLite database; restore a backup"),
    ("malformed", StoreAway, "the state file is damaged; restore a backup"),
    ("authentication failed", StoreAway, "the database refuses the user or password"),
    ("no password supplied", StoreAway, "the database wants a password; put it into [state] url"),
    ("pg_hba.conf", StoreAway, "the database refuses this user from here; see its pg_hba.conf"),
    ("permission denied", StoreAway, _RIGHTS),
    ('" does not exist', StoreAway, _NOBODY),
)


def understood(error: BaseException, where: str = "") -> BaseException:
    """A database error as one of ours, naming where the state lives; anything else as it is."""
    at = f"{where}: " if where else ""
    if isinstance(error, PoolTimeout):
        return StoreBusy(f"{at}all database connections are in use; try again")
    # What a constraint refuses is quoted in its words, and may read like anything.
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError | DataError):
        return error
    trouble_of_the_world = isinstance(error, OperationalError | InterfaceError)
    words = str(error.orig).lower()
    for sign, kind, meaning in _MEANINGS:
        # "... does not exist" is said of databases at the door, and of our own tables inside.
        if sign in words and (trouble_of_the_world or not sign.endswith("exist")):
            return kind(at + meaning)
    # SQLite has nobody to reach, and says of a faulty statement what others say of the world.
    in_process = isinstance(error.orig, sqlite3.Error)
    if error.connection_invalidated or (trouble_of_the_world and not in_process):
        return StoreAway(
            f"{at}the database cannot be reached; is the server running and [state] url right?"
        )
    return error
