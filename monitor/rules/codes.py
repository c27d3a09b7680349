"""The catalogue of problems: what each code means, why it matters, and how it is put right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem. `example` shows the file as it should be."""

    summary: str
    why: str
    example: str


_YAML = {
    "Y101": Code(
        "The file is not UTF-8.",
        "Guessing the encoding would turn terms into others that never match.",
        "Save the file as UTF-8 in your editor.",
    ),
    "Y102": Code(
        "A control character stands in the file.",
        "Nobody can see it, so nobody would find out why a term does not match.",
        "Delete the character at the place shown.",
    ),
    "Y103": Code(
        "The file is too large.",
        "YAML is for rules; a list of names loads far faster as plain text.",
        "rules/vocab/names.txt, with one term on each line",
    ),
    "Y104": Code(
        "The file is not YAML.",
        "From the first mistake on, nobody can tell what the file means.",
        "title: Missile tests\nany: [missile test, rocket launch]",
    ),
    "Y105": Code(
        "A quote is opened and never closed.",
        "All that follows, further rules included, would be part of the text.",
        'title: "Missile tests"',
    ),
    "Y106": Code(
        "A tab stands where YAML wants spaces.",
        "How far a tab indents depends on the editor, so YAML forbids it.",
        "all:\n  - missile",
    ),
    "Y107": Code(
        "A key stands twice in one place.",
        "Only one of the two could count; the other would be ignored in silence.",
        "any: [missile, rocket]",
    ),
    "Y108": Code(
        "An alias (`*name`) refers to nothing, or there are too many.",
        "A term that begins with `*` is taken for an alias unless it stands in quotes.",
        'any: ["*missile"]',
    ),
    "Y109": Code(
        "A merge key (`<<`) is used.",
        "Merging hides which keys a rule really has, and can be made to explode.",
        "Write the keys into each rule.",
    ),
    "Y110": Code(
        "A tag (`!name`) is used.",
        "Tags ask for other types than text; a rule holds texts only.",
        'any: ["!urgent"]',
    ),
    "Y111": Code(
        "The document is too deep, or unfolds to something enormous.",
        "Such a file is an accident or an attack; reading on could take for ever.",
        "all:\n  - [missile, rocket]",
    ),
    "Y112": Code(
        "The file holds a second document (`---`).",
        "It would be ignored.",
        "rules:\n  - id: first\n    any: [missile]\n  - id: second\n    any: [tanker]",
    ),
    "Y113": Code(
        "A text that means something else in YAML needs quotes.",
        "A colon makes a key of a text; `*`, `&`, `!`, `%`, `@` and others have meanings too.",
        'tests:\n  - hit: "Seoul: missile launched"',
    ),
    "Y114": Code(
        "A key is not a plain text.",
        "Keys are the words of the rule language.",
        "all:\n  - [missile, rocket]",
    ),
    "Y116": Code(
        "An anchor (`&name`) to which nothing refers.",
        "A term that begins with `&` is swallowed by YAML unless it stands in quotes.",
        'any: ["&a b"]',
    ),
    "Y117": Code(
        "A `#` after a space has cut a text short.",
        "It begins a comment, so the rest of the term is never looked for.",
        'any: ["berth #5"]      # a comment has a space after the sign',
    ),
    "Y115": Code(
        "A bracket is opened and never closed.",
        "All that follows would be part of the list.",
        "any: [missile, rocket]",
    ),
}

