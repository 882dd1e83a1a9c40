"""The command `mpic`: what it prints, and the exit status that scripts rely on."""
import json
import os
import pathlib
import re
import socket
import subprocess
import threading

import pytest
import yaml

import lab

CAA_DOMAIN = ["--caa-domain", lab.CA_DOMAIN]


def mpic(*words, **environment):
    """Runs the command; its output is a pipe."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MPIC_URL", "NO_COLOR")}
    return subprocess.run([lab.MPIC, *words], capture_output=True, text=True, check=False, timeout=60,
                          env=clean | environment, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def url(deployment):
    return deployment[1].url


class Answer:
    """A server that answers everything with the same bytes, and keeps what it was asked."""

    def __init__(self, raw):
        self.raw, self.asked = raw, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65536)
                head, _, body = data.partition(b"\r\n\r\n")
                length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
                while len(body) < length:
                    body += connection.recv(65536)
                self.asked.append((head.decode(), body))
                connection.sendall(self.raw)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)  # ends accept(): else it would go on with the next socket of this number
        self.socket.close()


def http(body, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


@pytest.mark.parametrize("target,status,words", [
    ("permitted.signed.example", 0, "corroborated"),
    ("refused.signed.example", 1, "NOT corroborated"),
    ("www.broken.example", 2, "could not tell"),
])
def test_check_exit_status_and_verdict_line(url, target, status, words):
    done = mpic("check", "caa", target, *CAA_DOMAIN, "--url", url)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"caa {target}: {words}")
    # What the response says as a whole stands in one line of it.
    assert re.match(r"  \d of 5 perspectives corroborate, 4 are needed", lines[1]), lines
    assert lines[2].split()[:3] == ["PERSPECTIVE", "VERDICT", "DNSSEC"]
    codes = {region["code"] for region in lab.REGIONS}
    assert sum(line.split()[0] in codes for line in lines[3:]) == 5


def test_yes_of_a_laboratory_is_told_to_be_one(url):
    done = mpic("check", "caa", "permitted.signed.example", *CAA_DOMAIN, "--url", url)
    assert "must: settings for laboratories" in done.stdout


def test_output_to_a_pipe_has_no_color(url):
    done = mpic("check", "caa", "refused.signed.example", *CAA_DOMAIN, "--url", url)
    assert "\033" not in done.stdout + done.stderr


def test_output_to_a_terminal_has_color_unless_asked_not_to(url):
    for environment, expected in (({}, True), ({"NO_COLOR": "1"}, False)):
        ours, theirs = os.openpty()
        try:
            subprocess.run([lab.MPIC, "check", "caa", "refused.signed.example", *CAA_DOMAIN, "--url", url], stdout=theirs,
                           stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False, timeout=60,
                           env=dict(os.environ) | environment)
            assert (b"\033[31m" in os.read(ours, 65536)) is expected
        finally:
            os.close(ours)
            os.close(theirs)


def test_json_is_the_raw_response(deployment):
    coordinator = deployment[1]
    done = mpic("check", "caa", "permitted.signed.example", *CAA_DOMAIN, "--json", "--trace-identifier", "t-7", "--url", coordinator.url)
    assert done.returncode == 0 and done.stderr == ""
    body = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert body["is_valid"] is True and body["trace_identifier"] == "t-7"
    assert len(body["perspectives"]) == 5
    _, direct = coordinator.post("/mpic", {"check_type": "caa", "domain_or_ip_target": "permitted.signed.example",
                                           "caa_check_parameters": {"caa_domains": [lab.CA_DOMAIN]}})
    assert list(body) == list(direct) or set(body) - set(direct) == {"trace_identifier"}


def test_json_passes_on_every_byte():
    body = '{ "is_valid":false, "mpic_completed": true,\n "perspectives": [], "odd": "\\u00e9 é",   "check_type":"caa"}'
    raw = body.encode()
    with Answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(raw) + raw) as server:
        done = mpic("check", "caa", "a.example", "--json", "--url", server.url)
    assert done.stdout == body + "\n", done.stderr
    assert done.returncode == 1


def test_address_comes_from_the_environment_too(url):
    assert mpic("check", "caa", "permitted.signed.example", *CAA_DOMAIN, MPIC_URL=url).returncode == 0


def test_orchestration_reaches_the_coordinator(url):
    done = mpic("check", "caa", "permitted.signed.example", *CAA_DOMAIN, "--perspective-count", "6", "--quorum-count", "5",
                "--max-attempts", "2", "--json", "--url", url)
    used = json.loads(done.stdout)["actual_orchestration_parameters"]
    assert used == {"perspective_count": 6, "quorum_count": 5, "attempt_count": 1}


def test_unreachable_coordinator_is_could_not_tell():
    done = mpic("check", "caa", "a.example", "--url", f"http://127.0.0.1:{lab.free_port()}")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("mpic check: the coordinator did not answer: ")
    assert done.stderr.count("\n") == 1


def test_silent_coordinator_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = mpic("check", "caa", "a.example", "--timeout", "1", "--url", f"http://127.0.0.1:{server.getsockname()[1]}")
    assert done.returncode == 2 and "did not answer" in done.stderr


@pytest.mark.parametrize("words,reason", [
    (["--perspective-count", "99"], "perspective"),
    (["--quorum-count", "1"], "quorum"),
    (["--quorum-count", "-1"], "quorum"),
    (["--cohort", "99"], "cohort number"),
    (["--caa-domain", "not a domain"], "Invalid CAA domains"),
])
def test_refused_request_is_wrong_usage_with_the_reason(url, words, reason):
    done = mpic("check", "caa", "permitted.signed.example", "--url", url, *words)
    assert done.returncode == 64, done.stdout + done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("mpic check: the coordinator refused (HTTP status 400):\n")
    assert reason in done.stderr.split("\n", 1)[1]


def test_refusal_as_json_has_the_issues(url):
    done = mpic("check", "caa", "permitted.signed.example", "--url", url, "--quorum-count", "1", "--json")
    assert done.returncode == 64
    assert json.loads(done.stdout)["validation_issues"][0]["issue_type"] == "invalid-quorum-count"


UNUSABLE = {
    "html": http("<html>gateway</html>"),
    "empty": http(""),
    "list": http("[]"),
    "no verdict": http("{}"),
    "text for a verdict": http('{"is_valid":"true","mpic_completed":true,"perspectives":[]}'),
    "valid, not complete": http('{"is_valid":true,"mpic_completed":false,"perspectives":[]}'),
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{\"is_valid\":true,\"mpic_completed\":true",
    "server error": http('{"is_valid":true,"mpic_completed":true,"perspectives":[]}', "500 Internal Server Error"),
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_unusable_answer_is_never_a_yes(kind):
    with Answer(UNUSABLE[kind]) as server:
        done = mpic("check", "caa", "a.example", "--url", server.url)
    assert done.returncode == 2, done.stdout + done.stderr


def test_escape_sequences_of_a_hostile_coordinator_do_not_reach_the_terminal():
    body = json.dumps({"error": "\033[2J\033]0;x\007", "validation_issues": [{"message": "a\033[31mb"}]})
    with Answer(http(body, "400 Bad Request")) as server:
        done = mpic("check", "caa", "a.example", "--url", server.url)
    assert done.returncode == 64
    assert "\033" not in done.stderr and "\\027" in done.stderr


def test_api_key_is_the_first_line_of_its_file(folder):
    key = folder / "key"
    key.write_text("abc-123\nsecond line\n")
    with Answer(http("{}", "401 Unauthorized")) as server:
        done = mpic("check", "caa", "a.example", "--url", server.url + "/base/mpic", "--api-key-file", str(key))
        head = server.asked[0][0]
    assert done.returncode == 2
    assert head.startswith("POST /base/mpic HTTP/1.1\r\n")
    assert "\r\nx-api-key: abc-123\r\n" in head + "\r\n"
    assert "second" not in head


@pytest.mark.parametrize("address,path", [("{}", "/observe"), ("{}/mpic", "/observe"), ("{}/v1/mpic", "/v1/observe"), ("{}/v1/x", "/v1/x")])
def test_observation_is_asked_beside_the_corroboration(address, path):
    """MPIC_URL is one for all commands, also below a base path."""
    with Answer(http("{}", "503 Unavailable")) as server:
        mpic("observe", "TXT", "a.example", "--url", address.format(server.url))
        assert server.asked[0][0].startswith(f"POST {path} HTTP/1.1\r\n")


def test_unknown_command_is_named():
    done = mpic("nonsense")
    assert done.returncode == 64 and '"nonsense" is no command' in done.stderr and "Usage" not in done.stderr


@pytest.mark.parametrize("address,path", [("{}", "/mpic"), ("{}/", "/mpic"), ("{}/v1/x", "/v1/x"), ("bare", "/mpic"), ("loud", "/mpic")])
def test_path_of_the_coordinator(address, path):
    with Answer(http("{}", "503 Unavailable")) as server:
        host = server.url.removeprefix("http://")
        target = {"bare": host, "loud": f"HTTP://{host}"}.get(address, address.format(server.url))
        mpic("check", "caa", "a.example", "--url", target)
        assert server.asked[0][0].startswith(f"POST {path} HTTP/1.1\r\n")


@pytest.mark.parametrize("content,reason", [(None, "No such file"), (b"", "empty"), (b"\nkey\n", "empty"), (b"k" * 5000, "too long")])
def test_unusable_api_key_file_is_wrong_usage(folder, content, reason):
    key = folder / "key"
    if content is not None:
        key.write_bytes(content)
    done = mpic("check", "caa", "a.example", "--api-key-file", str(key))
    assert done.returncode == 64
    assert reason in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("url,reason", [
    ("ftp://x", "is no URL with http:// or https://"), ("", "has no valid host"), ("http://", "has no valid host"),
    ("http:///mpic", "has no valid host"), ("a..b:8000", "has no valid host"), ("http://a:65536", "has no valid port"), ("http://a:x/mpic", "has no valid port"),
    ("http://::1", "without brackets"), ("http://a b", "a character that no URL has"), ("https://a/\u0007", "a character that no URL has"),
    ("http://user:secret@a/mpic", "contains user information; use --api-key-file"), ("http://a/mpic#x", "has a fragment"),
])
@pytest.mark.parametrize("command", [["check", "caa", "a.example"], ["observe", "TXT", "a.example"]], ids=["check", "observe"])
def test_unusable_url_is_wrong_usage(command, url, reason):
    done = mpic(*command, "--url", url)
    assert (done.returncode, done.stdout) == (64, ""), done
    assert done.stderr.startswith(f'mpic {command[0]}: --url cannot be "{url}": it ') and reason in done.stderr and done.stderr.count("\n") == 1
    if url:
        done = mpic(*command, MPIC_URL=url)
        assert done.returncode == 64 and "MPIC_URL cannot be" in done.stderr and reason in done.stderr


@pytest.mark.parametrize("words", [
    [], ["nonsense"], ["check"], ["check", "nonsense", "a.example"], ["check", "caa"], ["check", "caa", "a", "b"],
    ["check", "caa", "a.example", "--nonsense"], ["check", "caa", "a.example", "--timeout", "x"],
    ["check", "dns-change", "a.example"], ["probe", "caa", "a.example", "--url", "http://x"],
])
def test_wrong_usage_is_64(words):
    done = mpic(*words)
    assert done.returncode == 64 and done.stdout == "" and done.stderr


def test_help_and_version_go_to_standard_output():
    for words in (["--help"], ["-h"], ["check", "--help"], ["probe", "caa", "--help"], ["check", "dns-change", "-h"]):
        done = mpic(*words)
        assert done.returncode == 0 and "Usage: mpic" in done.stdout and done.stderr == ""
    done = mpic("--version")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["mpic", "libcurl", "libunbound", "OpenSSL"]


@pytest.fixture(scope="module")
def probe_config(deployment, tmp_path_factory):
    """A perspective over the lab's DNS, for `mpic probe`."""
    file = tmp_path_factory.mktemp("probe") / "probe.yaml"
    file.write_text(yaml.safe_dump({"perspective": deployment[0].perspective_settings("here-1")}))
    return file


