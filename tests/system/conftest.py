"""Fixtures of the system tests: real programs, real servers, loopback only."""
import atexit
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import lab  # noqa: E402  (the path is set above)

# The programs are built with sanitizers in CI. What these find goes to files: it fails the test in which it came up, whatever becomes
# of the process, and of whoever asked it.
REPORTS = pathlib.Path(tempfile.mkdtemp(prefix="mpic-sanitizers-"))
atexit.register(shutil.rmtree, REPORTS, True)
SUPPRESSIONS = pathlib.Path(__file__).resolve().parents[1] / "thread-sanitizer.supp"
for tool, options in {"ASAN": "detect_leaks=1", "UBSAN": "halt_on_error=1:print_stacktrace=1",
                      "TSAN": f"atexit_sleep_ms=0:suppressions={SUPPRESSIONS}"}.items():
    os.environ.setdefault(f"{tool}_OPTIONS", f"{options}:exitcode=99:log_path={REPORTS / tool.lower()}")


def pytest_configure(config):
    config.addinivalue_line("markers", "threads: of several threads in one process; run with the thread sanitizer too")


def sanitizers_of(scope):
    """Set up before what else the scope has, so it looks when all of that has ended."""
    @pytest.fixture(autouse=True, scope=scope)
    def sanitizers():
        yield
        reports = sorted(REPORTS.iterdir())
        text = "\n".join(report.read_text(errors="replace") for report in reports)
        for report in reports:
            report.unlink()
        if text:
            pytest.fail(text, pytrace=False)
    return sanitizers


sanitizers_of_session, sanitizers_of_module, sanitizers_of_test = map(sanitizers_of, ("session", "module", "function"))


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
