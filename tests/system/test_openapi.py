"""GET /openapi.json: the document is served as it is, and what it says of requests and answers is true."""
import copy
import json
import re

import jsonschema
import pytest

import lab

FILE = lab.ROOT / "docs" / "openapi.json"
DOCUMENT = json.loads(FILE.read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
METHODS = ("get", "post")


def closed(schema):
    """A copy in which no object has properties that the document does not list: the document does not promise that to
    clients, but it must list all that we write."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {key: value if key in ("example", "examples", "const", "enum") else closed(value)
              for key, value in schema.items()}
    if copied.get("type") in ("object", ["object", "null"]) and isinstance(copied.get("properties"), dict):
        copied.setdefault("additionalProperties", False)
    return copied


def validator(schema, is_closed=True):
    root = copy.deepcopy(schema) | {"components": DOCUMENT["components"]}
    return jsonschema.Draft202012Validator(closed(root) if is_closed else root)


def problems(schema, value, is_closed=True):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in validator(schema, is_closed).iter_errors(value)]


def resolved(response):
    return DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]] if "$ref" in response else response


def response_schema(path, status, method="post"):
    response = resolved(DOCUMENT["paths"][path][method]["responses"][str(status)])
    return response["content"]["application/json"]["schema"]


def example_requests(kind="examples"):
    """`x-refused-examples` are those that their own schema forbids: as `examples` they would mislead generators."""
    for path, item in DOCUMENT["paths"].items():
        examples = item.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {}).get(kind, {})
        for name, example in examples.items():
            yield pytest.param(path, name, example["value"], id=f"{path[1:]}-{name}")


def request_problems(path, body, is_closed=True):
    schema = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return problems(schema, body, is_closed)


def example_answers():
    responses = [(f"{path} {method} {status}", resolved(response)) for path, item in DOCUMENT["paths"].items()
                 for method in METHODS for status, response in item.get(method, {}).get("responses", {}).items()]
    for where, response in responses:
        content = response["content"].get("application/json", {})
        for name, example in content.get("examples", {}).items():
            yield pytest.param(content["schema"], example["value"], id=f"{where} {name}")


def server_of(deployment, path):
    running, coordinator = deployment
    return coordinator if path.startswith("/mpic") else running.perspectives["eu-west-2"]


@pytest.fixture(scope="module")
def enforcing(deployment):
    """A coordinator that enforces the Baseline Requirements, as operators have it."""
    running, _ = deployment
    return running.coordinator({code: p.url for code, p in running.perspectives.items()}, "enforcing-openapi", baseline="enforce")


def test_every_schema_is_a_json_schema():
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere():
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', FILE.read_text()):
        place = DOCUMENT
        for step in reference.split("/"):
            assert step in place, reference
            place = place[step]


@pytest.mark.parametrize("schema,value", list(example_answers()))
def test_example_answer_is_as_its_schema_says(schema, value):
    assert problems(schema, value) == []


@pytest.mark.parametrize("path,name,body", list(example_requests()))
def test_example_request_is_as_its_schema_says(path, name, body):
    assert request_problems(path, body) == []


@pytest.mark.parametrize("path,name,body", list(example_requests("x-refused-examples")))
def test_refused_example_is_what_its_schema_forbids(path, name, body):
    assert name.startswith("refused_")
    assert request_problems(path, body, is_closed=False) != []


def test_every_operation_has_what_generators_need():
    operations = [operation for item in DOCUMENT["paths"].values() for method, operation in item.items() if method in METHODS]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) == sum(len(item) for item in DOCUMENT["paths"].values())
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    for operation in operations:
        assert operation["tags"] and set(operation["tags"]) <= tags, operation["operationId"]
        assert operation["summary"] and operation["description"], operation["operationId"]
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert [name for choice in DOCUMENT["security"] for name in choice] == list(schemes)


def test_no_schema_has_a_default():
    """Generators make a property with `default` one that is always there, so that a minimal request would not compile; the description
    tells defaults in words."""
    assert re.findall(r'"default":', json.dumps(DOCUMENT)) == []


def test_document_is_served_as_it_is(deployment):
    for server in (server_of(deployment, "/mpic"), server_of(deployment, "/caa")):
        status, body = server.get("/openapi.json")
        assert status == 200
        assert body == DOCUMENT


@pytest.mark.parametrize("path,name,body", [*example_requests(), *example_requests("x-refused-examples")])
def test_example_request_is_answered_as_described(deployment, enforcing, path, name, body):
    server = enforcing if path.startswith("/mpic") else server_of(deployment, path)
    status, answer = server.post(path, body)
    assert status in (200, 400), answer
    assert problems(response_schema(path, status), answer) == []
    if name.startswith("refused_"):
        assert status == 400, answer
    elif status == 400:
        # The calendar of the Baseline Requirements may have caught up with the method; nothing else may be wrong.
        assert {issue["issue_type"] for issue in answer["validation_issues"]} <= {"not-permitted-by-baseline"}, answer


def test_request_of_a_forbidden_shape_is_refused_as_described(deployment):
    bodies = [b"", b"{", b"[]", b"7", b'{"domain_or_ip_target": null}', b'{"check_type": "x", "domain_or_ip_target": "a"}',
              b'{"domain_or_ip_target": "a.example", "orchestration_parameters": {"perspective_count": 2.5}}',
              b'{"domain_or_ip_target": "a.example", "caa_check_parameters": {"allow_lookup_failure": "perhaps"}}',
              json.dumps({"domain_or_ip_target": "a.example", "trace_identifier": ["x" * 5000]}).encode()]
    for path in ("/mpic", "/caa", "/dcv"):
        for body in bodies:
            status, answer = server_of(deployment, path).post(path, body)
            if status == 400 or path != "/caa":
                assert status == 400, (path, body, answer)
                assert problems(response_schema(path, 400), answer) == [], (path, body)


def test_other_answers_are_as_described(deployment):
    coordinator, perspective = server_of(deployment, "/mpic"), server_of(deployment, "/caa")
    for path in ("/healthz", "/configz"):
        for server in (coordinator, perspective):
            status, answer = server.get(path)
            assert status == 200
            assert problems(response_schema(path, 200, "get"), answer) == []
    for server, count in ((coordinator, len(lab.REGIONS)), (perspective, 0)):
        status, answer = server.get("/healthz?verbose")
        assert status == 200 and len(answer["perspectives"]) == count
        assert problems(response_schema("/healthz", 200, "get"), answer) == []
    status, answer = coordinator.get("/mpic")
    assert status == 405 and problems(response_schema("/mpic", 405), answer) == []
    status, answer = perspective.post("/mpic", {})
    assert status == 404 and problems(response_schema("/mpic", 404), answer) == []
    status, answer = coordinator.post("/mpic", {}, headers={"Content-Type": "text/plain"})
    assert status == 400 and problems(response_schema("/mpic", 400), answer) == []


def test_primary_and_disagreement_are_as_described(deployment):
    running, _ = deployment
    odd = running.keep(lab.Mpicd(running.folder, {"perspective": running.perspective_settings(
        "us-east-2", caa_domains=["other-ca.example"])}, "odd-us-east-2"))
    urls = {code: p.url for code, p in running.perspectives.items()} | {"us-east-2": odd.url}
    places = {region["code"]: region for region in lab.REGIONS}
    coordinator = running.keep(lab.Mpicd(running.folder, {
        "perspective": running.perspective_settings("home"),
        "coordinator": {"hash_secret": "the secret of a lab, not of a CA", "baseline": "warn", "default_perspective_count": 6,
                        "primary": {"code": "home", "latitude": -33.9, "longitude": 18.4},
                        "perspectives": [places[code] | {"url": url} for code, url in urls.items()]}}, "with-primary"))
    status, answer = coordinator.post("/mpic", {"domain_or_ip_target": "permitted.signed.example"})
    assert status == 200 and answer["is_valid"] is True, answer
    assert answer["primary_perspective"]["perspective_code"] == "home"
    assert [sorted(group["perspectives"]) for group in answer["disagreement"]][1:] == [["us-east-2"]]
    assert problems(response_schema("/mpic", 200), answer) == []


def test_metrics_count_across_the_process(deployment):
    coordinator = server_of(deployment, "/mpic")

    def corroborations():
        status, text = coordinator.get("/metrics")
        assert status == 200
        return sum(int(n) for n in re.findall(rb'^mpic_corroborations_total\{method="caa",valid="\w+"\} (\d+)$', text, re.M))

    before = corroborations()
    assert coordinator.post("/mpic", {"domain_or_ip_target": "permitted.signed.example"})[0] == 200
    assert corroborations() == before + 1


def test_every_path_of_the_program_is_described():
    source = (lab.ROOT / "src" / "service" / "routes.c").read_text()
    source = source.replace("{health_path,", '{"' + re.search(r'health_path\[\] = "([^"]+)"', source)[1] + '",')
    table = re.findall(r'\{"(/[^"]+)", "(\w+)", \w+, serve_\w+, \w+\}', source)
    assert sorted((path, method.lower()) for path, method in table) == \
        sorted((path, method) for path, item in DOCUMENT["paths"].items() for method in item)


def test_every_code_of_the_program_is_described():
    sources = {path.name: path.read_text() for path in (lab.ROOT / "src").rglob("*.[ch]")}
    everything = "\n".join(sources.values())
    guide = (lab.ROOT / "docs" / "api.md").read_text()
    found = set(re.findall(r'^ {4}\[PROBLEM_\w+\] = \{"(\w+)"', sources["verdict.c"], re.M)) - {"none"}
    assert found == set(SCHEMAS["Problem"]["enum"]) - {None}
    rules = set(re.findall(r'rule_issue_add\(\s*[\w>&.\-]+,\s*[\w>&.\-]+,\s*"([a-z-]+)"', everything))
    assert len(rules) > 10 and rules <= set(SCHEMAS["IssueType"]["enum"])
    codes = set(re.findall(r'^ \*   (\w+) +(?:must|should|note) ', sources["compliance.h"], re.M))
    assert all(f'"{code}"' in sources["compliance.c"] for code in codes)
    assert codes == set(SCHEMAS["Finding"]["properties"]["code"]["enum"])
    keys = set(re.findall(r'"(mpic_error:[a-z_:]+[a-z])"', everything))
    keys |= {"mpic_error:dcv_checker:tls_alpn:" + last for last in re.findall(r'TLS_ALPN "([a-z_:]+)"', sources["verdict.c"])}
    assert len(keys) > 20
    for code in found | rules | codes | keys | set(SCHEMAS["IssueType"]["enum"]):
        assert f"`{code}`" in guide, f"docs/api.md does not name {code}"


def test_version_is_that_of_the_project():
    project = re.search(r"version: '([^']+)'", (lab.ROOT / "meson.build").read_text())
    assert DOCUMENT["info"]["version"] == project[1]
