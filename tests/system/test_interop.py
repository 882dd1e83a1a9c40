"""Together with the Python reference of Open MPIC, the real one: the package open-mpic-core from PyPI, in a virtual environment of its
own (interop_service.py is its HTTP face). Its coordinator asks our perspectives, ours asks its perspectives, and the answers of both to
the same requests are compared property by property: DIFFERENCES lists all that may differ, and docs/compatibility.md says why."""
import base64
import copy
import hashlib
import http.server
import json
import re
import subprocess
import sys
import threading
import urllib.request

import pytest

import hostile_http as web
import lab
import test_dcv

VERSION = "6.5.0"
CODES = [region["code"] for region in lab.REGIONS]
WEB, ALPN, NO_ALPN = "127.0.0.2", "127.0.0.3", "127.0.0.4"
DIGEST = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
KEY = "a-token.LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
VALUE = "a-challenge-of-many-characters"
ACCOUNT = "https://ca.example/acct/1"
ACCOUNT_LABEL = "_" + base64.b32encode(hashlib.sha256(ACCOUNT.encode()).digest()[:10]).decode().lower()  # of dns-account-01

ZONES = lab.ZONES | {
    "interop.example.": {"signed": True, "text": rf"""
_acme-challenge.one 60 TXT "{DIGEST}"
_acme-challenge.alias 60 CNAME _acme-challenge.one
_acme-challenge.other 60 TXT "another-digest"
_acme-challenge.xn--bcher-kva 60 TXT "{DIGEST}"
_dnsauth.change 60 TXT "before {VALUE} after"
_dnsauth.othertype 60 A 192.0.2.1
_dnsauth.change 60 CAA 0 anything "{VALUE}"
_validation-contactemail.contact 60 TXT "admin@example.com"
contact 60 CAA 0 contactemail "admin@example.com"
_validation-contactphone.local 60 TXT "555 0100"
_validation-persist.good 60 TXT "ca.example\; accounturi={ACCOUNT}"
_validation-persist.wildcard 60 TXT "ca.example\; accounturi={ACCOUNT}\; policy=wildcard"
{ACCOUNT_LABEL}._acme-challenge.account 60 TXT "{DIGEST}"
_validation-persist.case 60 TXT "ca.example\; accounturi={ACCOUNT.upper()}"
_acme-challenge.binary 60 TXT "\255\254"
_acme-challenge.binary 60 TXT "{DIGEST}"
_acme-challenge.under_score 60 TXT "{DIGEST}"
plain.change 60 TXT "before {VALUE} after"
_dnsauth.name 60 CNAME Verify.CA.example.
below.wild 60 A 192.0.2.1
wild 60 CAA 0 issue "ca.example"
wild 60 CAA 0 issuewild "other-ca.example"
account 60 CAA 0 issue "ca.example\; accounturi={ACCOUNT}"
mail 60 CAA 0 issuemail "other-ca.example"
http 60 A {WEB}
http 60 CAA 0 issue "ca.example"
alpn 60 A {ALPN}
noalpn 60 A {NO_ALPN}
"""},
}
RULES = {
    "right": web.response(KEY.encode()), "other": web.response(b"another-key"), "moved": web.redirect("/right", "301 Moved Permanently"),
    "created": web.response(KEY.encode(), "201 Created"), "padded": web.response(KEY.encode() + b" " * 100 + b"and more"),
    "file.txt": web.response(b"<p>" + VALUE.encode() + b"</p>"),
}


# --- The reference -------------------------------------------------------------------------------------------------------------------

def make_environment():
    """The Python of a virtual environment with open-mpic-core. It stays in the build folder, for the next run."""
    folder = lab.BUILD / f"open-mpic-core-{VERSION}"
    python, done = folder / "bin" / "python", folder / "complete"
    if done.exists():
        return python
    if sys.version_info < (3, 11):
        pytest.skip("open-mpic-core needs Python 3.11")
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, capture_output=True, timeout=120)
    pip = subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15",
                          "--only-binary", ":all:", f"open-mpic-core=={VERSION}"],
                         capture_output=True, text=True, check=False, timeout=300, stdin=subprocess.DEVNULL)
    if pip.returncode != 0:
        output = pip.stdout + pip.stderr
        if re.search(r"ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|connection broken|SSLError", output):
            pytest.skip(f"PyPI is not reachable: no open-mpic-core {VERSION} to test with")
        raise lab.LabError(f"pip could not install open-mpic-core {VERSION}:\n{output[-3000:]}")
    done.touch()
    return python


