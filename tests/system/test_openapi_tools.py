"""docs/openapi.json as others' tools see it: two linters, Spectral and Redocly, and a TypeScript client generated from it. They come from
npm, in the versions of openapi/package-lock.json; where npm cannot be had, the tests say so and are skipped."""
import json
import os
import re
import shutil
import subprocess

import pytest

import lab

FILE = lab.ROOT / "docs" / "openapi.json"
SOURCES = lab.ROOT / "tests" / "system" / "openapi"
FILES = ("package.json", "package-lock.json", "spectral.yaml", "client.ts", "tsconfig.json")
NODE = (20, 19)  # what Redocly asks for
UNREACHABLE = r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED"
ENVIRONMENT = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def run(folder, *arguments, timeout=120):
    return subprocess.run([str(a) for a in arguments], cwd=folder, env=os.environ | ENVIRONMENT, capture_output=True, text=True,
                          check=False, timeout=timeout, stdin=subprocess.DEVNULL)


def node_version():
    if not shutil.which("npm") or not shutil.which("node"):
        return None
    return tuple(int(n) for n in re.findall(r"\d+", subprocess.run(["node", "--version"], capture_output=True, text=True,
                                                                   check=True).stdout)[:2])


@pytest.fixture(scope="module")
def tools():
    """A folder with the tools installed. It stays in the build folder, for the next run."""
    version = node_version()
    if version is None or version < NODE:
        pytest.skip(f"npm with Node.js {NODE[0]}.{NODE[1]} or newer is not installed: no Spectral, Redocly and TypeScript to test with")
    folder = lab.BUILD / "openapi-tools"
    done = folder / "complete"
    wanted = (SOURCES / "package-lock.json").read_text()
    if not done.exists() or done.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in FILES[:2]:
            shutil.copy(SOURCES / name, folder)
        npm = run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", timeout=300)
        if npm.returncode != 0:
            output = npm.stdout + npm.stderr
            if re.search(UNREACHABLE, output):
                pytest.skip("npm's registry is not reachable: no Spectral, Redocly and TypeScript to test with")
            raise lab.LabError(f"npm could not install what openapi/package-lock.json names:\n{output[-3000:]}")
        done.write_text(wanted)
    for name in FILES:
        shutil.copy(SOURCES / name, folder)
    return folder


def tool(folder, name):
    return folder / "node_modules" / ".bin" / name


def spectral(folder, document):
    done = run(folder, tool(folder, "spectral"), "lint", "--ruleset", "spectral.yaml", "--format", "json", "--quiet", document)
    return [f"{'.'.join(map(str, found['path']))}: {found['code']}: {found['message']}" for found in json.loads(done.stdout)]


def redocly(folder, document):
    done = run(folder, tool(folder, "redocly"), "lint", "--format", "json", "--max-problems", "1000", document)
    report = json.loads(done.stdout)
    found = [f"{problem['location'][0]['pointer']}: {problem['ruleId']}: {problem['message']}" for problem in report["problems"]]
    assert len(found) == report["totals"]["errors"] + report["totals"]["warnings"] + report["totals"]["ignored"]
    return found


@pytest.fixture
def faulty(folder):
    """The document with faults that a linter must find: an operation without a name, a request that its schema forbids."""
    document = json.loads(FILE.read_text())
    operation = document["paths"]["/caa"]["post"]
    del operation["operationId"], operation["tags"], document["security"]
    operation["requestBody"]["content"]["application/json"]["examples"]["caa"]["value"] = {"domain_or_ip_target": 7}
    path = folder / "faulty.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("linter,rules", [
    (spectral, {"operation-operationId", "operation-tags", "oas3-valid-media-example"}),
    (redocly, {"operation-operationId", "security-defined", "no-invalid-media-type-examples"}),
])
def test_linter_finds_nothing_but_what_is_wrong(tools, faulty, linter, rules):
    assert linter(tools, FILE) == []
    found = linter(tools, faulty)
    assert {rule for rule in rules if not any(f": {rule}: " in line for line in found)} == set(), found


def test_typescript_client_compiles_minimal_requests(tools):
    generated = run(tools, tool(tools, "openapi-typescript"), FILE, "-o", "schema.d.ts")
    assert generated.returncode == 0, generated.stdout + generated.stderr
    compiled = run(tools, tool(tools, "tsc"), "--project", "tsconfig.json")
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
