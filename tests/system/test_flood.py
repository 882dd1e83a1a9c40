"""Applicants who own name servers, web servers and TLS servers, all at once, against one perspective with one worker: what they ask for may
stay open, but the checks of other applicants stay right and prompt, and so does /healthz."""
import base64
import contextlib
import http.client
import json
import selectors
import socket
import subprocess
import threading
import time

import pytest

import hostile_http as web
import lab

SLOW, HEAVY, HONEST = "127.0.0.50", "127.0.0.51", "127.0.0.52"
FLOOD_S, CALLERS = 12, 200
HOLES = [f"hole{n}.example." for n in range(40)]  # zones whose name servers never answer
KEY = "a-token.LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
DIGEST = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
ZONES = {
    ".": {"signed": True},
    "example.": {"signed": True},
    **{zone: {} for zone in HOLES},
    "attack.example.": {"text": f"slow 60 A {SLOW}\nheavy 60 A {HEAVY}\n"},
    "honest.example.": {"signed": True, "text": f"""
www 60 A {HONEST}
permitted 60 CAA 0 issue "ca.example"
refused 60 CAA 0 issue "other-ca.example"
"""},
}


class BlackHole:
    """Name servers that hear everything and say nothing: four for each zone."""

    def __init__(self, zones):
        self.port = lab.free_port()
        self.addresses = {zone: [f"127.0.{10 + n}.{host}" for host in range(1, 5)] for n, zone in enumerate(zones)}
        self.selector = selectors.DefaultSelector()
        for address in sum(self.addresses.values(), []):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind((address, self.port))
            self.selector.register(udp, selectors.EVENT_READ)
        self.packets, self.last, self.ended = 0, 0.0, False
        self.thread = threading.Thread(target=self._count, daemon=True)
        self.thread.start()

    def _count(self):
        while not self.ended:
            for key, _ in self.selector.select(0.1):
                key.fileobj.recv(4096)
                self.packets, self.last = self.packets + 1, time.monotonic()

    def stubs(self):
        return [{"name": zone, "addresses": [f"{address}@{self.port}" for address in addresses]}
                for zone, addresses in self.addresses.items()]

    def stop(self):
        self.ended = True
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


def der(tag, content):
    length = len(content)
    head = bytes([length]) if length < 128 else bytes([0x82, length >> 8, length & 255])
    return bytes([tag]) + head + content


