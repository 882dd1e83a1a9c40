"""Fixtures of the system tests: real programs, real servers, loopback only."""
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import lab  # noqa: E402  (the path is set above)

# The programs are built with sanitizers in CI: a leak or an undefined step fails the test that caused it.
os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=1:exitcode=99")
os.environ.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1:exitcode=99")


@pytest.fixture(scope="session")
def deployment():
    """The lab of scripts/demo: (lab, coordinator), six perspectives."""
    with lab.Lab() as running:
        yield running, running.deployment()


@pytest.fixture
def folder():
    """A temporary folder of the test's own."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="mpic-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)
