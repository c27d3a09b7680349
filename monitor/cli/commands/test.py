"""`wirewatch test`: the inline tests of rules and vocabularies."""

from __future__ import annotations

import sys

import click

from monitor.cli.opening import as_json, clock, open_rules, rules_folder
from monitor.cli.output import print_json, print_problems, say, shown_path
from monitor.errors import Level, NotFound, Problem


@click.command("test")
@click.argument("names", nargs=-1, metavar="[RULE]...")
@click.option("--rules", "folder", metavar="DIR", help="The folder of rules.")
@as_json
def COMMAND(names: tuple[str, ...], folder: str | None, as_json: bool) -> int:  # noqa: N802
    """Run inline tests: all, or those of the rules (and $vocabularies) named.

    Each failure shows which clause failed, and why.
    """
    from monitor.rules.checking import failures, run_tests

    problems: list[Problem] = []
    book = open_rules(rules_folder(folder), clock(), problems)
    known = [*(rule.id for rule in book.rules), *(f"${name}" for name in book.vocabularies)]
    for name in names:
        if name not in known:
            raise NotFound("rule", name, known)
    results = run_tests(book, names)
    broken = [each for each in problems if each.level is Level.ERROR]
    if as_json:
        for each in results:
            print_json(
                rule=each.name,
                passed=each.passed,
                must_hit=each.sample.must_hit,
                text=each.sample.words,
                reason=each.reason,
                path=shown_path(each.sample.place.path),
                line=each.sample.place.line,
            )
    else:
        print_problems([*broken, *failures(results)])
    failed = sum(not each.passed for each in results)
    subjects = len({each.name for each in results})
    say(f"{len(results)} tests of {subjects} rules and vocabularies: {failed} failed")
    if as_json:
        print_problems(broken, stream=sys.stderr)
    return 1 if failed or broken else 0