class Reference:
    """A process of interop_service.py."""

    post = lab.Mpicd.post

    def __init__(self, python, folder, name, settings):
        file = folder / f"{name}.json"
        file.write_text(json.dumps(settings))
        self.process = lab.Process([python, lab.ROOT / "tests" / "system" / "interop_service.py", file], file.with_suffix(".log"))
        lab.wait_until(self._find_port, 60, f"{name} listening")

    def _find_port(self):
        for line in self.process.output().splitlines():
            if line.startswith('{"event": "listening"'):
                event = json.loads(line)
                self.url, self.versions = "http://" + event["address"], event["versions"]
                return True
        if not self.process.running():
            raise lab.LabError(f"the reference ended:\n{self.process.output()[-3000:]}")
        return False

    def stop(self):
        self.process.stop()


def attempts(body):
    return [body["perspectives"], *(body["previous_attempt_results"] or [])]


class World:
    """A lab; `perspectives` and `coordinators` of both kinds, the latter named COORDINATOR_over_PERSPECTIVES."""

    def __init__(self, python):
        self.lab, self.python, self.coordinators, self.answers = lab.Lab(ZONES), python, {}, {}
        try:
            self.http_port = lab.shared_port(WEB)
            self.web = self.lab.keep(web.HostileHttp(WEB, self.http_port, RULES))
            self.tls_alpn_port = lab.shared_port(ALPN, NO_ALPN)
            self.start_tls_servers()
            self.theirs = self.reference("theirs")
            settings = lab.dcv_settings(self.http_port, lab.shared_port(WEB), self.tls_alpn_port)
            self.ours = {code: self.lab.perspective(code, **settings) for code in CODES}
            ours = {code: perspective.url for code, perspective in self.ours.items()}
            theirs = {code: f"{self.theirs.url}/{code}" for code in CODES}
            mixed = {code: (ours if i % 2 else theirs)[code] for i, code in enumerate(CODES)}
            for name, urls in (("ours", ours), ("theirs", theirs), ("mixed", mixed)):
                self.coordinators[f"ours_over_{name}"] = self.our_coordinator(f"ours_over_{name}", urls)
                self.coordinators[f"theirs_over_{name}"] = self.their_coordinator(f"theirs_over_{name}", urls)
            self.urls = {"ours": ours, "theirs": theirs}
        except BaseException:
            self.lab.close()
            raise

    def start_tls_servers(self):
        for name, address, options in (("alpn", ALPN, test_dcv.ACME), ("noalpn", NO_ALPN, ())):
            folder = self.lab.folder / name
            folder.mkdir()
            config = test_dcv.extensions(f"DNS:{name}.interop.example")
            self.lab.keep(test_dcv.TlsServer(folder, self.tls_alpn_port, config, *options, address=address).process)

    def reference(self, name, dns=None, coordinator=None):
        settings = {"dns": dns or [self.lab.dns.address, self.lab.dns.port], "dns_seconds": 1 if dns else 5, "caa_domains": [lab.CA_DOMAIN],
                    "http_port": self.http_port, "tls_alpn_port": self.tls_alpn_port, "coordinator": coordinator}
        return self.lab.keep(Reference(self.python, self.lab.folder, name, settings))

    def their_coordinator(self, name, urls):
        places = {region["code"]: region["rir"] for region in lab.REGIONS}
        return self.reference(name, coordinator={
            "hash_secret": "the secret of a lab, not of a CA", "default_perspective_count": len(urls), "absolute_max_attempts": 3,
            "perspectives": [{"code": code, "rir": places[code], "url": url} for code, url in urls.items()]})

    def our_coordinator(self, name, urls, **more):
        unbound = [code for code, url in urls.items() if url.rpartition("/")[2] in CODES]  # the reference serves all codes at one address
        return self.lab.coordinator(urls, name=name, unbound=unbound, baseline="warn", default_perspective_count=len(urls),
                                    absolute_max_attempts=3, **more)

    def ask(self, coordinator, request):
        """(status, body) of the coordinator of that name, the perspectives in the order of their codes; each is asked once."""
        key = coordinator, json.dumps(request) if isinstance(request, dict) else request
        if key not in self.answers:
            status, body = self.coordinators[coordinator].post("/mpic", request)
            for attempt in attempts(body) if status == 200 else []:
                attempt.sort(key=lambda perspective: perspective["perspective_code"])
            self.answers[key] = status, body
        return copy.deepcopy(self.answers[key])


@pytest.fixture(scope="module")
def world():
    running = World(make_environment())
    yield running
    running.lab.close()


# --- Requests ------------------------------------------------------------------------------------------------------------------------

def caa(target, **more):
    return {"check_type": "caa", "domain_or_ip_target": target} | more


def dcv(target, method, **parameters):
    return {"check_type": "dcv", "domain_or_ip_target": target, "dcv_check_parameters": {"validation_method": method} | parameters}


