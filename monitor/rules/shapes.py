"""Shapes: what a value in a file must look like; whatever looks different is noted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from monitor.errors import did_you_mean
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Mark, Node, Notebook, Sequence, Text

_Choice = TypeVar("_Choice")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
_LANGUAGE = re.compile(r"([a-z]{2,3})([-_][a-z0-9]+)*")

# ISO 639-1, and the three-letter codes that news feeds use.
_LANGUAGES = frozenset(
    [
        "aa",
        "ab",
        "ae",
        "af",
        "ak",
        "am",
        "an",
        "ar",
        "as",
        "av",
        "ay",
        "az",
        "ba",
        "be",
        "bg",
        "bh",
        "bi",
        "bm",
        "bn",
        "bo",
        "br",
        "bs",
        "ca",
        "ce",
        "ch",
        "co",
        "cr",
        "cs",
        "cu",
        "cv",
        "cy",
        "da",
        "de",
        "dv",
        "dz",
        "ee",
        "el",
        "en",
        "eo",
        "es",
        "et",
        "eu",
        "fa",
        "ff",
        "fi",
        "fj",
        "fo",
        "fr",
        "fy",
        "ga",
        "gd",
        "gl",
        "gn",
        "gu",
        "gv",
        "ha",
        "he",
        "hi",
        "ho",
        "hr",
        "ht",
        "hu",
        "hy",
        "hz",
        "ia",
        "id",
        "ie",
        "ig",
        "ii",
        "ik",
        "io",
        "is",
        "it",
        "iu",
        "ja",
        "jv",
        "ka",
        "kg",
        "ki",
        "kj",
        "kk",
        "kl",
        "km",
        "kn",
        "ko",
        "ks",
        "ku",
        "kv",
        "kw",
        "ky",
        "la",
        "lb",
        "lg",
        "li",
        "ln",
        "lo",
        "lt",
        "lu",
        "lv",
        "mg",
        "mh",
        "mi",
        "mk",
        "ml",
        "mn",
        "mr",
        "ms",
        "mt",
        "my",
        "na",
        "nb",
        "nd",
        "ne",
        "ng",
        "nl",
        "nn",
        "no",
        "nr",
        "nv",
        "ny",
        "oc",
        "oj",
        "om",
        "or",
        "os",
        "pa",
        "pi",
        "pl",
        "ps",
        "pt",
        "qu",
        "rm",
        "rn",
        "ro",
        "ru",
        "rw",
        "sa",
        "sc",
        "sd",
        "se",
        "sg",
        "si",
        "sk",
        "sl",
        "sm",
        "sn",
        "so",
        "sq",
        "sr",
        "ss",
        "st",
        "su",
        "sv",
        "sw",
        "ta",
        "te",
        "tg",
        "th",
        "ti",
        "tk",
        "tl",
        "tn",
        "to",
        "tr",
        "ts",
        "tt",
        "tw",
        "ty",
        "ug",
        "uk",
        "ur",
        "uz",
        "ve",
        "vi",
        "vo",
        "wa",
        "wo",
        "xh",
        "yi",
        "yo",
        "za",
        "zh",
        "zu",
        "ckb",
        "fil",
        "haw",
        "kmr",
        "prs",
        "yue",
    ]
)
# Codes of countries that are easily taken for those of their languages.
_COUNTRIES = {
    "kr": "ko",
    "kp": "ko",
    "ua": "uk",
    "jp": "ja",
    "cn": "zh",
    "ir": "fa",
    "gr": "el",
    "cz": "cs",
    "dk": "da",
}


@dataclass(frozen=True, slots=True)
class Shapes:
    """Reads values of one file; `family` is the letter of its codes, R or V."""

    notebook: Notebook
    family: str

    def wrong(self, mark: Mark, message: str, hint: str = "") -> None:
        """Note a value of the wrong shape."""
        self.notebook.note(f"{self.family}102", mark, message, hint)

    def keys(
        self,
        mapping: MappingNode,
        known: Collection[str],
        synonyms: Mapping[str, str] | None = None,
    ) -> None:
        """Note every key that is not known, with the one that may be meant."""
        for key, _ in mapping.pairs:
            if key.text not in known:
                meant = (synonyms or {}).get(key.text, "")
                hint = f"did you mean `{meant}`?" if meant else did_you_mean(key.text, known)
                self.notebook.note(
                    f"{self.family}103",
                    key.mark,
                    f"unknown key `{key.text}`",
                    hint or "known here: " + ", ".join(sorted(known)),
                )

    def text(self, node: Node, what: str) -> str:
        """A text, or "" for anything else."""
        if isinstance(node, Text):
            return node.text.strip()
        self.wrong(node.mark, f"`{what}` must be a text")
        return ""

    def choice(
        self,
        node: Node,
        what: str,
        known: Mapping[str, _Choice],
        usual: _Choice,
        *,
        code: str,
        wrong: str,
        hint: str,
    ) -> _Choice:
        """What one of the `known` words stands for; `usual` for any other, which is noted."""
        word = self.text(node, what).lower()
        if word not in known:
            meant = did_you_mean(word, known)
            self.notebook.note(code, node.mark, f"`{word}` {wrong}", meant or hint)
        return known.get(word, usual)

    def texts(self, node: Node, what: str) -> tuple[Text, ...]:
        """A list of texts; a single text will do."""
        if isinstance(node, Text):
            return (node,) if node.text.strip() else ()
        if not isinstance(node, Sequence):
            self.wrong(node.mark, f"`{what}` must be a list of texts", f"{what}: [one, another]")
            return ()
        found: list[Text] = []
        for item in node.items:
            if isinstance(item, Text):
                found.append(item)
            else:
                self.wrong(item.mark, f"`{what}` must hold texts only", "put the text in quotes")
        return tuple(found)

    def truth(self, node: Node, what: str) -> bool:
        """A yes or no; yes when it is neither, which is noted."""
        word = node.text.strip().lower() if isinstance(node, Text) else ""
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        self.wrong(node.mark, f"`{what}` must be `true` or `false`")
        return True

    def number(self, node: Node, what: str, lowest: int, highest: int) -> int | None:
        """A whole number within bounds."""
        text = node.text.strip() if isinstance(node, Text) else ""
        if text.isascii() and text.isdecimal() and len(text) < 10:
            number = int(text)
            if lowest <= number <= highest:
                return number
        self.wrong(
            node.mark, f"`{what}` must be a number from {lowest} to {highest}", f"{what}: 40"
        )
        return None

    def day(self, node: Node, what: str) -> date | None:
        """A date such as 2027-06-30."""
        text = node.text.strip() if isinstance(node, Text) else ""
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.notebook.note(
            "R109",
            node.mark,
            f"`{text or what}` is not a date",
            f"write year-month-day, as in `{what}: 2027-06-30`",
        )
        return None

    def language(self, node: Text) -> str:
        """The two or three letters of a language, or "" for what is none, which is noted."""
        found = _LANGUAGE.fullmatch(node.text.strip().lower())
        code = found[1] if found else ""
        if code in _LANGUAGES:
            return code
        meant = _COUNTRIES.get(code, "")
        self.notebook.note(
            f"{self.family}115",
            node.mark,
            f"`{node.text}` is not the code of a language",
            f"did you mean `{meant}`?" if meant else "use codes such as en, ru, uk, ko, zh, ja, ar",
        )
        return ""
