"""POST /dcv of one perspective: DNS methods over real zones, HTTP methods over real and hostile web servers."""
import base64
import hashlib
import ipaddress
import subprocess
import threading
import time

import pytest

import hostile_http as web
import lab

KEY = "a-token.LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
DIGEST = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
VALUE = "a-challenge-of-many-characters"
ACCOUNT = "https://ca.example/acct/1"
FAR_FUTURE, LONG_AGO = 4102444800, 1000000000

# What dns-account-01 asks for ACCOUNT: base32 of the first ten bytes of its SHA-256.
ACCOUNT_LABEL = "_" + base64.b32encode(hashlib.sha256(ACCOUNT.encode()).digest()[:10]).decode().lower()


def persistent(text):
    return '"' + text.replace('"', r'\"').replace(";", r"\;") + '"'


# The same records signed and not: what is found must not depend on it, only `dnssec`.
RECORDS = rf"""
_acme-challenge.one 60 TXT "{DIGEST}"
_acme-challenge.two 60 TXT "something else" "and more"
_acme-challenge.two 60 TXT "{DIGEST[:20]}" "{DIGEST[20:]}"
_acme-challenge.case 60 TXT "{DIGEST.lower()}"
_acme-challenge.blank 60 TXT "{DIGEST} "
_acme-challenge.split 60 TXT "{DIGEST[:20]}"
_acme-challenge.split 60 TXT "{DIGEST[20:]}"
_acme-challenge.binary 60 TXT "\255\254\000"
_acme-challenge.binary 60 TXT "{DIGEST}"
_acme-challenge.onlybinary 60 TXT "caf\233"
_acme-challenge.alias 60 CNAME _acme-challenge.one
_acme-challenge.loop 60 CNAME _acme-challenge.loop
_acme-challenge.othertype 60 A 192.0.2.1
_acme-challenge.*.star 60 TXT "never"
*.any 60 TXT "{DIGEST}"
_acme-challenge 60 TXT "{DIGEST}"
{ACCOUNT_LABEL}._acme-challenge.account 60 TXT "{DIGEST}"
_acme-challenge.notaccount 60 TXT "{DIGEST}"
_mine.change 60 TXT "before {VALUE} after"
change 60 TXT "{VALUE}"
change 60 CAA 0 anything "{VALUE}"
_cname.change 60 CNAME {VALUE}.ca.example.
exact.change 60 CNAME Verify.CA.example.
_validation-contactemail.contact 60 TXT "admin@example.com"
_validation-contactphone.contact 60 TXT "+1 555 123 4567"
contact 60 CAA 0 contactemail "Admin@example.com"
contact 60 CAA 0 contactphone "+1 555 123 4567"
contact 60 CAA 128 unknown "critical flags play no part"
below.contact 60 A 192.0.2.1
nearer.contact 60 CAA 0 issue "ca.example"
_validation-persist.good 60 TXT {persistent(f"ca.example; accounturi={ACCOUNT}")}
_validation-persist.until 60 TXT {persistent(f"ca.example; accounturi={ACCOUNT}; persistUntil={FAR_FUTURE}")}
_validation-persist.past 60 TXT {persistent(f"ca.example; accounturi={ACCOUNT}; persistUntil={LONG_AGO}")}
_validation-persist.hex 60 TXT {persistent(f"ca.example; accounturi={ACCOUNT}; persistUntil=0xffffffff")}
_validation-persist.wild 60 TXT {persistent(f"ca.example; accounturi={ACCOUNT}; policy=Wildcard")}
_validation-persist.trailing 60 TXT {persistent(f"ca.example; accounturi={ACCOUNT};")}
_validation-persist.other 60 TXT {persistent(f"other.example; accounturi={ACCOUNT}")}
_validation-persist.account 60 TXT {persistent("ca.example; accounturi=https://ca.example/acct/10")}
_validation-persist.many 60 TXT {persistent("nonsense;;;")}
_validation-persist.many 60 TXT "\255"
_validation-persist.many 60 TXT {persistent(f"CA.example; accounturi={ACCOUNT}")}
public 60 A 93.184.216.34
public 60 AAAA 2606:2800:220:1::34
"""

# Who serves what: all on the same ports, told apart by address.
HOSTILE, BANNER, NGINX, CHALLENGES, NOBODY, LATE = (f"127.0.0.{n}" for n in (2, 3, 4, 5, 6, 7))
WEB = f"""
www 60 A {HOSTILE}
customer 60 CNAME tenant
tenant 60 CNAME www
dual 60 A {HOSTILE}
dual 60 AAAA ::1
wrong6 60 A {HOSTILE}
wrong6 60 AAAA ::1
mixed 60 A 10.0.0.1
mixed 60 A {HOSTILE}
private 60 A 192.168.1.1
private 60 AAAA fd00::1
cloud 60 A 169.254.169.254
banner 60 A {BANNER}
nginx 60 A {NGINX}
nobody 60 A {NOBODY}
late 60 A {LATE}
alias 60 CNAME www
empty 60 TXT "no address"
"""
ZONES = lab.ZONES | {
    "secure.example.": {"signed": True, "text": RECORDS},
    "plain.example.": {"text": RECORDS},
    "web.example.": {"signed": True, "text": WEB},
    "broken.example.": {"signed": True, "ds": "wrong", "text": f'www 60 A {HOSTILE}\n_acme-challenge.www 60 TXT "{DIGEST}"\n'},
    "challenge.example.": {},
    # Reverse zones, so that addresses have names here.
    "arpa.": {"signed": True},
    "93.in-addr.arpa.": {"signed": True, "text": "34.216.184 60 PTR Host.example.com.\n_ip-validation-persist.34.216.184 60 TXT "
                         + persistent(f"ca.example; accounturi={ACCOUNT}") + "\n"},
    "6.2.ip6.arpa.": {"text": ipaddress.ip_address("2606:2800:220:1::34").reverse_pointer + ". 60 PTR host6.example.com.\n"},
}

HTTP_MS = 1500


