"""What config.toml can say, and what holds where it says nothing."""

from datetime import timedelta
from operator import attrgetter
from pathlib import Path

import pytest

from monitor.config.reading import FILES, read_config, with_digest_folder
from monitor.config.settings import PollSettings, WebSettings
from monitor.desk import fetch_settings
from monitor.errors import Level
from monitor.model import Channel, DigestSpec, Secret, Severity

WHOLE = """
timezone = "Europe/Vienna"
paths = { rules = "rules", templates = "templates" }

[state]
url = "sqlite:///state/wirewatch.db"
retention = { items = "180d", matched = "5y", deliveries = "2y" }

[poll]
mean = "10m"
min = "2m"
max = "4h"
timeout = "20s"
max_bytes = "10MiB"
per_host = 1
contact = "ops@example.org"
allow_private_networks = false
backfill = "0"

[[feed]]
url = "https://example.org/rss"
name = "Example wire"
tags = ["customs"]
[[opml]]
path = "feeds.opml"

[[channel]]
name = "desk-mail"
url_env = "DESK_MAIL_URL"
[[digest]]
name = "morning"
cadence = "daily 07:00"
to = ["desk-mail"]
rules = ["*"]
tags = []
severity = "low"
quiet = "22:00-06:30"
timezone = "Asia/Seoul"
max_stories = 40
template = "digest"
[web]
listen = "127.0.0.1:8484"
auth = "token"
[log]
format = "auto"
"""


def test_the_whole_file_is_understood(settings, tmp_path):
    (tmp_path / "feeds.opml").write_text("<opml/>")
    found = settings(WHOLE, {"DESK_MAIL_URL": "mailto://desk@example.org"})
    assert found.timezone == "Europe/Vienna"
    assert found.poll == PollSettings(contact="ops@example.org")
    assert [(feed.url, feed.name, feed.tags) for feed in found.feeds] == [
        ("https://example.org/rss", "Example wire", ("customs",))
    ]
    assert [each.path for each in found.opml] == [tmp_path / "feeds.opml"]
    assert found.channels == (Channel(name="desk-mail", url=Secret("mailto://desk@example.org")),)
    assert found.digests == (
        DigestSpec(
            name="morning",
            cadence="daily 07:00",
            to=("desk-mail",),
            severity=Severity.LOW,
            quiet="22:00-06:30",
            timezone="Asia/Seoul",
        ),
    )


def test_an_empty_file_is_valid(settings, tmp_path):
    found = settings("")
    assert found.timezone == "UTC"
    assert (found.rules, found.templates) == (tmp_path / "rules", tmp_path / "templates")
    assert found.state.url == Secret(f"sqlite:///{tmp_path}/state/wirewatch.db")
    assert (found.feeds, found.opml, found.channels) == ((), (), ())
    assert found.log_format == "auto"


def test_polling_is_mannerly_by_default(settings):
    assert settings().poll == PollSettings(
        mean=timedelta(minutes=10),
        min=timedelta(minutes=2),
        max=timedelta(hours=4),
        timeout=timedelta(seconds=20),
        max_bytes=10 * 1024 * 1024,
        per_host=1,
        spacing=timedelta(seconds=1),
        retry_after="host",
        contact="",
        allow_private_networks=False,
        backfill=timedelta(),
    )


def test_things_are_kept_for_half_a_year_two_years_and_five(settings):
    state = settings().state
    kept = (state.keep_items, state.keep_deliveries, state.keep_matched)
    assert kept == (timedelta(days=180), timedelta(days=730), timedelta(days=1825))


def test_pages_are_for_this_machine_and_need_a_token_by_default(settings):
    assert settings().web == WebSettings(listen="127.0.0.1:8484", auth="token")


def test_without_digests_everything_is_told_at_once(settings):
    found = settings('timezone = "Asia/Seoul"')
    assert found.digests == (DigestSpec(name="digest", cadence="now", timezone="Asia/Seoul"),)


def test_a_feed_may_have_its_own_manners(settings):
    (feed,) = settings("""
        [[feed]]
        url = "https://example.org/rss"
        every = "5m"
        language = "ko"
        weight = 2
        allow_private = true
        auth = "desk:hunter2"
        headers = { Accept-Language = "ko" }
    """).feeds
    assert (feed.every, feed.language, feed.weight) == (timedelta(minutes=5), "ko", 2.0)
    assert feed.allow_private
    assert feed.auth == Secret("desk:hunter2")
    assert feed.headers == (("Accept-Language", Secret("ko")),)


