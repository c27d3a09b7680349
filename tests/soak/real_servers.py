"""One digest end to end through servers that people run: Postfix with Dovecot, and Synapse.

Each is started for itself in a temporary folder, on loopback, and is skipped, visibly, where it is
not installed.
"""

from __future__ import annotations

import contextlib
import imaplib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from desk import furnish, rss, wirewatch
from feed_server import FeedServer

PATIENCE = 60.0
HEADLINE = "Missile hits Порт Южный"
LINK = "https://wire.example/missile"

MAIN = """\
compatibility_level = 3.6
myhostname = mail.watch.example
mydestination =
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
virtual_mailbox_domains = x.example
virtual_mailbox_maps = static:ok
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:nothing leaves this machine
alias_maps =
alias_database =
"""

MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT = """\
protocols = imap lmtp
base_dir = {folder}/run
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password=right
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


def soak_servers() -> list[str]:
    """Rows of what came through, and findings."""
    rows = []
    for name, missing, try_it in (
        ("Postfix and Dovecot", _no_mail_server(), _by_mail),
        ("Synapse", _no_synapse(), _by_matrix),
    ):
        if missing:
            rows.append(f"SKIPPED: {name}: {missing}")
            continue
        begun = time.monotonic()
        try:
            said = try_it()
        except (AssertionError, OSError, TimeoutError, subprocess.CalledProcessError) as error:
            rows.append(f"! {name}: {type(error).__name__}: {error}")
        else:
            rows.append(f"{name}: {said}; {time.monotonic() - begun:.1f} s in all")
    return rows


# --- Mail ---------------------------------------------------------------------------------


def _no_mail_server() -> str:
    absent = [each for each in ("postfix", "dovecot") if shutil.which(each) is None]
    if absent:
        return "apt install postfix dovecot-imapd dovecot-lmtpd"
    return "" if os.geteuid() == 0 else "Postfix starts as root only"


def _by_mail() -> str:
    smtp, lmtp, imap = _free_ports(3)
    with contextlib.ExitStack() as undo:
        folder = Path(tempfile.mkdtemp(prefix="wirewatch-mail-", dir="/tmp"))
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        for each in ("queue", "data", "mail", "run"):
            (folder / each).mkdir()
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "mail", "nobody", "nogroup")
        ports = {"smtp": smtp, "lmtp": lmtp, "imap": imap, "folder": folder}
        for name, text in (("main.cf", MAIN), ("master.cf", MASTER), ("dovecot.conf", DOVECOT)):
            (folder / name).write_text(text.format(**ports))
        dovecot = subprocess.Popen(["dovecot", "-F", "-c", str(folder / "dovecot.conf")])
        undo.callback(_ended, dovecot)
        postfix = ["postfix", "-c", str(folder)]
        subprocess.run([*postfix, "start"], check=True, capture_output=True)
        undo.callback(subprocess.run, [*postfix, "stop"], check=False, capture_output=True)
        for port in (smtp, lmtp, imap):
            _wait_for_port(port)

        began = time.monotonic()
        _send(f"mailto://127.0.0.1:{smtp}/a@x.example?from=w@watch.example&mode=insecure")
        mail = _wait(lambda: _newest(imap))
        seconds = time.monotonic() - began
    text = mail.get_body(("plain",)).get_content()
    assert HEADLINE in str(mail["Subject"]), mail["Subject"]
    assert HEADLINE in text
    assert LINK in text.split()
    assert "<mark" in mail.get_body(("html",)).get_content()
    assert len(mail.get_all("Message-ID")) == 1
    return f"subject, text, link, marks and one Message-ID read by IMAP after {seconds:.1f} s"


def _newest(port: int):
    with imaplib.IMAP4("127.0.0.1", port) as box:
        box.login("a@x.example", "right")
        box.select()
        _, found = box.search(None, "ALL")
        if not found[0]:
            return None
        _, ((_, content), *_) = box.fetch(found[0].split()[-1].decode(), "(RFC822)")
    return message_from_bytes(content, policy=default)


# --- Matrix -------------------------------------------------------------------------------


def _no_synapse() -> str:
    python = os.environ.get("SYNAPSE_PYTHON", "")
    if python and Path(python).exists():
        return ""
    return "set SYNAPSE_PYTHON to the Python of an environment with matrix-synapse installed"


def _by_matrix() -> str:
    python = os.environ["SYNAPSE_PYTHON"]
    (port,) = _free_ports(1)
    here = f"http://127.0.0.1:{port}"
    with contextlib.ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-synapse-")))
        config = _configured(python, folder, port)
        server = subprocess.Popen(
            [python, "-m", "synapse.app.homeserver", "-c", str(config)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        undo.callback(_ended, server)
        _wait_for_port(port)
        for user in ("bot", "reader"):
            register = [
                str(Path(python).with_name("register_new_matrix_user")),
                *("-c", str(config), "-u", user, "-p", "secretive", "--no-admin", here),
            ]
            subprocess.run(register, check=True, capture_output=True)
        token = _matrix(here, "login", _LOGIN)["access_token"]
        room = _matrix(
            here,
            "createRoom",
            {"room_alias_name": "desk", "preset": "public_chat", "room_version": "11"},
            token,
        )["room_id"]
        began = time.monotonic()
        _send(f"matrix://bot:secretive@127.0.0.1:{port}/%23desk:localhost")
        event = _wait(lambda: _message_in(here, room, token))
        seconds = time.monotonic() - began
    said = event["body"] + event.get("formatted_body", "")
    assert HEADLINE in said, said
    assert LINK in said, said
    return f"headline and link in the room after {seconds:.1f} s"


_LOGIN = {
    "type": "m.login.password",
    "identifier": {"type": "m.id.user", "user": "reader"},
    "password": "secretive",
}


def _configured(python: str, folder: Path, port: int) -> Path:
    config = folder / "homeserver.yaml"
    subprocess.run(
        [
            *(python, "-m", "synapse.app.homeserver", "--generate-config", "-c", str(config)),
            *("--server-name", "localhost", "--report-stats", "no"),
        ],
        check=True,
        cwd=folder,
        capture_output=True,
    )
    text = config.read_text()
    head, _, rest = text.partition("listeners:")
    _, _, tail = rest.partition("database:")
    listener = (
        f"listeners:\n  - {{port: {port}, type: http, tls: false, bind_addresses: ['127.0.0.1'], "
        "resources: [{names: [client], compress: false}]}\ndatabase:"
    )
    text = head + listener + tail.replace('server_name: "matrix.org"', 'server_name: "localhost"')
    config.write_text(
        text.split("trusted_key_servers:")[0]
        + "\ntrusted_key_servers: []\nfederation_domain_whitelist: []\n"
        + "rc_message: {per_second: 1000, burst_count: 1000}\n"
    )
    return config


def _matrix(here: str, path: str, body: object = None, token: str = ""):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(
        f"{here}/_matrix/client/v3/{path}",
        data=json.dumps(body).encode() if body is not None else None,
        headers=headers,
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def _message_in(here: str, room: str, token: str):
    told = _matrix(here, f"rooms/{room}/messages?dir=b&limit=20", token=token)["chunk"]
    return next((each["content"] for each in told if each["type"] == "m.room.message"), None)


# --- Both ---------------------------------------------------------------------------------


def _send(url: str) -> None:
    """The digest of one report, by this channel."""
    with (
        tempfile.TemporaryDirectory() as name,
        FeedServer({"wire": rss(("missile", HEADLINE))}) as server,
    ):
        more = f'[[channel]]\nname = "it"\nurl = "{url}"\n[[digest]]\nname = "urgent"\nto = ["it"]'
        ran = wirewatch("once", "--json", desk=furnish(Path(name) / "desk", server.urls, more=more))
    assert ran.code == 0, ran.err + ran.out


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _wait(look):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"nothing came within {PATIENCE:.0f} s")


def _wait_for_port(port: int) -> None:
    def look():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return None

    _wait(look)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
