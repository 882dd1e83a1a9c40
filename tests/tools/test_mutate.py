"""tools/mutate on a tree of three files: what it breaks, what it lets pass, and what it tells."""
import pathlib
import re
import subprocess

import pytest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "mutate"
MESON = """\
project('tiny', 'c')
subdir('src/core')
subdir('src/check')
foreach name, suite : {'core/limit': 'unit', 'run': 'flow', 'net/other': 'unit'}
  test(name, executable(name.underscorify(), 'tests' / name.underscorify() + '.c', include_directories: 'src',
    link_with: [core, check]), suite: suite)
endforeach
"""
LIBRARY = "{0} = static_library('{0}', '{1}.c')\n"
LIMIT = """\
int limit(int n);
int limit(int n)
{
    static const int table[] = {10, 20, 30, 40};
    const int *row = &table[0];
    for (int i = 0; i < 4; i++)
        if (row[i] == n)
            return 1;
    return 0;
}
"""
TESTS = {
    "core_limit": "int limit(int n); int main(void) { return limit(10) + limit(20) + limit(30) + limit(40) != 4 || limit(9); }",
    "run": "int run(int n); int main(void) { return run(1) != 1; }",
    "net_other": "int main(void) { return 0; }",
}
RUN = "int run(int n);\nint run(int n) { return n; }\n"