def test_what_a_feed_needs_of_secrets_may_lie_elsewhere(settings, tmp_path):
    (tmp_path / "cookie").write_text("id=hush\n")
    (feed,) = settings(
        """
        [[feed]]
        url = "https://example.org/rss"
        cookie_file = "cookie"
        proxy_env = "PROXY"
        headers = { X-Key = { env = "KEY" }, X-Word = { file = "cookie" } }
        user_agent = "Mine/1.0"
        retry_after = "feed"
        """,
        environ={"PROXY": "http://desk:hush@proxy.example:3128", "KEY": "k1"},
    ).feeds
    assert feed.cookie == Secret("id=hush")
    assert feed.proxy == Secret("http://desk:hush@proxy.example:3128")
    assert feed.headers == (("X-Key", Secret("k1")), ("X-Word", Secret("id=hush")))
    assert (feed.user_agent, feed.retry_after) == ("Mine/1.0", "feed")
    assert "hush" not in repr(feed)


def test_hosts_may_be_asked_without_a_pause(settings):
    assert settings('[poll]\nspacing = "0"').poll.spacing == timedelta()


def test_networks_and_hosts_that_are_allowed_reach_the_door_to_the_web(settings):
    written = '["10.1.0.0/16", "fd12::/48", "10.2.3.4", "Intranet.Example"]'
    poll = settings(f"[poll]\nallow_networks = {written}").poll
    door = fetch_settings(poll)
    assert [str(each) for each in door.allow] == ["10.1.0.0/16", "fd12::/48", "10.2.3.4/32"]
    assert door.allow_hosts == {"intranet.example"}


@pytest.mark.parametrize(
    ("written", "size"),
    [('"10MiB"', 10 << 20), ('"500 kB"', 500_000), ('"1GiB"', 1 << 30), ("4096", 4096)],
)
def test_sizes_are_read_as_written(settings, written, size):
    assert settings(f"[poll]\nmax_bytes = {written}").poll.max_bytes == size


def test_a_digest_has_the_time_zone_of_the_service_unless_it_has_its_own(settings):
    found = settings("""
        timezone = "Europe/Vienna"
        [[digest]]
        name = "here"
        [[digest]]
        name = "there"
        timezone = "Asia/Seoul"
    """)
    assert [spec.timezone for spec in found.digests] == ["Europe/Vienna", "Asia/Seoul"]


def test_paths_are_relative_to_the_file_and_not_to_the_working_directory(
    settings, tmp_path, monkeypatch
):
    monkeypatch.chdir("/")
    found = settings('paths = { rules = "mine", templates = "/srv/templates" }')
    assert (found.rules, found.templates) == (tmp_path / "mine", Path("/srv/templates"))
    assert found.state_folder == tmp_path / "state"


def test_a_state_with_an_absolute_path_stays_where_it_is(settings):
    found = settings('[state]\nurl = "sqlite:////var/lib/wirewatch/state.db"')
    assert found.state.url == Secret("sqlite:////var/lib/wirewatch/state.db")
    assert found.state_folder == Path("/var/lib/wirewatch")


def test_files_have_a_folder_beside_the_configuration_when_the_state_is_on_a_server(
    settings, tmp_path
):
    found = settings('[state]\nurl = "postgresql+psycopg://desk@db/wirewatch"')
    assert found.state_folder == tmp_path / "state"


def test_a_feed_listed_twice_is_polled_once_with_the_first_settings(config_file):
    path = config_file("""
        [[feed]]
        url = "https://example.org/rss"
        name = "First"
        [[feed]]
        url = "https://example.org/rss"
        name = "Second"
    """)
    found, (warning,) = read_config(path, {})
    assert [feed.name for feed in found.feeds] == ["First"]
    assert (warning.code, warning.level, warning.place.line) == ("C112", Level.WARNING, 6)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b'\xef\xbb\xbftimezone = "Asia/Seoul"\r\n[poll]\r\nmean = "5m"\r\n')
    found, _ = read_config(path, {})
    assert (found.timezone, found.poll.mean) == ("Asia/Seoul", timedelta(minutes=5))


def test_a_digest_for_no_channel_goes_to_files(settings, tmp_path):
    found = with_digest_folder(
        settings("""
            [[channel]]
            name = "desk"
            url = "json://localhost"
            [[digest]]
            name = "quiet"
            [[digest]]
            name = "loud"
            to = ["desk"]
        """)
    )
    assert [spec.to for spec in found.digests] == [(FILES,), ("desk",)]
    assert found.channels[-1].url.reveal() == f"file://{tmp_path}/state/digests"


def test_the_operators_own_channel_for_files_is_kept(settings):
    found = with_digest_folder(settings('[[channel]]\nname = "files"\nurl = "/srv/digests"'))
    assert [each.url for each in found.channels] == [Secret("/srv/digests")]


# --- Where settings come from -----------------------------------------------------------------