def change(target, **parameters):
    """dns-change with a TXT record, if the parameters do not say otherwise."""
    return dcv(target, "dns-change", **{"challenge_value": VALUE, "dns_record_type": "TXT", "dns_name_prefix": "_dnsauth"} | parameters)


def dns01(target, digest=DIGEST):
    return dcv(target, "acme-dns-01", key_authorization_hash=digest)


def http01(token, target="http.interop.example", **more):
    return dcv(target, "acme-http-01", token=token, key_authorization=KEY, **more)


def website(path, value=VALUE, **more):
    return dcv("http.interop.example", "website-change", challenge_value=value, http_token_path=path, **more)


def tls_alpn(target, digest=test_dcv.HASH):
    return dcv(target, "acme-tls-alpn-01", key_authorization_hash=digest.hex())


def counts(**parameters):
    return {"orchestration_parameters": parameters}


PERSIST = {"issuer_domain_names": ["ca.example"], "expected_account_uri": ACCOUNT}
YES, NO, UNKNOWN = "valid", "not valid", "could not tell"

# What both make the same of, whoever asks whom.
AGREED = {
    "caa permits": (caa("permitted.signed.example"), YES),
    "caa refuses": (caa("refused.signed.example"), NO),
    "caa without a record": (caa("plain.signed.example", trace_identifier="a-trace"), YES),
    "caa of an unsigned zone": (caa("www.permitted.unsigned.example"), YES),
    "caa with a critical unknown": (caa("critical.signed.example"), NO),
    "caa wildcard": (caa("*.wild.interop.example", caa_check_parameters={"caa_domains": ["other-ca.example"]}), YES),
    "caa wildcard refused": (caa("*.wild.interop.example", caa_check_parameters={"caa_domains": ["ca.example"]}), NO),
    "caa s-mime": (caa("mail.interop.example", caa_check_parameters={"certificate_type": "s-mime"}), NO),
    "caa of nothing": (caa("nothing.signed.example", caa_check_parameters={}), YES),
    "caa of an address": (caa("192.0.2.1"), YES),
    "caa of no name": (caa("a..example", trace_identifier="a-trace"), UNKNOWN),
    "caa restricted to an account": (caa("account.interop.example"), YES),
    "caa with all of a quorum": (caa("permitted.signed.example", **counts(perspective_count=6, quorum_count=6)), YES),
    "acme-dns-01": (dns01("one.interop.example"), YES),
    "acme-dns-01 wildcard": (dns01("*.one.interop.example"), YES),
    "acme-dns-01 alias": (dns01("alias.interop.example"), YES),
    "acme-dns-01 U-label": (dns01("B\u00fccher.interop.example"), YES),
    "acme-dns-01 other": (dns01("other.interop.example"), NO),
    "dns-change": (change("change.interop.example"), YES),
    "dns-change exact": (change("change.interop.example", require_exact_match=True), NO),
    "dns-change CAA": (change("change.interop.example", dns_record_type="CAA"), YES),
    "dns-change nothing": (change("nothing.interop.example"), NO),
    "dns-change no data": (change("othertype.interop.example"), NO),
    "dns-change again": (change("nothing.interop.example") | counts(max_attempts=2), NO),
    "contact-email-txt": (dcv("contact.interop.example", "contact-email-txt", challenge_value="admin@example.com"), YES),
    "contact-email-caa": (dcv("contact.interop.example", "contact-email-caa", challenge_value="admin@example.com"), YES),
    "dns-persistent": (dcv("good.interop.example", "dns-persistent", **PERSIST), YES),
    "acme-http-01": (http01("right"), YES),
    "acme-http-01 moved": (http01("moved"), YES),
    "acme-http-01 other": (http01("other"), NO),
    "acme-http-01 missing": (http01("missing"), NO),
    "website-change": (website("file.txt"), YES),
    "acme-tls-alpn-01": (tls_alpn("alpn.interop.example"), YES),
    "acme-tls-alpn-01 other": (tls_alpn("alpn.interop.example", bytes(32)), NO),
}

