"""The folder: whole files, the same ones however often they are written."""

import pytest
from outgoing import channel, deliveries, message, send

from monitor.channels.sending import lint, targets
from monitor.model import Attachment, Sent, Trouble


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_digest_becomes_a_page_a_text_and_its_attachments(tmp_path, form):
    url = form.format(tmp_path / "digests")
    table = Attachment(name="digest.csv", media_type="text/csv", content=b"a,b\r\n")
    what = message(attachments=(table,))
    receipts = [send(channel(url), each) for each in deliveries(url, what)]
    assert all(isinstance(each, Sent) for each in receipts)
    files = {path.name: path.read_bytes() for path in (tmp_path / "digests").iterdir()}
    assert files == {
        "2026-11-23-a7f3.html": what.html.encode(),
        "2026-11-23-a7f3.txt": what.text.encode(),
        "2026-11-23-a7f3-digest.csv": b"a,b\r\n",
    }


def test_writing_again_changes_nothing(tmp_path):
    rows = deliveries(str(tmp_path))
    for row in rows + rows:
        send(channel(str(tmp_path)), row)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_name_cannot_leave_the_folder(tmp_path):
    url = str(tmp_path / "in")
    for row in deliveries(url, message(digest_id="../../out")):
        send(channel(url), row)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_folder_that_cannot_be_written_is_temporary_and_says_why(tmp_path):
    (tmp_path / "taken").write_text("a file")
    url = str(tmp_path / "taken" / "in")
    receipt = send(channel(url), deliveries(url)[0])
    assert receipt.trouble is Trouble.TEMPORARY
    assert "could not be written" in receipt.reason


def test_a_folder_is_its_own_target(tmp_path):
    assert targets(channel(f"file://{tmp_path}")) == (str(tmp_path),)
    assert lint(f"file://{tmp_path}") == lint("state/digests") == ""
