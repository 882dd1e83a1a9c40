"""tools/check-coverage: the gate is per room, and on lines."""
import json
import pathlib
import subprocess

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check-coverage"


def run(tmp_path, **rooms):
    """`rooms`: lines covered out of 1000 in the one file of each."""
    files = [{"filename": f"src/{room}/a.c", "line_covered": covered, "line_total": 1000} for room, covered in rooms.items()]
    files.append({"filename": "tests/unit/a.c", "line_covered": 0, "line_total": 100000})
    files.append({"filename": "src/core/empty.h", "line_covered": 0, "line_total": 0})
    summary = tmp_path / "coverage.json"
    summary.write_text(json.dumps({"files": files}))
    result = subprocess.run([TOOL, summary], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()


@pytest.mark.parametrize("rooms, status, last", [
    ({"core": 950, "wire": 950, "net": 800}, 0, "coverage: above the gate"),
    ({"core": 949, "wire": 1000, "net": 1000}, 1, "coverage: below the gate: core"),
    ({"core": 1000, "wire": 949, "net": 1000}, 1, "coverage: below the gate: wire"),
    ({"core": 950, "wire": 950, "net": 799}, 1, "coverage: below the gate: all"),
    ({"core": 1000, "net": 1000}, 1, "coverage: below the gate: wire (no lines at all)"),
    ({}, 1, "coverage: below the gate: core (no lines at all), wire (no lines at all), all (no lines at all)"),
])
def test_gate_is_held_per_room_and_for_all(tmp_path, rooms, status, last):
    result, lines = run(tmp_path, **rooms)
    assert (result, lines[-1]) == (status, last)


def test_table_has_a_row_for_each_room_and_names_weak_files(tmp_path):
    lines = run(tmp_path, core=1000, wire=999, net=850)[1]
    assert [line.split() for line in lines[1:5]] == [
        ["core", "1000", "1000", "100.0", "95"], ["net", "1000", "850", "85.0"], ["wire", "1000", "999", "99.9", "95"],
        ["all", "3000", "2849", "95.0", "90"]]
    assert lines[5] == "    src/net/a.c: 850 of 1000 lines, 85.0 %"
