"""Files are there whole or not at all, under names of their own that lead nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.channels.files import file_name, write_files

anything = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    "plain", ["arms", "ru-dprk-arms", "2026-11-23-a7f3.html", "제재", "v1.2_b"]
)
def test_a_plain_name_stays_as_it_is(plain):
    assert file_name(plain) == plain


@given(anything)
def test_any_text_makes_a_name_that_leads_nowhere_else(text):
    name = file_name(text)
    assert name
    assert "/" not in name
    assert not name.startswith(".")
    assert len(name.encode()) <= 120
    assert file_name(name) == name


@given(anything, anything)
def test_two_texts_never_have_one_name(one, other):
    assert one == other or file_name(one) != file_name(other)


@pytest.mark.parametrize(("one", "other"), [("a/b", "a_b"), ("x" * 500, "x" * 501), ("..", ".")])
def test_nor_do_those_that_would_look_alike(one, other):
    assert file_name(one) != file_name(other)


def test_files_are_replaced_whole_and_nothing_else_is_left(tmp_path):
    folder = tmp_path / "in" / "here"
    write_files(folder, {"a": b"first", "b": b"second"})
    write_files(folder, {"a": b"third"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "a": b"third",
        "b": b"second",
    }
    assert (folder / "a").stat().st_mode & 0o777 == 0o644


def test_where_one_cannot_be_written_nothing_half_written_is_left(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_files(tmp_path, {"taken": b"x", "other": b"y"})
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
