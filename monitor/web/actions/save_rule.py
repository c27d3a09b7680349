"""Save the file of a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.errors import UsageError
from monitor.web.action import Action
from monitor.web.drafts import Wrong, as_written, read_draft
from monitor.web.service import Service
from monitor.web.wire import Line, Sheet
from monitor.work.rule_files import file_of, new_file, read_rule_file, save


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """The whole text of the file in which `rule` stands.

    `expected` is the mark of the file as it was opened; that of no text for a file that is `new`.
    """

    rule: Line
    text: Sheet
    expected: Line
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The rule, its file, and the mark of what is there now."""

    rule: str
    file: str
    mark: str


class Faulty(UsageError):
    """The text could not be used; `details` has all that is wrong with it."""

    def __init__(self, name: str, wrongs: Sequence[Wrong]) -> None:
        self.details = {"problems": tuple(wrongs)}
        where = f"line {wrongs[0].line}: {wrongs[0].message}" if wrongs else "it holds no rule"
        super().__init__(f"{name} is not saved, since it could not be used: {where}")


def do(service: Service, taken: Save) -> Saved:
    """Write it, and have the watch read it.

    Raises Conflict if somebody else has changed it meanwhile, UsageError if the text is no rule
    file that can be used, or the file cannot be written.
    """
    watch = service.watch()
    folder = watch.settings.rules
    path = new_file(folder, taken.rule) if taken.new else file_of(watch.book, folder, taken.rule)
    text = as_written(taken.text, read_rule_file(path).text)
    read = read_draft(watch, path, text, taken.rule, service.now())
    if read.is_broken or not read.book.rules:
        raise Faulty(path.name, [each for each in read.wrongs if not each.warning])
    saved = save(path, text, expected=taken.expected, folder=folder)
    service.reload()
    ids = [rule.id for rule in read.book.rules]
    named = taken.rule if taken.rule in ids else ids[0]
    return Saved(rule=named, file=path.name, mark=saved.mark)


ACTION = Action(
    name="save_rule",
    path="/rules/{rule}/save",
    help="Save the file of a rule, unless somebody else has changed it since it was opened.",
    takes=Save,
    gives=Saved,
    do=do,
    said=lambda saved: f"{saved.file} is saved. The watch uses it within seconds.",
)
