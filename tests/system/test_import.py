"""`mpic config import`: an operator of Open MPIC's reference comes over, with the real commands."""
import json
import os
import subprocess

import pytest
import yaml

import lab

API_KEY = "0123456789abcdef0123456789abcdef"


def run(program, *words, environment=None):
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False, timeout=60,
                          env=dict(os.environ) | (environment or {}), stdin=subprocess.DEVNULL)


def endpoints(scheme="https", headers=None, path="{kind}"):
    """The setting `perspectives` for the regions of the lab."""
    return {region["code"]: {f"{kind}_endpoint_info": {"url": f"{scheme}://{region['code']}.example/" + path.format(kind=kind)}
                             | ({"headers": headers} if headers else {}) for kind in ("caa", "dcv")}
            for region in lab.REGIONS}


def app_conf(folder, text):
    path = folder / "app.conf"
    path.write_text(text)
    return path


def regions(folder):
    """An available_perspectives.yaml as Open MPIC ships it: more regions than are used, no coordinates."""
    items = [{key: region[key] for key in ("code", "name", "rir")} | {"too_close_codes": []} for region in lab.REGIONS]
    items.append({"code": "us-east-1", "name": None, "rir": "ARIN", "too_close_codes": ["us-east-2"]})
    items[0]["too_close_codes"] = ["us-east-1"]
    path = folder / "available_perspectives.yaml"
    path.write_text(yaml.safe_dump({"available_regions": items}))
    return path


def imported(folder, *words, environment=None):
    done = run(lab.MPIC, "config", "import", *words, environment=environment)
    assert done.returncode == 0, done.stderr
    path = folder / "mpicd.yaml"
    path.write_text(done.stdout)
    path.chmod(0o600)
    return path, done


def check(path):
    return run(lab.MPICD, "--check-config", path)


COORDINATOR = """\
# as the example of Open MPIC, with its placeholders
perspectives='{perspectives}'
default_perspective_count="<int>"
hash_secret=HASH_SECRET_STRING
http_client_timeout_seconds=10
http_client_keepalive_timeout_seconds=60
"""


def test_imported_coordinator_passes_once_the_decisions_are_made(folder):
    perspectives = json.dumps(endpoints("http"), indent=2)
    file, done = imported(folder, "--app-conf", app_conf(folder, COORDINATOR.format(perspectives=perspectives)),
                          "--perspectives", regions(folder))
    # What is refused is what was named: no secret, no TLS.
    refused = check(file)
    assert refused.returncode == 1
    for line in refused.stderr.splitlines():
        assert "warning: " in line or "hash_secret_file" in line or ".url: is not encrypted" in line, line
    text = file.read_text()
    decisions = text.count(" # DECIDE ")
    assert f"mpic config: {decisions} decisions are to be made" in done.stderr
    assert f"# {decisions}. " in text and f"# {decisions + 1}. " not in text

    # The operator decides: a secret, TLS, keys, and where the perspectives are.
    (folder / "hash-secret").write_text(API_KEY + "\n")
    (folder / "hash-secret").chmod(0o600)
    text = text.replace("url: http://", "url: https://").replace("# headers: {x-api-key: CHANGE-ME}", f"headers: {{x-api-key: '{API_KEY}'}}")
    for region in lab.REGIONS:
        before, after = text.split(f"- code: {region['code']}\n")
        after = after.replace("# latitude: 0.0", f"latitude: {region['latitude']}", 1)
        after = after.replace("# longitude: 0.0", f"longitude: {region['longitude']}", 1)
        text = f"{before}- code: {region['code']}\n{after}"
    file.write_text(text)
    passed = check(file)
    assert (passed.returncode, passed.stderr) == (0, "")
    planned = run(lab.MPIC, "plan", "--config", file, "--date", "2026-12-15")
    assert planned.returncode == 0 and "complies with BR" in planned.stdout


def test_imported_coordinator_says_what_it_said(folder):
    perspectives = json.dumps(endpoints(headers={"x-api-key": API_KEY}, path="{kind}-checker/{kind}"))
    conf = f"perspectives='{perspectives}'\ndefault_perspective_count=6\nhash_secret={API_KEY}\nabsolute_max_attempts=2\nrir_region=x\n"
    file, _ = imported(folder, "--app-conf", app_conf(folder, conf), "--perspectives", regions(folder))
    assert check(file).returncode == 0
    coordinator = yaml.safe_load(file.read_text())["coordinator"]
    assert coordinator["hash_secret"] == API_KEY
    assert (coordinator["default_perspective_count"], coordinator["absolute_max_attempts"]) == (6, 2)
    for region, perspective in zip(lab.REGIONS, coordinator["perspectives"]):
        assert {key: perspective[key] for key in ("code", "name", "rir")} == {key: region[key] for key in ("code", "name", "rir")}
        assert perspective["caa_url"] == f"https://{region['code']}.example/caa-checker/caa"
        assert perspective["dcv_url"] == f"https://{region['code']}.example/dcv-checker/dcv"
        assert perspective["headers"] == {"x-api-key": API_KEY}
    # Of regions that are not used nothing is said; nor is what Open MPIC has by default, an empty list.
    assert [perspective.get("too_close_codes") for perspective in coordinator["perspectives"]] == [[]] + [None] * 5
    assert "#   - rir_region: " in file.read_text()