def test_every_setting_knows_where_it_comes_from(settings):
    origins = settings(
        """
        timezone = "UTC"
        [poll]
        mean = "5m"
        [state]
        url_env = "STATE_URL"
        """,
        {"STATE_URL": "sqlite:///a.db", "WIREWATCH_POLL__MAX": "8h"},
    ).origins
    assert origins["timezone"] == "config.toml:2"
    assert origins["poll.mean"] == "config.toml:4"
    assert origins["poll.max"] == "WIREWATCH_POLL__MAX"
    assert origins["poll.min"] == "default"
    assert origins["state.url"] == "config.toml:6"


def test_a_default_secret_is_a_default(settings):
    assert settings().origins["state.url"] == "default"


# --- The environment --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "text", "setting", "value"),
    [
        ("TIMEZONE", "Asia/Seoul", "timezone", "Asia/Seoul"),
        ("POLL__MEAN", "5m", "poll.mean", timedelta(minutes=5)),
        ("POLL__MEAN", '"5m"', "poll.mean", timedelta(minutes=5)),
        ("POLL__BACKFILL", "0", "poll.backfill", timedelta()),
        ("POLL__CONTACT", "2026", "poll.contact", "2026"),
        ("POLL__PER_HOST", "3", "poll.per_host", 3),
        ("POLL__ALLOW_PRIVATE_NETWORKS", "true", "poll.allow_private_networks", True),
        ("STATE__RETENTION__ITEMS", "9d", "state.keep_items", timedelta(days=9)),
        ("WEB__LISTEN", "0.0.0.0:80", "web.listen", "0.0.0.0:80"),
        ("LOG__FORMAT", "json", "log_format", "json"),
    ],
)
def test_any_single_setting_can_come_from_the_environment(settings, variable, text, setting, value):
    found = settings("", {f"WIREWATCH_{variable}": text})
    assert attrgetter(setting)(found) == value


def test_the_environment_overrules_the_file(settings):
    text = '[poll]\nmean = "10m"\nmax = "1h"'
    poll = settings(text, {"WIREWATCH_POLL__MEAN": "3m"}).poll
    assert (poll.mean, poll.max) == (timedelta(minutes=3), timedelta(hours=1))


def test_the_environment_overrules_another_way_to_give_the_same_secret(settings):
    found = settings(
        '[state]\nurl_file = "/run/secrets/state"', {"WIREWATCH_STATE__URL": "sqlite:////tmp/a.db"}
    )
    assert found.state.url == Secret("sqlite:////tmp/a.db")


def test_other_peoples_variables_are_left_alone(settings):
    settings("", {"PATH": "/bin", "WIREWATCH_CONFIG": "/etc/wirewatch.toml", "POLL__MEAN": "x"})


def test_a_misspelt_variable_is_told_the_nearest_name(problems):
    (problem,) = problems("", {"WIREWATCH_POLL__MAEN": "5m"})
    assert problem.place.path == "environment variable WIREWATCH_POLL__MAEN"
    assert (problem.code, problem.message) == ("C102", "names no setting")
    assert problem.hint == "did you mean `WIREWATCH_POLL__MEAN`?"


def test_a_bad_value_in_a_variable_is_reported_at_the_variable(problems):
    (problem,) = problems('[poll]\nmean = "10m"', {"WIREWATCH_POLL__MEAN": "often"})
    assert str(problem.place) == "environment variable WIREWATCH_POLL__MEAN"
    assert problem.message == "`mean`: `often` is no duration"


# --- Secrets ----------------------------------------------------------------------------------


def test_a_secret_can_lie_in_a_file_beside_the_configuration(settings, tmp_path):
    (tmp_path / "desk.url").write_text("json://desk:hunter2@localhost\n")
    (channel,) = settings('[[channel]]\nname = "desk"\nurl_file = "desk.url"').channels
    assert channel.url == Secret("json://desk:hunter2@localhost")


def test_headers_can_be_secret_too(settings, tmp_path):
    (tmp_path / "cookie").write_text("session=hunter2")
    (feed,) = settings(
        """
        [[feed]]
        url = "https://example.org/rss"
        headers = { X-Key = { env = "KEY" }, Cookie = { file = "cookie" } }
        """,
        {"KEY": "hunter3"},
    ).feeds
    assert feed.headers == (("X-Key", Secret("hunter3")), ("Cookie", Secret("session=hunter2")))


def test_no_secret_is_shown_by_a_printed_value(settings):
    found = settings("""
        [state]
        url = "postgresql+psycopg://desk:hunter2@db/wirewatch"
        [[feed]]
        url = "https://example.org/rss"
        auth = "desk:hunter2"
        headers = { X-Key = "hunter2" }
        [[channel]]
        name = "desk"
        url = "json://desk:hunter2@localhost"
    """)
    assert "hunter2" not in repr(found)