# request: what the reference makes of it, and what mpic does; a number is an HTTP status. The reasons stand in docs/compatibility.md.
DISAGREED = {
    "a page with a 2xx status other than 200": (http01("created"), NO, YES),
    "a page with more behind 100 bytes": (http01("padded"), YES, NO),
    "a record in a zone whose DNSSEC is broken": (caa("www.broken.example"), YES, UNKNOWN),
    "a top-level domain that does not exist": (caa("www.nosuchtld"), YES, NO),
    "`accounturi` that differs in case": (dcv("case.interop.example", "dns-persistent", **PERSIST), YES, NO),
    "`caa_domains` in upper case": (caa("permitted.signed.example", caa_check_parameters={"caa_domains": ["CA.example"]}), NO, YES),
    "an exact CNAME without its final dot": (change("name.interop.example", challenge_value="verify.ca.example", dns_record_type="CNAME",
                                                    require_exact_match=True), NO, YES),
    "a name with an underscore": (dns01("under_score.interop.example"), UNKNOWN, YES),
    "a TXT record that is not UTF-8 beside the right one": (dns01("binary.interop.example"), UNKNOWN, YES),
    "a TLS server that selects no protocol": (tls_alpn("noalpn.interop.example"), YES, NO),
    "a wildcard with `acme-http-01`": (http01("right", "*.http.interop.example"), YES, 400),
    "`Host` in `http_headers`": (http01("right", http_headers={"Host": "www.other.example"}), YES, 400),
    "`..` in `http_token_path`": (website("../../file.txt"), YES, 400),
    "`challenge_value` in the URL": (website("file.txt", "file.txt"), NO, 400),
    "an empty `challenge_value`": (change("change.interop.example", challenge_value=""), YES, 400),
    "`dns_name_prefix` without an underscore": (change("change.interop.example", dns_name_prefix="plain"), YES, 400),
    "a `key_authorization_hash` of another length": (dns01("one.interop.example", "short"), NO, 400),
    "`quorum_count` without `perspective_count`": (caa("refused.signed.example", **counts(quorum_count=0)), NO, 400),
    "a cohort that does not exist": (caa("permitted.signed.example", **counts(cohort_for_single_attempt=9)), 500, 400),
    "a `dns_record_type` that the method does not have": (change("change.interop.example", dns_record_type="A"), 500, 400),
    "bad `dcv_check_parameters` without `check_type`": ({"domain_or_ip_target": "permitted.signed.example", "dcv_check_parameters": {}}, YES, 400),
    "`http_token_path: \"/\"`": (website("/"), NO, 400),
    "an empty string in `caa_domains`": (caa("permitted.signed.example", caa_check_parameters={"caa_domains": [""]}), NO, 400),
    "a `match_regex` that matches the empty string": (website("file.txt", match_regex="x*"), YES, 400),
    "a contact telephone without `+`": (dcv("local.interop.example", "contact-phone-txt", challenge_value="555 0100"), YES, NO),
    "U+0000 in a string": (caa("permitted.signed.example", trace_identifier="a\0b"), YES, 400),
    "a body in UTF-16": (json.dumps(caa("permitted.signed.example")).encode("utf-16"), YES, 400),
    "a special-purpose address as the value of `ip-address`": (dcv("below.wild.interop.example", "ip-address", challenge_value="192.0.2.1",
                                                                  dns_record_type="A"), YES, NO),
    "a prefix where none is due": (dcv("contact.interop.example", "contact-email-caa", challenge_value="admin@example.com",
                                       dns_name_prefix="_x"), YES, 400),
    "`dns-account-01`": (dcv("account.interop.example", "dns-account-01", key_authorization_hash=DIGEST, account_uri=ACCOUNT), 400, YES),
}

# What both refuse with status 400 and the same issues.
REFUSED = {
    "perspective_count": caa("permitted.signed.example", **counts(perspective_count=250)),
    "quorum_count": caa("permitted.signed.example", **counts(perspective_count=6, quorum_count=2)),
    "both": website("file.txt", "") | counts(perspective_count=1),
    "challenge_value": website("file.txt", ""),
    "target": {"check_type": "dcv", "domain_or_ip_target": None, "dcv_check_parameters": dns01("x")["dcv_check_parameters"]},
    "check_type": {"check_type": "x", "domain_or_ip_target": "a.example"},
    "method": dcv("a.example", "x"),
    "no method": {"check_type": "dcv", "domain_or_ip_target": "a.example", "dcv_check_parameters": {}},
    "certificate_type": caa("a.example", caa_check_parameters={"certificate_type": "x"}),
    "fraction": caa("a.example", **counts(perspective_count=2.5)),
    "text for a number": caa("a.example", **counts(max_attempts="x")),
    "fixed value": dns01("a.example") | {"dcv_check_parameters": dns01("a.example")["dcv_check_parameters"] | {"require_exact_case": False}},
    "unknown record type": change("a.example", dns_record_type="MX"),
    "no url_scheme": website("file.txt", url_scheme=None),
    "no JSON": b"{",
    "a list": b"[]",
    "nothing": b"{}",
}


def outcome(status, body):
    """What came of it, if all perspectives agree; otherwise the test fails."""
    if status != 200:
        return status
    verdicts = {(p["check_response"]["check_completed"], p["check_response"]["check_passed"]) for p in body["perspectives"]}
    assert sorted(p["perspective_code"] for p in body["perspectives"]) == sorted(CODES)
    assert len(verdicts) == 1, body
    found = {(True, True): YES, (True, False): NO, (False, False): UNKNOWN}[verdicts.pop()]
    assert (body["is_valid"], body["mpic_completed"]) == (found == YES, found != UNKNOWN), body
    return found


