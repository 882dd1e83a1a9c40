"""Whatever a person runs here says how it is used, and refuses an option that it does not know, before it does anything."""
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = sorted(path.relative_to(ROOT) for folder in (".ci", "scripts", "tools") for path in (ROOT / folder).iterdir()
                  if path.is_file())


def run(program, *arguments):
    return subprocess.run([ROOT / program, *arguments], capture_output=True, text=True, check=False, timeout=20, stdin=subprocess.DEVNULL, cwd=ROOT)


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_unknown_option_is_refused(program):
    for arguments in (["--no-such-option"], ["--help=no"], ["-x", "--help"]):
        done = run(program, *arguments)
        assert done.returncode == 64, done.stdout + done.stderr
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1, done.stdout + done.stderr
        assert "--help" in done.stderr


# What is no usage of each: too little, too much, and what is not there.
WRONG = {
    ".ci/root": [[], [""], ["nosuchsuite"], ["bookworm", "trixie"], ["bookworm", "--keep"], ["bookworm", "--keep", ""], ["bookworm", "--keep", "/tmp"]],
    ".ci/run": [[""], ["none"], ["host"], ["--host", "--other"], ["/nonexistent"]],
    "scripts/demo": [[""], ["keep"], ["/nonexistent"], ["--keep", "x"]],
    "scripts/deps": [[""], ["nothing"], ["build", "demo"], ["/nonexistent"]],
    "scripts/test": [[""], ["unit"], ["/nonexistent"], ["--build-dir"], ["--build-dir", ""], ["--coverage", "--no-sanitizers"],
                     ["--thread-sanitizer", "--coverage"]],
    "tools/check-coverage": [[], [""], ["/nonexistent"], ["/"], ["LICENSE"], ["docs/openapi.json"], ["a", "b"]],
    "tools/check-includes": [["/nonexistent"], ["docs"], ["LICENSE"], [".", "."]],
    "tools/check-requirements": [["/nonexistent"], ["docs"], ["LICENSE"], [".", "."]],
    "tools/count-tests": [[], [""], ["/nonexistent"], ["LICENSE"], ["none.json", "--failed"], ["--failed"], ["--failed", "x"]],
    "tools/embed": [[], ["a", "b", "c"], ["/nonexistent", "name", "base/bytes.h", "/tmp/out.c"], ["LICENSE", "name", "base/bytes.h", "/nonexistent/out.c"], ["a", "b", "c", "d", "e"]],
    "tools/mutate": [[""], ["x"], ["--seed"], ["--seed", "x"], ["--jobs", "0"], ["--root", "/nonexistent", "--list"], ["--files", "/nonexistent", "--list"],
                     ["--files", "src/core/none.c", "--list"], ["--files", "src/net/dns.c", "--list"]],
}


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_wrong_usage_is_one_line_and_64(program):
    for arguments in WRONG[str(program)]:
        done = run(program, *arguments)
        assert done.returncode == 64, f"{arguments}: {done.stdout}{done.stderr}"
        assert done.stdout == "" and len(done.stderr.splitlines()) == 1, f"{arguments}: {done.stdout}{done.stderr}"
        assert str(program) in done.stderr and "--help" in done.stderr


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_help_says_how_it_is_used(program):
    done = run(program, "--help")
    assert done.returncode == 0 and done.stderr == ""
    assert f"usage: {program}" in done.stdout.lower()