def rules(port):
    """Token -> behaviour. `port`: what port 80 is here."""
    right = web.response(KEY.encode())
    chain = {f"hop{i}": web.redirect(f"/hop{i + 1}" if i < 19 else "/right") for i in range(20)}
    return chain | {
        "right": right,
        "newline": web.response(KEY.encode() + b"\r\n"),
        "other": web.response(b"another-key"),
        "longer": web.response(KEY.encode() + b"x"),
        "leading": web.response(b" " + KEY.encode()),
        "bom": web.response(b"\xef\xbb\xbf" + KEY.encode()),
        "created": web.response(KEY.encode(), "201 Created"),
        "nocontent": web.response(b"", "204 No Content", length=False),
        "partial": web.response(KEY.encode(), "206 Partial Content", "Content-Range: bytes 0-58/59"),
        "missing": web.response(KEY.encode(), "404 Not Found"),
        "failing": web.response(KEY.encode(), "500 Internal Server Error"),
        "unlimited": web.response(KEY.encode(), length=False),
        "chunked": web.chunked(KEY[:9].encode(), KEY[9:].encode()),
        "continued": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + right,
        "pieces": web.in_pieces(right, len(right) - 20, 0.1),
        "bytewise": web.in_pieces(right, 8, 0.01),
        # Never a yes.
        "drip": lambda c, r: (c.sendall(web.response(length=10000)), web.in_pieces(b"x" * 10000, 1, 0.05)(c, r)),
        "dripfields": web.in_pieces(right, 1, 0.05),
        "stall": web.silent,
        "halfstall": lambda c, r: (c.sendall(right[:-5]), web.silent(c, r)),
        "truncated": web.response(KEY.encode(), length=len(KEY) + 1),
        "cutchunk": web.chunked(KEY.encode(), end=b""),
        "closed": lambda c, r: None,
        "reset": web.reset,
        "huge": web.endless(web.response(length=False), b"x" * 4096),
        "hugeannounced": web.response(KEY.encode() + b" " * 200),
        "fieldflood": web.endless(b"HTTP/1.1 200 OK\r\n", b"X-Flood: " + b"x" * 1000 + b"\r\n"),
        "interimflood": web.endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "extension": web.endless(web.response(b"", "200 OK", "Transfer-Encoding: chunked", length=False) + b"1;", b"x" * 65536),
        "trailer": web.endless(web.chunked(KEY.encode(), end=b"0\r\n"), b"X-Flood: " + b"x" * 1000 + b"\r\n"),
        "nosize": web.chunked(end=b"\r\n\r\n"),
        "negative": web.chunked(end=b"-1\r\nx\r\n"),
        "hugesize": web.chunked(end=b"f" * 17 + b"\r\n"),
        "longchunk": web.chunked(end=b"1\r\nxyz\r\n0\r\n\r\n"),
        "gzip": web.gzipped(KEY.encode()),
        "bomb": web.gzipped(b"\0" * 10_000_000),
        "http09": KEY.encode(),
        "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
        "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "http2frame": b"\0\0\x12\x04\0\0\0\0\0" + b"\0\x03\0\0\0\x80" * 3,
        "tlsalert": b"\x15\x03\x01\x00\x02\x02\x46",
        # Redirects.
        "found": web.redirect("/right"),
        "moved": web.redirect(f"http://dual.web.example/right", "301 Moved Permanently"),
        "temporary": web.redirect(f"http://www.web.example:{port}/right", "307 Temporary Redirect"),
        "permanent": web.redirect("//www.web.example/right#x", "308 Permanent Redirect"),
        "toaddress": web.redirect(f"http://{HOSTILE}/right"),
        "seeother": web.redirect("/right", "303 See Other"),
        "choices": web.redirect("/right", "300 Multiple Choices"),
        "notmodified": web.redirect("/right", "304 Not Modified"),
        "nolocation": web.response(b"", "302 Found"),
        "port8080": web.redirect("http://www.web.example:8080/right"),
        "metadata": web.redirect("http://169.254.169.254/latest/meta-data"),
        "mapped": web.redirect("http://[::ffff:127.0.0.1]/right"),
        "inside": web.redirect("http://private.web.example/right"),
        "file": web.redirect("file:///etc/passwd"),
        "gopher": web.redirect("gopher://www.web.example/right"),
        "userinfo": web.redirect("http://www.web.example@private.web.example/right"),
        "decimal": web.redirect("http://2130706433/right"),
        "glued": web.redirect("http://www.web.example.well-known/right"),
        "self": web.redirect("/.well-known/acme-challenge/self"),
        "twolocations": web.response(b"", "302 Found", "Location: /right", "Location: /right"),
        "crlf": web.redirect("/right\x00x"),
        "echo": web.redirect("/echo?" + VALUE),
        # website-change.
        "file.txt": web.response(f"<html>\n{VALUE}\n</html>".encode()),
        "upper.txt": web.response(VALUE.upper().encode()),
        "long.txt": web.response(VALUE.encode() + b" " * 20000),
        "class.txt": web.response(b"\xd0\xbc" * 8000 + b"q"),
        "late.txt": web.response(b" " * 17000 + VALUE.encode()),
        "plain.txt": web.response(b"a" * 16384),
        "aaa.txt": web.response(b"a" * 60 + b"b"),
        "%41%7E": web.response(VALUE.encode()),
    }


class Nginx:
    """nginx with a certificate of its own; http redirects to https."""

    def __init__(self, folder, address, http_port, https_port):
        folder.mkdir()
        files = folder / "www" / ".well-known"
        for name, text in (("acme-challenge/right", KEY + "\n"), ("pki-validation/file.txt", VALUE)):
            path = files / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=nginx", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
        (folder / "nginx.conf").write_text(f"""
daemon off; user root; pid {folder}/nginx.pid; worker_processes 1; error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  gzip on; gzip_min_length 1; gzip_types text/plain application/octet-stream;
  server {{ listen {address}:{http_port}; server_name nginx.web.example;
    location /.well-known/acme-challenge/ {{ return 301 https://nginx.web.example$request_uri; }}
    location / {{ root {folder}/www; }} }}
  server {{ listen {address}:{https_port} ssl http2; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    root {folder}/www; }}
}}
""")
        self.process = lab.Process(["nginx", "-e", "stderr", "-c", folder / "nginx.conf", "-p", folder], folder / "nginx.log")
        lab.wait_until(lambda: (folder / "nginx.pid").exists(), 10, "nginx running")

    def stop(self):
        self.process.stop()


class World:
    """A lab whose applicants' servers all listen on the same two ports, each on a loopback address of its own."""

    def __init__(self):
        self.lab = lab.Lab(ZONES)
        try:
            self.http_port, self.https_port, self.tls_port = (
                lab.shared_port("::1", HOSTILE, BANNER, NGINX, CHALLENGES, NOBODY, LATE) for _ in range(3))
            self.web = self.lab.keep(web.HostileHttp(HOSTILE, self.http_port, rules(self.http_port)))
            self.lab.keep(web.HostileHttp(BANNER, self.http_port, greeting=b"SSH-2.0-OpenSSH_9.2\r\n"))
            self.lab.keep(Nginx(self.lab.folder / "nginx", NGINX, self.http_port, self.https_port))
            self.challenges = self.lab.keep(lab.Challenges(self.lab.folder, CHALLENGES, self.http_port, self.https_port, self.tls_port))
            stubs = [s for s in self.lab.dns.stubs() if s["name"] != "challenge.example."] + [self.challenges.stub("challenge.example.")]
            self.settings = {"dns": {"stub_zones": stubs, "timeout_ms": 1000}} | lab.dcv_settings(
                self.http_port, self.https_port, self.tls_port, timeout_ms=HTTP_MS)
            self.perspective = self.lab.perspective("eu-west-2", **self.settings)
        except BaseException:
            self.lab.close()
            raise

    def ask(self, target, method, **parameters):
        """The check_response; its form is tested each time."""
        status, body = self.perspective.post("/dcv", {"domain_or_ip_target": target,
                                                      "dcv_check_parameters": {"validation_method": method} | parameters})
        assert status == 200, body
        assert list(body)[:6] == ["check_completed", "check_passed", "errors", "timestamp_ns", "check_type", "details"]
        assert body["check_type"] == "dcv" and body["perspective_code"] == "eu-west-2"
        assert body["details"]["validation_method"] == method
        assert abs(body["timestamp_ns"] - time.time_ns()) < 60 * 10**9
        return body


