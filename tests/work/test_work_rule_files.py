"""Rule files that several people edit: nobody's text is lost, and nothing else is ever written."""

import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from monitor.errors import Conflict, NotFound, UsageError
from monitor.rules.rulebook import RuleBook
from monitor.work.rule_files import (
    Contested,
    difference,
    file_of,
    mark_of,
    new_file,
    read_rule_file,
    save,
)

OLD = "title: Ports\nall: [Rajin]\n"


@pytest.fixture
def folder(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "ports.yaml").write_text(OLD)
    return rules


def put(path, text, *, expected=None, folder):
    return save(path, text, expected=mark_of(OLD) if expected is None else expected, folder=folder)


def everything(folder):
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*")}


def at_once(works):
    """Do all of these at one instant: what each gave, or raised."""
    gate = Barrier(len(works))

    def do(work):
        gate.wait(10)
        try:
            return work()
        except Conflict as error:
            return error

    with ThreadPoolExecutor(len(works)) as people:
        return list(people.map(do, works))


def test_what_is_saved_is_what_was_written_byte_for_byte(folder):
    text = "\ufefftitle: Порты\r\n# a remark  \r\nall: [나진]"
    saved = put(folder / "ports.yaml", text, folder=folder)
    assert (folder / "ports.yaml").read_bytes() == text.encode()
    assert read_rule_file(folder / "ports.yaml") == saved
    assert list(everything(folder)) == ["ports.yaml"]


@pytest.mark.parametrize("turn", range(20))
def test_of_two_who_save_at_once_one_wins_and_the_other_has_both_texts(folder, turn):
    path = folder / "ports.yaml"
    texts = [OLD + f"owner: {name}{turn}\n" for name in ("ann", "bob")]
    came = at_once([lambda text=text: put(path, text, folder=folder) for text in texts])
    lost = [number for number, each in enumerate(came) if isinstance(each, Contested)]
    assert len(lost) == 1
    mine, theirs = texts[lost[0]], texts[1 - lost[0]]
    assert path.read_text() == theirs
    said = came[lost[0]].details
    assert said == {"theirs": theirs, "theirs_mark": mark_of(theirs), "mine": mine}
    assert put(path, mine, expected=said["theirs_mark"], folder=folder).text == mine


def test_of_two_who_begin_a_rule_of_one_name_one_wins(folder):
    path, texts = new_file(folder, "arms"), ["title: one\n", "title: two\n"]
    came = at_once(
        [lambda text=text: put(path, text, expected=mark_of(""), folder=folder) for text in texts]
    )
    assert sum(isinstance(each, Contested) for each in came) == 1
    assert path.read_text() in texts


def test_the_mode_of_a_file_stays(folder):
    path = folder / "ports.yaml"
    path.chmod(0o640)
    put(path, OLD + "owner: x\n", folder=folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_that_leads_out_of_the_folder_is_not_followed(folder, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text(OLD)
    (folder / "link.yaml").symlink_to(outside)
    (folder / "deep").symlink_to(tmp_path)
    for path in (
        folder / "link.yaml",
        folder / "deep" / "outside.yaml",
        folder / "../outside.yaml",
    ):
        with pytest.raises(UsageError, match="does not lie in the folder"):
            put(path, "title: x\n", folder=folder)
    assert outside.read_text() == OLD


def test_a_link_within_the_folder_stays_one(folder):
    (folder / "link.yaml").symlink_to("ports.yaml")
    put(folder / "link.yaml", "title: x\n", folder=folder)
    assert (folder / "link.yaml").is_symlink()
    assert (folder / "ports.yaml").read_text() == "title: x\n"


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "", ".x", "x\n", "x" * 101, "ä", "con fig", "..", "/etc/x"]
)
def test_a_name_that_could_lead_elsewhere_is_none(folder, name):
    with pytest.raises(UsageError):
        new_file(folder, name)
    with pytest.raises(NotFound):
        file_of(RuleBook(), folder, name)


def test_a_new_rule_takes_no_place_that_is_taken(folder):
    (folder / "gone.yaml").symlink_to("nowhere")
    for name in ("ports", "gone"):
        with pytest.raises(UsageError, match="already"):
            new_file(folder, name)


def test_a_file_that_is_no_text_is_not_opened(folder):
    (folder / "ports.yaml").write_bytes(b"title: \xff\n")
    with pytest.raises(UsageError, match="UTF-8"):
        read_rule_file(folder / "ports.yaml")


def test_where_nothing_can_be_written_the_old_text_stays_and_nothing_is_left(folder):
    path = folder / "x" / "new.yaml"
    with pytest.raises(UsageError, match="cannot be written"):
        put(path, "title: x\n", expected=mark_of(""), folder=folder)
    assert everything(folder) == {"ports.yaml": OLD.encode()}


def test_a_difference_is_one_that_patch_takes():
    said = difference(OLD, OLD.rstrip("\n"), "ports.yaml")
    assert said.startswith("--- a/ports.yaml\n+++ b/ports.yaml\n")
    assert said.endswith("\\ No newline at end of file\n")
    assert difference(OLD, OLD, "x") == ""
