"""Together with the Python reference of Open MPIC, the real one: the package open-mpic-core from PyPI, in a virtual environment of its
own (interop_service.py is its HTTP face). Its coordinator asks our perspectives, ours asks its perspectives, and the answers of both to
the same requests are compared property by property: DIFFERENCES lists all that may differ, and docs/compatibility.md says why."""
import json
import re
import subprocess
import sys
import time

import pytest

import hostile_http as web
import lab

VERSION = "6.5.0"
CODES = [region["code"] for region in lab.REGIONS]
WEB = "127.0.0.2"
DIGEST = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
KEY = "a-token.LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
VALUE = "a-challenge-of-many-characters"
ACCOUNT = "https://ca.example/acct/1"

ZONES = lab.ZONES | {
    "interop.example.": {"signed": True, "text": rf"""
_acme-challenge.one 60 TXT "{DIGEST}"
_acme-challenge.alias 60 CNAME _acme-challenge.one
_acme-challenge.other 60 TXT "another-digest"
_acme-challenge.xn--bcher-kva 60 TXT "{DIGEST}"
_dnsauth.change 60 TXT "before {VALUE} after"
_dnsauth.othertype 60 A 192.0.2.1
_dnsauth.change 60 CAA 0 anything "{VALUE}"
_dnsauth.cname 60 CNAME {VALUE}.ca.example.
_validation-contactemail.contact 60 TXT "admin@example.com"
contact 60 CAA 0 contactemail "admin@example.com"
_validation-persist.good 60 TXT "ca.example\; accounturi={ACCOUNT}"
_validation-persist.case 60 TXT "ca.example\; accounturi={ACCOUNT.upper()}"
below.wild 60 A 192.0.2.1
wild 60 CAA 0 issue "ca.example"
wild 60 CAA 0 issuewild "other-ca.example"
account 60 CAA 0 issue "ca.example\; accounturi={ACCOUNT}"
mail 60 CAA 0 issuemail "other-ca.example"
http 60 A {WEB}
http 60 CAA 0 issue "ca.example"
"""},
}
RULES = {
    "right": web.response(KEY.encode()), "other": web.response(b"another-key"), "moved": web.redirect("/right", "301 Moved Permanently"),
    "created": web.response(KEY.encode(), "201 Created"), "file.txt": web.response(b"<p>" + VALUE.encode() + b"</p>"),
}


# --- The reference -------------------------------------------------------------------------------------------------------------------

def make_environment():
    """The Python of a virtual environment with open-mpic-core. It stays in the build folder, for the next run."""
    folder = lab.BUILD / f"open-mpic-core-{VERSION}"
    python, done = folder / "bin" / "python", folder / "complete"
    if done.exists():
        return python
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


class World:
    """A lab; `perspectives` and `coordinators` of both kinds, the latter named COORDINATOR_over_PERSPECTIVES."""

    def __init__(self, python):
        self.lab, self.python, self.coordinators = lab.Lab(ZONES), python, {}
        try:
            self.http_port = lab.shared_port(WEB)
            self.web = self.lab.keep(web.HostileHttp(WEB, self.http_port, RULES))
            self.theirs = self.reference("theirs")
            settings = lab.dcv_settings(self.http_port, lab.shared_port(WEB), lab.shared_port(WEB))
            ours = {code: self.lab.perspective(code, **settings).url for code in CODES}
            theirs = {code: f"{self.theirs.url}/{code}" for code in CODES}
            mixed = {code: (ours if i % 2 else theirs)[code] for i, code in enumerate(CODES)}
            for name, urls in (("ours", ours), ("theirs", theirs), ("mixed", mixed)):
                self.coordinators[f"ours_over_{name}"] = self.our_coordinator(f"ours_over_{name}", urls)
                self.coordinators[f"theirs_over_{name}"] = self.their_coordinator(f"theirs_over_{name}", urls)
            self.urls = {"ours": ours, "theirs": theirs}
        except BaseException:
            self.lab.close()
            raise

    def reference(self, name, dns=None, coordinator=None):
        settings = {"dns": dns or [self.lab.dns.address, self.lab.dns.port], "dns_seconds": 1 if dns else 5, "caa_domains": [lab.CA_DOMAIN],
                    "http_port": self.http_port, "coordinator": coordinator}
        return self.lab.keep(Reference(self.python, self.lab.folder, name, settings))

    def their_coordinator(self, name, urls):
        places = {region["code"]: region["rir"] for region in lab.REGIONS}
        return self.reference(name, coordinator={
            "hash_secret": "the secret of a lab, not of a CA", "default_perspective_count": len(urls), "absolute_max_attempts": 3,
            "perspectives": [{"code": code, "rir": places[code], "url": url} for code, url in urls.items()]})

    def our_coordinator(self, name, urls):
        return self.lab.coordinator(urls, name=name, baseline="warn", default_perspective_count=len(urls), absolute_max_attempts=3)

    def ask(self, coordinator, request):
        """The response of the coordinator of that name."""
        status, body = self.coordinators[coordinator].post("/mpic", request)
        assert status == 200, body
        return body


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


def txt(target, **parameters):
    return dcv(target, "dns-change", challenge_value=VALUE, dns_record_type="TXT", dns_name_prefix="_dnsauth", **parameters)