@pytest.mark.parametrize("name", AGREED)
@pytest.mark.parametrize("coordinator", ["theirs_over_theirs", "ours_over_ours", "ours_over_theirs", "theirs_over_ours", "ours_over_mixed",
                                         "theirs_over_mixed"])
def test_verdict_is_the_same_whoever_asks_whom(world, coordinator, name):
    request, expected = AGREED[name]
    status, body = world.ask(coordinator, request)
    assert outcome(status, body) == expected
    # Less said is not something else seen.
    assert "disagreement" not in body


@pytest.mark.parametrize("name", DISAGREED)
def test_verdict_differs_as_listed(world, name):
    request, theirs, ours = DISAGREED[name]
    assert outcome(*world.ask("theirs_over_theirs", request)) == theirs
    assert outcome(*world.ask("ours_over_ours", request)) == ours


@pytest.mark.parametrize("name", REFUSED)
def test_bad_request_is_refused_alike(world, name):
    (their_status, theirs), (our_status, ours) = (world.ask(f"{who}_over_ours", REFUSED[name]) for who in ("theirs", "ours"))
    assert (their_status, our_status) == (400, 400)
    assert ours["error"] == theirs["error"]

    def issues(body, names):
        return [[issue.get(name) for name in names] for issue in body["validation_issues"]]

    if "issue_type" in theirs["validation_issues"][0]:
        assert issues(ours, ["issue_type"]) == issues(theirs, ["issue_type"])
        for our, their in zip(ours["validation_issues"], theirs["validation_issues"]):
            assert our["message"].startswith(their["message"])
    else:
        assert issues(ours, ["type", "loc"]) == issues(theirs, ["type", "loc"])


# --- Property by property ------------------------------------------------------------------------------------------------------------

def kind(value):
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def compare(theirs, ours, path=""):
    """Yields (path, what) wherever `ours` is not what `theirs` is; `[]` in a path stands for any index."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in theirs | ours:
            below = f"{path}.{name}" if path else name
            if name in theirs and name in ours:
                yield from compare(theirs[name], ours[name], below)
            else:
                yield below, "missing" if name in theirs else "added"
        if [name for name in ours if name in theirs] != [name for name in theirs if name in ours]:
            yield path, "order"
    elif isinstance(theirs, list) and isinstance(ours, list):
        if len(theirs) != len(ours):
            yield path, "length"
        for one, other in zip(theirs, ours):
            yield from compare(one, other, path + "[]")
    elif kind(theirs) != kind(ours):
        yield path, "filled" if theirs is None else "type"
    elif theirs != ours:
        yield path, "changed"


def found_differences(theirs, ours):
    """compare() of two responses to one request, without what differs from run to run; attempts are one like the other."""
    for path, what in compare(theirs, ours):
        path = re.sub(r"^(perspectives\[\]|previous_attempt_results\[\]\[\])\.", "", path)
        if path != "check_response.timestamp_ns" or what != "changed":
            details = re.fullmatch(r"check_response\.details\.\w+", path)
            yield ("check_response.details.…" if details and what == "added" else path), what


# Where a response of mpic differs from one of the reference to the same request: `added` (the reference has no such property), `filled`
# (the reference says null), `changed`. The reasons stand in docs/compatibility.md.
DIFFERENCES = {
    ("corroboration", "added"), ("compliance", "added"), ("verification", "added"), ("role", "added"), ("reason", "added"),
    ("check_response.perspective_code", "added"), ("check_response.details.…", "added"), ("check_response.binding", "added"),
    ("check_response.details.ad_flag", "changed"), ("check_response.details.ad_flag", "filled"),
    ("check_response.details.records_seen", "filled"), ("check_response.details.response_code", "filled"),
    ("check_response.details.cname_chain", "filled"),
    ("check_response.details.response_url", "filled"), ("check_response.details.response_status_code", "filled"),
    ("check_response.details.response_page", "filled"),
    ("check_response.errors", "length"), ("check_response.errors[].error_message", "changed"),
}


@pytest.mark.parametrize("name", AGREED)
def test_response_differs_only_as_listed(world, name):
    (_, theirs), (_, ours) = (world.ask(f"{who}_over_{who}", AGREED[name][0]) for who in ("theirs", "ours"))
    assert set(found_differences(theirs, ours)) - DIFFERENCES == set()


def test_every_listed_difference_is_found(world):
    found = set()
    for request, _ in AGREED.values():
        (_, theirs), (_, ours) = (world.ask(f"{who}_over_{who}", request) for who in ("theirs", "ours"))
        found |= set(found_differences(theirs, ours))
    assert DIFFERENCES - found == set()


@pytest.mark.parametrize("name", [name for name in AGREED if name != "caa of no name"])
def test_answers_of_their_perspectives_pass_through_unchanged(world, name):
    """Our coordinator says of their perspectives what theirs says. (About what is no name it asks nobody.)"""
    (_, theirs), (_, ours) = (world.ask(f"{who}_over_theirs", AGREED[name][0]) for who in ("theirs", "ours"))
    assert set(found_differences(theirs, ours)) <= {("corroboration", "added"), ("compliance", "added"), ("verification", "added"), ("role", "added"), ("reason", "added"), ("check_response.perspective_code", "added")}


@pytest.mark.parametrize("path, body", [
    ("caa", {"check_type": "caa", "domain_or_ip_target": "invalid", "caa_check_parameters": None}),
    ("dcv", {"check_type": "dcv", "domain_or_ip_target": "invalid", "dcv_check_parameters": {
        "validation_method": "dns-change", "challenge_value": "health probe", "dns_record_type": "TXT"}})])
def test_probe_of_health_is_answered_by_either(world, path, body):
    """What our coordinator sends to a perspective that keeps failing; it counts if it is a check result at all."""
    for who in ("theirs", "ours"):
        status, answer = lab.send(urllib.request.Request(
            f"{world.urls[who][CODES[0]]}/{path}", data=json.dumps(body | {"trace_identifier": "health probe"}).encode(),
            headers={"Content-Type": "application/json"}), 10)
        assert answer["check_type"] == path and answer["check_passed"] in (True, False) and isinstance(answer["details"], dict), (who, status, answer)


@pytest.mark.parametrize("name", AGREED)
def test_our_response_is_read_by_their_models(world, name):
    """A client that has the reference's models loses nothing but what mpic adds."""
    for coordinator in ("ours_over_ours", "ours_over_theirs"):
        _, ours = world.ask(coordinator, AGREED[name][0])
        status, read = world.theirs.post("/parse/MpicResponse", ours)
        assert status == 200, read
        assert {what for _, what in compare(read, ours)} == {"added"}
        for perspective in (p for attempt in attempts(ours) for p in attempt):
            status, read = world.theirs.post("/parse/CheckResponse", perspective["check_response"])
            assert status == 200, read
            assert {what for _, what in compare(read, perspective["check_response"])} == {"added"}


