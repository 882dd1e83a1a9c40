"""The daemon `mpicd`: how it starts, what it says when it cannot, what it answers to nonsense, and how it stops."""
import http.server
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest
import yaml

import lab

pytestmark = pytest.mark.threads

# The root's own anchor: nothing is asked in these tests, but DNSSEC cannot be switched off.
ANCHOR = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"


def perspective():
    return {"code": "eu-west-2", "caa_domains": [lab.CA_DOMAIN],
            "dns": {"trust_anchor_file": "", "trust_anchors": [ANCHOR],
                    "stub_zones": [{"name": ".", "addresses": [f"127.0.0.1@{lab.free_port()}"]}]}}


def coordinator(url="http://127.0.0.1:9", **more):
    return {"hash_secret": "the secret of a test, not of a CA", "default_perspective_count": 5,
            "perspectives": [region | {"url": url} for region in lab.REGIONS]} | more


def run(folder, config, option="--config"):
    """Runs mpicd, which must end by itself."""
    file = folder / "mpicd.yaml"
    if config is not None:
        file.write_text(config if isinstance(config, str) else yaml.safe_dump(config, sort_keys=False))
        file.chmod(0o600)
    return subprocess.run([lab.MPICD, option, file], capture_output=True, text=True, check=False, timeout=30, stdin=subprocess.DEVNULL)


def assert_one_line(done, *parts):
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    for part in parts:
        assert part in done.stderr


def with_perspectives(change):
    config = coordinator()
    change(config["perspectives"])
    return {"coordinator": config}


