"""What each C code means, for `wirewatch explain`."""

CODES: dict[str, str] = {
    "C101": "The file is not valid TOML. Strings need quotes, tables stand in [brackets], and "
    'a list of things repeats its [[name]]: write `contact = "ops@example.org"`.',
    "C102": "No setting of this name exists. Unknown names are refused, because a setting that "
    "is silently ignored looks as if it worked. `wirewatch config schema` lists all names.",
    "C103": 'The value cannot be understood. Durations are written "90s", "10m", "2h", "7d"; '
    'sizes "10MiB"; times of day "07:00"; zones "Europe/Vienna".',
    "C104": "A setting that has no default is missing.",
    "C105": "Two things have the same name, so that naming it would mean either.",
    "C106": "A name is used that is defined nowhere, as a channel in a digest's `to`.",
    "C107": "A secret cannot be read: the environment variable is not set, or the file is not "
    "there or not readable by the user that runs Wirewatch.",
    "C108": "The channel's URL is none that messages can be sent to.",
    "C109": "A file or folder that is named does not exist or cannot be read.",
    "C110": "The file is too large or is not UTF-8 text.",
    "C111": "Settings exclude each other: give one of `url`, `url_env` and `url_file`; pages "
    'without a login (`auth = "none"`) are served to this machine only.',
    "C112": "The same feed stands in the configuration twice; it is polled once, with the first "
    "entry's settings.",
    "C113": "The proxy is none that Wirewatch speaks to: an HTTP proxy, named by http://host:port. "
    "Feeds at https addresses go through it too, by CONNECT. SOCKS is not spoken; most programs "
    "that offer it offer an HTTP proxy as well.",
    "C114": "Full texts are taken out of web pages by trafilatura, an extra that is not installed: "
    "`pip install 'wirewatch[fulltext]'`. Without it, leave `full_text` out.",
    "C117": "The `secret` of a channel cannot be used. Only webhooks are signed; a secret is any "
    "text, or `whsec_` and base64. See docs/channels.md.",
    "C118": "This service takes messages without saying so: Wirewatch cannot tell a message that "
    "arrived from one that was lost, and calls it sent. See docs/channels.md.",
}