def test_imported_checkers_pass_once_the_code_is_written(folder):
    caa = "default_caa_domains=ca1.example|ca2.example\ndns_timeout_seconds=2\ndns_resolution_lifetime_seconds=4\n"
    dcv = "verify_ssl=False\nhttp_client_timeout_seconds=35\n"
    file, done = imported(folder, "--app-conf", app_conf(folder, caa + dcv))
    assert "2 decisions are to be made" in done.stderr
    assert check(file).returncode == 1
    file.write_text(file.read_text().replace("  code:  #", "  code: eu-west-2  #"))
    old = lab.old_resolver()
    if old:  # what an operator must decide there
        assert f'accept_library: "{old}"' in check(file).stderr and check(file).returncode == 1
        file.write_text(file.read_text().replace("timeout_ms: 4000}", f'timeout_ms: 4000, accept_library: "{old}"}}'))
    assert (check(file).returncode, check(file).stderr) == (0, "")
    perspective = yaml.safe_load(file.read_text())["perspective"]
    assert perspective["caa_domains"] == ["ca1.example", "ca2.example"]
    assert perspective["dns"] == {"timeout_ms": 4000} | ({"accept_library": old} if old else {})
    assert perspective["http"] == {"timeout_ms": 35000, "verify_tls": False}


def test_environment_wins_over_the_file(folder):
    conf = app_conf(folder, "default_perspective_count=5\nhash_secret=${OUTSIDE}\n")
    environment = {"default_perspective_count": "6", "OUTSIDE": "secret of the environment"}
    file, _ = imported(folder, "--app-conf", conf, "--environment", environment=environment)
    coordinator = yaml.safe_load(file.read_text())["coordinator"]
    assert coordinator["default_perspective_count"] == 6
    assert coordinator["hash_secret"] == "secret of the environment"
    file, _ = imported(folder, "--app-conf", conf, environment=environment)
    assert yaml.safe_load(file.read_text())["coordinator"]["default_perspective_count"] == 5
    file, _ = imported(folder, "--environment", environment=environment)
    assert "from the environment." in file.read_text()


@pytest.mark.parametrize("conf,options,words", [
    ("perspectives='{'\n", [], "mpic config: perspectives: "),
    ("perspectives={\"a\":{}}\n", [], "a: caa_endpoint_info is missing"),
    ("nothing=here\n", [], "none of Open MPIC's settings is there"),
    ("hash_secret=x\n", ["--perspectives", "nowhere"], "nowhere:1: cannot be read"),
    ("hash_secret=x\n", ["--perspectives", __file__], "test_import.py:"),
])
def test_what_cannot_be_read_is_told(folder, conf, options, words):
    done = run(lab.MPIC, "config", "import", "--app-conf", app_conf(folder, conf), *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr


def test_app_conf_that_is_not_there_is_told(folder):
    done = run(lab.MPIC, "config", "import", "--app-conf", folder / "nowhere")
    assert (done.returncode, done.stdout) == (1, "") and "cannot be read" in done.stderr


def test_region_file_without_regions_is_told(folder):
    (folder / "regions.yaml").write_text("other: []\n")
    done = run(lab.MPIC, "config", "import", "--app-conf", app_conf(folder, "hash_secret=x\n"), "--perspectives",
               folder / "regions.yaml")
    assert (done.returncode, done.stdout) == (1, "") and "available_regions" in done.stderr


@pytest.mark.parametrize("words", [[], ["import"], ["export", "--environment"], ["import", "--nonsense"], ["import", "twice", "--environment"]])
def test_import_wrong_usage_is_64(words):
    done = run(lab.MPIC, "config", *words)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("mpic config: ") and "--help" in done.stderr


def test_import_help_names_each_option():
    done = run(lab.MPIC, "config", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("--app-conf FILE", "--perspectives FILE", "--environment", "Exit status"):
        assert part in done.stdout