def make_tree(root, limit=LIMIT, run=RUN, equivalents=""):
    files = {"meson.build": MESON, "src/core/meson.build": LIBRARY.format("core", "limit"),
             "src/check/meson.build": LIBRARY.format("check", "run"), "src/core/limit.c": limit, "src/check/run.c": run,
             **{f"tests/{name}.c": text for name, text in TESTS.items()}, "tests/equivalents.txt": equivalents}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def mutate(root, *arguments, status=0):
    done = subprocess.run([TOOL, "--root", root, *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status != 64 and not done.stderr else done.stderr


def listed(root, *arguments):
    """[file:line, old, new] of each mutant, in the order of the draw"""
    return re.findall(r"^MUTANT (.*)\n-(.*)\n\+(.*)$", mutate(root, "--list", *arguments), re.M)


BROKEN = {
    "a < b": {"a <= b", "a >= b"},
    "a > b": {"a >= b", "a <= b"},
    "a <= b": {"a < b", "a > b"},
    "a >= b": {"a > b", "a < b"},
    "a == b": {"a != b"},
    "a != b": {"a == b"},
    "a && b": {"a || b"},
    "a || b": {"a && b"},
    "!a": {"a"},
    "a + b": {"a - b"},
    "a - b": {"a + b"},
    "a * b": {"a / b"},
    "a / b": {"a * b"},
    "a % b": {"a / b"},
    "a & b": {"a | b"},
    "a | b": {"a & b"},
    "a ^ b": {"a | b"},
    "a << b": {"a >> b"},
    "a++": {"a--"},
    "--a": {"++a"},
    "a += b": {"a -= b"},
    "a |= b": {"a &= b"},
    "true": {"false"},
    "5": {"6", "4"},
    "0": {"1"},
    "0x1FU": {"32U", "30U"},
    "2.5": {"3.5"},
    "#define LIMIT 7": {"#define LIMIT 8", "#define LIMIT 6"},
    "*a": set(), "&a": set(), "-a": set(), "a->b": set(), "a1": set(), "a = b": set(), "struct a *b": set(), "(int)-a": set(),
    "/* a < 1 */": set(), "// !a": set(), "\"1 < 2\"": set(), "'<'": set(), "'\\''": set(), "\"\\\"1\"": set(),
    "#include <a.h>": set(), "assert(a < f(1))": set(), "CHECK_LOG(a, 1)": set(), "log_warn(\"a\", !a)": set(),
    "p = xmalloc(a + 1);": {"p = xmalloc(a - 1);", "p = xmalloc(a + 0);"},
    "p = arena_array(a, f(b) * 2 - 3, 1) + 4;": {"p = arena_array(a, f(b) / 2 - 3, 1) + 4;", "p = arena_array(a, f(b) * 1 - 3, 1) + 4;",
                                                 "p = arena_array(a, f(b) * 2 - 2, 1) + 4;", "p = arena_array(a, f(b) * 2 - 3, 0) + 4;",
                                                 "p = arena_array(a, f(b) * 2 - 3, 1) - 4;", "p = arena_array(a, f(b) * 2 - 3, 1) + 5;",
                                                 "p = arena_array(a, f(b) * 2 - 3, 1) + 3;"},
    "static char a[B + 1];": {"static char a[B - 1];", "static char a[B + 0];"},
    "c = a[b + 1];": {"c = a[b - 1];", "c = a[b + 2];", "c = a[b + 0];"},
    "assert(a) && b": {"assert(a) || b"},
}


def test_operators_and_constants_are_broken_and_nothing_else(tmp_path):
    make_tree(tmp_path, limit="".join(f"{line}\n" for line in BROKEN))
    found = {line: set() for line in BROKEN}
    for place, old, new in listed(tmp_path, "--count", "0", "--files", "src/core/limit.c"):
        assert place == f"src/core/limit.c:{list(BROKEN).index(old) + 1}"
        found[old].add(new)
    assert found == BROKEN


def test_comment_over_lines_is_left_alone(tmp_path):
    make_tree(tmp_path, limit="/* 1\n * 2 */ 3\n")
    assert sorted(listed(tmp_path, "--files", "src/core/limit.c")) == [
        ("src/core/limit.c:2", " * 2 */ 3", " * 2 */ 2"), ("src/core/limit.c:2", " * 2 */ 3", " * 2 */ 4")]


def test_draw_follows_the_seed_and_can_be_gone_on_with(tmp_path):
    make_tree(tmp_path)
    every = listed(tmp_path, "--count", "0")
    assert len(every) == 19 and every == listed(tmp_path, "--count", "0", "--seed", "1")
    other = listed(tmp_path, "--count", "0", "--seed", "2")
    assert other != every and sorted(other) == sorted(every)
    assert listed(tmp_path, "--count", "5", "--seed", "1") + listed(tmp_path, "--count", "0", "--skip", "5") == every
    line = listed(tmp_path, "--files", "src/core/limit.c:7")
    assert {place for place, _, _ in line} == {"src/core/limit.c:7"}


def test_survivors_are_told_and_the_tree_is_left_alone(tmp_path):
    root = make_tree(tmp_path / "tree", run="int run(int n);\nint run(int n)\n{\n    if (n > 1)\n        return 7;\n    return n;\n}\n")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    work = tmp_path / "work"
    told = mutate(root, "--count", "0", "--work", work, status=1)
    # No test asks for run(2): its border is seen from below only, its answer not at all. That `i <= 4` reads behind the table
    # shows with the sanitizers only.
    assert sorted(re.findall(r"^SURVIVED (.*)\n-(.*)\n\+(.*)$", told, re.M)) == [
        ("src/check/run.c:4", "    if (n > 1)", "    if (n > 2)"),
        ("src/check/run.c:5", "        return 7;", "        return 6;"),
        ("src/check/run.c:5", "        return 7;", "        return 8;")]
    assert re.search(r"^3 survived, \d+\.\d %$", told, re.M)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    # The copy is kept, and follows the tree.
    (root / "tests/run.c").write_text("int run(int n); int main(void) { return run(1) != 1 || run(2) != 7; }")
    told = mutate(root, "--files", "src/check/run.c", "--count", "0", "--work", work)
    assert told.endswith("0 survived, 0.0 %\n")


def test_what_makes_no_difference_is_not_counted(tmp_path):
    entry = ("src/check/run.c\n-if (n > 10)\n+if (n >= 10)\n    Ten is ten either way.\n")
    run = "int run(int n);\nint run(int n)\n{\n    if (n > 10)\n        return 10;\n    return n;\n}\n"
    root = make_tree(tmp_path, run=run, equivalents="# why\n" + entry)
    told = mutate(root, "--files", "src/check/run.c:4", "--count", "0", status=1)
    assert re.match(r"SURVIVED(.|\n)*4 drawn: 0 do not compile, 2 are equivalent, 2 judged; \d+ s\n1 survived, 50.0 %\n$", told)  # n > 9
    (root / "src/check/run.c").write_text("int run(int n);\nint run(int n)\n{\n    return n * 1;\n}\n")
    (root / "tests/equivalents.txt").write_text("")
    told = mutate(root, "--files", "src/check/run.c:4", "--count", "0")
    assert "3 drawn: 0 do not compile, 1 are equivalent, 2 judged" in told  # n / 1


@pytest.mark.parametrize("entry, complaint", [
    ("src/core/limit.c\n-return 2;\n+return 3;\n    Why not.\n", "listed 1 times, found 0 times"),
    ("src/core/limit.c\n-return 1;\n+return 5;\n    Why not.\n", "listed 1 times, found 0 times"),
    ("src/core/gone.c\n-return 1;\n+return 2;\n    Why not.\n", "src/core/gone.c: listed 1 times, found 0 times"),
    ("src/core/limit.c\n-return 1;\n+return 2;\n    Why not.\n" * 2, "not a file"),
    ("src/core/limit.c\n-return 1;\n+return 2;\n    Why not.\n\n" * 2, "listed 2 times, found 1 times"),
    ("src/core/limit.c\n-return 1;\n+return 2;\n", "not a file"),
])
def test_list_of_equivalents_that_is_not_true_is_an_error(tmp_path, entry, complaint):
    make_tree(tmp_path, equivalents=entry)
    assert complaint in mutate(tmp_path, "--list", status=1)


def test_tests_that_fail_before_anything_is_broken_are_an_error(tmp_path):
    make_tree(tmp_path, run="int run(int n);\nint run(int n)\n{\n    return n + 1;\n}\n")
    assert "run fails in" in mutate(tmp_path, "--count", "1", status=1)


@pytest.mark.parametrize("arguments", [["--count"], ["--count", "x"], ["--jobs", "0"], ["--seed", "-1"], ["extra"]])
def test_usage_is_refused(tmp_path, arguments):
    assert "--help" in mutate(tmp_path, *arguments, status=64)


def test_file_of_another_room_is_refused(tmp_path):
    make_tree(tmp_path)
    for name in ("tests/run.c", "src/core/no.c", "src/core/limit.c:x"):
        assert f"{name} is no file of src/core or src/check" in mutate(tmp_path, "--files", name, status=64)
