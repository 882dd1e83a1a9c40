"""tools/check-requirements: what it takes for a citation, and each way in which a table can be wrong."""
import pathlib
import subprocess

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check-requirements"
HEADING = "# Requirements\n\n| Clause | What | Function | Test |\n|---|:-:|---|---|\n"
SOURCE = """#include "core/rules/caa.h"

static const struct block special_blocks[] = {
    {1},
};
#define LIMIT_NAME_BYTES 253

/* The grammar of RFC 8659 section 4.2. */
bool caa_value_parse(int a)
{
    return helper(a);
}
"""
TESTS = "static void test_caa_value_good_is_parsed(void **state)\n{\n}\n"
ROW = "| RFC 8659 section 4.2 | the grammar | `caa_value_parse()` | `test_caa_value_good_is_parsed` |\n"


def run(tmp_path, source=SOURCE, rows=ROW, python="def test_caa_end_to_end(lab):\n    pass\n"):
    for name, text in {"src/core/rules/caa.c": source, "docs/requirements.md": HEADING + rows,
                       "tests/unit/core/rules/test_caa.c": TESTS, "tests/system/test_caa.py": python}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    result = subprocess.run([TOOL, tmp_path], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.returncode, result.stdout.splitlines()


def test_true_table_passes(tmp_path):
    assert run(tmp_path) == (0, ["check-requirements: every clause cited has its row, its function and its test"])


@pytest.mark.parametrize("citation, clauses", [
    ("RFC 8659, section 4.2", ["RFC 8659 section 4.2"]),
    ("RFC 8659 4.2: text", ["RFC 8659 section 4.2"]),
    ("RFC 8659 §4.2", ["RFC 8659 section 4.2"]),
    ("section 4.2 of RFC 8659", ["RFC 8659 section 4.2"]),
    ("RFC 8659\n * section 4.2.", ["RFC 8659 section 4.2"]),
    ("RFC\n     * 8659 section\n     * 4.2", ["RFC 8659 section 4.2"]),
    ("RFC 8659 section 4, 12 records", ["RFC 8659 section 4"]),
    ("RFC 8659 sections 4.2.2, 4.2.3 and 5", [f"RFC 8659 section {n}" for n in ("4.2.2", "4.2.3", "5")]),
    ("RFC 5155 appendix A", ["RFC 5155 appendix A"]),
    ("RFC 8914 codes 3, 4", ["RFC 8914"]),
    ("RFC 8659, RFC 8657", ["RFC 8657", "RFC 8659"]),
    ("BR 3.2.2.4.7(2)(a)", ["BR 3.2.2.4.7(2)(a)"]),
    ("BR 3.2.2.4.18 item 1", ["BR 3.2.2.4.18(1)"]),
    ("BR 3.2.2.4.7, .8 and\n * .13, or 1", ["BR 3.2.2.4.13", "BR 3.2.2.4.7", "BR 3.2.2.4.8"]),
    ("BR version, RFCs, XRFC 8659, MBR 1.2", []),
])
def test_citation_is_understood(tmp_path, citation, clauses):
    status, lines = run(tmp_path, source=f"int a;\n/* {citation} */\n", rows="")
    assert sorted(line.split(": ", 1)[1] for line in lines if "has no row" in line) == \
        sorted(f"{clause} has no row in docs/requirements.md" for clause in clauses)
    assert all(line.startswith("src/core/rules/caa.c:2: ") for line in lines if "has no row" in line)
    assert status == (1 if clauses else 0)


def test_citation_across_string_literals_is_understood(tmp_path):
    status, lines = run(tmp_path, source='const char *a = "RFC 8659 "\n    "section 4.2";\n', rows="")
    assert (status, lines) == (1, ["src/core/rules/caa.c:1: RFC 8659 section 4.2 has no row in docs/requirements.md"])


def test_whole_rfc_is_covered_by_a_row_of_a_section(tmp_path):
    assert run(tmp_path, source=SOURCE + "/* See RFC 8659. */\n")[0] == 0


def test_section_is_not_covered_by_another_one(tmp_path):
    status, lines = run(tmp_path, source=SOURCE + "/* RFC 8659 section 4 */\n")
    assert (status, lines) == (1, ["src/core/rules/caa.c:13: RFC 8659 section 4 has no row in docs/requirements.md"])


@pytest.mark.parametrize("row, complaint", [
    (ROW.replace("caa_value_parse", "helper"), "function helper does not exist in src"),
    (ROW.replace("caa_value_parse()", "caa_value"), "function caa_value does not exist in src"),
    (ROW.replace("good_is", "bad_is"), "test test_caa_value_bad_is_parsed does not exist in tests"),
    (ROW.replace("`test_caa_value_good_is_parsed`", ""), "names no test"),
    (ROW.replace("`caa_value_parse()`", ""), "names no function"),
    (ROW.replace("RFC 8659 section 4.2", "RFC 8659 section 4.2, RFC 8657"), "RFC 8657 is cited nowhere in src"),
    (ROW.replace("RFC 8659 section 4.2", "the grammar"), 'no clause in "the grammar"'),
    (ROW.replace("the grammar |", "the | grammar |"), "a row has four cells: Clause, What, Function, Test"),
])
def test_wrong_row_is_named_by_line(tmp_path, row, complaint):
    status, lines = run(tmp_path, rows=ROW + row)
    assert (status, lines) == (1, [f"docs/requirements.md:6: {complaint}"])


def test_row_may_list_several_and_hold_escaped_bars(tmp_path):
    row = ("| RFC 8659 section 4.2 | a \\| b | caa_value_parse, special_blocks, LIMIT_NAME_BYTES "
           "| test_caa_end_to_end, test_caa_value_good_is_parsed |\n")
    assert run(tmp_path, rows=row)[0] == 0


def test_function_that_is_only_called_does_not_count(tmp_path):
    source = SOURCE.replace("return helper(a)", "return\nhelper(a)")
    assert run(tmp_path, source=source, rows=ROW.replace("caa_value_parse", "helper"))[0] == 1


def test_tool_of_this_repository_explains_itself():
    result = subprocess.run([TOOL, "--help"], capture_output=True, text=True, check=False)
    assert result.returncode == 0 and "Fails, naming file and line" in result.stdout