@pytest.fixture(scope="module")
def world():
    running = World()
    yield running
    running.lab.close()


def verdict(body):
    pair = (body["check_completed"], body["check_passed"])
    return {(True, True): "pass", (True, False): "fail", (False, False): "unknown"}[pair]


def assert_verdict(body, expected, problem=None):
    assert (verdict(body), body["details"]["problem"]) == (expected, problem), body
    assert expected != "pass" or not body["errors"]
    assert expected != "unknown" or body["errors"]


def addresses(details):
    """Of each hop: the address used."""
    return [hop["address_used"] for hop in details["hops"]]


# --- DNS methods ---------------------------------------------------------------------------------------------------------------------

DNS_01 = {"key_authorization_hash": DIGEST}
PERSIST = {"issuer_domain_names": ["ca.example"], "expected_account_uri": ACCOUNT}
DNS_CASES = [
    # label of the target, method, parameters, verdict, problem
    ("one", "acme-dns-01", DNS_01, "pass", None),
    ("*.one", "acme-dns-01", DNS_01, "pass", None),
    ("ONE", "acme-dns-01", DNS_01, "pass", None),
    ("two", "acme-dns-01", DNS_01, "pass", None),
    ("", "acme-dns-01", DNS_01, "pass", None),
    ("case", "acme-dns-01", DNS_01, "fail", "no_match"),
    ("blank", "acme-dns-01", DNS_01, "fail", "no_match"),
    ("split", "acme-dns-01", DNS_01, "fail", "no_match"),
    ("binary", "acme-dns-01", DNS_01, "pass", None),
    ("onlybinary", "acme-dns-01", DNS_01, "fail", "no_match"),
    ("alias", "acme-dns-01", DNS_01, "pass", None),
    ("loop", "acme-dns-01", DNS_01, "unknown", "dns_alias"),
    ("othertype", "acme-dns-01", DNS_01, "fail", "no_data"),
    ("nothing", "acme-dns-01", DNS_01, "fail", "nxdomain"),
    ("x.any", "acme-dns-01", DNS_01, "pass", None),
    ("account", "dns-account-01", DNS_01 | {"account_uri": ACCOUNT}, "pass", None),
    ("notaccount", "dns-account-01", DNS_01 | {"account_uri": ACCOUNT}, "fail", "nxdomain"),
    ("change", "dns-change", {"challenge_value": VALUE, "dns_record_type": "TXT", "dns_name_prefix": "_mine"}, "pass", None),
    ("change", "dns-change", {"challenge_value": VALUE, "dns_record_type": "TXT", "dns_name_prefix": "_mine", "require_exact_match": True},
     "fail", "no_match"),
    ("change", "dns-change", {"challenge_value": VALUE.upper(), "dns_record_type": "TXT", "dns_name_prefix": "_mine"}, "fail", "no_match"),
    ("change", "dns-change", {"challenge_value": VALUE.upper(), "dns_record_type": "TXT", "require_exact_case": False}, "pass", None),
    ("change", "dns-change", {"challenge_value": VALUE, "dns_record_type": "TXT", "require_exact_match": True}, "pass", None),
    ("change", "dns-change", {"challenge_value": VALUE.upper(), "dns_record_type": "CAA"}, "pass", None),
    ("below.change", "dns-change", {"challenge_value": VALUE, "dns_record_type": "CAA"}, "fail", "nxdomain"),
    ("change", "dns-change", {"challenge_value": VALUE, "dns_record_type": "CNAME", "dns_name_prefix": "_cname"}, "pass", None),
    ("exact.change", "dns-change", {"challenge_value": "verify.ca.example", "dns_record_type": "CNAME", "require_exact_match": True},
     "pass", None),
    ("exact.change", "dns-change", {"challenge_value": "erify.ca.example", "dns_record_type": "CNAME", "require_exact_match": True},
     "fail", "no_match"),
    ("change", "dns-change", {"challenge_value": VALUE, "dns_record_type": "TXT", "dns_name_prefix": "mine"}, "unknown", "parameter"),
    ("change", "dns-change", {"challenge_value": VALUE, "dns_record_type": "TXT", "dns_name_prefix": "_a._b"}, "unknown", "parameter"),
    ("change", "dns-change", {"challenge_value": "", "dns_record_type": "TXT"}, "unknown", "parameter"),
    ("contact", "contact-email-txt", {"challenge_value": "ADMIN@example.com"}, "pass", None),
    ("contact", "contact-email-txt", {"challenge_value": "dmin@example.com"}, "fail", "no_match"),
    ("contact", "contact-phone-txt", {"challenge_value": "+1 555 123 4567"}, "pass", None),
    ("contact", "contact-email-caa", {"challenge_value": "admin@example.com"}, "pass", None),
    ("below.contact", "contact-email-caa", {"challenge_value": "admin@example.com"}, "pass", None),
    ("*.contact", "contact-phone-caa", {"challenge_value": "+1 555 123 4567"}, "pass", None),
    ("nearer.contact", "contact-email-caa", {"challenge_value": "admin@example.com"}, "fail", "no_match"),
    ("one", "contact-email-caa", {"challenge_value": "admin@example.com"}, "fail", "no_match"),
    ("good", "dns-persistent", PERSIST, "pass", None),
    ("until", "dns-persistent", PERSIST, "pass", None),
    ("past", "dns-persistent", PERSIST, "fail", "no_match"),
    ("hex", "dns-persistent", PERSIST, "fail", "no_match"),
    ("trailing", "dns-persistent", PERSIST, "fail", "no_match"),
    ("other", "dns-persistent", PERSIST, "fail", "no_match"),
    ("account", "dns-persistent", PERSIST, "fail", "no_match"),
    ("one", "dns-persistent", PERSIST, "fail", "nxdomain"),
    ("many", "dns-persistent", PERSIST, "pass", None),
    ("*.good", "dns-persistent", PERSIST, "pass", None),
    ("*.good", "dns-persistent", PERSIST | {"wildcard_policy": "required"}, "fail", "no_match"),
    ("*.wild", "dns-persistent", PERSIST | {"wildcard_policy": "required"}, "pass", None),
    ("public", "ip-address", {"challenge_value": "93.184.216.34", "dns_record_type": "A"}, "pass", None),
    ("public", "ip-address", {"challenge_value": "2606:2800:0220:0001::0034", "dns_record_type": "AAAA"}, "pass", None),
    ("public", "ip-address", {"challenge_value": "93.184.216.35", "dns_record_type": "A"}, "fail", "no_match"),
    ("*.public", "ip-address", {"challenge_value": "93.184.216.34", "dns_record_type": "A"}, "unknown", "parameter"),
]


