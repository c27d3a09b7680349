"""The demo newswire: invented outlets and three simulated days of their reports, over loopback.

`wire/` holds the text as one JSON Lines file per outlet, `outlets` says who they are and what
is wrong with some of them, `documents` lays out what an outlet serves at an instant, `serving`
puts it on the air. Every outlet, person, company and ship in it is invented.
"""

from __future__ import annotations

from monitor.demo.newswire.documents import document
from monitor.demo.newswire.outlets import Fault, Form, Outlet, outlets
from monitor.demo.newswire.reports import Relation, Report
from monitor.demo.newswire.serving import Newswire

__all__ = ["Fault", "Form", "Newswire", "Outlet", "Relation", "Report", "document", "outlets"]