PERSIST = {"issuer_domain_names": ["ca.example"], "expected_account_uri": ACCOUNT}

# name: request, what is valid. Both coordinators say the same, whoever their perspectives are.
AGREED = {
    "caa permits": (caa("permitted.signed.example"), True),
    "caa refuses": (caa("refused.signed.example"), False),
    "caa without a record": (caa("plain.signed.example", trace_identifier="a-trace"), True),
    "caa of an unsigned zone": (caa("www.permitted.unsigned.example"), True),
    "caa with a critical unknown": (caa("critical.signed.example"), False),
    "caa wildcard": (caa("*.wild.interop.example", caa_check_parameters={"caa_domains": ["other-ca.example"]}), True),
    "caa wildcard refused": (caa("*.wild.interop.example", caa_check_parameters={"caa_domains": ["ca.example"]}), False),
    "caa s-mime": (caa("mail.interop.example", caa_check_parameters={"certificate_type": "s-mime"}), False),
    "caa of nothing": (caa("nothing.signed.example", caa_check_parameters={}), True),
    "caa with other counts": (caa("permitted.signed.example", orchestration_parameters={"perspective_count": 6, "quorum_count": 6}), True),
    "acme-dns-01": (dcv("one.interop.example", "acme-dns-01", key_authorization_hash=DIGEST), True),
    "acme-dns-01 wildcard": (dcv("*.one.interop.example", "acme-dns-01", key_authorization_hash=DIGEST), True),
    "acme-dns-01 alias": (dcv("alias.interop.example", "acme-dns-01", key_authorization_hash=DIGEST), True),
    "acme-dns-01 U-label": (dcv("B\u00fccher.interop.example", "acme-dns-01", key_authorization_hash=DIGEST), True),
    "acme-dns-01 other": (dcv("other.interop.example", "acme-dns-01", key_authorization_hash=DIGEST), False),
    "dns-change": (txt("change.interop.example"), True),
    "dns-change exact": (txt("change.interop.example", require_exact_match=True), False),
    "dns-change CAA": (txt("change.interop.example") | {}, True),
    "dns-change nothing": (txt("nothing.interop.example"), False),
    "dns-change no data": (txt("othertype.interop.example"), False),
    "dns-change again": (txt("nothing.interop.example") | {"orchestration_parameters": {"max_attempts": 2}}, False),
    "contact-email-txt": (dcv("contact.interop.example", "contact-email-txt", challenge_value="admin@example.com"), True),
    "contact-email-caa": (dcv("contact.interop.example", "contact-email-caa", challenge_value="admin@example.com"), True),
    "dns-persistent": (dcv("good.interop.example", "dns-persistent", **PERSIST), True),
    "acme-http-01": (dcv("http.interop.example", "acme-http-01", token="right", key_authorization=KEY), True),
    "acme-http-01 moved": (dcv("http.interop.example", "acme-http-01", token="moved", key_authorization=KEY), True),
    "acme-http-01 other": (dcv("http.interop.example", "acme-http-01", token="other", key_authorization=KEY), False),
    "acme-http-01 missing": (dcv("http.interop.example", "acme-http-01", token="missing", key_authorization=KEY), False),
    "website-change": (dcv("http.interop.example", "website-change", challenge_value=VALUE, http_token_path="file.txt"), True),
}
AGREED["dns-change CAA"][0]["dcv_check_parameters"]["dns_record_type"] = "CAA"


@pytest.mark.parametrize("name", AGREED)
@pytest.mark.parametrize("coordinator", ["ours_over_theirs", "theirs_over_ours", "ours_over_mixed", "theirs_over_mixed"])
def test_verdict_is_right_in_mixed_company(world, coordinator, name):
    request, valid = AGREED[name]
    body = world.ask(coordinator, request)
    assert (body["is_valid"], body["mpic_completed"]) == (valid, True), body
    assert sorted(p["perspective_code"] for p in body["perspectives"]) == sorted(CODES)
    for perspective in body["perspectives"]:
        answer = perspective["check_response"]
        assert (answer["check_completed"], answer["check_passed"]) == (True, valid), answer


# --- Property by property ------------------------------------------------------------------------------------------------------------

def kind(value):
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def compare(theirs, ours, path=""):
    """Yields (path, what, theirs, ours) wherever `ours` is not what `theirs` is; `[]` in a path stands for any index."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in theirs:
            below = f"{path}.{name}" if path else name
            if name in ours:
                yield from compare(theirs[name], ours[name], below)
            else:
                yield below, "missing", theirs[name], None
        for name in ours:
            if name not in theirs:
                yield f"{path}.{name}" if path else name, "added", None, ours[name]
        if [name for name in ours if name in theirs] != [name for name in theirs if name in ours]:
            yield path, "order", list(theirs), list(ours)
    elif isinstance(theirs, list) and isinstance(ours, list):
        if len(theirs) != len(ours):
            yield path, "length", theirs, ours
        for one, other in zip(theirs, ours):
            yield from compare(one, other, path + "[]")
    elif kind(theirs) != kind(ours):
        yield path, "type", theirs, ours
    elif theirs != ours:
        yield path, "value", theirs, ours
