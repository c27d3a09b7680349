"""The tables of settings, and all that is made from them, say the same thing."""

import re
import tomllib
from pathlib import Path

import pytest

from monitor.channels import linting
from monitor.config import reading, tables
from monitor.config.codes import CODES
from monitor.config.reading import read_config
from monitor.config.settings import DEFAULT_STATE
from monitor.config.tables import TABLES, json_schema, top_level_names

STARTER = Path(__file__).parents[2] / "config.toml"
SETTINGS = [(table, setting) for table in TABLES for setting in table.settings]


def names_of(pair):
    table, setting = pair
    return f"{table.name}.{setting.name}".removeprefix(".")


def schema_of(table):
    shape = json_schema()
    for name in filter(None, table.name.split(".")):
        shape = shape["properties"][name]
        shape = shape.get("items", shape)
    return shape


# --- The tables -------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", SETTINGS, ids=names_of)
def test_a_default_is_a_value_that_the_setting_takes(pair):
    _, setting = pair
    if setting.default:
        written = tomllib.loads(f"value = {setting.default}")["value"]
        assert setting.kind.read(written) == setting.value


@pytest.mark.parametrize("pair", SETTINGS, ids=names_of)
def test_a_setting_has_help_and_no_namesake(pair):
    table, setting = pair
    assert setting.help
    assert table.names().count(setting.name) == 1


def test_the_top_of_the_file_knows_every_table():
    assert top_level_names() == [
        *("timezone", "paths", "state", "poll", "feed", "opml", "channel", "digest"),
        *("web", "metrics", "log"),
    ]


def test_a_secret_can_be_given_in_three_ways():
    secrets = {names_of(pair) for pair in SETTINGS if pair[1].secret}
    assert secrets == {
        "state.url", "poll.proxy", "feed.auth", "feed.cookie", "feed.proxy", "channel.url",
        "channel.secret", "opml.url", "web.token", "web.read_token",
    }  # fmt: skip
    assert tables.CHANNEL.rivals("url") == ["url_env", "url_file"]
    assert tables.FEED.rivals("auth_env") == ["auth", "auth_file"]
    assert tables.FEED.rivals("url") == []


# --- The schema for editors -------------------------------------------------------------------


@pytest.mark.parametrize("pair", SETTINGS, ids=names_of)
def test_the_schema_describes_every_setting(pair):
    table, setting = pair
    described = schema_of(table)["properties"][setting.name]
    assert described["description"] == setting.help
    assert "type" in described or "enum" in described
    if setting.default:
        assert setting.kind.read(described["default"]) == setting.value


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_schema_allows_nothing_that_is_refused(table):
    shape = schema_of(table)
    inner = {each.name.rpartition(".")[2] for each in TABLES if each.name.startswith("state.")}
    tables_in_it = {"": set(top_level_names()), "state": inner}.get(table.name, set())
    assert shape["additionalProperties"] is False
    assert set(shape["properties"]) == {*table.names(), *tables_in_it}


# --- The codes --------------------------------------------------------------------------------


def test_every_code_that_is_used_is_explained_and_the_other_way_round():
    files = (Path(each.__file__) for each in (reading, linting))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert set(re.findall(r'"(C\d{3})"', source)) == set(CODES)


# --- The starter configuration ----------------------------------------------------------------


@pytest.fixture(scope="module")
def starter():
    return tomllib.loads(STARTER.read_text(encoding="utf-8"))


def test_the_starter_configuration_has_nothing_wrong_with_it():
    settings, problems = read_config(STARTER, {})
    assert problems == ()
    assert [spec.name for spec in settings.digests] == ["urgent", "morning"]
    assert len(settings.feeds) > 20


@pytest.mark.parametrize(
    "pair", [pair for pair in SETTINGS if not pair[0].many and pair[1].default], ids=names_of
)
def test_the_starter_configuration_shows_every_default_as_it_is(starter, pair):
    table, setting = pair
    shown = starter
    for name in filter(None, table.name.split(".")):
        shown = shown[name]
    assert setting.kind.read(shown[setting.name]) == setting.value


def test_the_starter_configuration_shows_where_the_state_lies_by_default(starter):
    assert starter["state"]["url"] == DEFAULT_STATE.reveal()


def test_its_morning_digest_shows_every_default_of_a_digest(starter):
    _, morning = starter["digest"]
    defaults = {each.name: each.value for each in tables.DIGEST.settings if each.default}
    shown = {
        each.name: each.kind.read(morning[each.name])
        for each in tables.DIGEST.settings
        if each.name in morning
    }
    assert shown | {"cadence": "now"} == defaults | {"name": "morning"}


@pytest.mark.parametrize("pair", SETTINGS, ids=names_of)
def test_the_starter_configuration_mentions_every_setting(pair):
    _, setting = pair
    name = setting.name.removesuffix("_file").removesuffix("_env")
    assert re.search(rf"\b{name}(_env|_file)? = ", STARTER.read_text(encoding="utf-8"))