_RULES = {
    "R101": Code(
        "There is no rule in the file.",
        "A file in the rules folder that does nothing is likely to be a mishap.",
        "title: Missile tests\nany: [missile test]",
    ),
    "R106": Code(
        "The rule says only what must not be found.",
        "It would match almost everything.",
        "any: [missile]\nnone: [film festival]",
    ),
    "R108": Code(
        "The severity is unknown.",
        "Digests choose and order by severity.",
        "severity: high      # info, low, medium, high, critical",
    ),
    "R109": Code(
        "A date cannot be read.",
        "A rule that never begins, or ends too early, is a miss.",
        "expires: 2027-06-30",
    ),
    "R110": Code(
        "The rule would expire before it begins.",
        "It would never run.",
        "since: 2026-01-01\nexpires: 2027-06-30",
    ),
    "R111": Code(
        "Two rules have one id.",
        "Matches, mutes and digests refer to rules by id. The first one stays in force.",
        "id: missile-tests-asia",
    ),
    "R119": Code(
        "A term under `none` kills a test that the rule itself says must hit.",
        "The rule contradicts itself: news like this would be missed.",
        'none: ["title:football"]',
    ),
    "R120": Code(
        "A test of the rule fails.",
        "The rule does not do what its author says it does; the reason names the clause.",
        "Correct the rule, or the test.",
    ),
    "R121": Code(
        "`near` has nothing to compare.",
        "It says how close the lines of `all` must stand, so there must be two of them.",
        "all:\n  - $north_korea\n  - [missile, rocket]\nnear: 40",
    ),
    "R122": Code(
        "The id of the rule is missing or cannot be used.",
        "Ids stand in commands, addresses and file names.",
        "rules:\n  - id: missile-tests\n    any: [missile test]",
    ),
    "R123": Code(
        "A quote or bracket of a query is never closed, or never opened.",
        "Nobody can tell where the phrase or group was meant to end.",
        'match: ( "arms deal" OR weapon* ) AND Moscow',
    ),
    "R124": Code(
        "Two terms of a query stand side by side.",
        "It could mean a phrase, both of them, or one of them; guessing wrong would be silent.",
        'match: ( missile OR rocket ) AND "arms deal"',
    ),
    "R125": Code(
        "An operator of a query is not written as one.",
        "Operators stand in capitals: AND, NEAR/5; anything else would be taken for a word.",
        "match: missile AND NOT film",
    ),
    "R126": Code(
        "A term is missing in a query.",
        "An operator needs something on both its sides, and brackets something within.",
        "match: missile AND ( launch OR test )",
    ),
    "R140": Code(
        "Regular expressions need google-re2, which is not installed.",
        "It is the engine whose patterns cannot take for ever, and comes as an extra.",
        "pip install 'wirewatch[regex]'",
    ),
    "R141": Code(
        "A rule asks for a regular expression and for no term.",
        "Every item would have to be searched. With a term beside it, only those that have that.",
        "any: [missile, rocket]\nregex: '\\bKN-?2[0-9]\\b'",
    ),
    "R142": Code(
        "A regular expression cannot be read.",
        "The syntax is that of RE2; the caret is where it stumbles.",
        "regex: ['\\bKN-?2[0-9]\\b']      # in single quotes a `\\` is a `\\`",
    ),
    "R143": Code(
        "A regular expression asks for what cannot be had in linear time.",
        "Look-around and back-references let a few letters keep a computer busy for hours.",
        "regex: '\\bKN-?2[0-9]\\b'\nnone: [film]",
    ),
    "R144": Code(
        "A regular expression can be found where nothing stands.",
        "So it is found in every text, and asks for nothing.",
        "regex: '[A-Z]+-[0-9]+'      # not `*`",
    ),
    "R145": Code(
        "A regular expression is too large.",
        "What it may take of memory is bounded, so that no rule can exhaust it.",
        "match: missile NEAR/40 launch      # in place of `missile.{0,900}launch`",
    ),
    "R157": Code(
        "Something is asked to stand near itself.",
        "One mention is enough for that, so the distance asks for nothing.",
        "match: ATLEAST/2 missile      # in place of `missile NEAR/5 missile`",
    ),
    "R158": Code(
        "A distance is shorter than what must stand in it.",
        "The rule, or this part of it, can never fire.",
        'match: FIRST/9 "intermediate range ballistic missile test launch"',
    ),
    "R159": Code(
        "Words with commas between them are one phrase.",
        "Alternatives stand in brackets; without them only the whole row would be found.",
        "any: [missile, rocket]",
    ),
    "R127": Code(
        "Something in a query cannot stand where it stands.",
        "A field inside another field, for one, could never be found.",
        "match: title:( missile OR rocket ) AND body:( Moscow )",
    ),
    "R128": Code(
        "The score that the rule asks for can never be reached.",
        "The rule would never fire.",
        "score:\n  title:( missile ): 3\n  ATLEAST/2 missile: 2\nmin_score: 3",
    ),
    "R130": Code(
        "A line of `alert.volume` cannot be read.",
        "An alert that is half understood would be silent, or loud, where nobody expects it.",
        "alert:\n  volume:\n    - 5 in 24h from 3 sources\n    - spike 3x over 28d, at least 6\n"
        "    - silence 14d\n    - new $shadow_fleet",
    ),
    "R131": Code(
        "A time in an alert cannot be read, or is out of bounds.",
        "It says how far back to count; what a spike is compared with takes a week at least.",
        "alert:\n  volume: [5 in 24h, silence 14d]",
    ),
    "R132": Code(
        "A number in an alert cannot be read, or is out of bounds.",
        "It decides when people are told.",
        "alert:\n  volume: [5 in 24h from 3 sources]",
    ),
    "R133": Code(
        "The word after `each` is unknown.",
        "It says how stories are told: with the digest, each at once, or not by themselves.",
        "alert:\n  each: item",
    ),
    "R134": Code(
        "The word after `stories` is unknown.",
        "It says what becomes of later reports of an event: told under it, not told, or each by "
        "itself.",
        "stories: mute",
    ),
    "R135": Code(
        "A mute does not say which story, or until when.",
        "A mute without an end would be forgotten, and with it the story.",
        "mute:\n  - {story: 1234, until: 2027-01-31, note: covered by the Baltic desk}",
    ),
    "R136": Code(
        "One alert stands in a rule twice.",
        "It fires once all the same.",
        "alert:\n  volume: [silence 14d]",
    ),
    "R137": Code(
        "The rule is due for review.",
        "Words change, and nobody notices what a rule has stopped to find.",
        "review: 2027-06-30",
    ),
    "R138": Code(
        "A mute has ended.",
        "The story is told again; the line only takes up room.",
        "mute:\n  - {story: 1234, until: 2027-01-31}",
    ),
    "R151": Code(
        "The rule has no tests, or only of one kind.",
        "One headline it must find and one it must not are the cheapest proof that it works.",
        "tests:\n  - hit: Missile fired into the sea\n  - miss: Film festival opens",
    ),
    "R152": Code(
        "The rule has expired.",
        "It no longer runs, and nobody is told what it would find.",
        "expires: 2027-06-30",
    ),
    "R155": Code(
        "AND stands beside OR without brackets.",
        "AND binds more tightly, but few readers know: `a OR b AND c` is `a OR ( b AND c )`.",
        "match: ( missile OR rocket ) AND Moscow",
    ),
    "R156": Code(
        "The rule can never fire.",
        "One of its clauses forbids everything that another one asks for.",
        "any: [missile, rocket]\nnone: [film]",
    ),
}