# --- The document --------------------------------------------------------------------------------------------------------------------

def rows_of(title):
    """The cells of the first table below a title of docs/compatibility.md, without its head."""
    text = (lab.ROOT / "docs" / "compatibility.md").read_text()
    table = re.search(rf"^## {title}\n.*?\n\|---[^\n]*\n((?:\|[^\n]*\n)+)", text, re.M | re.S)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table[1].splitlines()]


def test_document_lists_the_differences_of_responses():
    assert sorted((path.strip("`"), what) for path, what, _ in rows_of("Responses")) == sorted(DIFFERENCES)


def test_document_lists_the_differences_of_verdicts():
    assert [tuple(row[:3]) for row in rows_of("Verdicts")] == [(name, str(theirs), str(ours)) for name, (_, theirs, ours) in DISAGREED.items()]


def test_document_names_the_version():
    assert f"**open-mpic-core {VERSION}**" in (lab.ROOT / "docs" / "compatibility.md").read_text()


# --- Between coordinator and perspective ---------------------------------------------------------------------------------------------

class Listener(http.server.ThreadingHTTPServer):
    """Perspectives that write down what they are asked, and answer what no coordinator can use."""

    def __init__(self):
        outer = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name  (the name is given)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append((self.path, self.headers["Content-Type"], json.loads(body, object_pairs_hook=list)))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.urls = {code: f"http://127.0.0.1:{self.server_address[1]}/{code}" for code in CODES}
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def take(self):
        """What was asked since the last time, in the order of the paths; names stay in their order, as lists of pairs."""
        asked, self.asked = sorted(self.asked), []
        return asked

    def stop(self):
        self.shutdown()
        self.server_close()


@pytest.fixture(scope="module")
def listened(world):
    """(listener, their coordinator, our coordinator)"""
    listener = world.lab.keep(Listener())
    # The listener gives no answers, and is not to be probed for that.
    ours = world.our_coordinator("ours_over_listener", listener.urls, health_failures_before_leaving_out=0)
    return listener, world.their_coordinator("theirs_over_listener", listener.urls), ours