@pytest.mark.parametrize("zone,dnssec", [("secure.example", "secure"), ("plain.example", "insecure")])
@pytest.mark.parametrize("label,method,parameters,expected,problem", DNS_CASES)
def test_dns_method_verdict_and_evidence(world, zone, dnssec, label, method, parameters, expected, problem):
    body = world.ask(f"{label}.{zone}".lstrip("."), method, **parameters)
    assert_verdict(body, expected, problem)
    details = body["details"]
    if problem == "parameter":
        assert details.get("query_name") is None and details.get("dnssec") is None
        return
    assert details["query_name"].endswith(zone)
    if expected != "unknown":
        assert details["dnssec"] == dnssec
        assert details["ad_flag"] is (dnssec == "secure")
        assert details["response_code"] == (3 if problem == "nxdomain" else 0)
    assert ("lookups" in details) == (method in ("contact-email-caa", "contact-phone-caa"))
    assert (details.get("matched_record") is not None) == (expected == "pass")
    if problem in ("nxdomain", "no_data"):
        assert details["records_seen"] == [] and details["found_at"] is None
        assert body["errors"][0]["error_type"] == "mpic_error:dcv_checker:lookup"
    if problem == "no_match":
        assert body["errors"] is None


def test_dns_binary_text_is_shown_escaped(world):
    seen = world.ask("binary.secure.example", "acme-dns-01", **DNS_01)["details"]["records_seen"]
    assert sorted(seen) == sorted([DIGEST, "\\255\\254\\000"])


def test_dns_alias_is_followed_and_shown(world):
    details = world.ask("alias.secure.example", "acme-dns-01", **DNS_01)["details"]
    assert details["cname_chain"] == ["_acme-challenge.one.secure.example."]
    assert details["found_at"] == details["query_name"] == "_acme-challenge.alias.secure.example"
    assert details["owner_name"] == "_acme-challenge.one.secure.example"


def test_dns_broken_signatures_are_never_a_yes(world):
    body = world.ask("www.broken.example", "acme-dns-01", **DNS_01)
    assert_verdict(body, "unknown", "dnssec_bogus")
    assert body["details"]["dnssec"] == "bogus" and body["details"]["records_seen"] is None


def test_dns_persistent_rejections_name_their_reason(world):
    rejected = world.ask("past.secure.example", "dns-persistent", **PERSIST)["details"]["rejected_records"]
    assert len(rejected) == 1 and rejected[0]["index"] == 0 and rejected[0]["reason"]


@pytest.mark.parametrize("target,method,parameters,expected,problem", [
    ("93.184.216.34", "reverse-address-lookup", {"challenge_value": "host.example.com."}, "pass", None),
    ("34.216.184.93.in-addr.arpa", "reverse-address-lookup", {"challenge_value": "host.example.com"}, "pass", None),
    ("93.184.216.34", "reverse-address-lookup", {"challenge_value": "ost.example.com"}, "fail", "no_match"),
    ("2606:2800:220:1::34", "reverse-address-lookup", {"challenge_value": "host6.example.com"}, "pass", None),
    ("www.web.example", "reverse-address-lookup", {"challenge_value": "host.example.com"}, "unknown", "parameter"),
    ("93.184.216.34", "dns-persistent", PERSIST, "pass", None),
    ("93.184.216.34", "acme-dns-01", DNS_01, "unknown", "parameter"),
    ("10.0.0.1", "reverse-address-lookup", {"challenge_value": "host.example.com"}, "fail", "address_refused"),
    ("www.web.example", "ip-address", {"challenge_value": "10.0.0.1", "dns_record_type": "A"}, "fail", "address_refused"),
])
def test_dns_methods_of_addresses(world, target, method, parameters, expected, problem):
    body = world.ask(target, method, **parameters)
    assert_verdict(body, expected, problem)
    if method == "dns-persistent":
        assert body["details"]["query_name"] == "_ip-validation-persist.34.216.184.93.in-addr.arpa"


# --- HTTP methods --------------------------------------------------------------------------------------------------------------------

def http_01(world, target, token, **more):
    return world.ask(target, "acme-http-01", token=token, key_authorization=KEY, **more)


HTTP_CASES = [
    # token, verdict, problem, status code reported
    ("right", "pass", None, 200), ("newline", "pass", None, 200), ("created", "pass", None, 201), ("unlimited", "pass", None, 200),
    ("chunked", "pass", None, 200), ("continued", "pass", None, 200), ("pieces", "pass", None, 200), ("bytewise", "pass", None, 200),
    ("other", "fail", "no_match", 200), ("longer", "fail", "no_match", 200), ("leading", "fail", "no_match", 200),
    ("bom", "fail", "no_match", 200), ("nocontent", "fail", "no_match", 204), ("partial", "fail", "http_status", 206),
    ("missing", "fail", "http_status", 404), ("failing", "fail", "http_status", 500), ("absent", "fail", "http_status", 404),
    ("drip", "unknown", "read_timeout", 200), ("dripfields", "unknown", "read_timeout", None),
    ("stall", "unknown", "read_timeout", None), ("halfstall", "unknown", "read_timeout", 200),
    ("truncated", "unknown", "disconnected", 200), ("cutchunk", "unknown", "disconnected", 200), ("closed", "unknown", "disconnected", None),
    ("reset", "unknown", "disconnected", None), ("huge", "fail", "body_too_large", 200), ("hugeannounced", "fail", "body_too_large", 200),
    ("fieldflood", "unknown", "http_protocol", None), ("interimflood", "unknown", "http_protocol", None),
    ("extension", "unknown", "http_protocol", 200), ("trailer", "unknown", "http_protocol", 200),
    ("nosize", "unknown", "http_protocol", 200), ("negative", "unknown", "http_protocol", 200),
    ("hugesize", "unknown", "http_protocol", 200), ("longchunk", "unknown", "http_protocol", 200),
    ("gzip", "fail", "http_status", 200), ("bomb", "fail", "http_status", 200), ("http09", "unknown", "http_protocol", None),
    ("ssh", "unknown", "http_protocol", None), ("http2", "unknown", "http_protocol", None), ("http2frame", "unknown", "http_protocol", None),
    ("tlsalert", "unknown", "http_protocol", None),
    ("found", "pass", None, 200), ("moved", "pass", None, 200), ("temporary", "pass", None, 200), ("permanent", "pass", None, 200),
    ("toaddress", "pass", None, 200), ("hop1", "pass", None, 200), ("hop0", "unknown", "too_many_redirects", 302),
    ("self", "unknown", "too_many_redirects", 302), ("nolocation", "fail", "http_status", 302),
    ("seeother", "fail", "redirect_invalid", 303), ("choices", "fail", "redirect_invalid", 300),
    ("notmodified", "fail", "redirect_invalid", 304), ("port8080", "fail", "redirect_invalid", 302),
    ("file", "fail", "redirect_invalid", 302), ("gopher", "fail", "redirect_invalid", 302), ("userinfo", "fail", "redirect_invalid", 302),
    ("decimal", "fail", "redirect_invalid", 302), ("glued", "fail", "redirect_invalid", 302),
    ("twolocations", "fail", "redirect_invalid", 302), ("metadata", "fail", "address_refused", 302),
    ("mapped", "fail", "address_refused", 302), ("inside", "fail", "address_refused", 302),
]