MISTAKES = {
    "no file": (None, ["mpicd.yaml"]),
    "empty file": ("", ["mpicd.yaml:1:", "neither"]),
    "no YAML": ("server: [\n", ["mpicd.yaml:2:"]),
    "binary": ("\x01\x02", ["mpicd.yaml:1:"]),
    "unknown key": ({"perspective": perspective() | {"nonsense": 1}}, ["perspective.nonsense"]),
    "key twice": ("perspective:\n  code: a\n  caa_domains: [ca.example]\n  code: b\n", ["mpicd.yaml:4:", "second time"]),
    "port in text": ({"server": {"listen": "127.0.0.1:http"}, "perspective": perspective()}, ["server.listen"]),
    "open to others": ({"server": {"listen": "0.0.0.0:0"}, "perspective": perspective()}, ["server.listen", "insecure"]),
    "secret that is not there": ({"coordinator": {k: v for k, v in coordinator(hash_secret_file="nowhere").items() if k != "hash_secret"}},
                                 ["coordinator.hash_secret_file", "nowhere"]),
    "no secret": ({"coordinator": {k: v for k, v in coordinator().items() if k != "hash_secret"}}, ["coordinator", "hash_secret"]),
    "one code twice": (with_perspectives(lambda p: p.append(p[0] | {"latitude": -30.0, "longitude": 25.0})),
                       ["coordinator.perspectives[6].code", "us-east-2"]),
    "unknown RIR": (with_perspectives(lambda p: p[2].update(rir="RIPE")), ["coordinator.perspectives[2].rir", "RIPE NCC"]),
    "http beyond loopback": (with_perspectives(lambda p: p[1].update(url="http://192.0.2.1:80")),
                             ["coordinator.perspectives[1].url", "https://"]),
    "no URL": (with_perspectives(lambda p: p[1].pop("url")), ["coordinator.perspectives[1]", "url"]),
    "empty CAA domain": ({"perspective": perspective() | {"caa_domains": [""]}}, ["perspective.caa_domains[0]", "ca.example"]),
    "no DNSSEC": ({"perspective": perspective() | {"dns": {"trust_anchor_file": ""}}}, ["perspective.dns.trust_anchor_file"]),
    "TLS": ({"server": {"tls": {"certificate": "c", "key": "k"}}, "perspective": perspective()}, ["server.tls", "does not have it"]),
    "API keys": ({"server": {"api_keys": []}, "perspective": perspective()}, ["server.api_keys", "does not have it"]),
    "audit without coordinator": ({"perspective": perspective(), "audit": {"file": "a"}}, ["audit", "is for a coordinator"]),
    "client TLS": ({"coordinator": coordinator(client_tls={"certificate": "c"})}, ["coordinator.client_tls", "does not have it"]),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_mistake_in_the_configuration_is_one_line(folder, kind):
    config, parts = MISTAKES[kind]
    done = run(folder, config)
    assert_one_line(done, *parts)
    assert str(folder / "mpicd.yaml") in done.stderr
    checked = run(folder, config, "--check-config")
    assert (checked.returncode, checked.stderr) == (1, done.stderr)


def test_unreadable_secret_is_one_line(folder):
    secret = folder / "secret"
    secret.mkdir()
    config = {k: v for k, v in coordinator(hash_secret_file="secret").items() if k != "hash_secret"}
    assert_one_line(run(folder, {"coordinator": config}), "coordinator.hash_secret_file", "secret")


def test_all_mistakes_are_told_at_once(folder):
    done = run(folder, {"server": {"workers": "many"}, "perspective": perspective() | {"nonsense": 1, "check_timeout_ms": -1}})
    assert done.returncode == 1
    assert done.stderr.count("\n") == 3


def test_port_in_use_is_one_line(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        assert_one_line(run(folder, {"server": {"listen": listen}, "perspective": perspective()}), "mpicd: ", listen)


def test_port_of_another_mpicd_is_one_line(folder):
    first = lab.Mpicd(folder, {"perspective": perspective()}, "first")
    try:
        listen = f"127.0.0.1:{first.port}"
        assert_one_line(run(folder, {"server": {"listen": listen}, "perspective": perspective()}), listen)
    finally:
        assert first.stop() == 0


def test_address_of_another_machine_is_one_line(folder):
    config = {"server": {"listen": "192.0.2.1:8000", "insecure": True}, "perspective": perspective()}
    done = run(folder, config)
    assert done.returncode == 1
    # The warning about `insecure` is in the log; the failure is one line.
    assert [line for line in done.stderr.splitlines() if line.startswith("mpicd: ")] == [done.stderr.splitlines()[-1]]
    assert "192.0.2.1" in done.stderr.splitlines()[-1]


def test_check_config_tells_what_a_good_one_would_do(folder):
    done = run(folder, {"perspective": perspective(), "coordinator": coordinator()}, "--check-config")
    assert done.returncode == 0, done.stderr
    for part in ("eu-west-2", "us-east-2", lab.CA_DOMAIN):
        assert part in done.stdout
    assert "secret of a test" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [[], ["--nonsense"], ["--config"], ["--config="], ["--listen", "127.0.0.1:0", "--config", "x"],
                                   ["--dev", "--config", "x"], ["x.yaml"]])
def test_wrong_usage_is_64(words):
    done = subprocess.run([lab.MPICD, *words], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 64 and done.stderr.startswith("mpicd: ") and done.stdout == ""


def test_help_and_version():
    for word, part in (("--help", "Usage: mpicd"), ("-h", "Usage: mpicd"), ("--version", "libunbound"), ("-V", "mpicd ")):
        done = subprocess.run([lab.MPICD, word], capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == 0 and part in done.stdout and done.stderr == ""


# What comes over HTTP.


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """One process with both roles; nobody is ever asked."""
    process = lab.Mpicd(tmp_path_factory.mktemp("both"), {"perspective": perspective(), "coordinator": coordinator()})
    yield process
    assert process.stop() == 0, process.process.output()


GOOD_CAA = {"domain_or_ip_target": "a.example"}
PATHS = ["/mpic", "/caa", "/dcv"]

BAD_BODIES = {
    "nothing": b"",
    "blank": b" \r\n",
    "no JSON": b"domain_or_ip_target=a.example",
    "half": b'{"domain_or_ip_target":"a.exam',
    "two values": b"{} {}",
    "invalid UTF-8": b'{"domain_or_ip_target":"caf\xe9.example"}',
    "overlong UTF-8": b'{"domain_or_ip_target":"\xc0\xae.example"}',
    "UTF-16": '{"domain_or_ip_target":"a.example"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"domain_or_ip_target":1}',
    "key twice": b'{"domain_or_ip_target":"a.example","domain_or_ip_target":"b.example"}',
    "half a surrogate": b'{"domain_or_ip_target":"\\ud800"}',
    "NUL in a string": b'{"domain_or_ip_target":"a\\u0000.example"}',
    "list": b"[]",
    "null": b"null",
    "number": b"1e999",
    "deep": b"[" * 20000,
    "target is a number": b'{"domain_or_ip_target":7}',
    "target is missing": b"{}",
    "target is null": b'{"domain_or_ip_target":null}',
    "parameters are a text": b'{"domain_or_ip_target":"a.example","check_type":"caa","caa_check_parameters":"x","dcv_check_parameters":"x"}',
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", BAD_BODIES)
def test_bad_body_is_400_with_issues(both, path, kind):
    status, body = both.post(path, BAD_BODIES[kind])
    assert status == 400, body
    assert body["error"] == "request-validation-failed"
    assert body["validation_issues"]
    for issue in body["validation_issues"]:
        assert issue.keys() >= {"issue_type", "message", "type", "loc", "msg"}
        assert issue["message"]


@pytest.mark.parametrize("body,where", [
    ({"check_type": "caa", "domain_or_ip_target": 7}, "domain_or_ip_target"),
    ({"check_type": "caa", "domain_or_ip_target": "a.example", "orchestration_parameters": {"quorum_count": "x"}}, "quorum_count"),
    ({"check_type": "caa", "domain_or_ip_target": "a.example", "caa_check_parameters": {"caa_domains": "x"}}, "caa_domains"),
    ({"check_type": "dcv", "domain_or_ip_target": "a.example", "dcv_check_parameters": {"validation_method": "dns-change"}}, "challenge_value"),
    ({"check_type": "dcv", "domain_or_ip_target": "a.example", "dcv_check_parameters": {"validation_method": "x"}}, "dcv_check_parameters"),
])
def test_issue_says_where_it_is(both, body, where):
    status, answer = both.post("/mpic", body)
    assert status == 400
    assert any(where in json.dumps(issue["loc"]) for issue in answer["validation_issues"])


def exchange(port, *parts, seconds=10):
    """Sends the parts as they are, and returns all that comes back until the other side closes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionError:
            # Refused in the middle of sending; what was said before that may still be readable.
            try:
                answer += connection.recv(65536)
            except ConnectionError:
                pass
    return answer


def head(path, *lines, method="POST"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


@pytest.mark.parametrize("path", PATHS)
def test_body_over_the_limit_is_413_before_it_came(both, path):
    answer = exchange(both.port, head(path, "Content-Type: application/json", "Content-Length: 10485760"))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert "error" in json.loads(answer.partition(b"\r\n\r\n")[2])


def test_body_of_ten_megabytes_is_413_and_does_no_harm(both):
    answer = exchange(both.port, head("/caa", "Content-Type: application/json", "Content-Length: 10485760"), *[b" " * 65536] * 160)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert both.get("/healthz") == (200, {"status": "healthy"})


def test_chunked_body_over_the_limit_is_413(both):
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    answer = exchange(both.port, head("/caa", "Transfer-Encoding: chunked"), *[chunk] * 10)
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("lines", [
    ["Content-Length: 2", "Content-Length: 3"], ["Content-Length: +2"], ["Content-Length: 2", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: gzip, chunked"], ["Content-Length : 2"], ["Host: y", "Content-Length: 2"],
])
def test_ambiguous_framing_is_400(both, lines):
    answer = exchange(both.port, head("/caa", *lines), b"{}")
    assert answer.startswith(b"HTTP/1.1 400 "), answer


@pytest.mark.parametrize("path,method,status", [
    ("/nowhere", "GET", 404), ("/", "GET", 404), ("/mpic/", "POST", 404), ("/MPIC", "POST", 404), ("/%6dpic", "POST", 404),
    ("/mpic", "GET", 405), ("/caa", "PUT", 405), ("/healthz", "POST", 405), ("/configz", "DELETE", 405),
])
def test_other_paths_and_methods(both, path, method, status):
    answer = exchange(both.port, head(path, "Content-Length: 0", "Connection: close", method=method))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    assert (b"\r\nallow: " in answer.lower()) is (status == 405)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "x", "application/jsonx", "multipart/form-data; a=b"])
def test_other_media_types_are_400(both, kind):
    status, body = both.post("/caa", GOOD_CAA, {"Content-Type": kind})
    assert status == 400 and body["validation_issues"]


# How it stops.


class SlowPerspectives(http.server.ThreadingHTTPServer):
    """Answers every CAA check with a yes, when it may."""

    daemon_threads = True

    def __init__(self):
        self.asked, self.may_answer = threading.Semaphore(0), threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.release()
                outer.may_answer.wait(20)
                body = json.dumps({"check_completed": True, "check_passed": True, "errors": None, "timestamp_ns": time.time_ns(), "check_type": "caa",
                                   "details": {"caa_record_present": False, "found_at": None, "records_seen": None}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def waiting(folder):
    """A coordinator with a request in flight: (perspectives, coordinator, list for the answer, thread that waits for it)."""
    perspectives = SlowPerspectives()
    settings = coordinator(f"http://127.0.0.1:{perspectives.server_address[1]}")
    for place in settings["perspectives"]:
        place["binding"] = "none"  # they answer as the reference's do
    process = lab.Mpicd(folder, {"coordinator": settings})
    answers = []

    def ask():
        try:
            answers.append(process.post("/mpic", {"check_type": "caa", "domain_or_ip_target": "a.example"}))
        except OSError as problem:
            answers.append(problem)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    for _ in range(5):
        assert perspectives.asked.acquire(timeout=10)
    yield perspectives, process, answers, thread
    perspectives.may_answer.set()
    if process.process.running():
        process.process.stop(signal.SIGKILL)
    perspectives.shutdown()
    perspectives.server_close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_request_in_flight_is_answered_before_the_end(waiting, number):
    perspectives, process, answers, thread = waiting
    process.process.child.send_signal(number)
    lab.wait_until(lambda: any(e.get("event") == "stopping" for e in process.events()), 5, "stopping")

    def is_closed():
        try:
            socket.create_connection(("127.0.0.1", process.port), timeout=1).close()
        except ConnectionRefusedError:
            return True
        return False

    lab.wait_until(is_closed, 5, "closing the listening socket")
    assert process.process.running() and not answers
    perspectives.may_answer.set()
    thread.join(10)
    status, body = answers[0]
    assert status == 200 and body["is_valid"] is True
    assert process.process.child.wait(10) == 0, process.process.output()
    assert any(event.get("event") == "stopped" for event in process.events())


def test_second_signal_ends_at_once(waiting):
    _, process, answers, thread = waiting
    process.process.child.send_signal(signal.SIGTERM)
    lab.wait_until(lambda: any(e.get("event") == "stopping" for e in process.events()), 5, "stopping")
    begin = time.monotonic()
    process.process.child.send_signal(signal.SIGTERM)
    assert process.process.child.wait(5) == 1
    assert time.monotonic() - begin < 2
    thread.join(5)
    assert isinstance(answers[0], OSError)


def test_idle_process_ends_at_once(folder):
    process = lab.Mpicd(folder, {"perspective": perspective()})
    idle = socket.create_connection(("127.0.0.1", process.port))
    begin = time.monotonic()
    assert process.stop() == 0, process.process.output()
    assert time.monotonic() - begin < 3
    idle.close()


def test_log_is_one_json_object_a_line_with_what_was_decided(folder):
    process = lab.Mpicd(folder, {"perspective": perspective()})
    status, _ = process.post("/caa", {"domain_or_ip_target": "192.0.2.1", "trace_identifier": "t\n{\"event\":\"x\"}"})
    assert status == 200
    assert process.stop() == 0
    lines = process.process.output().splitlines()
    events = [json.loads(line) for line in lines]
    assert [e["event"] for e in events if e["event"] in ("listening", "check", "stopped", "x")] == ["listening", "check", "stopped"]
    check = next(e for e in events if e["event"] == "check")
    assert check["target"] == "192.0.2.1" and check["verdict"] == "pass" and check["perspective"] == "eu-west-2"


def test_listening_on_ipv6(folder):
    if not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    process = lab.Mpicd(folder, {"server": {"listen": "[::1]:0", "workers": 1}, "perspective": perspective()})
    process.url = f"http://[::1]:{process.port}"
    assert process.get("/healthz") == (200, {"status": "healthy"})
    assert process.stop() == 0


def test_old_resolver_is_refused_unless_it_is_accepted_by_version(folder):
    old = lab.old_resolver()
    if not old:
        pytest.skip("the installed libunbound is not below its floor")
    outside = perspective() | {"dns": {}}
    done = run(folder, {"perspective": outside}, "--check-config")
    assert_one_line(done, "perspective.dns.accept_library", f"libunbound {old} is older than 1.25.2", f'accept_library: "{old}"')
    done = run(folder, {"perspective": outside | {"dns": {"accept_library": "0.9"}}})
    assert_one_line(done, f"libunbound {old} is older than 1.25.2", 'not "0.9"')
    done = run(folder, {"perspective": outside | {"dns": {"accept_library": old}}}, "--check-config")
    assert done.returncode == 0 and f"libunbound {old} is older than 1.25.2" in done.stdout
    # A laboratory only says so.
    done = run(folder, {"perspective": perspective()}, "--check-config")
    assert done.returncode == 0 and f"libunbound {old} is older than 1.25.2" in done.stdout


def test_resolver_is_told_in_health_metrics_and_log(both):
    _, health = both.get("/healthz?verbose")
    old = lab.old_resolver()
    assert health["resolver"]["library"] == "libunbound" and health["resolver"]["minimum"] == "1.25.2"
    assert health["resolver"]["standing"] == ("below" if old else "current")
    assert not old or health["resolver"]["version"] == old
    assert any(e.get("event") == "resolver" and "is older than" in e["warning"] for e in both.events()) == bool(old)
