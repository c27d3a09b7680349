"""Reading what the service is shipped with: Dockerfile, Compose files, unit, locks."""

import re

import yaml
from desk import HOUSE

LOCKS = (
    "requirements.lock",
    "requirements-postgresql.lock",
    "requirements-all.lock",
    "requirements-dev.lock",
)


def text_of(name):
    return (HOUSE / name).read_text(encoding="utf-8")


def let_into_the_image():
    """The top-level files and folders that .dockerignore lets pass."""
    return [line[1:] for line in text_of(".dockerignore").splitlines() if line.startswith("!")]


def instructions(stage=None):
    """(instruction, argument) of the Dockerfile, or of one of its stages (-1: the image).

    A here-document is an argument's end.
    """
    found = []
    lines = iter(text_of("Dockerfile").splitlines())
    for first in lines:
        if not first.strip() or first.startswith("#"):
            continue
        whole = first
        while whole.endswith("\\"):
            whole = whole[:-1] + next(lines)
        name, _, argument = whole.partition(" ")
        if mark := re.search(r"<<'(\w+)'", argument):
            for inner in iter(lambda: next(lines), mark[1]):
                argument += "\n" + inner
        found.append((name, argument.strip()))
    if stage is None:
        return found
    starts = [place for place, (name, _) in enumerate(found) if name == "FROM"]
    ends = [*starts[1:], len(found)]
    return found[starts[stage] : ends[stage]]


def services(name):
    """The services of a Compose file, with what they extend put under them."""
    here = yaml.safe_load(text_of(name))["services"]
    return {each: _extended(service) for each, service in here.items()}


def _extended(service):
    if "extends" not in service:
        return service
    theirs = services(service["extends"]["file"])[service["extends"]["service"]]
    merged = {**theirs, **service}
    merged["environment"] = {**theirs.get("environment", {}), **service.get("environment", {})}
    return merged


def unit():
    """(section, key, value) of the systemd unit, in order; a key may be there twice."""
    found, section = [], ""
    for line in text_of("contrib/wirewatch.service").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.append((section, key, value))
    return found


def service_settings(key):
    return [value for section, name, value in unit() if (section, name) == ("Service", key)]


def pins(text):
    """The requirements of a lock, each with its options on one line."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
