"""tools/check-includes: what it forbids is told, and nothing else."""
import pathlib
import subprocess

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check-includes"
METHODS = "enum dcv_method {\n    DCV_NONE = 0, /* a CAA check */\n    DCV_ONE,\n    DCV_ONE_MORE,\n    DCV_METHOD_COUNT\n};\n"
GOOD = "every include follows the rooms, and every method is named in its row only"


def run(tmp_path, files):
    for name, text in {"core/method/method.h": METHODS, "base/str.h": "", **files}.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = subprocess.run([TOOL, tmp_path], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()


def test_what_follows_the_rules_passes(tmp_path):
    status, lines = run(tmp_path, {
        "core/method/method.c": '#include "base/str.h"\nint a = DCV_ONE;\n',
        "wire/draft.c": "#include <jansson.h>\nint a = DCV_ONE_MORE;\n",
        "check/check.c": "int a = DCV_NONE + DCV_METHOD_COUNT + DCV_RECORD_A + XDCV_ONE + DCV_ONE_;\n",
    })
    assert status == 0 and lines == ["check-includes: " + GOOD]


def test_include_from_a_room_above_is_told(tmp_path):
    status, lines = run(tmp_path, {"base/str.c": '#include "core/method/method.h"\n'})
    assert status == 1 and lines == ["base/str.c:1: base must not include from core/method (core/method/method.h)"]


def test_third_party_header_has_one_home(tmp_path):
    status, lines = run(tmp_path, {"check/check.c": "#include <jansson.h>\n", "wire/load.h": "#include <jansson.h>\n"})
    assert status == 1
    assert lines == ["check/check.c:1: <jansson.h> has its home in wire/", "wire/load.h:1: <jansson.h> must appear in .c files only"]


def test_method_that_is_named_beside_its_row_is_told(tmp_path):
    status, lines = run(tmp_path, {"check/http.c": "\nint a = DCV_ONE_MORE;\n", "core/rules/a.h": "/* DCV_ONE */\n"})
    assert status == 1
    assert [line.split(" is named")[0] for line in lines] == ["check/http.c:2: DCV_ONE_MORE", "core/rules/a.h:1: DCV_ONE"]
