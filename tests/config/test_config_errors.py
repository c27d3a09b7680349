"""What is wrong with a config.toml is said all at once, each mistake with place and remedy."""

import pytest

from monitor.channels.linting import Flaw
from monitor.config.reading import read_config
from monitor.errors import UnusableFiles
from monitor.sources import extracting

# What is written, and of the one problem: line, column, width, code, and words of the remedy.
MISTAKES = {
    "a misspelt setting": ("[poll]\nmaen = '10m'", (2, 1, 4, "C102"), "did you mean `mean`?"),
    "a misspelt table": ("[pol]\nmean = '10m'", (1, 1, 5, "C102"), "did you mean `poll`?"),
    "a misspelt list": ("\n[[feeds]]\nurl = 'x'", (2, 1, 9, "C102"), "did you mean `feed`?"),
    "a misspelt table around one": (
        "[sate.retention]\nitems = '1d'",
        (1, 1, 16, "C102"),
        "did you mean `state`?",
    ),
    "a misspelt setting in an inline table": (
        "paths = { rules = 'r', template = 't' }",
        (1, 24, 8, "C102"),
        "did you mean `templates`?",
    ),
    "a setting in the wrong table": ("[web]\nmean = '5m'", (2, 1, 4, "C102"), "listen, auth"),
    "a bad duration": ("[poll]\nmean = 'often'", (2, 8, 7, "C103"), "like `10m` or `7d`"),
    "a duration without a unit": ("[poll]\nmean = 600", (2, 8, 3, "C103"), 'write "600s"'),
    "a duration of nothing": ("[poll]\nmin = '0'", (2, 7, 3, "C103"), 'such as "10m"'),
    "a negative count": ("[poll]\nper_host = -1", (2, 12, 2, "C103"), ""),
    "a text for a flag": (
        "[poll]\nallow_private_networks = 'yes'",
        (2, 26, 5, "C103"),
        "",
    ),
    "a bad size": ("[poll]\nmax_bytes = '10 apples'", (2, 13, 11, "C103"), ""),
    "a shortest interval longer than the longest": (
        "[poll]\nmin = '5h'",
        (2, 1, 3, "C103"),
        "swap them",
    ),
    "a bad zone": (
        "timezone = 'Europe/Viena'",
        (1, 12, 14, "C103"),
        "did you mean `Europe/Vienna`?",
    ),
    "a bad cadence": (
        "[[digest]]\nname = 'a'\ncadence = 'dayly 07:00'",
        (3, 11, 13, "C103"),
        "did you mean `daily`?",
    ),
    "bad quiet hours": (
        "[[digest]]\nname = 'a'\nquiet = '22:00'",
        (3, 9, 7, "C103"),
        "like `22:00-06:30`",
    ),
    "a bad severity": (
        "[[digest]]\nname = 'a'\nseverity = 'hihg'",
        (3, 12, 6, "C103"),
        "did you mean `high`?",
    ),
    "a text for a list": ("[[digest]]\nname = 'a'\nto = 'desk'", (3, 6, 6, "C103"), ""),
    "a database of another kind": (
        "[state]\nurl = 'oracle://host/wire'",
        (2, 1, 3, "C103"),
        "postgresql+psycopg://user@host/database",
    ),
    "a bad choice": ("[log]\nformat = 'jsn'", (2, 10, 5, "C103"), "did you mean `json`?"),
    "no port": ("[web]\nlisten = 'localhost'", (2, 10, 11, "C103"), 'write "127.0.0.1:8484"'),
    "an address that is none": ("[[feed]]\nurl = 'example.org'", (2, 7, 13, "C103"), ""),
    "an address with a space": (
        "[[feed]]\nurl = 'https://a.example/b c'",
        (2, 7, 23, "C103"),
        "%20",
    ),
    "an address with a port that is none": (
        "[[feed]]\nurl = 'https://a.example:99999/'",
        (2, 7, 26, "C103"),
        "",
    ),
    "a weight of nothing": (
        "[[feed]]\nurl = 'https://a.example/'\nweight = 0",
        (3, 10, 1, "C103"),
        "",
    ),
    "a header name that is none": (
        "[[feed]]\nurl = 'https://a.example/'\nheaders = { 'X Y' = 'z' }",
        (3, 13, 5, "C103"),
        "",
    ),
    "a network that is none": (
        "[poll]\nallow_networks = ['10.1.0.0/99']",
        (2, 18, 15, "C103"),
        "",
    ),
    "an address within a network": (
        "[poll]\nallow_networks = ['10.1.2.3/16']",
        (2, 18, 15, "C103"),
        'write "10.1.0.0/16", or "10.1.2.3" for this one alone',
    ),
    "a name that may not be sent": (
        "[[feed]]\nurl = 'https://a.example/'\nuser_agent = 'Läser'",
        (3, 14, 7, "C103"),
        "",
    ),
    "a proxy that is none": (
        "[poll]\nproxy = 'proxy.example'",
        (2, 1, 5, "C113"),
        "write http://host:port",
    ),
    "a proxy of another kind": (
        "[[feed]]\nurl = 'https://a.example/'\nproxy = 'socks5://127.0.0.1:1080'",
        (3, 1, 5, "C113"),
        "write http://host:port",
    ),
    "a table that should be a list": ("[feed]\nurl = 'x'", (1, 1, 6, "C103"), "write [[feed]]"),
    "a value that should be a table": ("web = 3", (1, 1, 3, "C103"), "write [web] above it"),
    "a value for a table within a table": (
        "[state]\nretention = '5d'",
        (2, 1, 9, "C103"),
        "write [state.retention] above it",
    ),
    "a feed without an address": ("\n[[feed]]\nname = 'a'", (2, 1, 8, "C104"), ""),
    "a feed without an address in a list": (
        "feed = [{ url = 'https://a.example/' }, {}]",
        (1, 41, 2, "C104"),
        "",
    ),
    "a digest without a name": ("[[digest]]\nto = []", (1, 1, 10, "C104"), ""),
    "a digest with an empty name": ("[[digest]]\nname = ''", (2, 1, 4, "C104"), ""),
    "a list of feeds in two places": (
        "[[opml]]\npath = '.'\nurl = 'https://lists.example/'",
        (3, 1, 3, "C111"),
        "",
    ),
    "a list of feeds at no address": (
        "[[opml]]\nurl = 'feeds.opml'",
        (2, 1, 3, "C103"),
        "",
    ),
    "a list of feeds without a file": ("[[opml]]", (1, 1, 8, "C104"), ""),
    "a channel without a way to go": (
        "[[channel]]\nname = 'desk'",
        (1, 1, 11, "C104"),
        "or url_env, or url_file",
    ),
    "two digests of one name": (
        "[[digest]]\nname = 'a'\n[[digest]]\nname = 'a'",
        (4, 8, 3, "C105"),
        "",
    ),
    "two channels of one name": (
        "channel = [{ name = 'a', url = '/a' },\n { name = 'a', url = '/b' }]",
        (2, 11, 3, "C105"),
        "",
    ),
    "an unknown channel": (
        "[[channel]]\nname = 'mail'\nurl = '/a'\n[[digest]]\nname = 'a'\nto = ['mail', 'mial']",
        (6, 15, 6, "C106"),
        "did you mean `mail`?",
    ),
    "a channel where there are none": (
        "[[digest]]\nname = 'a'\nto = ['desk']",
        (3, 7, 6, "C106"),
        "define it as a [[channel]]",
    ),
    "a variable that is not set": (
        "[[channel]]\nname = 'a'\nurl_env = 'DESK'",
        (3, 11, 6, "C107"),
        "",
    ),
    "a secret's file that is not there": (
        "[[channel]]\nname = 'a'\nurl_file = 'desk.url'",
        (3, 12, 10, "C107"),
        "",
    ),
    "an OPML file that is not there": (
        "[[opml]]\npath = 'feeds.opml'",
        (2, 8, 12, "C109"),
        "",
    ),
    "a secret given twice": (
        "[[channel]]\nname = 'a'\nurl = '/a'\nurl_env = 'DESK'",
        (4, 1, 7, "C111"),
        "",
    ),
    "pages for everybody": (
        "[web]\nlisten = '0.0.0.0:80'\nauth = 'none'",
        (3, 8, 6, "C111"),
        "127.0.0.1:8484",
    ),
    "a text without quotes": ("[poll]\ncontact = ops", (2, 11, 1, "C101"), ""),
    "a setting written twice": ("timezone = 'UTC'\ntimezone = 'UTC'\n", (2, 17, 1, "C101"), ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_the_remedy(problems, tmp_path, mistake):
    text, expected, hint = MISTAKES[mistake]
    (problem,) = problems(text)
    place = problem.place
    assert (place.line, place.column, problem.width, problem.code) == expected
    assert place.path == str(tmp_path / "config.toml")
    assert hint in problem.hint


@pytest.mark.parametrize("mistake", sorted(set(MISTAKES) - {"a secret given twice"}))
def test_a_mistake_comes_with_its_line(problems, mistake):
    text, (line, *_), _ = MISTAKES[mistake]
    (problem,) = problems(text)
    if "*" not in problem.source:
        assert problem.source == text.split("\n")[line - 1]


def test_all_mistakes_are_reported_in_one_run_from_top_to_bottom(problems):
    found = problems("""
        timezone = "Mars/Olympus"
        colour = "red"
        [poll]
        mean = "often"
        [[digest]]
        to = ["nobody"]
        [[feed]]
        [web]
        listen = 80
    """)
    assert [(problem.place.line, problem.code) for problem in found] == [
        (2, "C103"),
        (3, "C102"),
        (5, "C103"),
        (6, "C104"),
        (7, "C106"),
        (8, "C104"),
        (10, "C103"),
    ]


def test_a_mistake_in_the_environment_does_not_hide_those_in_the_file(problems):
    found = problems("colour = 'red'", {"WIREWATCH_POL__MEAN": "5m"})
    assert len(found) == 2


def test_a_line_separator_in_a_text_does_not_shift_the_lines_shown(problems):
    (problem,) = problems('[poll]\ncontact = "a\u2028b"\nmaen = "5m"')
    assert (problem.place.line, problem.source) == (3, 'maen = "5m"')


def test_the_answer_of_the_channel_is_reported_at_its_address(problems):
    text = "[[channel]]\nname = 'a'\nurl = 'jsn://localhost'"
    flaw = Flaw(setting="url", code="C108", message="no service `jsn`")
    (problem,) = problems(text, lint_channel=lambda _: [flaw])
    assert (problem.code, problem.message, problem.place.line) == ("C108", "no service `jsn`", 3)


def test_there_is_no_file(tmp_path):
    with pytest.raises(UnusableFiles) as caught:
        read_config(tmp_path / "config.toml", {})
    (problem,) = caught.value.problems
    assert (problem.code, problem.hint) == ("C109", "`wirewatch init` writes one")
    assert problem.place.line == 0


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"# " + b"a" * 1024 * 1024, 0, "is larger than 1 MiB"),
        (b"[poll]\ncontact = 'M\xfcller'", 2, "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_text_of_reasonable_size(tmp_path, content, line, message):
    (tmp_path / "config.toml").write_bytes(content)
    with pytest.raises(UnusableFiles) as caught:
        read_config(tmp_path / "config.toml", {})
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line, problem.message) == ("C110", line, message)


def test_a_text_that_ends_too_early_is_reported_at_its_end(problems):
    (problem,) = problems("[poll]\nper_host = [1,")
    assert (problem.code, problem.place.line) == ("C101", 2)


def test_nesting_without_end_is_a_mistake_and_no_crash(problems):
    (problem,) = problems(f"a = {'[' * 5000}{']' * 5000}")
    assert (problem.code, problem.message) == ("C101", "too deeply nested")


# --- Secrets ----------------------------------------------------------------------------------

LEAKS = {
    "beside a misspelt name": "[[channel]]\nnam = 'a'\nurl = 'json://hunter2@localhost'",
    "in a misspelt setting": "[[channel]]\nname = 'a'\nulr = 'json://hunter2@localhost'",
    "in a misspelt setting of a feed": "[[feed]]\nurl = 'https://a.example'\nauht = 'hunter2'",
    "in a setting of another name": "[[feed]]\nurl = 'https://a.example'\npassword = 'hunter2'",
    "in a misspelt table": "chanel = [{ name = 'a', url = 'json://hunter2@localhost' }]",
    "on the line of another mistake": "channel = [{ url = 'json://hunter2@localhost', nam = 1 }]",
    "given twice": "[[channel]]\nname = 'a'\nurl = 'json://hunter2'\nurl_env = 'DESK'",
    "on one line with the second": "channel = [{name='a', url='json://hunter2', url_env='DESK'}]",
    "put in place of a variable's name": "[state]\nurl_env = 'sqlite:///hunter2'",
    "put in place of a file's name": "[state]\nurl_file = 'postgresql://desk:hunter2@db/x'",
    "in place of a table": "state = 'postgresql://desk:hunter2@db/x'",
    "above every table": "auth = 'hunter2'",
    "in a list": "[state]\nurl = ['hunter2']",
    "without its last quote": "[[channel]]\nname = 'a'\nurl = 'json://hunter2@localhost",
    "without quotes": "[state]\nurl = postgresql://desk:hunter2@db/x",
    "in an inline table that is not closed": "feed = [{ auth = 'hunter2'",
    "in a text that is not closed": "[[channel]]\nurl = '''\njson://hunter2@localhost",
    "in a header": "[[feed]]\nurl = 'https://a.example'\nheaders = { 'X Y' = 'hunter2' }",
    "in a header of several lines": (
        "[[feed]]\nurl = 'https://a.example'\nheaders = { XY = '''hunter2\n''' }"
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_no_problem_shows_a_secret(problems, leak):
    found = problems(LEAKS[leak])
    assert found
    assert "hunter2" not in repr(found)


def test_what_follows_the_name_of_a_secret_is_masked(problems):
    (problem,) = problems("[state]\nurl = 5")
    assert (problem.source, problem.place.column, problem.width) == ("url = ***", 1, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"one\ntwo", "holds more than one line of text"),
        (b"\xff", "cannot be read (not UTF-8 text)"),
    ],
)
def test_a_file_that_holds_no_secret(problems, tmp_path, content, message):
    (tmp_path / "desk.url").write_bytes(content)
    (problem,) = problems("[[channel]]\nname = 'a'\nurl_file = 'desk.url'")
    assert (problem.code, problem.message) == ("C107", f"desk.url {message}")


def test_an_empty_variable_is_no_secret(problems):
    (problem,) = problems("[[channel]]\nname = 'a'\nurl_env = 'DESK'", {"DESK": ""})
    assert (problem.code, problem.message) == ("C107", "DESK is empty")


def test_a_header_that_names_no_variable_that_is_set(problems):
    text = "[[feed]]\nurl = 'https://a.example/'\nheaders = { X-Key = { env = 'KEY' } }"
    (problem,) = problems(text)
    assert (problem.code, problem.message) == ("C107", "the environment variable KEY is not set")


@pytest.mark.parametrize("there", [True, False])
def test_articles_cannot_be_asked_for_without_the_extra(config_file, monkeypatch, there):
    monkeypatch.setattr(extracting, "is_installed", lambda: there)
    path = config_file('[[feed]]\nurl = "https://a.example/rss"\nfull_text = true\n')
    if there:
        assert read_config(path, {})[0].feeds[0].full_text
        return
    with pytest.raises(UnusableFiles) as caught:
        read_config(path, {})
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line) == ("C114", 3)
    assert "wirewatch[fulltext]" in problem.hint


@pytest.mark.parametrize("url", ["desk.example", "ftp://desk.example/", "https://"])
def test_hubs_need_an_address_of_the_web(problems, url):
    (problem,) = problems(f'[web]\npublic_url = "{url}"\n')
    assert (problem.code, problem.place.line) == ("C103", 2)