_VOCABULARIES = {
    "V101": Code(
        "There is no vocabulary in the file.",
        "Rules that use it would find nothing.",
        "title: North Korea\nterms:\n  en: [North Korea*, DPRK]",
    ),
    "V106": Code(
        "The vocabulary holds no terms.",
        "Rules that use it would find nothing.",
        "terms:\n  en: [North Korea*, DPRK]\n  ko: [북한]",
    ),
    "V111": Code(
        "Two vocabularies have one name.",
        "The name is that of the file without its ending: `$a` must mean one of them.",
        "rules/vocab/ships.yaml and rules/vocab/ship_names.txt",
    ),
    "V116": Code(
        "A vocabulary contains itself, directly or through others.",
        "It would have no end.",
        "terms: [$ports, $ships]",
    ),
    "V120": Code(
        "A test of the vocabulary fails.",
        "The rules that use it inherit the mistake.",
        "Correct the terms, the false friends under `not:`, or the test.",
    ),
    "V121": Code(
        "A line of a text vocabulary looks like YAML.",
        "Text files have one term a line, as it is: dashes, colons and quotes are left out "
        "when it is looked for.",
        "missile",
    ),
    "V122": Code(
        "The name of the file cannot be used as `$name`.",
        "Vocabularies are used by the name of their file.",
        "rules/vocab/north_korea.yaml",
    ),
}

_BOTH = {
    "102": Code(
        "A value has the wrong shape.",
        "A list where a text belongs, or the reverse, cannot be understood.",
        "title: Missile tests\ntags: [dprk, arms]",
    ),
    "103": Code(
        "The key is unknown.",
        "A misspelt key would be a requirement that is silently missing.",
        "title: Missile tests",
    ),
    "105": Code(
        "The vocabulary does not exist.",
        "The rule would look for nothing. Vocabularies are the files in `rules/vocab/`.",
        "all:\n  - $north_korea",
    ),
    "107": Code(
        "A wildcard stands alone.",
        "It would match every word.",
        "any: [missile*, licen?e]",
    ),
    "112": Code(
        "A vocabulary with mistakes is used.",
        "What uses it would find less than its author expects.",
        "Correct the vocabulary; its own problems are listed too.",
    ),
    "113": Code(
        "A term cannot be looked for.",
        "It has no letters, mixes two notations, or names an unknown field.",
        'any: [missile, arms deal, =US, "title:sanctions", $north_korea]',
    ),
    "115": Code(
        "The code of a language is unknown.",
        "It decides who knows the forms of a word. Korean is `ko`, Ukrainian `uk`.",
        "languages: [en, ru, uk, ko, zh, ja, ar]",
    ),
    "117": Code(
        "A test cannot be read.",
        "A test is one `hit:` or one `miss:` with a headline or with fields.",
        "tests:\n  - hit: Missile fired\n  - miss: {title: Film festival, body: It opens today.}",
    ),
    "118": Code(
        "A test holds no words.",
        "It passes, or fails, whatever the rule says.",
        "tests:\n  - miss: Film festival opens",
    ),
    "153": Code(
        "A term finds nothing that another one does not find.",
        "A word is found in all its forms: `missile` finds missiles too.",
        "any: [missile]",
    ),
    "154": Code(
        "A word of two letters is found in any case.",
        "`US` also finds us, and `IT` it.",
        "any: [=US]",
    ),
}

_ARCHIVE = {
    "R160": Code(
        "Terms that are in no item of the archive.",
        "Most often they are misspelt, or written as nobody writes them.",
        "any: [missile]",
    ),
    "R161": Code(
        "Terms that are in more than one of a hundred items of the archive.",
        "In a list of alternatives one of them drowns all others.",
        "any: [missile launch]",
    ),
    "R162": Code(
        "A wildcard is taken for more than 5,000 words of the archive.",
        "It finds nearly everything, and costs time with every item.",
        "any: [missil*]",
    ),
}

CODES: dict[str, Code] = {
    **_ARCHIVE,
    **_YAML,
    **_RULES,
    **_VOCABULARIES,
    **{f"{family}{number}": code for number, code in _BOTH.items() for family in "RV"},
}
