"""Whatever a person runs here says how it is used, and refuses an option that it does not know, before it does anything."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = sorted(path.relative_to(ROOT) for folder in (".ci", "scripts", "tools") for path in (ROOT / folder).iterdir()
                  if path.is_file())


def run(program, *arguments):
    return subprocess.run([ROOT / program, *arguments], capture_output=True, text=True, check=False, timeout=20, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_unknown_option_is_refused(program):
    for arguments in (["--no-such-option"], ["--help=no"], ["-x", "--help"]):
        done = run(program, *arguments)
        assert done.returncode == 64, done.stdout + done.stderr
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1, done.stdout + done.stderr
        assert "--help" in done.stderr


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_help_says_how_it_is_used(program):
    done = run(program, "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert f"usage: {program}" in done.stdout.lower()