@pytest.mark.parametrize("token,expected,problem,status", HTTP_CASES)
def test_http_01_verdict_and_evidence(world, token, expected, problem, status):
    started = time.monotonic()
    body = http_01(world, "www.web.example", token)
    assert_verdict(body, expected, problem)
    assert time.monotonic() - started < HTTP_MS / 1000 + 2
    details = body["details"]
    assert details["response_status_code"] == status
    url = f"http://www.web.example/.well-known/acme-challenge/{token}"
    assert details["response_url"] == (url if status else None)
    assert details["hops"][0]["url"] == url and details["hops"][0]["address_used"] == HOSTILE
    assert details["hops"][0]["ipv4_status"] == "ok" and details["hops"][0]["ipv6_status"] == "nodata"
    assert details["final_url"] == details["hops"][-1]["url"]
    assert {"http.http_port", "network.allow_addresses"} <= set(details["local_policy"])
    if expected == "pass":
        assert base64.b64decode(details["response_page"]).decode().strip() == KEY
        assert details.get("dnssec") in ("secure", None)
    if problem == "redirect_invalid":
        assert len(details["hops"]) == 1
        assert body["errors"][0]["error_type"] == "mpic_error:redirect:invalid"
        assert details["response_history"][0]["status_code"] == status
    if problem == "http_protocol":
        assert len(body["errors"][0]["error_message"]) > len("There was an error looking up the DCV record. Error type: ")


def test_http_01_aliases_of_the_addresses_are_told(world):
    body = http_01(world, "customer.web.example", "right")
    assert_verdict(body, "pass", None)
    chain = ["tenant.web.example.", "www.web.example."]
    assert body["details"]["hops"][0]["lookups"] == [
        {"name": "customer.web.example", "type": "AAAA", "outcome": "nodata", "status": "secure", "cname_chain": chain},
        {"name": "customer.web.example", "type": "A", "outcome": "ok", "status": "secure", "cname_chain": chain}]


def test_http_01_location_with_a_control_character_is_never_followed(world):
    assert verdict(http_01(world, "www.web.example", "crlf")) != "pass"


@pytest.mark.parametrize("target,expected,problem", [
    ("dual.web.example", "pass", None),                     # nothing listens on ::1
    ("mixed.web.example", "pass", None),                    # one address is refused, the other is used
    ("alias.web.example", "pass", None),
    (HOSTILE, "pass", None),
    ("private.web.example", "fail", "address_refused"),
    ("cloud.web.example", "fail", "address_refused"),
    ("10.0.0.1", "fail", "address_refused"),
    ("[fe80::1]", "fail", "address_refused"),
    ("nobody.web.example", "unknown", "connect_failed"),
    ("banner.web.example", "unknown", "http_protocol"),
    ("empty.web.example", "unknown", "no_address"),
    ("nothing.web.example", "unknown", "no_address"),
    ("www.broken.example", "unknown", "dnssec_bogus"),
    ("*.web.example", "unknown", "parameter"),
    ("localhost", "unknown", "no_address"),                 # no hosts file
])
def test_http_01_addresses(world, target, expected, problem):
    body = http_01(world, target, "right")
    assert_verdict(body, expected, problem)
    if problem == "address_refused":
        assert body["errors"][0]["error_type"] == "mpic_error:dcv_checker:address_refused"
        assert "RFC" in body["errors"][0]["error_message"]
        assert body["details"]["hops"][0]["addresses_refused"]


def test_http_01_ipv6_comes_first_and_is_not_masked(world):
    details = http_01(world, "dual.web.example", "right")["details"]
    assert [t["outcome"] for t in details["hops"][0]["addresses_tried"]] == ["connect_failed", "connected"]
    assert addresses(details) == [HOSTILE]
    server = web.HostileHttp("::1", world.http_port, {"right": web.response(b"another-key")})
    try:
        body = http_01(world, "wrong6.web.example", "right")
        assert_verdict(body, "fail", "no_match")
        assert addresses(body["details"]) == ["::1"]
        assert server.requests[-1].field("Host") == "wrong6.web.example"
    finally:
        server.stop()


def test_http_01_request_on_the_wire(world):
    http_01(world, "www.web.example", "right")
    request = world.web.requests[-1]
    assert (request.method, request.path, request.version) == ("GET", "/.well-known/acme-challenge/right", "HTTP/1.1")
    assert request.field("Host") == "www.web.example"
    assert request.field("Accept") == "*/*"
    assert request.field("Accept-Encoding") == "identity"
    assert request.field("User-Agent").startswith("mpic/")
    for name in ("Referer", "Cookie", "Authorization", "Content-Length", "Range"):
        assert request.field(name) is None


def test_http_01_callers_headers_stay_at_the_first_origin(world):
    body = http_01(world, "www.web.example", "moved", http_headers={"User-Agent": "ca/1", "Accept": "text/plain", "X-Key": "1"})
    assert_verdict(body, "pass")
    first, second = world.web.requests[-2:]
    assert (first.field("X-Key"), second.field("X-Key")) == ("1", None)
    assert [r.field("User-Agent") for r in (first, second)] == ["ca/1", "ca/1"]
    assert [r.field("Accept") for r in (first, second)] == ["text/plain", "text/plain"]
    assert [r.field("Host") for r in (first, second)] == ["www.web.example", "dual.web.example"]


@pytest.mark.parametrize("headers", [{"Host": "other.example"}, {"Transfer-Encoding": "chunked"}, {"X": "a\r\nY: b"}, {"Accept-Encoding": "gzip"},
                                     {"Range": "bytes=0-"}])