@pytest.mark.parametrize("name", [name for name in AGREED if name != "caa of no name"])
def test_both_coordinators_ask_the_same(listened, name):
    listener, theirs, ours = listened
    request, _ = AGREED[name]
    (_, their_response), their_questions = theirs.post("/mpic", request), listener.take()
    (_, our_response), our_questions = ours.post("/mpic", request), listener.take()
    assert len(their_questions) >= len(CODES)
    assert our_questions == their_questions
    for response in (their_response, our_response):
        assert outcome(200, response) == UNKNOWN
        for perspective in response["perspectives"]:
            error, = perspective["check_response"]["errors"]
            assert error["error_type"] == "mpic_error:coordinator:remote_check"
            assert error["error_message"].startswith("The remote check failed to complete: Check failed for perspective "
                                                     f"{perspective['perspective_code']}, target {request['domain_or_ip_target']}: ")
            assert error["error_message"].endswith(f"; trace ID: {request.get('trace_identifier')}")


def test_perspectives_answer_alike(world):
    """/caa and /dcv themselves. A DCV check with an error is a 500 of the reference, with the answer in it all the same."""
    differ = set()
    for request, _ in AGREED.values():
        path = f"/{request['check_type']}"
        question = {key: value for key, value in request.items() if key not in ("check_type", "orchestration_parameters")}
        nonce = {"Mpic-Nonce": "0123456789abcdef" * 2}
        their_status, theirs = world.theirs.post("/eu-west-2" + path, question, headers=nonce)
        our_status, ours = world.ours["eu-west-2"].post(path, question, headers=nonce)
        assert (their_status, our_status) == (500 if path == "/dcv" and theirs["errors"] else 200, 200)
        differ |= set(found_differences({"check_response": theirs}, {"check_response": ours}))
    assert differ == {difference for difference in DIFFERENCES if difference[0].startswith("check_response.")}


def test_perspectives_refuse_alike_but_for_the_status(world):
    for path, question in (("/caa", {}), ("/dcv", {"domain_or_ip_target": "a.example"}), ("/dcv", b"{")):
        their_status, theirs = world.theirs.post("/eu-west-2" + path, question)
        our_status, ours = world.ours["eu-west-2"].post(path, question)
        assert (their_status, our_status) == (422, 400)
        assert theirs["detail"] and ours["validation_issues"]


def test_one_that_cannot_tell_costs_its_own_voice_only(world):
    """Perspectives whose DNS is silent: one of six is borne, six are not; the coordinator is of the other kind."""
    silent = ["127.0.0.1", lab.free_port()]
    theirs = world.reference("their_silent", dns=silent)
    stub = {"name": ".", "addresses": [f"{silent[0]}@{silent[1]}"]}
    ours = world.lab.perspective("us-east-2", dns={"stub_zones": [stub], "timeout_ms": 1000})
    for name, coordinator, good, bad in (("ours", world.our_coordinator, "theirs", f"{theirs.url}/us-east-2"),
                                         ("theirs", world.their_coordinator, "ours", ours.url)):
        request, _ = AGREED["caa permits"]
        _, body = coordinator(f"{name}_with_a_silent_one", world.urls[good] | {"us-east-2": bad}).post("/mpic", request)
        assert (body["is_valid"], body["mpic_completed"]) == (True, True), body
        answers = {p["perspective_code"]: p["check_response"] for p in body["perspectives"]}
        unsure = answers.pop("us-east-2")
        assert (unsure["check_completed"], unsure["check_passed"]) == (False, False)
        assert [error["error_type"] for error in unsure["errors"]] == ["mpic_error:caa_checker:lookup"]
        assert all(answer["check_passed"] for answer in answers.values())
        deaf = coordinator(f"{name}_with_silent_ones", {code: bad for code in CODES})
        _, body = deaf.post("/mpic", request)
        assert outcome(200, body) == UNKNOWN
        # To their perspectives any failure is permission then, but not to our coordinator; and ours want a proof.
        allowed = request | {"caa_check_parameters": {"allow_lookup_failure": True}}
        _, body = deaf.post("/mpic", allowed)
        passed = {p["check_response"]["check_passed"] for p in body["perspectives"]}
        assert (passed, body["is_valid"]) == ({name == "ours"}, False), body


# What mpic knows and the reference does not: an answer of one that did not look is never a yes.
OURS_ALONE = {
    "account_uris": caa("account.interop.example", caa_check_parameters={"account_uris": [ACCOUNT]}),
    "validation_method_labels": caa("account.interop.example", caa_check_parameters={"validation_method_labels": ["dns-01"]}),
    "certificate_type": caa("account.interop.example", caa_check_parameters={"certificate_type": "mark"}),
    "wildcard_policy": dcv("*.wildcard.interop.example", "dns-persistent", wildcard_policy="required", **PERSIST),
    "dns-account-01": dcv("account.interop.example", "dns-account-01", key_authorization_hash=DIGEST, account_uri=ACCOUNT),
}


