"""Bringing the schema up to date at start, before anything else touches the state."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.errors import StoreAway, UsageError

HEAD = "0007"
"""The newest revision in `migrations/versions`; a test holds the two together."""

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(conn: Connection) -> None:
    """Upgrade to HEAD inside the caller's transaction: all of it or nothing.

    The caller holds whatever lock keeps others from doing the same. Raises UsageError for a
    state written by a newer Wirewatch.
    """
    found = revision(conn)
    if found == HEAD:
        return
    from alembic import command  # noqa: PLC0415 - 0.2 s, and needed only when something is to do
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found and found not in known:
        raise _newer(found)
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def require_current(conn: Connection) -> None:
    """For who only reads: raises StoreAway for an empty state, UsageError for another version."""
    found = revision(conn)
    if not found:
        raise StoreAway("there is no state in this database yet; `wirewatch run` creates it")
    if found < HEAD:
        raise UsageError(
            f"this state was written by an older Wirewatch (schema {found}, this one needs {HEAD});"
            " `wirewatch state migrate` brings it up to date"
        )
    if found != HEAD:
        raise _newer(found)


def revision(conn: Connection) -> str:
    """The schema revision of the state, "" for an empty one."""
    if not sa.inspect(conn).has_table("alembic_version"):
        return ""
    return str(conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")


def _newer(found: str) -> UsageError:
    return UsageError(
        f"this state was written by a newer Wirewatch (schema {found}, this one knows {HEAD}); "
        "upgrade, or restore the backup made before the upgrade"
    )
