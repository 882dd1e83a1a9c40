"""POST /observe over real zones (Knot) and a real web server (nginx): what is there, from every perspective and from one; and that an
observation, wherever it comes from, is no validation."""
import base64
import hashlib
import http.server
import json
import subprocess
import threading
import urllib.request

import pytest

import lab
import test_dcv

WEB = "127.0.0.7"
CODES = [region["code"] for region in lab.REGIONS]
TAKEN = {"check_completed", "check_passed", "check_type", "details", "is_valid", "mpic_completed", "corroboration", "compliance", "perspectives"}

ZONES = lab.ZONES | {
    "observed.example.": {"signed": True, "text": rf"""
_contact 77 TXT "admin@" "example.com"
_contact 77 TXT "caf\233"
@ 60 MX 10 Mail
@ 60 CAA 0 contactemail "admin@example.com"
below 60 A 192.0.2.1
below 60 AAAA 2001:db8::1
alias 60 CNAME below
web.example 60 A {WEB}
nginx 60 A {WEB}
private 60 A 10.0.0.1
"""},
    "unsigned.example.": {"text": "www 60 A 192.0.2.1\n"},
}


@pytest.fixture(scope="module")
def world():
    with lab.Lab(ZONES) as running:
        ports = [lab.shared_port(WEB) for _ in range(3)]
        running.keep(test_dcv.Nginx(running.folder / "nginx", WEB, *ports[:2]))
        coordinator = running.deployment(perspective=lab.dcv_settings(*ports))
        yield running, coordinator


def ask(server, **body):
    status, answer = server.post("/observe", body)
    assert status == 200, answer
    assert answer["is_validation"] is False and "validates nothing" in answer["statement"]
    assert not TAKEN & set(answer)
    return answer


def observe(world, **body):
    """What all perspectives of the coordinator see, which must be the same."""
    answer = ask(world[1], **body)
    first, *others = answer["observations"]
    assert len(others) == 4 and all(not TAKEN & set(seen) for seen in answer["observations"])
    agreement = answer["agreement"]
    if first["outcome"] == "unknown":
        assert agreement == {"with": None, "agreeing": [], "others": [seen["perspective_code"] for seen in answer["observations"]], "groups": []}
    else:
        assert agreement["with"] == "majority" and agreement["others"] == [] and len(agreement["groups"]) == 1
        assert agreement["agreeing"] == [seen["perspective_code"] for seen in answer["observations"]]
    return first


def data(seen):
    return sorted(record["data"] for record in seen["dns"]["records"])


def test_txt_records_have_ttl_status_and_digest(world):
    seen = observe(world, domain_or_ip_target="observed.example", dns_name_prefix="_contact", dns_record_type="TXT")
    assert (seen["outcome"], seen["problem"], seen["dnssec"]) == ("present", None, "secure")
    assert data(seen) == ["admin@example.com", "caf\\233"]
    assert all(record["owner_name"] == "_contact.observed.example" and 0 < record["ttl_s"] <= 77 for record in seen["dns"]["records"])
    assert seen["dns"]["records_sha256"] == hashlib.sha256(b"admin@example.com\ncaf\\233\n").hexdigest()


@pytest.mark.parametrize("name, kind, expected", [
    ("observed.example", "MX", ["10 mail.observed.example."]), ("below.observed.example", "A", ["192.0.2.1"]),
    ("below.observed.example", "AAAA", ["2001:db8::1"]), ("alias.observed.example", "CNAME", ["below.observed.example."]),
    ("*.observed.example", "CAA", ['0 contactemail "admin@example.com"'])])
def test_each_type_is_in_presentation_form(world, name, kind, expected):
    assert data(observe(world, domain_or_ip_target=name, dns_record_type=kind)) == expected


def test_ds_is_that_of_the_parent(world):
    seen = observe(world, domain_or_ip_target="observed.example", dns_record_type="DS")
    assert data(seen)[0].split()[1:3] == ["13", "2"] and seen["dnssec"] == "secure"


def test_alias_is_followed_and_told(world):
    seen = observe(world, domain_or_ip_target="alias.observed.example", dns_record_type="A")
    assert seen["dns"]["cname_chain"] == ["below.observed.example."]
    assert seen["dns"]["records"][0]["owner_name"] == "below.observed.example"


def test_search_finds_the_contact_of_a_parent(world):
    seen = observe(world, domain_or_ip_target="a.b.observed.example", dns_record_type="CAA", caa_search=True)
    assert seen["dns"]["found_at"] == "observed.example" and data(seen) == ['0 contactemail "admin@example.com"']
    assert [lookup["name"] for lookup in seen["dns"]["lookups"]][:3] == ["a.b.observed.example", "b.observed.example", "observed.example"]


@pytest.mark.parametrize("name, problem, outcome, dnssec", [
    ("no.observed.example", "nxdomain", "nothing", "secure"), ("below.observed.example", "no_data", "nothing", "secure"),
    ("no.unsigned.example", "nxdomain", "nothing", "insecure"), ("www.broken.example", "dnssec_bogus", "unknown", "bogus")])
def test_what_is_not_there_and_what_cannot_be_told(world, name, problem, outcome, dnssec):
    seen = observe(world, domain_or_ip_target=name, dns_record_type="TXT")
    assert (seen["outcome"], seen["problem"], seen["dnssec"]) == (outcome, problem, dnssec)
    assert seen["reason"] and "records" not in seen["dns"]