@pytest.mark.parametrize("name", OURS_ALONE)
def test_what_their_perspectives_do_not_know_does_not_count(world, name):
    for perspectives, corroborating in (("ours", 6), ("mixed", 3), ("theirs", 0)):
        status, body = world.ask(f"ours_over_{perspectives}", OURS_ALONE[name])
        assert status == 200, body
        assert (body["is_valid"], body["corroboration"]["corroborating"]) == (corroborating == 6, corroborating), perspectives


# --- The published description -------------------------------------------------------------------------------------------------------

# Every request that version 3.5.0 of Open MPIC's OpenAPI description knows, with all properties that it gives it (written down from it;
# but url_scheme is not null, which the reference refuses although its description allows it).
DESCRIBED = {
    "website-change": {"http_token_path": "file.txt", "challenge_value": VALUE, "match_regex": None, "url_scheme": "http", "http_headers": None},
    "acme-http-01": {"token": "right", "key_authorization": KEY, "http_headers": {"User-Agent": "myCA.example.com"}},
    "acme-dns-01": {"key_authorization_hash": DIGEST},
    "acme-tls-alpn-01": {"key_authorization_hash": "a1" * 32},
    "dns-change": {"challenge_value": VALUE, "dns_record_type": "TXT", "dns_name_prefix": "_dcv", "require_exact_match": True},
    "contact-email-txt": {"challenge_value": "admin@example.com"},
    "contact-email-caa": {"challenge_value": "admin@example.com"},
    "contact-phone-txt": {"challenge_value": "+1 555 123 4567"},
    "contact-phone-caa": {"challenge_value": "+1 555 123 4567"},
    "ip-address": {"challenge_value": "192.0.2.1", "dns_record_type": "A"},
    "reverse-address-lookup": {"challenge_value": "host.example.com"},
}
DESCRIBED_CAA = [{}, {"certificate_type": "tls-server", "caa_domains": ["letsencrypt.org"]}, {"certificate_type": "s-mime", "caa_domains": []}]
ORCHESTRATION = {"perspective_count": 6, "quorum_count": 5, "max_attempts": 3}

# What the description requires of every response. Of an answer's details it requires what the reference gives them too.
REQUIRED = {"request_orchestration_parameters", "actual_orchestration_parameters", "domain_or_ip_target", "is_valid", "mpic_completed",
            "check_type", "perspectives"}
REQUIRED_ANSWER = {"check_completed", "check_passed", "timestamp_ns", "check_type", "details"}
REQUIRED_DETAILS = {"caa": {"caa_record_present", "found_at", "records_seen"},
                    "website-change": {"response_history", "response_url", "response_status_code", "response_page"},
                    "acme-tls-alpn-01": {"common_name"}}
REQUIRED_DETAILS["acme-http-01"] = REQUIRED_DETAILS["website-change"]
REQUIRED_DNS = {"records_seen", "response_code", "ad_flag", "found_at"}


def described_requests():
    for method, parameters in DESCRIBED.items():
        target = "1.2.0.192.in-addr.arpa" if method == "reverse-address-lookup" else "http.interop.example"
        for more in ({}, {"trace_identifier": "ac2d0392-8699-4037-a0e0-0a6db1ff8b89"}, {"orchestration_parameters": ORCHESTRATION}):
            yield pytest.param(method, dcv(target, method, **parameters) | more, id=f"{method}-{'-'.join(more) or 'plain'}")
    for i, parameters in enumerate(DESCRIBED_CAA):
        for target in ("permitted.signed.example", "*.permitted.signed.example"):
            yield pytest.param("caa", caa(target, caa_check_parameters=parameters, orchestration_parameters=ORCHESTRATION), id=f"caa-{i}-{target}")
    yield pytest.param("caa", caa("permitted.signed.example"), id="caa-plain")


@pytest.mark.parametrize("method,request_body", list(described_requests()))
def test_described_request_gets_the_described_response(world, method, request_body):
    status, body = world.ask("ours_over_ours", request_body)
    assert status == 200, body
    assert REQUIRED <= set(body) and f"{request_body['check_type']}_check_parameters" in body
    for perspective in (p for attempt in attempts(body) for p in attempt):
        assert set(perspective) == {"perspective_code", "check_response", "role"}
        assert REQUIRED_ANSWER <= set(perspective["check_response"])
        assert REQUIRED_DETAILS.get(method, REQUIRED_DNS) <= set(perspective["check_response"]["details"])
    assert body["actual_orchestration_parameters"].keys() == {"perspective_count", "quorum_count", "attempt_count"}
