"""`mpic plan`: what a configuration can do and until when, as the commands tell it."""
import os
import pathlib
import subprocess
from xml.etree import ElementTree

import pytest
import yaml

import lab

SECRET_HEADER = {"x-api-key": "0123456789abcdef0123456789abcdef"}


def run(program, *words, **environment):
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False, timeout=60,
                          env=dict(os.environ) | environment, stdin=subprocess.DEVNULL)


def configuration(folder, count=5, **keys):
    """A file with the regions of the lab behind https."""
    perspectives = [region | {"url": f"https://{region['code']}.example", "headers": dict(SECRET_HEADER)} for region in lab.REGIONS]
    path = pathlib.Path(folder) / "mpicd.yaml"
    path.write_text(yaml.safe_dump({"coordinator": {"hash_secret": "secret of a test", "default_perspective_count": count,
                                                    "perspectives": perspectives} | keys}))
    path.chmod(0o600)
    return path


def plan(*words):
    return run(lab.MPIC, "plan", *words)


def test_plan_tells_the_operator_of_the_day_on_which_four_are_too_few(folder):
    file = configuration(folder, 4)
    done = plan("--config", file, "--date", "2026-12-01")
    assert (done.returncode, done.stderr) == (0, "")
    assert "On 2026-12-01 the configuration complies with BR 2.2.8, but no longer from 2026-12-15." in done.stdout
    assert "raise default_perspective_count to 5" in done.stdout
    done = plan("--config", file, "--date=2026-12-15")
    assert done.returncode == 1
    assert "On 2026-12-15 the configuration DOES NOT COMPLY" in done.stdout


def test_plan_of_a_day_agrees_with_check_config_of_today(folder):
    file = configuration(folder, 3)
    done = plan("--config", file)
    assert done.returncode == 1 and "DOES NOT COMPLY" in done.stdout
    assert run(lab.MPICD, "--check-config", file).returncode == 1
    file = configuration(folder, 5)
    assert plan("--config", file).returncode == 0
    assert run(lab.MPICD, "--check-config", file).returncode == 0


def test_plan_of_a_name_is_that_of_every_spelling(folder):
    file = configuration(folder, 3)
    answers = [plan("--config", file, "--date", "2026-04-01", name).stdout for name in
               ("www.example", "*.WWW.Example.", "WWW.example")]
    cohorts = {answer.split("attempts:\n")[1] for answer in answers}
    assert len(cohorts) == 1
    assert len(cohorts.pop().splitlines()) == 2
    assert "canonical www.example," in answers[1] and "canonical" not in answers[0]


def test_plan_of_a_forgiven_breach_does_not_comply(folder):
    file = configuration(folder, 5, baseline="warn")
    assert plan("--config", file).returncode == 0
    file.write_text(file.read_text().replace("https://us-east-2", "http://us-east-2"))
    done = plan("--config", file)
    assert done.returncode == 1
    assert "is not encrypted" in done.stderr
    assert "1 of the warnings above is a breach" in done.stdout


def test_plan_of_a_file_that_cannot_be_used_tells_its_mistakes(folder):
    file = configuration(folder, 9)
    done = plan("--config", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert "default_perspective_count: is 9" in done.stderr
    file.write_text("perspective: {code: here}\n")
    done = plan("--config", file)
    assert (done.returncode, done.stdout) == (1, "") and "no section coordinator" in done.stderr
    done = plan("--config", folder / "nowhere")
    assert (done.returncode, done.stdout) == (1, "") and "cannot be read" in done.stderr


@pytest.mark.parametrize("words", [[], ["--config"], ["--nonsense"], ["--config", "x", "--date", "2026-02-30"],
                                   ["--config", "x", "a.example", "b.example"], ["--config", "x", "a..example"]])
def test_plan_wrong_usage_is_64(words):
    done = plan(*words)
    assert done.returncode == 64 and done.stdout == ""
    assert done.stderr.startswith("mpic plan: ") and "--help" in done.stderr


def test_plan_help_names_each_option():
    done = plan("--help")
    assert done.returncode == 0 and done.stderr == ""
    for part in ("--config FILE", "--date YYYY-MM-DD", "--svg FILE", "Exit status"):
        assert part in done.stdout


def test_plan_draws_a_map(folder):
    file = configuration(folder, 3)
    svg = folder / "map.svg"
    done = plan("--config", file, "--date", "2026-04-01", "--svg", svg, "www.example")
    assert (done.returncode, done.stderr) == (0, "")
    texts = ["".join(node.itertext()) for node in ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "The cohorts of www.example: each has 3 of the 6 perspectives"
    assert {region["code"] for region in lab.REGIONS} <= set(texts)
    assert sum(text.startswith("cohort ") for text in texts) == 2


def test_plan_that_cannot_write_its_map_says_so(folder):
    done = plan("--config", configuration(folder, 5), "--svg", folder / "nowhere" / "map.svg")
    assert done.returncode == 64
    assert done.stderr.startswith("mpic plan: --svg: ") and "No such file" in done.stderr
