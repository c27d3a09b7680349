"""No secret is ever shown: every verb is run on a desk full of them, and what it wrote is read."""

import pytest
from desk import ARMS, wirewatch
from terminal import shell

CONFIG = """
[[feed]]
url = "http://me:CANARY1login@127.0.0.1:9/rss"
auth_env = "FEED_AUTH"
headers = { "X-Api-Key" = "CANARY3header" }
allow_private = true
[[feed]]
url = "http://desk:CANARY5login@127.0.0.1:9/other"
name = "Other"
auth_file = "auth.txt"
cookie = "session=CANARY13cookie"
proxy = "http://desk:CANARY14proxy@127.0.0.1:9"
allow_private = true
[[channel]]
name = "chat"
url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrCANARY67/"
[[channel]]
name = "hook"
url = "json://me:CANARY8pass@127.0.0.1:9/CANARY9path?-token=CANARY10query"
[[channel]]
name = "program"
url = "http://me:CANARY15pass@127.0.0.1:9/CANARY16path?x=CANARY17query"
secret = "whsec_CANARY18signing1"
[[channel]]
name = "mail"
url_env = "MAIL_URL"
[[digest]]
name = "morning"
cadence = "daily 07:00"
to = ["hook", "mail", "program"]
"""
MAIL = "mailto://me:CANARY11mail@127.0.0.1:9/a@x.example?from=w@x.example&mode=insecure"
SECRET_URL = "http://me:CANARY1login@127.0.0.1:9/rss"
CALLS = (
    "check",
    "check --format github",
    "check --json",
    "config show",
    "config show --json",
    "once --all",
    "once --all --json -v",
    "status",
    "status --json",
    "feeds list",
    "feeds list --json",
    "feeds export",
    f"feeds pause {SECRET_URL}",
    "feeds pause http://me:CANARY1login@127.0.0.1:9/rsss",
    "feeds pause http://127.0.0.1:9/rsss",
    "feeds resume http://127.0.0.1:9/rss",
    f"feeds probe {SECRET_URL} --allow-private",
    f"feeds probe {SECRET_URL}",
    f"feeds discover {SECRET_URL} --allow-private --json",
    f"feeds add {SECRET_URL}",
    "feeds add http://me:CANARY12new@127.0.0.1:9/x --allow-private",
    "feeds add http://me:CANARY12new@127.0.0.1:9/x --force",
    "feeds import list.opml --dry-run",
    "feeds import list.opml",
    "doctor",
    "doctor --json",
    "digests list --json",
    "digests preview morning --json",
    "digests send morning",
    "digests send morning --json",
    "notify test hook",
    "notify test hook --json",
    "notify test mail",
    "notify test mail --json",
    "notify test program",
    "notify test program --json",
    "notify test haok",
    "stories list --json",
    "search missile --json",
    "export",
    "export --format csv",
    "state info",
    "state info --json",
    "rules list --json",
    "config schema",
    "--debug status",
)
OPML = """<opml version="2.0"><body><outline xmlUrl="http://me:CANARY13opml@127.0.0.1:9/y"/>
</body></opml>"""


@pytest.fixture
def secretive(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "auth.txt").write_text("me:CANARY7file")
    (tmp_path / "list.opml").write_text(OPML)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "arms.yaml").write_text(ARMS)
    monkeypatch.setenv("FEED_AUTH", "me:CANARY2auth")
    monkeypatch.setenv("MAIL_URL", MAIL)
    return tmp_path


def test_no_verb_shows_a_secret(secretive):
    for call in CALLS:
        ran = wirewatch(*call.split(), desk=secretive)
        said = f"{call}\n{ran.out}{ran.err}"
        assert "CANARY" not in ran.out + ran.err, said
        assert "TIiajkdn" not in ran.out + ran.err, said
        assert "mistake of ours" not in ran.err, said
        assert "Traceback" not in ran.err, said


def test_no_log_shows_a_secret(secretive):
    ran = shell("once", "--all", "-v", desk=secretive)
    assert ran.code == 1
    assert "polled" in ran.err
    assert "CANARY" not in ran.out + ran.err


def test_nothing_but_the_state_and_the_configuration_holds_a_secret(secretive):
    """What is written for people to pass on: digests and exports."""
    for call in ("once --all", "digests send morning"):
        wirewatch(*call.split(), desk=secretive)
    pages = (secretive / "state").rglob("*.*")
    kept = [each for each in pages if each.is_file() and ".db" not in each.name]
    assert not [each for each in kept if b"CANARY" in each.read_bytes()]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:CANARY@127.0.0.1:9/wire?connect_timeout=2",
        "postgresql://me:CANARY@127.0.0.1:9/wire?password=CANARY2",
        "oracle://me:CANARY@127.0.0.1/wire",
        "nonsense:CANARY",
    ],
)
@pytest.mark.parametrize("call", ["status", "once", "doctor", "state info", "config show", "check"])
def test_a_database_url_keeps_its_secret_whatever_is_wrong_with_it(call, url, secretive):
    config = secretive / "config.toml"
    config.write_text(f'[state]\nurl = "{url}"\n{CONFIG}')
    ran = wirewatch(*call.split(), desk=secretive)
    assert "CANARY" not in ran.out + ran.err
    assert "mistake of ours" not in ran.err
    assert ran.code != 0 or url.startswith("postgresql")


@pytest.mark.parametrize(
    "line",
    [
        'url = "slak://CANARY/CANARY"',
        'url = "mailto://me:CANARY@"',
        'url = "slack://CANARY"',
        'urll = "slack://CANARY"',
        "url = CANARY",
        'url_env = "CANARY_"',
        'url = "https://CANARY:CANARY@/CANARY"',
        'url = "https://x.example/CANARY"\nsecret = "whsec_CANARY!"',
        'url = "json://x.example/CANARY"\nsecret = "CANARY"',
    ],
)
def test_a_channel_that_is_wrong_keeps_its_secret(line, tmp_path):
    (tmp_path / "config.toml").write_text(f'[[channel]]\nname = "a"\n{line}\n')
    ran = wirewatch("check", desk=tmp_path)
    assert ran.code == 1
    assert "CANARY" not in (ran.out + ran.err).replace("CANARY_", "")