def test_file_is_seen_with_its_whole_body(world):
    url = "http://nginx.observed.example/.well-known/pki-validation/file.txt"
    seen = observe(world, url=url)["file"]
    body = test_dcv.VALUE.encode()
    assert (base64.b64decode(seen["body"]), seen["status_code"], seen["body_truncated"]) == (body, 200, False)
    assert seen["body_sha256"] == hashlib.sha256(body).hexdigest() and seen["hops"][0]["address_used"] == WEB
    assert observe(world, url="http://nginx.observed.example/no")["file"]["status_code"] == 404
    cut = observe(world, url=url, body_max_bytes=5)["file"]
    assert base64.b64decode(cut["body"]) == body[:5] and cut["body_truncated"] is True


def test_special_address_is_not_contacted(world):
    seen = observe(world, url="http://private.observed.example/")
    assert (seen["outcome"], seen["problem"]) == ("nothing", "address_refused")
    assert "10.0.0.1" in seen["reason"] and "status_code" in seen["file"] and seen["file"]["status_code"] is None


def test_command_shows_what_is_seen(world):
    def run(*words):
        return subprocess.run([lab.BUILD / "src" / "prog" / "mpic", "observe", "--url", world[1].url, *words],
                              capture_output=True, text=True, check=False, timeout=30)

    shown = run("TXT", "observed.example", "--dns-name-prefix", "_contact")
    assert shown.returncode == 0 and shown.stdout.startswith("TXT of _contact.observed.example: 5 of 5 see the same as the majority\n")
    assert "    admin@example.com (TTL " in shown.stdout and shown.stdout.endswith("no validation.\n")
    answer = json.loads(run("http://nginx.observed.example/no", "--json").stdout)
    assert answer["observations"][0]["file"]["status_code"] == 404
    assert run("A", "www.broken.example").returncode == 2
    refused = run("A", "192.0.2.1")
    assert refused.returncode == 64 and "an observation of records is of a domain name" in refused.stderr


def test_one_that_sees_something_else_is_named(world):
    running, _ = world
    urls = {code: perspective.url for code, perspective in running.perspectives.items()}
    odd = running.keep(lab.Mpicd(running.folder, {"perspective": running.perspective_settings(
        CODES[0], dns={"stub_zones": [{"name": ".", "addresses": [f"127.0.0.1@{lab.free_port()}"]}], "timeout_ms": 500})}, "odd"))
    places = {region["code"]: region for region in lab.REGIONS}
    home = running.keep(lab.Mpicd(running.folder, {
        "perspective": running.perspective_settings("home"),
        "coordinator": {"hash_secret": "the secret of a lab, not of a CA", "baseline": "warn", "default_perspective_count": len(urls),
                        "primary": {"code": "home", "latitude": -33.9, "longitude": 18.4},
                        "perspectives": [places[code] | {"url": url} for code, url in (urls | {CODES[0]: odd.url}).items()]}}, "home"))
    answer = ask(home, domain_or_ip_target="observed.example", dns_record_type="MX")
    assert answer["primary_observation"]["perspective_code"] == "home"
    assert answer["agreement"]["with"] == "primary" and answer["agreement"]["others"] == [CODES[0]]
    assert sorted(answer["agreement"]["agreeing"]) == sorted(set(urls) - {CODES[0]})
    single = ask(home, domain_or_ip_target="observed.example", dns_record_type="MX", single_perspective=True)
    assert single["perspective_code"] == "home" and "observations" not in single


class Misrouting(http.server.ThreadingHTTPServer):
    """A proxy before a perspective that sends every question to another of its paths."""

    def __init__(self, url, path):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name  (the name is given)
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                body = json.dumps({"domain_or_ip_target": json.loads(asked).get("domain_or_ip_target"), "dns_record_type": "CAA",
                                   "caa_search": True}).encode() if path == "/observe" else asked
                names = {"Content-Type": "application/json", "Mpic-Nonce": self.headers["Mpic-Nonce"]}
                with urllib.request.urlopen(urllib.request.Request(url + path, body, names), timeout=10) as reply:
                    answer = reply.read()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


@pytest.mark.parametrize("path, question, body", [
    ("/observe", "/mpic", {"check_type": "caa", "domain_or_ip_target": "permitted.signed.example"}),
    ("/caa", "/observe", {"domain_or_ip_target": "permitted.signed.example", "dns_record_type": "CAA"})])
def test_misrouted_answer_is_none(world, path, question, body):
    """Q1: an observation in place of a check corroborates nothing, nor does a check become an observation."""
    running, _ = world
    wrong = {code: running.keep(Misrouting(perspective.url, path)).url for code, perspective in running.perspectives.items()}
    coordinator = running.coordinator(wrong, name=f"misrouted{path.replace('/', '-')}", baseline="warn", unbound=tuple(wrong))
    status, answer = coordinator.post(question, body)
    assert status == 200, answer
    if question == "/mpic":
        assert answer["is_valid"] is False and answer["mpic_completed"] is False and answer["corroboration"]["corroborating"] == 0
        assert {error["error_type"] for one in answer["perspectives"] for error in one["check_response"]["errors"]} == {
            "mpic_error:coordinator:remote_check"}
    else:
        assert {(seen["outcome"], seen["problem"]) for seen in answer["observations"]} == {("unknown", "remote_check")}