def write_dh_parameters(file, bits=10000):
    """Whoever takes these works for about a second. Nobody checks that the modulus is a prime."""
    modulus = (1 << (bits - 1)) + (1 << (bits // 2)) + 12345
    body = der(0x02, b"\0" + modulus.to_bytes((bits + 7) // 8, "big") if bits % 8 == 0 else modulus.to_bytes((bits + 7) // 8, "big"))
    text = base64.encodebytes(der(0x30, body + der(0x02, b"\x02"))).decode()
    file.write_text(f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n")


def start_heavy_server(running, folder, port):
    """TLS 1.2 with nothing but a finite field of 10,000 bits."""
    write_dh_parameters(folder / "dh.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", "/CN=heavy.attack.example",
                        "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    server = running.keep(lab.Process(
        ["openssl", "s_server", "-accept", f"{HEAVY}:{port}", "-key", folder / "key.pem", "-cert", folder / "cert.pem", "-tls1_2",
         "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "-dhparam", folder / "dh.pem", "-alpn", "acme-tls/1,http/1.1", "-quiet"],
        folder / "heavy.log"))
    lab.wait_until(lambda: can_connect(HEAVY, port) or not server.running(), 20, "openssl s_server listening")
    assert server.running(), server.output()


def can_connect(address, port):
    with contextlib.suppress(OSError):
        socket.create_connection((address, port), 1).close()
        return True
    return False


def dcv(name, method, **parameters):
    return "/dcv", {"domain_or_ip_target": name, "dcv_check_parameters": {"validation_method": method, **parameters}}


def http_01(name):
    return dcv(name, "acme-http-01", token="a-token", key_authorization=KEY)


def hostile_requests(caller, count):
    """What one of the attackers asks for, one after the other: names that are never the same, where that costs us more."""
    zone = HOLES[(caller + 7 * count) % len(HOLES)].rstrip(".")
    deep = f"n{count}.c{caller}." + ".".join(f"l{n}" for n in range(50)) + "." + zone
    return [
        ("/caa", {"domain_or_ip_target": deep}),
        http_01("slow.attack.example"),
        ("/caa", {"domain_or_ip_target": "d." + deep, "caa_check_parameters": {"allow_lookup_failure": True}}),
        dcv("heavy.attack.example", "acme-tls-alpn-01", key_authorization_hash=DIGEST),
        dcv(f"n{count}.e{caller}.{zone}", "dns-change", challenge_value="x", dns_record_type="TXT"),
        http_01(f"n{count}.f{caller}.{zone}"),
    ][(caller + count) % 6]


def ask(perspective, path, body=None, timeout=20):
    """(seconds, answer) of one question on a connection of its own."""
    start = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", perspective.port, timeout=timeout)) as connection:
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (path, answer.status, content[:300])
    return time.monotonic() - start, json.loads(content)


class Flood:
    """CALLERS threads that ask until the end; what they get is of no interest, but for a wrong yes."""

    def __init__(self, perspective):
        self.perspective, self.end = perspective, time.monotonic() + FLOOD_S
        self.asked, self.passed = 0, []
        self.threads = [threading.Thread(target=self._ask, args=(caller,), daemon=True) for caller in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def _ask(self, caller):
        count = 0
        while time.monotonic() < self.end:
            path, body = hostile_requests(caller, count)
            count += 1
            with contextlib.suppress(OSError, AssertionError, http.client.HTTPException):
                _, answer = ask(self.perspective, path, body)
                self.asked += 1
                if answer["check_passed"]:
                    self.passed.append(body)

    def wait(self):
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()


HONEST_CHECKS = [
    (("/caa", {"domain_or_ip_target": "permitted.honest.example"}), True),
    (("/caa", {"domain_or_ip_target": "refused.honest.example"}), False),
    (http_01("www.honest.example"), True),
]


@pytest.fixture
def world(folder):
    """(perspective, black hole), and the servers of the attackers and of the honest."""
    with lab.Lab(ZONES, folder / "lab") as running:
        http_port, tls_port = lab.shared_port(SLOW, HEAVY, HONEST), lab.shared_port(SLOW, HEAVY, HONEST)
        hole = running.keep(BlackHole(HOLES))
        running.keep(web.HostileHttp(SLOW, http_port, {"a-token": web.silent}))
        running.keep(web.HostileHttp(SLOW, tls_port, greeting=b"\x16\x03"))
        running.keep(web.HostileHttp(HONEST, http_port, {"a-token": web.response(KEY.encode())}))
        start_heavy_server(running, folder, tls_port)
        stubs = [stub for stub in running.dns.stubs() if stub["name"] not in HOLES] + hole.stubs()
        yield running.perspective("eu-west-2", dns={"stub_zones": stubs}, **lab.dcv_settings(http_port, tls_port, tls_port)), hole


def test_other_applicants_are_served_while_attackers_flood(world):
    perspective, hole = world
    slowest = {"honest": 0.0, "healthz": 0.0}
    flood = Flood(perspective)
    rounds = 0
    while time.monotonic() < flood.end:
        for (path, body), passes in HONEST_CHECKS:
            took, answer = ask(perspective, path, body)
            assert (answer["check_completed"], answer["check_passed"]) == (True, passes), answer
            slowest["honest"] = max(slowest["honest"], took)
            took, answer = ask(perspective, "/healthz")
            assert answer["status"] == "healthy"
            slowest["healthz"] = max(slowest["healthz"], took)
        rounds += 1
        time.sleep(0.1)
    flood.wait()
    last_answer = time.monotonic()
    assert rounds >= 3 and flood.asked >= CALLERS and hole.packets > 0, (rounds, flood.asked, hole.packets)
    assert flood.passed == []
    assert slowest["honest"] < 3 and slowest["healthz"] < 0.5, slowest
    # Whatever was abandoned ends soon.
    lab.wait_until(lambda: time.monotonic() - max(hole.last, last_answer) > 3, 25, "the packets into the black hole ending")
    assert hole.last - last_answer < 15, hole.last - last_answer
