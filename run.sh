#!/usr/bin/env bash
# The contributor guide that cannot go stale: every way to work on Wirewatch is a verb here.
set -euo pipefail
cd "$(dirname "$0")"

python=${PYTHON:-python3}
venv=${WIREWATCH_VENV:-.venv}

# usage: ./run.sh VERB [ARGUMENTS]; the comment above a verb's function is its help.

# create .venv and install Wirewatch from the lock (hashes checked)
install() {
    prepare requirements.lock
}

# offline tour: real pipeline on a bundled newswire; --once ends after the first digest
demo() {
    install
    "$venv/bin/python" -m monitor demo "$@"
}

# install what tests need and run them all on two cores; arguments, if any, go to pytest
test() {
    prepare requirements-dev.lock
    [ $# -gt 0 ] || set -- -n 2
    "$venv/bin/python" -m pytest "$@"
}

# lint, format, types, import contracts
check() {
    prepare requirements-dev.lock
    "$venv/bin/ruff" check .
    "$venv/bin/ruff" format --check .
    "$venv/bin/mypy"
    "$venv/bin/lint-imports" --no-cache
}

# print the figures of bench/; an argument names one benchmark
bench() {
    prepare requirements-dev.lock
    for each in bench/bench_${1:-*}.py; do
        echo "== $each"
        "$venv/bin/python" "$each"
    done
}

# kill, lock and starve a real daemon for minutes (10); its receivers say what came of it
soak() {
    prepare requirements-dev.lock
    "$venv/bin/python" tests/soak/soak.py "$@"
}

# run the daemon on ./config.toml
serve() {
    install
    "$venv/bin/python" -m monitor run "$@"
}

# write docs/reference.md anew from the program
docs() {
    prepare requirements-dev.lock
    PYTHONPATH=. "$venv/bin/python" docs/reference.py
}

# take a picture of every page (light, dark, phone) into docs/pages
shots() {
    prepare requirements-dev.lock
    PYTHONPATH=. "$venv/bin/python" docs/shots.py "$@"
}

# write the lock files anew from pyproject.toml (needs uv)
lock() {
    local options=(--generate-hashes --no-emit-index-url --no-header --no-annotate --universal --python-version 3.11 --quiet)
    uv pip compile pyproject.toml "${options[@]}" -o requirements.lock
    uv pip compile pyproject.toml --extra postgresql "${options[@]}" -o requirements-postgresql.lock
    uv pip compile pyproject.toml --all-extras "${options[@]}" -o requirements-all.lock
    uv pip compile pyproject.toml --all-extras --group dev "${options[@]}" -o requirements-dev.lock
}

# build the wheel into dist/
build() {
    prepare requirements-dev.lock
    "$venv/bin/python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
}

# Install a lock once; a stamp in the environment remembers which one.
prepare() {
    local lock=$1 stamp="$venv/.$1.stamp"
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
    if ! cmp -s "$lock" "$stamp"; then
        echo "installing from $lock into $venv ..." >&2
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$lock" >&2
        cp "$lock" "$stamp"
    fi
    [ -x "$venv/bin/wirewatch" ] || link
}

# Let the environment run this checkout, from any folder: an editable install without a build.
link() {
    local here site
    here=$(pwd)
    site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$here" > "$site/wirewatch-checkout.pth"
    printf '#!%s\nfrom monitor.cli.main import main\n\nmain()\n' \
        "$(cd "$venv" && pwd)/bin/python" > "$venv/bin/wirewatch"
    chmod +x "$venv/bin/wirewatch"
}

help() {
    echo "usage: ./run.sh VERB [ARGUMENTS]"
    awk '/^# /{text=substr($0,3)} /^[a-z]+\(\) *\{/{name=$1; sub(/\(\)/,"",name); if (name !~ /^(prepare|link|help)$/) printf "  %-8s %s\n", name, text; text=""}' run.sh
}

verb=${1:-help}
[ $# -gt 0 ] && shift
case $(type -t -- "$verb") in
function) "$verb" "$@" ;;
*) echo "run.sh: no verb '$verb'" >&2; help >&2; exit 2 ;;
esac
