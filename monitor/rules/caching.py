"""Caching: rules of files that were read before, by what stands in the files.

Ten thousand files take seconds to read as YAML, and hardly ever change. Only what could be read
without any remark is kept, so that nothing is left unsaid for its having been said before.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from monitor.rules import syntax
from monitor.rules.rulebook import Rule, Vocabulary
from monitor.rules.yaml_nodes import SourceFile

Key = bytes

# All that a rule is made of, and nothing that could do anything.
_OURS = ("monitor.rules.", "monitor.model", "monitor.errors")
_FOREIGN = {("datetime", name) for name in ("date", "datetime", "timedelta", "timezone")}


class RuleCache:
    """What is known of files, kept as long as it is used: see `kept`."""

    def __init__(self, known: Mapping[Key, tuple[Rule, ...]] | None = None) -> None:
        self._known = dict(known or {})
        self._used: dict[Key, tuple[Rule, ...]] = {}
        self.read_anew = 0
        """How many files were not known, or could not be kept."""

    def rules(self, key: Key, today: date) -> tuple[Rule, ...]:
        """The rules of a file that was read before; () if it must be read."""
        found = self._known.get(key, ())
        if not found or any(_is_remarked_on(rule, today) for rule in found):
            self.read_anew += 1
            return ()
        self._used[key] = found
        return found

    def keep(self, key: Key, rules: tuple[Rule, ...]) -> None:
        """Remember the rules of a file of which there was nothing to say."""
        self._used[key] = rules

    def kept(self) -> RuleCache:
        """A cache of what was asked for or remembered in this one, for the next time."""
        return RuleCache(self._used)

    def __len__(self) -> int:
        return len(self._used)

    def dump(self, version: str) -> bytes:
        """As bytes that `load` understands; `version` is that of the program that reads rules."""
        body = io.BytesIO()
        _Writer(body, protocol=5).dump(self._used)
        return _sealed(version, body.getvalue())

    @classmethod
    def load(
        cls, written: bytes, version: str, vocabularies: Mapping[str, Vocabulary]
    ) -> RuleCache:
        """What `dump` wrote; empty if it is from another version, or is damaged."""
        seal, body = written[:_SEAL], written[_SEAL:]
        if seal != _sealed(version, body)[:_SEAL]:
            return cls()
        try:
            return cls(_Reader(io.BytesIO(body), vocabularies).load())
        except (pickle.UnpicklingError, KeyError, AttributeError, EOFError, TypeError, ValueError):
            return cls()


def _is_remarked_on(rule: Rule, today: date) -> bool:
    """Whether a day has come on which there is something to say of the rule: see linting."""
    return (
        (rule.expires is not None and rule.expires < today)
        or (rule.review is not None and rule.review <= today)
        or any(mute.until < today for mute in rule.mutes)
    )


_SEAL = 32


def _sealed(version: str, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SEAL, person=version.encode()[:16]).digest() + body


class _Writer(pickle.Pickler):
    """Leaves out vocabularies: they have files of their own, and are shared.

    The many small nodes of a condition are written as calls of their classes, which is read
    four times as fast as what dataclasses do by themselves.
    """

    def reducer_override(self, thing: Any) -> Any:  # noqa: ANN401 - the signature is pickle's
        kind = type(thing)
        if kind.__module__ != syntax.__name__ or not is_dataclass(kind):
            return NotImplemented
        return kind, tuple(getattr(thing, each.name) for each in fields(kind))

    def persistent_id(self, thing: Any) -> str | None:  # noqa: ANN401 - whatever is in a rule
        return thing.name if isinstance(thing, Vocabulary) else None


class _Reader(pickle.Unpickler):
    """Makes values of our own kinds and nothing else, whatever the file says."""

    def __init__(self, file: io.BytesIO, vocabularies: Mapping[str, Vocabulary]) -> None:
        super().__init__(file)
        self._vocabularies = vocabularies

    def persistent_load(self, name: Any) -> Vocabulary:  # noqa: ANN401 - the signature is pickle's
        return self._vocabularies[name]

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - the signature is pickle's
        if (module, name) in _FOREIGN or (module.startswith(_OURS) and name[:1].isupper()):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a rule")


def vocabularies_key(vocabularies: Mapping[str, Vocabulary], broken: Iterable[str]) -> Key:
    """What changes when any vocabulary does."""
    digest = hashlib.blake2b(repr(sorted(broken)).encode(), digest_size=16)
    for name, vocabulary in sorted(vocabularies.items()):
        digest.update(f"{name} {vocabulary.version} ".encode())
    return digest.digest()


def file_key(source: SourceFile, vocabularies: Key) -> Key:
    """What changes when a file does, or the vocabularies it may use."""
    text = source.text if isinstance(source.text, bytes) else source.text.encode()
    return hashlib.blake2b(
        b"\0".join((source.path.encode(errors="surrogatepass"), text)),
        digest_size=16,
        key=vocabularies,
    ).digest()
