"""Every digest that went out lies in the archive, once, whatever becomes of the folder."""

from dataclasses import replace

import pytest
from house import NOON, House, watch

from monitor.config.reading import with_digest_folder
from monitor.config.settings import StateSettings
from monitor.model import Attachment, Channel, DigestName, DigestSpec, Secret
from monitor.store.said import mark_filed, put_message, read_message
from monitor.store.schema import messages
from monitor.work.filing import file_digests

BOX = Channel(name="box", url=Secret("json://hook.example/x"))
MAILED = DigestSpec(name=DigestName("urgent"), to=("box",))


def housed(store, tmp_path, *specs):
    """A house whose state lies in a folder, with one digest that went out."""
    url = Secret(f"sqlite:///{tmp_path}/state/wirewatch.db")
    watched = watch(digests=specs or (MAILED,), channels=(BOX,))
    settings = with_digest_folder(replace(watched.settings, state=StateSettings(url=url)))
    house = House(store, replace(watched, settings=settings))
    house.serve(("1", "Missile fired"))
    house.poll()
    (house.planned,) = house.digest()
    return house


def filed(house):
    return file_digests(house.store, house.watch.settings, house.now)


def files_in(tmp_path):
    folder = tmp_path / "state" / "digests"
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_a_digest_lies_in_the_folder_of_its_name_as_page_and_text(store, tmp_path):
    house = housed(store, tmp_path)
    said, number = house.planned.message, house.planned.digest.id
    assert filed(house).ids == (number,)
    assert files_in(tmp_path) == {
        f"urgent/{number}.html": said.html.encode(),
        f"urgent/{number}.txt": said.text.encode(),
    }


def test_what_is_filed_is_not_filed_again(store, tmp_path):
    house = housed(store, tmp_path)
    filed(house)
    assert filed(house).ids == ()


def test_attachments_lie_beside_it(store, tmp_path):
    house = housed(store, tmp_path)
    table = Attachment(name="digest.csv", media_type="text/csv", content=b"a,b")
    message = replace(
        house.planned.message, digest_id="d2", digest_name=DigestName("a/b"), attachments=(table,)
    )
    store.write(lambda conn: put_message(conn, message, NOON)).result()
    filed(house)
    (name,) = (each for each in files_in(tmp_path) if each.endswith("digest.csv"))
    assert name.startswith("a_b-")


@pytest.mark.parametrize("to", [(), ("files",), ("box", "files")])
def test_what_a_channel_lays_there_is_not_laid_there_twice(to, store, tmp_path):
    house = housed(store, tmp_path, replace(MAILED, to=to))
    assert filed(house).ids == ()
    assert all(row.filed_at for row in house.rows(messages))
    assert files_in(tmp_path) == {}


def test_after_a_crash_before_the_note_the_same_bytes_are_written_again(store, tmp_path):
    house = housed(store, tmp_path)
    filed(house)
    before = files_in(tmp_path)
    store.write(lambda conn: mark_filed(conn, [house.planned.digest.id], None)).result()
    assert filed(house).ids == (house.planned.digest.id,)
    assert files_in(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_told_and_tried_again(store, tmp_path):
    house = housed(store, tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "digests").write_text("a file in the way")
    came = filed(house)
    assert came.ids == ()
    assert "the archive of digests cannot be written" in came.trouble
    (tmp_path / "state" / "digests").unlink()
    assert filed(house).ids == (house.planned.digest.id,)


def test_what_was_said_is_what_was_planned(store, tmp_path):
    house = housed(store, tmp_path)
    with store.reading() as conn:
        assert read_message(conn, house.planned.digest.id) == house.planned.message
