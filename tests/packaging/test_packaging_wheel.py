"""The wheel: everything in it that a user needs, and nothing else; it works where it is put."""

import zipfile
from pathlib import PurePosixPath

import pytest
from desk import HOUSE
from shipping import let_into_the_image

import monitor

KIT = "monitor/starter"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_that_the_build_needs_is_there():
    assert [name for name in let_into_the_image() if not (HOUSE / name).exists()] == []


def test_every_module_of_the_package_is_in_the_wheel(names):
    ours = {str(path.relative_to(HOUSE)) for path in (HOUSE / "monitor").rglob("*.py")}
    assert ours - names == set()
    assert "monitor/store/migrations/versions/0001_first.py" in names


def test_every_data_file_of_the_package_is_in_the_wheel(names):
    ours = {
        str(path.relative_to(HOUSE))
        for path in (HOUSE / "monitor").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert ours - names == set()
    assert "monitor/py.typed" in ours
    assert any(name.endswith(".jsonl") for name in ours)


@pytest.mark.parametrize("source", ["rules", "templates", "config.toml"])
def test_the_starter_kit_is_the_top_level_folders_byte_for_byte(wheel, source):
    top = HOUSE / source
    files = [path for path in top.rglob("*") if path.is_file()] if top.is_dir() else [top]
    with zipfile.ZipFile(wheel) as archive:
        for path in files:
            shipped = archive.read(f"{KIT}/{path.relative_to(HOUSE)}")
            assert shipped == path.read_bytes(), path
    assert files


def test_vocabularies_come_along(names):
    assert {f"{KIT}/rules/vocab/{name}.yaml" for name in ("russia", "weapons")} <= names


def test_there_is_nothing_in_the_wheel_but_the_package(names):
    tops = {PurePosixPath(name).parts[0] for name in names}
    assert tops == {"monitor", f"wirewatch-{monitor.__version__}.dist-info"}
    assert [name for name in names if "test_" in name or name.endswith((".pyc", ".db"))] == []


def test_the_command_and_the_licence_are_in_the_wheel(wheel, names):
    info = f"wirewatch-{monitor.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
    assert "wirewatch = monitor.cli.main:main" in entry_points
    assert f"{info}/licenses/LICENSE" in names


def test_the_installed_command_is_the_wheels_and_not_this_checkout(installed, tmp_path):
    code = "import monitor; print(monitor.__file__)"
    ran = installed.run(installed.python, "-c", code, cwd=tmp_path)
    assert str(HOUSE) not in ran.out
    assert installed("--version", cwd=tmp_path).out == f"wirewatch {monitor.__version__}\n"


def test_a_newcomer_gets_a_desk_that_passes_its_own_check_and_tests(installed, tmp_path):
    begun = installed("init", cwd=tmp_path)
    assert (begun.code, (tmp_path / "config.toml").is_file()) == (0, True)
    checked = installed("check", "--strict", cwd=tmp_path)
    assert (checked.code, checked.err) == (0, checked.err), checked.out
    tested = installed("test", cwd=tmp_path)
    assert tested.code == 0, tested.out + tested.err


def test_the_demo_tells_a_digest_and_writes_its_page(installed, tmp_path):
    ran = installed("demo", "--once", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "ALERT" in ran.out
    assert "</html>" in (tmp_path / "digest.html").read_text(encoding="utf-8")