def test_http_01_dangerous_headers_are_refused(world, headers):
    before = len(world.web.requests)
    assert_verdict(http_01(world, "www.web.example", "right", http_headers=headers), "unknown", "parameter")
    assert len(world.web.requests) == before


def website(world, target, path, **more):
    return world.ask(target, "website-change", **({"challenge_value": VALUE, "http_token_path": path} | more))


@pytest.mark.parametrize("path,parameters,expected,problem", [
    ("file.txt", {}, "pass", None),
    ("deep//%7Euser/file.txt", {}, "pass", None),
    ("upper.txt", {}, "fail", "no_match"),
    ("upper.txt", {"require_exact_case": False}, "pass", None),
    ("long.txt", {}, "pass", None),
    ("late.txt", {}, "fail", "no_match"),
    ("file.txt", {"match_regex": "^<html>\\s+a-challenge"}, "pass", None),
    ("file.txt", {"match_regex": "^a-challenge"}, "fail", "no_match"),
    ("file.txt", {"challenge_value": "", "match_regex": "of-\\w+"}, "pass", None),
    ("aaa.txt", {"challenge_value": "", "match_regex": "(a+)+$"}, "unknown", "regex_limit"),
    ("long.txt", {"match_regex": "^a-"}, "fail", "body_too_large"),
    ("echo", {}, "fail", "redirect_invalid"),
    ("../acme-challenge/right", {}, "unknown", "parameter"),
    ("%2e%2e/right", {}, "unknown", "parameter"),
    ("file.txt?x", {}, "unknown", "parameter"),
    (VALUE, {}, "unknown", "parameter"),
    ("file.txt", {"match_regex": "("}, "unknown", "parameter"),
    ("file.txt", {"challenge_value": ""}, "unknown", "parameter"),
])
def test_website_change(world, path, parameters, expected, problem):
    before = len(world.web.requests)
    body = website(world, "www.web.example", path, **parameters)
    assert_verdict(body, expected, problem)
    if problem == "parameter":
        assert len(world.web.requests) == before
    else:
        assert world.web.requests[before].path == f"/.well-known/pki-validation/{path}"


def test_website_change_on_nginx(world):
    assert_verdict(website(world, "nginx.web.example", "file.txt"), "pass")
    body = website(world, "nginx.web.example", "file.txt", url_scheme="https")
    assert_verdict(body, "pass")
    assert body["details"]["hops"][0]["tls_version"] == "TLSv1.3"
    assert body["details"]["response_url"] == "https://nginx.web.example/.well-known/pki-validation/file.txt"


def test_http_01_redirected_to_https_by_nginx(world):
    body = http_01(world, "nginx.web.example", "right")
    assert_verdict(body, "pass")
    details = body["details"]
    assert details["response_history"] == [{"status_code": 301, "url": "https://nginx.web.example/.well-known/acme-challenge/right"}]
    assert details["final_url"] == "https://nginx.web.example/.well-known/acme-challenge/right"
    assert {"http.http_port", "http.https_port"} <= set(details["local_policy"])


def test_http_01_of_pebbles_server(world):
    assert world.challenges.add("add-http01", token="pebble", content=KEY) == 200
    assert_verdict(http_01(world, "www.challenge.example", "pebble"), "pass")


# --- TLS-ALPN-01 ---------------------------------------------------------------------------------------------------------------------

HASH = hashlib.sha256(KEY.encode()).digest()


class TlsServer:
    """`openssl s_server` with a certificate made for it."""

    def __init__(self, folder, port, config, *options, address=LATE):
        (folder / "cert.cnf").write_text(f"[req]\ndistinguished_name = dn\nx509_extensions = ext\nprompt = no\n[dn]\nCN = anybody\n[ext]\n{config}\n")
        self.key, self.cert = folder / "key.pem", folder / "cert.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-config", folder / "cert.cnf", "-keyout", self.key, "-out", self.cert)
        self.process = lab.Process(["openssl", "s_server", "-accept", f"{address}:{port}", "-cert", self.cert, "-key", self.key, "-www", *options],
                                   folder / "s_server.log")
        lab.wait_until(lambda: "ACCEPT" in self.process.output() or not self.process.running(), 10, "s_server listening")
        assert self.process.running(), self.process.output()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop(seconds=5)


def run(*arguments):
    subprocess.run([str(a) for a in arguments], check=True, capture_output=True)


def extensions(san="DNS:late.web.example", digest=HASH, critical="critical,", octets=None):
    der = octets if octets is not None else b"\x04\x20" + digest
    lines = [f"subjectAltName = {san}"] if san else []
    if der:
        lines.append(f"1.3.6.1.5.5.7.1.31 = {critical}DER:{der.hex()}")
    return "\n".join(lines)


ACME = ("-alpn", "acme-tls/1")
TLS_CASES = [
    # what it shows, extensions, options of s_server, verdict, problem
    ("right", extensions(), ACME, "pass", None),
    ("upper case", extensions(san="DNS:LATE.web.Example"), ACME, "pass", None),
    ("TLS 1.2", extensions(), (*ACME, "-tls1_2"), "pass", None),
    ("TLS 1.1", extensions(), (*ACME, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "unknown", "tls_failed"),
    ("no ALPN", extensions(), (), "fail", "protocol_not_negotiated"),
    ("another ALPN", extensions(), ("-alpn", "h2"), None, None),
    ("no SAN", extensions(san=None), ACME, "fail", "extension_missing"),
    ("no acmeIdentifier", extensions(octets=b""), ACME, "fail", "extension_missing"),
    ("two names", extensions(san="DNS:late.web.example,DNS:other.example"), ACME, "fail", "no_single_san"),
    ("another name", extensions(san="DNS:other.example"), ACME, "fail", "san_not_hostname"),
    ("an address", extensions(san=f"IP:{LATE}"), ACME, "fail", "san_not_dnsname"),
    ("not critical", extensions(critical=""), ACME, "fail", "noncritical_alpn_extension"),
    ("another digest", extensions(digest=bytes(32)), ACME, "fail", "digest_mismatch"),
    ("short digest", extensions(octets=b"\x04\x1f" + HASH[:31]), ACME, "fail", "malformed_extension"),
    ("trailing bytes", extensions(octets=b"\x04\x20" + HASH + b"\x00"), ACME, "fail", "malformed_extension"),
]


def tls_alpn(world, target):
    return world.ask(target, "acme-tls-alpn-01", key_authorization_hash=HASH.hex())


@pytest.mark.parametrize("what,config,options,expected,problem", TLS_CASES, ids=[row[0].replace(" ", "-") for row in TLS_CASES])
def test_tls_alpn_verdict_and_evidence(world, folder, what, config, options, expected, problem):
    with TlsServer(folder, world.tls_port, config, *options):
        body = tls_alpn(world, "late.web.example")
    if expected is None:  # the server may refuse or go on without; neither is a yes
        assert verdict(body) != "pass", body
        return
    assert_verdict(body, expected, problem)
    details = body["details"]
    assert details["sni"] == "late.web.example" and details["address_used"] == LATE
    assert {"tls_alpn.port", "network.allow_addresses"} <= set(details["local_policy"])
    if expected == "unknown":
        assert details.get("certificate") is None
        return
    assert details["common_name"] == "anybody"
    assert details["tls_version"] == ("TLSv1.2" if "-tls1_2" in options else "TLSv1.3")
    assert base64.b64decode(details["certificate"])[:1] == b"\x30"
    if expected == "pass":
        assert body["errors"] == [] and details["digest_seen"] == HASH.hex()
    else:
        assert body["errors"][0]["error_type"].endswith(problem)


def test_tls_alpn_of_an_address(world, folder):
    with TlsServer(folder, world.tls_port, extensions(san=f"IP:{LATE}"), *ACME):
        body = tls_alpn(world, LATE)
    assert_verdict(body, "pass")
    assert body["details"]["sni"] == "7.0.0.127.in-addr.arpa"


def test_tls_alpn_issued_certificate_is_not_self_signed(world, folder):
    with TlsServer(folder, world.tls_port, "basicConstraints = critical,CA:true"):
        pass  # made the key and certificate of an issuer
    (folder / "leaf.cnf").write_text(extensions())
    run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=anybody",
        "-keyout", folder / "leaf.key", "-out", folder / "leaf.csr")
    run("openssl", "x509", "-req", "-in", folder / "leaf.csr", "-CA", folder / "cert.pem", "-CAkey", folder / "key.pem", "-days", "2",
        "-extfile", folder / "leaf.cnf", "-out", folder / "leaf.pem")
    with TlsServer(folder, world.tls_port, extensions(), *ACME, "-cert", folder / "leaf.pem", "-key", folder / "leaf.key"):
        body = tls_alpn(world, "late.web.example")
    assert_verdict(body, "fail", "not_self_signed")


