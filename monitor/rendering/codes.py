"""What each T code means, for `wirewatch explain`."""

CODES = {
    "T101": "The template is not valid Jinja2: mostly a tag that is not closed, such as a "
    "`{% for %}` without its `{% endfor %}`.",
    "T102": "The template uses a filter or test that templates do not have here. The set is small "
    "on purpose: some of Jinja2's own can make a machine run out of memory.",
    "T103": "The template uses a name that does not exist. Everything is inside `digest`: "
    "`digest.title`, `digest.groups`, each with its `stories`.",
    "T104": "The template fails on the sample digest that every template is tried on.",
    "T105": "A template of this name is never used. It is called NAME.html.j2, NAME.txt.j2 or "
    'NAME.chat.j2, and a digest asks for it by `template = "NAME"`.',
    "T106": "The template writes more than 2 MB for a small sample digest: a loop within a loop?",
}