@pytest.mark.parametrize("target,status,words", [
    ("permitted.signed.example", 0, "pass"),
    ("refused.signed.example", 1, "fail"),
    ("www.broken.example", 2, "could not tell"),
])
def test_probe_exit_status(probe_config, target, status, words):
    done = mpic("probe", "caa", target, "--config", str(probe_config))
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.startswith(f"caa {target}: {words} (seen from here only: no corroboration)\n")
    assert f"CAA  {target}" in done.stdout


def test_probe_json_is_a_check_response(probe_config):
    done = mpic("probe", "caa", "permitted.signed.example", "--json", "--config", str(probe_config))
    body = json.loads(done.stdout)
    assert done.returncode == 0
    assert body["check_passed"] is True and body["perspective_code"] == "here-1"
    assert body["details"]["found_at"] == "permitted.signed.example"


def test_probe_without_issuer_domain_names_uses_those_of_the_configuration(probe_config):
    assert mpic("probe", "caa", "permitted.signed.example", "--config", str(probe_config)).returncode == 0
    assert mpic("probe", "caa", "permitted.signed.example", "--caa-domain", "other.example", "--config",
                str(probe_config)).returncode == 1


@pytest.mark.parametrize("text,reason", [
    (None, "No such file"), ("server: {}\n", "perspective"), ("perspective: {code: x, nonsense: 1}\n", "nonsense"),
])
def test_probe_with_an_unusable_configuration_is_wrong_usage(folder, text, reason):
    file = pathlib.Path(folder) / "c.yaml"
    if text is not None:
        file.write_text(text)
    done = mpic("probe", "caa", "a.example", "--config", str(file))
    assert done.returncode == 64, done.stdout + done.stderr
    assert reason in done.stderr