@pytest.mark.parametrize("name,rule,problem", [
    ("plain http", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "tls_failed"),
    ("ssh", b"SSH-2.0-OpenSSH_9.2\r\n", "tls_failed"),
    ("alert", b"\x15\x03\x01\x00\x02\x02\x78", "tls_failed"),
    ("flood", b"\x16\x03\x03\x40\x00\x0b\x00\x3f\xfc" + bytes(60000), "tls_failed"),
])
def test_tls_alpn_what_is_not_tls_is_never_a_yes(world, name, rule, problem):
    server = web.HostileHttp(LATE, world.tls_port, greeting=rule)
    try:
        assert_verdict(tls_alpn(world, "late.web.example"), "unknown", problem)
    finally:
        server.stop()


# A prime is not needed: the client must refuse before it computes with it.
DH_10000 = "asn1=SEQUENCE:dh\n[dh]\np=INTEGER:0x" + "f" * 2500 + "\ng=INTEGER:2\n"
COSTLY_SERVERS = [
    ("DHE", ("-tls1_2", "-cipher", "DHE:@SECLEVEL=0"), "nothing in common"),
    ("ffdhe8192", ("-tls1_3", "-groups", "ffdhe8192"), "nothing in common"),
    ("a long chain", ("-cert_chain", "chain.pem"), "one of more than 16"),
]


def stalls(perspective):
    """The longest turn of a loop so far, in seconds."""
    _, text = perspective.get("/metrics")
    return float(next(line.split()[1] for line in text.decode().splitlines() if line.startswith("mpic_loop_stall_seconds_max ")))


@pytest.mark.parametrize("what,options,text", COSTLY_SERVERS, ids=[row[0].replace(" ", "-") for row in COSTLY_SERVERS])
def test_tls_alpn_server_that_would_cost_much_is_refused_in_words(world, folder, what, options, text):
    (folder / "dh.cnf").write_text(DH_10000)
    run("openssl", "asn1parse", "-genconf", folder / "dh.cnf", "-noout", "-out", folder / "dh.der")
    pem = base64.encodebytes((folder / "dh.der").read_bytes()).decode()
    (folder / "dh.pem").write_text(f"-----BEGIN DH PARAMETERS-----\n{pem}-----END DH PARAMETERS-----\n")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=costly", "-keyout", folder / "rsa.key",
        "-out", folder / "rsa.pem")
    (folder / "chain.pem").write_text((folder / "rsa.pem").read_text() * 20)
    options = [str(folder / option) if option.endswith(".pem") else option for option in options]
    started = time.monotonic()
    with TlsServer(folder, world.tls_port, extensions(), *ACME, "-dhparam", folder / "dh.pem", *options, "-cert", folder / "rsa.pem", "-key",
                   folder / "rsa.key"):
        body = tls_alpn(world, "late.web.example")
    assert_verdict(body, "unknown", "tls_failed")
    assert text in body["details"]["reason"] and LATE in body["details"]["reason"]
    assert time.monotonic() - started < 5


def test_tls_alpn_server_without_the_protocol_is_told_in_words(world, folder):
    server = web.HostileHttp(LATE, world.tls_port, greeting=b"\x15\x03\x03\x00\x02\x02\x78")
    try:
        body = tls_alpn(world, "late.web.example")
    finally:
        server.stop()
    assert_verdict(body, "unknown", "tls_failed")
    assert "does not speak acme-tls/1" in body["details"]["reason"]
    assert not any(word in str(body) for word in ("OpenSSL", "error:0", "routines"))


def test_costly_expressions_end_as_a_limit(world):
    # A class of 330 characters in an item that fails late took 7 s.
    letters = "".join(chr(0x101 + 2 * i) for i in range(330))
    body = world.ask("www.web.example", "website-change", http_token_path="class.txt", challenge_value="", match_regex=f"[^{letters}]{{4000}}q")
    assert_verdict(body, "unknown", "regex_limit")
    # Compiling this one took 0.8 s.
    body = world.ask("www.web.example", "website-change", http_token_path="class.txt", challenge_value="",
                     match_regex="(?i)" + "[\x01-\U0010ffff]" * 140)
    assert_verdict(body, "unknown", "parameter")


# Each cost a loop 20 to 60 ms, without a sanitizer: repeated groups that may be empty run without being counted, and ranges that ignore case are
# expanded one character at a time.
UNCOUNTED = [r"(?:\V*?){0,100}[!?]", r"(?<=(*ACCEPT){2}\G){0,100}\w", r"\G[[:alpha:]](?:\V*?){0,100}[!?+$]",
             r"(?i)[\x{100}-\x{10ffff}]"]


