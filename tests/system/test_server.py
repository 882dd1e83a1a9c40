"""mpicd as a server on a bad day: floods of connections, and secrets that must not be found where they do not belong."""
import base64
import json
import re
import resource
import socket
import time

import pytest

import hostile_http as web
import lab

pytestmark = pytest.mark.threads

HOSTILE = "127.83.0.1"

# --- secrets -------------------------------------------------------------------------------------------------------------

# Each occurs in one field of a request or of the configuration, and nowhere else.
TOKEN = "canary-token-0123456789_ABCDEF"
THUMBPRINT = "canary-thumbprint-0123456789_ABCDEF"
HEADER = 'canary header "value" \\ 0123'
SHORT = "c4n4ry"
SECRET = "canary hash secret 0123456789abcdef"
API_KEY = "canary-api-key-0123456789"
USER = "canary-user-agent/1"
BAD_TOKEN = "canary bad token!"
BAD_HEADER = "canary\r\nbad header"


def echo(_connection, request):
    """What the caller's header says, in the body and in a redirect: what a site does with it is not ours to choose."""
    said = request.field("X-Canary") or ""
    _connection.sendall(web.response(b"you said " + said.encode(), "200 OK", f"X-Said: {said}"))


def echo_redirect(connection, request):
    said = (request.field("X-Canary") or "").replace('"', "%22").replace("\\", "%5C").replace(" ", "%20")
    connection.sendall(web.redirect(f"/.well-known/pki-validation/echo?{said}"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secrets")
    port = lab.free_port()
    zones = {".": {"signed": True}, "example.": {"signed": True, "text": f"www 60 A {HOSTILE}\n"}}
    with lab.Lab(zones, folder / "lab") as running:
        running.keep(web.HostileHttp(HOSTILE, port, {
            TOKEN: web.response(f"{TOKEN}.{THUMBPRINT}".encode()), "wrong": web.response(b"nothing"),
            "echo": echo, "away": echo_redirect}))
        settings = lab.dcv_settings(port, lab.free_port(), lab.free_port())
        settings["http"]["user_agent"] = USER
        regions = [region | {"local": True} for region in lab.REGIONS[:2]]
        regions.append(lab.REGIONS[4] | {"url": f"http://127.0.0.1:{lab.free_port()}", "headers": {"x-api-key": API_KEY}})
        config = {
            "perspective": running.perspective_settings(regions[0]["code"], **settings),
            "coordinator": {"hash_secret": SECRET, "default_perspective_count": 3, "baseline": "off", "perspectives": regions},
            "audit": {"file": str(folder / "audit.jsonl")},
        }
        yield running.keep(lab.Mpicd(folder, config)), folder / "audit.jsonl"


def ask(daemon, method, **parameters):
    return daemon.post("/mpic", {"check_type": "dcv", "domain_or_ip_target": "www.example",
                                 "orchestration_parameters": {"max_attempts": 2},
                                 "dcv_check_parameters": {"validation_method": method, **parameters}})


def occurrences(text, secret):
    """Also escaped as JSON does, in the URL's way, and in base64, wherever that begins."""
    spellings = {secret, json.dumps(secret)[1:-1], secret.replace('"', "%22").replace("\\", "%5C").replace(" ", "%20")}
    decoded = b"".join(base64.b64decode(part[:len(part) // 4 * 4]) for part in re.findall(r'"([A-Za-z0-9+/]{8,}=*)"', text))
    return [s for s in spellings if s in text or s.encode() in decoded]


def test_secrets_are_neither_kept_nor_shown(world):
    daemon, audit = world
    headers = {"X-Canary": HEADER, "X-Short": SHORT}
    key_authorization = f"{TOKEN}.{THUMBPRINT}"
    status, answer = ask(daemon, "acme-http-01", token=TOKEN, key_authorization=key_authorization, http_headers=headers)
    assert status == 200
    passed = [p["check_response"]["check_passed"] for p in answer["perspectives"]]
    assert passed.count(True) == 2, answer
    # The caller's own answer has it all: this test would find it elsewhere.
    assert all(occurrences(json.dumps(answer), secret) for secret in (TOKEN, THUMBPRINT, HEADER, SHORT))
    for path in ("echo", "away", "wrong"):
        status, answer = ask(daemon, "website-change", challenge_value="what nobody says", http_token_path=path, http_headers=headers)
        assert status == 200 and not answer["is_valid"], answer
    assert ask(daemon, "acme-http-01", token=BAD_TOKEN, key_authorization=f"{BAD_TOKEN}.{THUMBPRINT}")[0] == 400
    assert ask(daemon, "acme-http-01", token=TOKEN, key_authorization=key_authorization, http_headers={"X": BAD_HEADER})[0] == 400
    places = {"audit": audit.read_text(), "log": daemon.process.output()}
    for path in ("/metrics", "/configz", "/healthz?verbose", "/openapi.json"):
        status, shown = daemon.get(path)
        assert status == 200
        places[path] = shown.decode() if isinstance(shown, bytes) else json.dumps(shown)
    assert places["audit"].count("\n") == 4
    for place, text in places.items():
        for secret in (TOKEN, THUMBPRINT, key_authorization, HEADER, SHORT, SECRET, API_KEY, BAD_TOKEN, BAD_HEADER):
            assert not occurrences(text, secret), f"{place} has {secret}: {text[:3000]}"


def test_record_holds_what_the_baseline_requirements_want_recorded(world):
    """BR 5.4.1(2)."""
    daemon, audit = world
    status, answer = daemon.post("/mpic", {
        "check_type": "dcv", "domain_or_ip_target": "*.WWW.example", "applied_for_name": "*.a.www.example", "trace_identifier": "order 7",
        "dcv_check_parameters": {"validation_method": "acme-dns-01", "key_authorization_hash": "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"}})
    assert status == 200
    line = json.loads(audit.read_text().splitlines()[-1])
    record = line["response"]
    assert record == answer  # there is no secret in it
    assert line["client"] == "127.0.0.1" and line["timestamp_ns"] > 0
    verification = record["verification"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", verification.pop("date"))
    assert verification == {"authorization_domain_name": "www.example", "method": "3.2.2.4.7", "acme_label": "dns-01"}
    assert (record["applied_for_name"], record["trace_identifier"]) == ("*.a.www.example", "order 7")
    assert [p["role"] for p in record["perspectives"]] == ["remote"] * 3
    assert record["corroboration"]["quorum"] == "0/3" and record["reason"].startswith("0 of 3 perspectives corroborate, 2 are needed; ")
    for entry in record["perspectives"]:
        result = entry["check_response"]
        assert result["check_completed"] is (result["details"]["problem"] == "nxdomain"), result
        if result["check_completed"]:
            assert result["details"]["query_name"] == "_acme-challenge.www.example"


def test_records_keep_the_evidence_without_the_secrets(world):
    daemon, audit = world
    assert ask(daemon, "acme-http-01", token=TOKEN, key_authorization=f"{TOKEN}.{THUMBPRINT}")[0] == 200
    record = json.loads(audit.read_text().splitlines()[-1])["response"]
    assert record["dcv_check_parameters"]["token"] == record["dcv_check_parameters"]["key_authorization"] == "[hidden]"
    details = record["perspectives"][0]["check_response"]["details"]
    hop = [p["check_response"]["details"] for p in record["perspectives"]
           if p["check_response"]["check_passed"]][0]["hops"][0]
    assert hop["url"].endswith("/.well-known/acme-challenge/[hidden]") and hop["address_used"] == HOSTILE, details


# --- floods --------------------------------------------------------------------------------------------------------------


class Flood:
    """Connections that are opened and left alone; `start` is sent on each."""

    def __init__(self, port):
        self.port, self.connections = port, []

    def add(self, count, start=b""):
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
            if start:
                connection.sendall(start)
            self.connections.append(connection)

    def close(self):
        for connection in self.connections:
            connection.close()


def seconds_of(daemon, path):
    start = time.monotonic()
    status, _ = daemon.get(path)
    assert status == 200
    return time.monotonic() - start


# More than server.max_connections, whose default is 4096.
@pytest.mark.parametrize("start", [b"", b"POST /mpic HTTP/1.1\r\nHost: a\r\n",
                                   b"POST /mpic HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n{"],
                         ids=["idle", "half a head", "half a body"])
def test_flood_of_connections_leaves_health_within_half_a_second(folder, start):
    count = 4500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3 * count:
        pytest.skip(f"only {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (3 * count, hard))
    daemon = lab.Mpicd(folder, {"perspective": {
        "code": "eu-west-2", "caa_domains": [lab.CA_DOMAIN],
        "dns": {"trust_anchor_file": "", "trust_anchors": [". IN DS 20326 8 2 " + "E0" * 32],
                "stub_zones": [{"name": ".", "addresses": [f"127.0.0.1@{lab.free_port()}"]}]}}})
    flood = Flood(daemon.port)
    try:
        for _ in range(9):
            flood.add(count // 9, start)
            for path in ("/healthz", "/metrics"):
                assert seconds_of(daemon, path) < 0.5
        status, metrics = daemon.get("/metrics")
        dropped = re.search(r'mpic_connections_dropped_total\{reason="gave_way"\} (\d+)', metrics.decode())
        assert int(dropped[1]) >= count - 4096
        status, answer = daemon.post("/caa", {"domain_or_ip_target": "192.0.2.1"})
        assert status == 200, answer
    finally:
        flood.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert daemon.stop() == 0, daemon.process.output()


def test_health_is_served_while_everything_else_is_refused(folder):
    """Two questions that wait for a silent resolver are all that may be in flight, and all connections."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        daemon = lab.Mpicd(folder, {
            "server": {"listen": "127.0.0.1:0", "workers": 1, "max_connections": 2, "max_in_flight": 2},
            "perspective": {"code": "eu-west-2", "caa_domains": [lab.CA_DOMAIN],
                            "dns": {"trust_anchor_file": "", "trust_anchors": [". IN DS 20326 8 2 " + "E0" * 32],
                                    "stub_zones": [{"name": ".", "addresses": [f"127.0.0.1@{silent.getsockname()[1]}"]}]}}})
        question = b'{"domain_or_ip_target":"www.example"}'
        request = b"POST /caa HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(question), question)
        flood = Flood(daemon.port)
        try:
            flood.add(2, request)
            time.sleep(0.3)
            for path in ("/healthz", "/metrics"):
                assert seconds_of(daemon, path) < 0.5
            status, answer = daemon.post("/caa", {"domain_or_ip_target": "www.example"})
            assert (status, answer) == (503, {"error": "too many connections"})
            assert daemon.get("/configz")[0] == 503
            metrics = daemon.get("/metrics")[1].decode()
            assert 'mpic_requests_total{route="other",status="503"} 2\n' in metrics
            for connection in flood.connections:
                assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        finally:
            flood.close()
            assert daemon.stop() == 0, daemon.process.output()


# --- what is refused is counted ------------------------------------------------------------------------------------------

REFUSED = {
    400: b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    408: b"GET / HTTP/1.1\r\n",
    413: b"POST /caa HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n",
    414: b"GET /" + b"a" * 9000,
    417: b"GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n",
    431: b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 101,
    501: b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    505: b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
}


def test_every_refusal_is_counted(folder):
    daemon = lab.Mpicd(folder, {
        "server": {"listen": "127.0.0.1:0", "workers": 1, "idle_timeout_s": 1},
        "perspective": {"code": "eu-west-2", "caa_domains": [lab.CA_DOMAIN],
                        "dns": {"trust_anchor_file": "", "trust_anchors": [". IN DS 20326 8 2 " + "E0" * 32],
                                "stub_zones": [{"name": ".", "addresses": [f"127.0.0.1@{lab.free_port()}"]}]}}})
    try:
        for status, request in REFUSED.items():
            with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as connection:
                connection.sendall(request)
                assert connection.recv(65536).startswith(b"HTTP/1.1 %d " % status)
        assert daemon.get("/nowhere")[0] == 404
        assert daemon.get("/caa")[0] == 405
        assert daemon.post("/caa", {})[0] == 400
        metrics = daemon.get("/metrics")[1].decode()
        for status in REFUSED:
            assert f'mpic_requests_total{{route="other",status="{status}"}} 1\n' in metrics
        for route, status in (("other", 404), ("/caa", 405), ("/caa", 400)):
            assert f'mpic_requests_total{{route="{route}",status="{status}"}} 1\n' in metrics
    finally:
        assert daemon.stop() == 0, daemon.process.output()


# --- where the paths are -------------------------------------------------------------------------------------------------


def test_base_path_moves_all_paths_but_health(folder):
    daemon = lab.Mpicd(folder, {
        "server": {"listen": "127.0.0.1:0", "workers": 1, "base_path": "/v1"},
        "perspective": {"code": "eu-west-2", "caa_domains": [lab.CA_DOMAIN],
                        "dns": {"trust_anchor_file": "", "trust_anchors": [". IN DS 20326 8 2 " + "E0" * 32],
                                "stub_zones": [{"name": ".", "addresses": [f"127.0.0.1@{lab.free_port()}"]}]}}})
    try:
        question = {"domain_or_ip_target": "192.0.2.1"}
        for path in ("/v1/caa", "//v1/caa", "/v1//caa"):
            assert daemon.post(path, question, {"x-api-key": "of a client"})[0] == 200
        assert daemon.post("/caa", question)[0] == 404
        assert daemon.get("/healthz")[0] == daemon.get("/v1/healthz")[0] == daemon.get("/v1/metrics")[0] == 200
        assert daemon.get("/v1/openapi.json")[1]["servers"][0]["url"] == "/v1"
    finally:
        assert daemon.stop() == 0, daemon.process.output()
