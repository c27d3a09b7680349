"""The table for spreadsheets: every cell is shown, none is computed, no row is broken."""

import csv
import io
from unicodedata import category

from hypothesis import given, settings
from hypothesis import strategies as st
from invented_digests import digest, story

from monitor.rendering.spreadsheet import spreadsheet

HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=4),
        st.sampled_from(
            ["=", "+", "-", "@", "＝1+1", '=HYPERLINK("http://evil.example")', "\t", "\r", "\n",
             "\r\n", " ", "\u200b", "\ufeff", "\u202e", "\x00", '"', '""', ",", ";", "'", "|cmd"]
        ),
    ),
    max_size=5,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(title=HOSTILE, source=HOSTILE, language=HOSTILE)
def test_no_cell_is_a_formula_and_no_row_is_broken(title, source, language):
    table = spreadsheet(digest(story(title, source=source, language=language), story(number=2)))
    head, *rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert {len(row) for row in rows} == {len(head)}
    cells = [cell for row in rows for cell in row]
    seen = ["".join(c for c in cell if category(c) not in ("Cc", "Cf", "Zs")) for cell in cells]
    assert not [
        cell for cell in seen if cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    ]
    assert not [cell for cell in cells if set(cell) & set("\r\n\t\x00")]
