"""What goes wrong around a command: files, terminals, pipes, locales, an impatient person."""

import json
import os
import signal
import socket
import subprocess

import pytest
from desk import command, environment, furnish, wirewatch
from terminal import PATIENCE, on_terminal, shell

JUNK = bytes(range(256)) * 3
NEED_CONFIG = (
    "check",
    "doctor",
    "run",
    "once",
    "status",
    "feeds list",
    "feeds add https://a.example/rss",
    "feeds export",
    "feeds pause x",
    "stories list",
    "stories show 1",
    "digests list",
    "digests preview morning",
    "digests send morning",
    "notify test mail",
    "search missile",
    "export",
    "state migrate",
    "state backup",
    "state info",
    "state prune",
    "config show",
)


def _a_folder(path):
    path.mkdir()


def _a_loop(path):
    path.symlink_to(path.name)


def _junk(path):
    path.write_bytes(JUNK)


def _half_a_file(path):
    path.write_text("[poll\nmean = ")


def _wrong(path):
    path.write_text('[poll]\nmaen = "5m"\n')


SPOILED = (_a_folder, _a_loop, _junk, _half_a_file, _wrong)


@pytest.mark.parametrize("call", NEED_CONFIG)
def test_without_a_configuration_it_says_how_to_get_one(call, tmp_path):
    ran = wirewatch(*call.split(), desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "config.toml" in ran.err
    assert "`wirewatch init` writes one" in ran.err


@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("call", NEED_CONFIG[1:])
def test_a_configuration_that_cannot_be_used_is_exit_code_2(call, spoil, tmp_path):
    spoil(tmp_path / "config.toml")
    ran = wirewatch(*call.split(), desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("config.toml")
    assert "Traceback" not in ran.err
    assert "mistake of ours" not in ran.err


@pytest.mark.parametrize("call", ["config show", "feeds list", "check", "rules list"])
def test_an_empty_configuration_is_a_valid_one(call, tmp_path, rules):
    (tmp_path / "config.toml").touch()
    assert wirewatch(*call.split(), desk=tmp_path).code == 0


@pytest.mark.parametrize(
    "call",
    [
        "status",
        "state info",
        "stories list",
        "stories show 1",
        "digests list",
        "search x",
        "export",
    ],
)
def test_before_the_first_round_there_is_no_state_to_read_yet(call, desk):
    ran = wirewatch(*call.split(), desk=desk)
    assert (ran.code, ran.out) == (75, "")
    assert "`wirewatch run` creates it" in ran.err
    assert not (desk / "state" / "wirewatch.db").exists()


def test_a_database_that_is_away_is_temporary(tmp_path):
    (tmp_path / "config.toml").write_text(
        '[state]\nurl = "postgresql+psycopg://me:CANARY@127.0.0.1:9/wire?connect_timeout=2"\n'
    )
    ran = wirewatch("status", desk=tmp_path)
    assert ran.code == 75
    assert "CANARY" not in ran.err


@pytest.mark.parametrize("call", ["status", "export", "state backup", "once", "state info"])
def test_a_state_that_is_no_database_is_refused_in_one_line(call, desk):
    (desk / "state").mkdir()
    (desk / "state" / "wirewatch.db").write_bytes(JUNK)
    ran = wirewatch(*call.split(), desk=desk)
    assert ran.code in (2, 75)
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("error: ")
    assert (desk / "state" / "wirewatch.db").read_bytes() == JUNK


READ_FILES = (
    "match --rules rules --items {}",
    "replay --rules rules --items {}",
    "feeds import {}",
    "feeds probe {}",
    "-c {} status",
)


@pytest.mark.parametrize(
    ("call", "there"),
    [
        *((call, there) for call in READ_FILES for there in ("nowhere", "a-folder", "a-loop")),
        *((f"{verb} --rules {{}}", "nowhere") for verb in ("test", "rules list", "match --text x")),
        ("match --text x --rules {}", "a-loop"),
        ("check {}", "nowhere"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_wrong_call(call, there, desk):
    (desk / "a-folder").mkdir()
    (desk / "a-loop").symlink_to("a-loop")
    ran = wirewatch(*call.format(there).split(), desk=desk)
    assert (ran.code, ran.out) == (2, "")
    assert there in ran.err
    assert "mistake of ours" not in ran.err


@pytest.mark.parametrize("name", ["täg liche Blätter", "新聞 & 'quotes'", "-dash", "a\nline"])
def test_names_of_files_may_hold_anything(name, tmp_path):
    folder = furnish(tmp_path / name)
    (folder / f"{name}.jsonl").write_text('{"title": "missile"}\n')
    config = ("-c", folder / "config.toml")
    listed = wirewatch(*config, "rules", "list", "--json", desk=tmp_path)
    assert [rule["id"] for rule in listed.lines] == ["arms"]
    assert wirewatch("check", "--", folder, desk=tmp_path).code == 0
    assert wirewatch(*config, "match", "--items", f"{name}.jsonl", "--json", desk=folder).lines


def test_the_configuration_may_be_named_from_anywhere(tmp_path, desk, monkeypatch):
    named = wirewatch("--config", desk / "config.toml", "config", "show", "--json", desk=tmp_path)
    monkeypatch.setenv("WIREWATCH_CONFIG", str(desk / "config.toml"))
    implied = wirewatch("config", "show", "--json", desk=tmp_path)
    assert named.out == implied.out
    assert {"setting": "paths.rules", "value": str(desk / "rules"), "origin": "default"} in (
        implied.lines
    )


def test_the_option_wins_over_the_environment(tmp_path, desk, monkeypatch):
    monkeypatch.setenv("WIREWATCH_CONFIG", str(tmp_path / "nowhere.toml"))
    assert wirewatch("-c", desk / "config.toml", "feeds", "list", desk=tmp_path).code == 0


@pytest.mark.parametrize(("no_color", "painted"), [("", True), ("1", False)])
def test_colour_is_for_terminals_unless_told_otherwise(no_color, painted, desk):
    (desk / "rules" / "arms.yaml").write_text("titel: x\n")
    shown = on_terminal("check", desk=desk, NO_COLOR=no_color)
    assert ("\x1b[" in shown) is painted
    assert "error[R103]" in shown


def test_no_colour_goes_into_a_pipe(desk):
    (desk / "rules" / "arms.yaml").write_text("titel: x\n")
    ran = shell("check", desk=desk)
    assert "\x1b" not in ran.out + ran.err


@pytest.mark.parametrize("call", ["explain", "config schema", "match --rules rules --items many"])
def test_a_reader_who_has_seen_enough_is_no_failure(call, desk):
    many = "".join(f'{{"id": "{n}", "title": "Missile {n}"}}\n' for n in range(3000))
    (desk / "many").write_text(many)
    process = subprocess.Popen(
        command(*call.split()),
        cwd=desk,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=PATIENCE) == 0


def test_a_closed_stdout_is_no_failure(desk):
    done = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&-', "sh", *command("explain", "R103")],
        cwd=desk,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110
def test_a_full_disk_is_told(desk):
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            command("explain"),
            cwd=desk,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"error: No space left on device\n"


def test_ctrl_c_ends_it_quietly(desk):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(PATIENCE)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        process = subprocess.Popen(
            command("feeds", "probe", address, "--allow-private"),
            cwd=desk,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        caller, _ = silent.accept()
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        caller.close()
    assert (process.returncode, out, err.strip()) == (130, b"", b"error: interrupted")


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
)
def test_it_reads_and_writes_utf8_in_any_locale(locale, desk):
    items = '{"id": "ё", "title": "Missile 미사일 ракета 🚀"}\n'.encode()
    ran = shell("match", "--rules", "rules", "-", desk=desk, stdin=items, **locale)
    assert (ran.code, "Missile 미사일 ракета 🚀" in ran.out) == (0, True)
    ran = shell("match", "--rules", "rules", "--json", "-", desk=desk, stdin=items, **locale)
    assert ran.lines[0]["item"] == "ё"


def test_what_cannot_be_written_is_shown_escaped(desk):
    items = json.dumps({"id": "\udcff", "title": "missile \ud83d"}).encode()
    ran = shell("match", "--rules", "rules", "-", desk=desk, stdin=items)
    assert (ran.code, "mistake of ours" in ran.err) == (0, False)


def test_very_long_output_arrives_whole(desk):
    long = "missile " * 40_000
    (desk / "items").write_text(json.dumps({"id": "long", "title": "x", "content": long}) + "\n")
    ran = shell("match", "--rules", "rules", "--items", "items", "--json", desk=desk)
    assert ran.lines[0]["item"] == "long"
    assert ran.err == ""


def test_nothing_of_a_feed_can_move_the_cursor_of_a_terminal(desk):
    shown = wirewatch("match", "--title", "missile \x1b[2J\x07\x9b1m", desk=desk).out
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)
