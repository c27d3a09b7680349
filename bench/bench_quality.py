"""Quality: how much of fifteen topics of real news is found, and how much of it rightly."""

from __future__ import annotations

import os
import re
from pathlib import Path

import _reuters
import yaml
from _measuring import HOUSE, asked_for_quick, print_machine, print_table

CORPUS = Path(os.environ.get("WIREWATCH_CORPUS", HOUSE.parent / "shared" / "corpus"))
STORIES = CORPUS / "news" / "reuters21578-train.jsonl.gz"
Terms = dict[str, list[str]]
Found = list[frozenset[str]]


def written_terms() -> Terms:
    rules = yaml.safe_load(_reuters.WRITTEN.read_text(encoding="utf-8"))["rules"]
    return {rule["id"]: [str(term).lower().lstrip("=") for term in rule["any"]] for rule in rules}


def texts(stories: list[_reuters.Story]) -> list[str]:
    return [f"{each.item.title}\n{each.item.body}".lower() for each in stories]


def by_substring(terms: Terms, stories: list[_reuters.Story]) -> Found:
    return [
        frozenset(topic for topic, listed in terms.items() if any(term in text for term in listed))
        for text in texts(stories)
    ]


def by_token(terms: Terms, stories: list[_reuters.Story]) -> Found:
    lines = [" " + " ".join(re.findall(r"\w+", text)) + " " for text in texts(stories)]
    return [
        frozenset(
            topic for topic, listed in terms.items() if any(f" {term} " in line for term in listed)
        )
        for line in lines
    ]


def main() -> None:
    print_machine()
    if not STORIES.is_file():
        print(f"skipped: no corpus at {CORPUS}")
        return
    stories = list(_reuters.judged(STORIES, every=10 if asked_for_quick(__doc__ or "") else 1))
    terms = written_terms()
    ways = {"substring": by_substring(terms, stories), "exact token": by_token(terms, stories)}
    for level in ("any", "major", "title"):
        ways[level] = _reuters.found_by(_reuters.topic_rules(level), stories)
    scored = {way: _reuters.qualities(terms, stories, found) for way, found in ways.items()}
    rows = [[topic, *(shown(each[topic]) for each in scored.values())] for topic in sorted(terms)]
    rows.append(["macro", *(shown(_reuters.macro(each.values())) for each in scored.values())])
    print(f"\n{len(stories):,} judged stories; precision / recall\n")
    print_table(["topic", *scored], rows)


def shown(quality: _reuters.Quality) -> str:
    return f"{quality.precision:.2f} / {quality.recall:.2f}"


if __name__ == "__main__":
    main()
