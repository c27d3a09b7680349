"""Forms of a word: the keys under which a term and the words of a text meet.

A term is given its keys when it is compiled, a word of a text when it is first met; the word
is an instance of the term if they share a key. A key is a folded word (`missiles`), a cased
word (`=US`), a stem in the name space of its language (`en:missil`), or what is left of an
Arabic or Hebrew word without what is written onto it (`ar:سلاح`), of a Persian one without its
plural.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import Stemmer

from monitor.rules.syntax import Exact, Word
from monitor.text.folding import cased, fold
from monitor.text.language import SNOWBALL

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

# Stems begin as their words do; Dutch ones need not: gelopen is lopen.
_SAME_INITIAL = frozenset(SNOWBALL) - {"nl"}
INITIAL_FROM = 4
"""Letters from which on the first one tells; Portuguese takes `oes` for `ao`."""

_EXPANDED = ("ru", "uk")

_LATIN = re.compile(r"[a-z\u00df-\u024f\u1e00-\u1eff]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_UKRAINIAN = re.compile("[іїєґ]")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_PERSIAN = re.compile(r"[\u067e\u0686\u0698\u06a9\u06af\u06cc]")
_HEBREW = re.compile(r"[\u05d0-\u05ea]")

# The conjunctions, prepositions and the article that Arabic writes onto the next word.
_PREFIXES = ("وبال", "ولل", "وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ل")
# "Its" or "her", and "their", at the end: صواريخها, its missiles.
_SUFFIXES = ("ها", "هم")
# Hebrew writes "and", "that", "when", the article and four prepositions onto the next word, in
# this order.
_BEFORE_HEBREW = re.compile("ו?(?:כש|ש)?(?:[בלכ]|מה?|ה)?")
# The plural of things, with what may follow it: "of", "a", "my", "your", "his", and so on.
# Joined to a word, or behind a joiner without width, which leaves no doubt.
_PLURALS = re.compile("(\u200c?)ها(?:ي(?:ي|م|ت|ش|مان|تان|شان)?)?$")
# Snowball leaves apart sanção and sanções, alemão and alemães.
_PORTUGUESE_PLURAL = re.compile("([õoãa])es$")
_STEMMED_FROM = 4
_LEFT = 3
_LEFT_BEFORE_JOINER = 2


def term_keys(word: Word | Exact) -> frozenset[str]:
    """The keys of a word of a rule."""
    if isinstance(word, Exact):
        plain = cased(word.text)
        return frozenset([f"={plain}" if plain != plain.lower() else fold(plain)])
    folded = fold(word.text)
    return frozenset({folded, *_other_forms(word, folded)})


def token_keys(written: str, languages: Iterable[str]) -> set[str]:
    """The keys of a word of a text, stemmed in each of the Snowball `languages`."""
    if written.isascii() and (written.isalpha() or written.isdigit()):
        return _plain_keys(written, languages)
    plain, folded = cased(written), fold(written)
    keys = {folded, f"={plain}"}
    head = _head(written)
    if head:
        # MiG-29 is MiG29, and also a MiG.
        keys.update((fold(head), f"={head}"))
    if folded[-1:] == "s" and folded[-2:-1].isdigit():
        keys.add(folded[:-1])
    if folded.isascii() or _LATIN.search(folded):
        for language in languages:
            keys.update(stems(language, written.casefold() if not head else fold(head)))
    elif _ARABIC.search(folded):
        keys.update(_without_prefix(folded))
        keys.add(f"fa:{_singular(written)}")
    elif _HEBREW.search(folded):
        keys.update(_without_hebrew_prefix(folded))
    return keys


def _plain_keys(written: str, languages: Iterable[str]) -> set[str]:
    """The same for letters or digits of ASCII alone, which most words are: with less ado."""
    lowered = written.lower()
    keys = {lowered, f"={written}"}
    if written.isalpha():
        for language in languages:
            keys.update(stems(language, lowered))
    return keys


def analyser(word: Word) -> str:
    """The language whose forms a word of a rule takes, or "" when it has but one."""
    folded = fold(word.text)
    if _LATIN.search(folded):
        return word.language if word.language in SNOWBALL else "en"
    if _CYRILLIC.search(folded):
        if word.language in _EXPANDED:
            return word.language
        return "uk" if _UKRAINIAN.search(folded) else "ru"
    if _ARABIC.search(folded):
        return "fa" if word.language == "fa" or _PERSIAN.search(word.text) else "ar"
    return "he" if _HEBREW.search(folded) else ""


def is_stemmed(language: str) -> bool:
    """Whether words of a text must be stemmed for this language to find its terms."""
    return language in SNOWBALL


def initial_of(key: str) -> str:
    """The letter, folded, with which words begin that have this key and tell by their first."""
    return fold(key.rpartition(":")[2].removeprefix("="))[:1]


def initial_in(written: str) -> str:
    """The letter, folded, with which all keys of a word begin; "" where some may begin otherwise.

    Arabic and Hebrew write other words before it, short words of Latin letters have odd forms.
    """
    if written.isascii():
        tells = (written.isalpha() and len(written) >= INITIAL_FROM) or written.isdigit()
        return written[0].lower() if tells else ""
    if not written.isalnum() or _ARABIC.search(written) or _HEBREW.search(written):
        return ""
    folded = fold(written)
    return "" if len(written) < INITIAL_FROM and _LATIN.search(folded) else folded[:1]


def keep_initials(languages: Iterable[str]) -> bool:
    """Whether `initial_in` holds for words stemmed in all of these languages."""
    return _SAME_INITIAL.issuperset(languages)


def is_acronym(written: str) -> bool:
    """Whether a word is written in capitals alone, such as DPRK."""
    plain = cased(written)
    return len(plain) > 1 and plain.isalpha() and plain.isupper()


@lru_cache(maxsize=16_384)
def stems(language: str, word: str) -> tuple[str, ...]:
    """Keys of the stem of a word, with its accents and without: writers drop them at will.

    Words of three letters and fewer, and words with digits, are their own stem.
    """
    if language == "pt":
        word = _PORTUGUESE_PLURAL.sub(_portuguese_singular, word)
    folded = fold(word)
    if len(folded) < _STEMMED_FROM or not folded.isalpha():
        return (f"{language}:{folded}",)
    stem = _stemmer(language).stemWord
    plain = f"{language}:{stem(folded)}"
    if word == folded:
        return (plain,)
    accented = f"{language}:{fold(stem(word))}"
    return (plain,) if accented == plain else (plain, accented)


def _portuguese_singular(plural: re.Match[str]) -> str:
    return "ão" if plural[1] in "õã" else "ao"


def _other_forms(word: Word, folded: str) -> Iterable[str]:
    match analyser(word):
        case "":
            return ()
        case "ru" | "uk" as language:
            return inflected(language, folded) if not is_acronym(word.text) else ()
        case "ar":
            bare = folded.removeprefix("ال")
            keys = (f"ar:{bare}",) if len(bare) >= _LEFT else ()
            # Where nobody says which of the two languages it is, it may be either.
            return keys if word.language == "ar" else (*keys, f"fa:{_singular(word.text)}")
        case "fa":
            return (f"fa:{_singular(word.text)}",)
        case "he":
            return (f"he:{folded}",) if len(folded) >= _LEFT else ()
        case language:
            # An acronym has no stem, but it has a plural: UAV, UAVs.
            if is_acronym(word.text):
                return (f"{folded}s",) if len(folded) >= _STEMMED_FROM - 1 else ()
            return stems(language, word.text.casefold())


def _head(written: str) -> str:
    """The letters before the hyphen of a token such as MiG-29, if there are at least two."""
    for position, character in enumerate(written[1:4], start=1):
        if not character.isalnum() and character != ".":
            return written[:position] if position > 1 else ""
    return ""


def _without_prefix(folded: str) -> Iterable[str]:
    """An Arabic word, and what is left of it without a prefix, without "its", without both."""
    for suffix in ("", *_SUFFIXES):
        word = folded.removesuffix(suffix)
        if suffix and (word == folded or len(word) < _LEFT):
            continue
        yield f"ar:{word}"
        for prefix in _PREFIXES:
            if word.startswith(prefix) and len(word) - len(prefix) >= _LEFT:
                yield f"ar:{word[len(prefix) :]}"


def _without_hebrew_prefix(folded: str) -> Iterable[str]:
    """The word, and what is left of it without each row of letters that may be prefixes."""
    longest = _BEFORE_HEBREW.match(folded)
    for length in range((longest.end() if longest else 0) + 1):
        whole = _BEFORE_HEBREW.fullmatch(folded, 0, length)
        if whole and len(folded) - length >= _LEFT:
            yield f"he:{folded[length:]}"


def _singular(written: str) -> str:
    """A Persian word without the ending of its plural, folded."""
    # Folding takes the joiner away, by which the ending is told from a part of the word.
    spelt = "\u200c".join(map(fold, written.split("\u200c")))
    found = _PLURALS.search(spelt)
    if not found:
        return fold(written)
    left = fold(spelt[: found.start()])
    return left if len(left) >= (_LEFT_BEFORE_JOINER if found[1] else _LEFT) else fold(written)


@lru_cache(maxsize=65_536)
def inflected(language: str, folded: str) -> frozenset[str]:
    """All forms of a Russian or Ukrainian word, folded.

    The word is taken for a dictionary form where it is one, otherwise for a form of whatever
    it is known to be. A word no dictionary knows is inflected as its ending suggests, but only
    as a noun or adjective of at least four letters: shorter ones are names such as Ын.
    """
    parses = _morphology(language).parse(folded)
    known = [parse for parse in parses if parse.is_known]
    if known:
        chosen = [parse for parse in known if fold(parse.normal_form) == folded] or known
    elif len(folded) >= _STEMMED_FROM and folded.isalpha():
        chosen = [
            parse
            for parse in parses
            if fold(parse.normal_form) == folded and parse.tag.POS in ("NOUN", "ADJF")
        ]
    else:
        chosen = []
    return frozenset(fold(form.word) for parse in chosen for form in parse.lexeme)


@cache
def _stemmer(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(SNOWBALL[language])


@cache
def _morphology(language: str) -> MorphAnalyzer:
    # A door of 0.1 s and 15 MB that stays shut until a rule names a Cyrillic word.
    from pymorphy3 import MorphAnalyzer  # noqa: PLC0415

    return MorphAnalyzer(lang=language)