def test_expressions_cost_the_loop_nothing_and_nobody_else_anything(world):
    """They are compiled and matched aside: the loop goes on, and others' expressions have their turn."""
    before_s = stalls(world.perspective)
    answers = []

    def ask(pattern):
        answers.append(world.ask("www.web.example", "website-change", http_token_path="plain.txt", challenge_value="", match_regex=pattern))

    threads = [threading.Thread(target=ask, args=(pattern,)) for pattern in UNCOUNTED * 6]
    for thread in threads:
        thread.start()
    status, _ = world.perspective.get("/healthz")
    for thread in threads:
        thread.join()
    assert status == 200 and len(answers) == len(threads)
    assert "regex_limit" in {answer["details"]["problem"] for answer in answers}
    longest_s = stalls(world.perspective)
    assert longest_s == before_s or longest_s < 0.05, longest_s


def test_nothing_that_was_tried_here_stalled_the_loop(world):
    """The last of the costly ones: what came before, and the whole file, is in the metric. The builds that are tested have sanitizers."""
    longest_s = stalls(world.perspective)
    assert longest_s < 0.1, longest_s


def test_tls_alpn_silence_is_a_timeout_and_nobody_a_failed_connect(world):
    server = web.HostileHttp(LATE, world.tls_port, greeting=b"\x16")
    try:
        started = time.monotonic()
        assert_verdict(tls_alpn(world, "late.web.example"), "unknown", "read_timeout")
        assert time.monotonic() - started < 8.5  # check_timeout_ms
    finally:
        server.stop()
    assert_verdict(tls_alpn(world, "nobody.web.example"), "unknown", "connect_failed")
    assert_verdict(tls_alpn(world, "private.web.example"), "fail", "address_refused")
    assert_verdict(tls_alpn(world, "*.web.example"), "unknown", "parameter")


def test_tls_alpn_of_pebbles_server(world):
    assert world.challenges.add("add-tlsalpn01", host="tls.challenge.example", content=KEY) == 200
    assert_verdict(tls_alpn(world, "tls.challenge.example"), "pass")
    assert verdict(tls_alpn(world, "other.challenge.example")) != "pass"


# --- through a coordinator -------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def coordinator(world):
    return world.lab.deployment(perspective=world.settings)


@pytest.mark.parametrize("target,parameters,is_valid", [
    ("one.secure.example", {"validation_method": "acme-dns-01", "key_authorization_hash": DIGEST}, True),
    ("case.secure.example", {"validation_method": "acme-dns-01", "key_authorization_hash": DIGEST}, False),
    ("www.broken.example", {"validation_method": "acme-dns-01", "key_authorization_hash": DIGEST}, False),
    ("www.web.example", {"validation_method": "acme-http-01", "token": "right", "key_authorization": KEY}, True),
    ("www.web.example", {"validation_method": "acme-http-01", "token": "stall", "key_authorization": KEY}, False),
    ("www.web.example", {"validation_method": "website-change", "http_token_path": "file.txt", "challenge_value": VALUE}, True),
    ("tls.challenge.example", {"validation_method": "acme-tls-alpn-01", "key_authorization_hash": HASH.hex()}, True),
    ("good.secure.example", {"validation_method": "dns-persistent"} | PERSIST, True),
])
def test_mpic_corroborates_dcv(world, coordinator, target, parameters, is_valid):
    world.challenges.add("add-tlsalpn01", host="tls.challenge.example", content=KEY)
    status, body = coordinator.post("/mpic", {"check_type": "dcv", "domain_or_ip_target": target, "dcv_check_parameters": parameters})
    assert status == 200, body
    assert body["is_valid"] is is_valid, body
    assert len(body["perspectives"]) == 5
    for perspective in body["perspectives"]:
        assert perspective["check_response"]["check_passed"] is is_valid, perspective
    assert body["dcv_check_parameters"]["validation_method"] == parameters["validation_method"]


def test_mpic_with_baseline_enforced_refuses_sunset_methods_and_tells_a_lab(world, coordinator):
    strict = world.lab.coordinator({code: p.url for code, p in world.lab.perspectives.items()}, "strict", baseline="enforce")
    status, body = strict.post("/mpic", {"check_type": "dcv", "domain_or_ip_target": "public.secure.example", "dcv_check_parameters": {
        "validation_method": "ip-address", "dns_record_type": "A", "challenge_value": "93.184.216.34"}})
    assert status == 400 and body["validation_issues"][0]["issue_type"] == "not-permitted-by-baseline", body
    status, body = strict.post("/mpic", {"check_type": "dcv", "domain_or_ip_target": "one.secure.example", "dcv_check_parameters": {
        "validation_method": "acme-dns-01", "key_authorization_hash": DIGEST}})
    assert status == 200 and all(p["check_response"]["check_passed"] for p in body["perspectives"])
    assert body["is_valid"] is True and body["compliance"]["compliant"] is False, body
    assert [f["level"] for f in body["compliance"]["findings"] if f["code"] == "local_policy"] == ["must"]


@pytest.mark.parametrize("parameters,issue", [
    ({"validation_method": "acme-http-01", "token": "../x", "key_authorization": KEY}, "invalid-token"),
    ({"validation_method": "acme-dns-01", "key_authorization_hash": "short"}, "invalid-key-authorization-hash"),
    ({"validation_method": "acme-tls-alpn-01", "key_authorization_hash": "short"}, "invalid-key-authorization-hash"),
    ({"validation_method": "website-change", "http_token_path": "../x", "challenge_value": VALUE}, "invalid-http-token-path"),
    ({"validation_method": "website-change", "http_token_path": VALUE, "challenge_value": VALUE}, "challenge-value-in-request"),
    ({"validation_method": "website-change", "http_token_path": "x", "challenge_value": "", "match_regex": ""}, "empty-challenge-value"),
    ({"validation_method": "website-change", "http_token_path": "x", "challenge_value": "", "match_regex": "("}, "invalid-match-regex"),
    ({"validation_method": "dns-change", "dns_record_type": "TXT", "challenge_value": VALUE, "dns_name_prefix": "a"}, "invalid-dns-name-prefix"),
])
def test_mpic_refuses_bad_parameters_and_asks_nobody(world, coordinator, parameters, issue):
    before = len(world.web.requests)
    status, body = coordinator.post("/mpic", {"check_type": "dcv", "domain_or_ip_target": "www.web.example",
                                              "dcv_check_parameters": parameters})
    assert status == 400, body
    assert issue in [i["issue_type"] for i in body["validation_issues"]], body
    assert len(world.web.requests) == before


def test_mpic_wildcard_has_no_proof_by_http(coordinator):
    status, body = coordinator.post("/mpic", {"check_type": "dcv", "domain_or_ip_target": "*.web.example", "dcv_check_parameters": {
        "validation_method": "acme-http-01", "token": "right", "key_authorization": KEY}})
    assert status == 400 and body["validation_issues"][0]["issue_type"] == "target-not-allowed-for-method", body
