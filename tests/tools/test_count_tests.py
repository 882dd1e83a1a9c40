"""tools/count-tests: each case counts once, and nothing that went wrong counts as passed."""
import json
import pathlib
import subprocess

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "count-tests"
JUNIT = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.system.test_caa" name="test_good"/>
<testcase classname="tests.system.test_caa" name="test_bad"><failure message="no">trace</failure></testcase>
<testcase classname="tests.system.test_caa" name="test_broken"><error message="fixture">trace</error></testcase>
<testcase classname="tests.system.test_caa" name="test_later"><skipped message="no IPv6 here"/></testcase>
</testsuite></testsuites>"""


def meson(stdout, returncode=0, result="OK", **more):
    return json.dumps({"name": "mpic:unit / core/caa", "stdout": stdout, "result": result, "returncode": returncode, **more})


def run(tmp_path, *tests, junit=None, arguments=()):
    files = []
    if tests:
        files.append(tmp_path / "testlog.json")
        files[-1].write_text("\n".join(tests) + "\n")
    if junit:
        files.append(tmp_path / "pytest.xml")
        files[-1].write_text(junit)
    result = subprocess.run([TOOL, *arguments, *files], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()


@pytest.mark.parametrize("test, status, last", [
    (meson("1..2\nok 1 - test_a\nok 2 - test_b\n"), 0, "2 passed, 0 failed"),
    (meson("1..2\nok 1 - test_a\nnot ok 2 - test_b\n# 1 != 2\n", 1, "FAIL"), 1, "1 passed, 1 failed"),
    (meson("1..2\nok 1 - test_a\nnot ok 2 # SKIP test_b\n", 0, "FAIL"), 0, "1 passed, 0 failed, 1 skipped"),
    (meson("1..3\nok 1 - test_a\n", -6, "FAIL"), 1, "1 passed, 2 failed"),
    (meson("1..2\n", 1, "ERROR"), 1, "0 passed, 2 failed"),
    (meson("1..1\nok 1 - test_a\n", 23, "ERROR"), 1, "1 passed, 1 failed"),
    (meson("1..0\n", 0, "SKIP"), 1, "0 passed, 1 failed"),
    (meson("", 0, "SKIP"), 1, "0 passed, 1 failed"),
    (meson("7 inputs replayed\n"), 0, "1 passed, 0 failed"),
    (meson("crash", 1, "FAIL"), 1, "0 passed, 1 failed"),
    (meson("", -15, "TIMEOUT"), 1, "0 passed, 1 failed"),
    (meson("no such server\n", 77, "SKIP"), 1, "0 passed, 0 failed, 1 skipped"),
])
def test_program_of_meson_is_counted(tmp_path, test, status, last):
    result, lines = run(tmp_path, test)
    assert (result, lines[-1]) == (status, last)


def test_failed_case_shows_its_output_and_the_standard_error(tmp_path):
    lines = run(tmp_path, meson("1..2\nnot ok 1 - test_a\n# 0x1 != 0x2\n# file.c:7: error\nok 2 - test_b\n", 1, "FAIL",
                                stderr="a stack\n"))[1]
    assert lines == ["FAILED core/caa: test_a", "    # 0x1 != 0x2", "    # file.c:7: error", "    a stack",
                     "1 passed, 1 failed"]


def test_crash_names_the_last_case_and_shows_the_output(tmp_path):
    lines = run(tmp_path, meson("1..2\nok 1 - test_a\n", -6, "FAIL", stderr="AddressSanitizer\n"))[1]
    assert lines[0] == "FAILED core/caa: ended after test_a, exit status -6"
    assert "    AddressSanitizer" in lines


def test_cases_of_pytest_are_counted_and_named(tmp_path):
    status, lines = run(tmp_path, junit=JUNIT)
    assert status == 1
    assert lines == ["FAILED tests.system.test_caa::test_bad", "    (its output is above)",
                     "FAILED tests.system.test_caa::test_broken", "    (its output is above)",
                     "SKIPPED tests.system.test_caa::test_later: no IPv6 here", "1 passed, 2 failed, 1 skipped"]


def test_both_sources_add_up(tmp_path):
    assert run(tmp_path, meson("1..1\nok 1 - test_a\n"), junit=JUNIT)[1][-1] == "2 passed, 2 failed, 1 skipped"


@pytest.mark.parametrize("test, junit", [("not json", None), (None, "<testsuite>"), ('{"name": "a"}', None)])
def test_damaged_results_have_failed(tmp_path, test, junit):
    status, lines = run(tmp_path, *([test] if test else []), junit=junit)
    assert (status, lines[-1]) == (1, "0 passed, 1 failed")


def test_missing_results_have_failed(tmp_path):
    status, lines = run(tmp_path, arguments=[tmp_path / "none.json"])
    assert (status, lines[-1]) == (1, "0 passed, 1 failed")


def test_failure_from_outside_is_counted(tmp_path):
    status, lines = run(tmp_path, meson("fine"), arguments=["--failed", "pytest did not come to its end"])
    assert (status, lines) == (1, ["FAILED pytest did not come to its end", "1 passed, 1 failed"])


def test_cases_of_one_test_that_are_skipped_for_one_reason_are_one_line(tmp_path):
    cases = "".join(f'<testcase classname="t" name="test_a[{n}]"><skipped message="no PyPI"/></testcase>' for n in range(3))
    cases += '<testcase classname="t" name="test_a[3]"><skipped message="no IPv6"/></testcase>'
    lines = run(tmp_path, meson("1..1\nok 1 - test_a\n"), junit=f"<testsuites><testsuite>{cases}</testsuite></testsuites>")[1]
    assert lines == ["SKIPPED t::test_a (3 cases): no PyPI", "SKIPPED t::test_a[3]: no IPv6", "1 passed, 0 failed, 4 skipped"]
