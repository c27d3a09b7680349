"""Save the file of a rule."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import UsageError
from monitor.web.action import Action
from monitor.web.drafts import as_written, read_draft
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
        first = next((each for each in read.wrongs if not each.warning), None)
        where = f"line {first.line}: {first.message}" if first else "it holds no rule"
        raise UsageError(f"{path.name} is not saved, since it could not be used: {where}")
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
