"""The image and the Compose files: no rights, nothing writable but what must be."""

import json
import re

import pytest
from desk import furnish
from shipping import instructions, services, text_of

from monitor.config.reading import read_config

COMPOSE = ("compose.yaml", "compose.postgresql.yaml")


def final(name):
    """What the image itself says by this instruction, the last word of it."""
    return [argument for each, argument in instructions(-1) if each == name][-1]


def every_service():
    return [(file, name, each) for file in COMPOSE for name, each in services(file).items()]


def images():
    stages = re.findall(r"^FROM \S+ AS (\w+)", text_of("Dockerfile"), re.MULTILINE)
    bases = [argument.split()[0] for name, argument in instructions() if name == "FROM"]
    return [each for each in bases if each not in stages] + [
        service["image"] for _, _, service in every_service()
    ]


def test_every_image_is_named_with_a_version_and_without_a_host():
    for image in images():
        assert re.fullmatch(r"[a-z]+:[a-z0-9.-]+", image), image
        assert not image.endswith(":latest"), image


def test_the_image_runs_without_rights():
    assert final("USER") == "65532:65532"


def test_the_image_writes_nowhere_but_in_its_volume():
    assert (final("VOLUME"), final("WORKDIR")) == ("/data", "/data")
    assert "PYTHONDONTWRITEBYTECODE=1" in final("ENV")


def test_the_image_runs_the_daemon_and_any_other_verb():
    assert json.loads(final("ENTRYPOINT")) == ["wirewatch"]
    assert json.loads(final("CMD")) == ["run"]
    assert final("STOPSIGNAL") == "SIGTERM"


def test_the_image_is_examined_by_the_program_itself():
    check = final("HEALTHCHECK").partition("CMD ")[2]
    assert json.loads(check) == ["wirewatch", "status", "--quiet"]


def test_nothing_is_installed_or_compiled_in_the_image_itself():
    runs = " ".join(argument for name, argument in instructions(-1) if name == "RUN")
    assert not re.search(r"\b(pip|apt|apt-get|gcc|curl|wget)\b", runs)


def test_whatever_is_downloaded_for_the_image_is_checked_by_its_hash():
    runs = [argument for name, argument in instructions() if name == "RUN"]
    installs = [each for run in runs for each in run.split("&&") if each.split()[0] == "pip"]
    assert len(installs) == 4
    for install in installs:
        assert "--no-deps" in install
        assert "--no-index" in install or "--require-hashes --only-binary" in " ".join(
            install.split()
        )


def test_neither_state_nor_secrets_nor_tests_come_into_the_image():
    rules = [line for line in text_of(".dockerignore").splitlines() if not line.startswith("#")]
    assert rules[0] == "*"
    assert {"!state", "!tests", "!secrets", "!.git"} & set(rules) == set()


@pytest.mark.parametrize("file", COMPOSE)
def test_the_service_is_confined(file, grace):
    service = services(file)["monitor"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert (service["mem_limit"], service["pids_limit"]) == ("512m", 128)
    assert [each.partition(":")[0] for each in service["tmpfs"]] == ["/tmp"]
    assert [each.partition(":")[2] for each in service["volumes"]] == ["/data"]
    assert {"privileged", "network_mode", "cap_add", "user"} & service.keys() == set()
    assert float(service["stop_grace_period"].removesuffix("s")) > grace


@pytest.mark.parametrize("file", COMPOSE)
def test_the_pages_are_published_to_this_machine_alone(file):
    assert "WIREWATCH_WEB__LISTEN=0.0.0.0:8484" in final("ENV")
    assert final("EXPOSE") == "8484"
    assert services(file)["monitor"]["ports"] == ["127.0.0.1:8484:8484"]


def test_the_database_is_waited_for_and_examined():
    both = services("compose.postgresql.yaml")
    assert both["monitor"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert both["monitor"]["build"]["args"] == {"EXTRAS": "postgresql"}
    assert "pg_isready" in both["database"]["healthcheck"]["test"]
    assert "ports" not in both["database"]


def test_passwords_come_as_files():
    for file, name, service in every_service():
        for variable, value in service["environment"].items():
            secret = re.search("PASSWORD|URL|TOKEN", variable)
            assert not secret or variable.endswith("_FILE"), (file, name, variable)
            assert not secret or value.removeprefix("/run/secrets/") in service["secrets"]


def test_the_address_of_the_database_is_taken_from_its_secret(tmp_path):
    address = "postgresql+psycopg://wirewatch:hidden@database/wirewatch"
    (tmp_path / "state_url").write_text(address + "\n")
    desk = furnish(tmp_path / "desk", more='[state]\nurl = "sqlite:///state/wirewatch.db"')
    given = services("compose.postgresql.yaml")["monitor"]["environment"]
    environ = {key: value.replace("/run/secrets", str(tmp_path)) for key, value in given.items()}
    settings, problems = read_config(desk / "config.toml", environ)
    assert (settings.state.url.reveal(), problems) == (address, ())
