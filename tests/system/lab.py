"""The lab: real servers on loopback, for the system tests and for scripts/demo.

A Lab owns a temporary folder and child processes: a Knot DNS server with a small DNS of its own (a signed
root, a signed top-level domain, and below it signed, unsigned and broken zones) and mpicd processes. Everything ends
with the `with` block. Ports are free ones; nothing but 127.0.0.0/8 is used.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MPIC_BUILD", ROOT / "build"))
MPICD = BUILD / "src" / "prog" / "mpicd"
MPIC = BUILD / "src" / "prog" / "mpic"

# Real cloud regions: what an operator's own list looks like.
REGIONS = [
    {"code": "us-east-2", "name": "US East (Ohio)", "rir": "ARIN", "latitude": 39.96, "longitude": -83.0},
    {"code": "us-west-2", "name": "US West (Oregon)", "rir": "ARIN", "latitude": 45.84, "longitude": -119.7},
    {"code": "eu-west-2", "name": "Europe (London)", "rir": "RIPE NCC", "latitude": 51.51, "longitude": -0.13},
    {"code": "eu-central-1", "name": "Europe (Frankfurt)", "rir": "RIPE NCC", "latitude": 50.11, "longitude": 8.68},
    {"code": "ap-northeast-1", "name": "Asia Pacific (Tokyo)", "rir": "APNIC", "latitude": 35.68, "longitude": 139.69},
    {"code": "sa-east-1", "name": "South America (Sao Paulo)", "rir": "LACNIC", "latitude": -23.55, "longitude": -46.63},
]


class LabError(Exception):
    """A server of the lab did not do what it should; the text holds what it printed last."""


def old_resolver():
    """The version of libunbound, if it is below what a CA may rely on; else None. A lab needs not accept it."""
    version = subprocess.run([MPICD, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^libunbound (\S+) is older than", version, re.M)
    return found and found[1]


def build_options():
    """Of the build that is tested: {"b_sanitize": …, "buildtype": …}; empty if meson did not make it."""
    with contextlib.suppress(OSError):
        return {option["name"]: option["value"] for option in json.loads((BUILD / "meson-info" / "intro-buildoptions.json").read_text())}
    return {}


def is_sanitized():
    """Whether the build has sanitizers: they make everything several times slower, and keep memory that is freed."""
    return build_options().get("b_sanitize", "none") != "none"


def stall_limit():
    """The most CPU in seconds that one turn of a loop may take, whatever peers do. With sanitizers, or where each line is counted, it
    is five times as much: a release build is what one measures with."""
    return 0.1 if is_sanitized() or build_options().get("b_coverage", False) else 0.02


def free_port(kind=socket.SOCK_STREAM):
    """A port that is free for TCP and UDP at this moment."""
    while True:
        with socket.socket(socket.AF_INET, kind) as probe, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port


def shared_port(*addresses):
    """A port that is free for TCP on all these addresses at this moment."""
    while True:
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            port = 0
            for address in addresses:
                probe = probes.enter_context(socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET))
                probe.bind((address, port))
                port = probe.getsockname()[1]
            return port


def wait_until(condition, seconds, what):
    """Polls `condition` until it is true; LabError names `what` did not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise LabError(f"{what} did not happen within {seconds} s")


class Process:
    """A child process with its output in a file; ended by its id."""

    def __init__(self, arguments, log, **kwargs):
        self.log = pathlib.Path(log)
        self.arguments = [str(a) for a in arguments]
        with open(self.log, "wb") as out:
            self.child = subprocess.Popen(self.arguments, stdout=out, stderr=subprocess.STDOUT,
                                          stdin=subprocess.DEVNULL, **kwargs)

    def output(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.child.poll() is None

    def stop(self, signal_number=signal.SIGTERM, seconds=20):
        """Ends the process; returns its exit status."""
        if self.running():
            self.child.send_signal(signal_number)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise LabError(f"{self.arguments[0]} did not stop:\n{self.output()[-2000:]}") from None


class Knot:
    """knotd with zones of the caller's: {name: {"text": records, "signed": bool, "nsec3": bool, …}}.

    `children` of a signed zone get their DS records in it, unless the child says `"ds": "none"` (unsigned
    delegation) or `"ds": "wrong"` (the chain of trust is broken there)."""

    command = ("knotd",)
    server = "ns.invalid."  # of every zone, by name
    fixed_port = None

    def __init__(self, folder, zones, address="127.0.0.1"):
        self.folder = pathlib.Path(folder)
        self.address, self.port = address, self.fixed_port or free_port()
        self.zones = zones
        (self.folder / "keys").mkdir(parents=True, exist_ok=True)
        self.conf = self.folder / "knot.conf"
        self._write_conf()
        for zone, spec in zones.items():
            if spec.get("signed"):
                self._keymgr(zone, "generate", "algorithm=ECDSAP256SHA256", "ksk=yes", "zsk=yes")
        for zone, spec in zones.items():
            self._zone_file(zone).write_text(self._zone_text(zone, spec))
        for tries in range(10):
            self.process = Process([*self.command, "-c", self.conf], self.folder / "knot.log")
            try:
                wait_until(self._is_ready, 20, "knotd serving all zones")
                return
            except LabError:
                # Resolvers ask from random ports: one may have taken ours between our looking and knotd's binding.
                if self.process.running() or tries == 9 or "address already in use" not in self.process.output():
                    raise
                self.port = free_port()
                self._write_conf()

    def _zone_file(self, zone):
        return self.folder / f"{zone.rstrip('.') or 'root'}.zone"

    def _write_conf(self):
        lines = ["server:", f"    rundir: {self.folder}", f"    listen: {self.address}@{self.port}",
                 "    udp-workers: 1", "    tcp-workers: 1", "    background-workers: 1",
                 "log:", "  - target: stderr", "    any: warning",
                 "database:", f"    storage: {self.folder}", "    journal-db-max-size: 16M", "    kasp-db-max-size: 16M",
                 "policy:",
                 "  - id: lab", "    manual: on", "    signing-threads: 1",
                 "  - id: lab-nsec3", "    manual: on", "    signing-threads: 1", "    nsec3: on", "    nsec3-iterations: 0",
                 "  - id: lab-optout", "    manual: on", "    signing-threads: 1", "    nsec3: on", "    nsec3-iterations: 0",
                 "    nsec3-opt-out: on",
                 "zone:"]
        for zone, spec in self.zones.items():
            lines += [f"  - domain: {zone}", f"    file: {self._zone_file(zone)}", f"    storage: {self.folder}",
                      "    journal-content: none", "    zonefile-load: whole", "    zonefile-sync: -1",
                      "    semantic-checks: off"]
            if spec.get("signed"):
                policy = "lab-optout" if spec.get("optout") else "lab-nsec3" if spec.get("nsec3") else "lab"
                lines += ["    dnssec-signing: on", f"    dnssec-policy: {policy}"]
        self.conf.write_text("\n".join(lines) + "\n")

    def _keymgr(self, zone, *arguments):
        done = subprocess.run(["keymgr", "-c", self.conf, zone, *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LabError(f"keymgr {zone} {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done.stdout

    def ds(self, zone):
        """The DS record of a signed zone, as `trust_anchors` wants it: 'name. IN DS …' with SHA-256."""
        for line in self._keymgr(zone, "ds").splitlines():
            name, kind, tag, algorithm, digest, *data = line.split()
            if kind == "DS" and digest == "2":
                return f"{name} IN DS {tag} {algorithm} {digest} {''.join(data)}"
        raise LabError(f"keymgr has no SHA-256 DS for {zone}")

    def _parent(self, zone):
        above = [z for z in self.zones if z != zone and (z == "." or zone.endswith("." + z))]
        return max(above, key=lambda z: 0 if z == "." else len(z), default=None)

    def _zone_text(self, zone, spec):
        soa = f"@ 60 SOA {self.server} hostmaster.invalid. 1 3600 600 86400 5\n@ 60 NS {self.server}\n"
        text = f"$ORIGIN {zone}\n$TTL 60\n{spec.get('soa', soa)}{spec.get('text', '')}\n"
        for child, child_spec in self.zones.items():
            if child == zone or self._parent(child) != zone:
                continue
            text += f"{child} 60 NS {self.server}\n"
            how = child_spec.get("ds", "right" if child_spec.get("signed") else "none")
            if how == "right":
                text += self.ds(child).replace(" IN DS ", " 60 DS ") + "\n"
            elif how == "wrong":
                text += f"{child} 60 DS 12345 13 2 {'5A' * 32}\n"
        return text

    def _is_ready(self):
        if not self.process.running():
            raise LabError(f"knotd ended:\n{self.process.output()[-2000:]}")
        for zone, spec in self.zones.items():
            done = subprocess.run(["kdig", f"@{self.address}", "-p", str(self.port), zone, "SOA", "+dnssec", "+retry=0",
                                   "+timeout=1", "+norec"], capture_output=True, text=True, check=False)
            if "ANSWER SECTION" not in done.stdout or (spec.get("signed") and "RRSIG" not in done.stdout):
                return False
        return True

    def stubs(self):
        """`stub_zones` for all zones: each asked here, whatever its NS records say."""
        return [{"name": zone, "addresses": [f"{self.address}@{self.port}"]} for zone in self.zones]

    def stop(self):
        self.process.stop()


class Challenges:
    """pebble-challtestsrv: an applicant's servers for ACME challenges, filled through add(), all on one loopback address.

    Its DNS answers any name with the address; it tells upper from lower case, so it has no TXT record for a resolver that mixes them."""

    def __init__(self, folder, address, http_port, https_port, tls_alpn_port):
        self.address = address
        self.dns_port, self.management_port = free_port(), shared_port(address)
        self.process = Process(
            ["pebble-challtestsrv", "-http01", f"{address}:{http_port}", "-https01", f"{address}:{https_port}",
             "-tlsalpn01", f"{address}:{tls_alpn_port}", "-dns01", f"{address}:{self.dns_port}",
             "-management", f"{address}:{self.management_port}", "-defaultIPv4", address, "-defaultIPv6", ""],
            pathlib.Path(folder) / "challenges.log")
        wait_until(self._is_ready, 20, "pebble-challtestsrv listening")

    def _is_ready(self):
        if not self.process.running():
            raise LabError(f"pebble-challtestsrv ended:\n{self.process.output()[-2000:]}")
        with contextlib.suppress(OSError):
            return self.add("del-http01", token="nothing") == 200
        return False

    def add(self, what, **values):
        """POSTs to a path of its management interface: add-http01, add-tlsalpn01, set-txt, …"""
        request = urllib.request.Request(f"http://{self.address}:{self.management_port}/{what}",
                                         data=json.dumps(values).encode(), method="POST")
        return send(request, 10)[0]

    def stub(self, zone):
        return {"name": zone, "addresses": [f"{self.address}@{self.dns_port}"]}

    def stop(self):
        self.process.stop()


def dcv_settings(http_port, https_port, tls_alpn_port, **http):
    """Of a perspective whose applicants live on loopback: checks go to these ports instead of 80 and 443."""
    return {"http": {"http_port": http_port, "https_port": https_port} | http, "tls_alpn": {"port": tls_alpn_port},
            "network": {"allow_addresses": ["127.0.0.0/8", "::1/128"]}}


class Mpicd:
    """One mpicd process with a configuration given as a dictionary."""

    def __init__(self, folder, config, name="mpicd", arguments=()):
        self.file = pathlib.Path(folder) / f"{name}.yaml"
        config = {"server": {"listen": "127.0.0.1:0", "workers": 1}, "log": {"level": "info"}} | config
        self.file.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
        self.process = Process([MPICD, "--config", self.file, *arguments], self.file.with_suffix(".log"))
        wait_until(self._find_port, 30, f"{name} listening")
        self.url = f"http://127.0.0.1:{self.port}"

    def _find_port(self):
        for event in self.events():
            if event.get("event") == "listening":
                self.port = int(event["address"].rpartition(":")[2])
                return True
        if not self.process.running():
            raise LabError(f"mpicd ended with {self.process.child.returncode}:\n{self.process.output()[-3000:]}")
        return False

    def events(self):
        """The log so far: one dictionary per JSON line; other lines are left out."""
        for line in self.process.output().splitlines():
            with contextlib.suppress(ValueError):
                yield json.loads(line)

    def post(self, path, body, headers=None, timeout=30):
        """POSTs JSON (or raw bytes); returns (status, decoded body)."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method="POST",
                                         headers={"Content-Type": "application/json"} | (headers or {}))
        return send(request, timeout)

    def get(self, path, timeout=10):
        return send(urllib.request.Request(self.url + path), timeout)

    def metric(self, name):
        """The value of a metric; None if there is none of that name (and labels)."""
        for line in self.get("/metrics")[1].decode().splitlines():
            if line.rpartition(" ")[0] == name:
                return float(line.rpartition(" ")[2])
        return None

    def memory_mb(self):
        """(resident now, the most it was)"""
        status = pathlib.Path(f"/proc/{self.process.child.pid}/status").read_text()
        return tuple(int(re.search(rf"^{key}:\s+(\d+) kB", status, re.M)[1]) // 1024 for key in ("VmRSS", "VmHWM"))

    def stop(self):
        return self.process.stop()


def send(request, timeout):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, decode(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, decode(refusal.read())


def decode(body):
    try:
        return json.loads(body)
    except ValueError:
        return body


CA_DOMAIN = "ca.example"

# The small DNS of the lab. Names say what a CAA check of them must find.
ZONES = {
    ".": {"signed": True},
    "example.": {"signed": True, "nsec3": True},
    "signed.example.": {
        "signed": True,
        "text": """
permitted 60 CAA 0 issue "ca.example"
_acme-challenge.permitted 60 TXT "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
refused 60 CAA 0 issue "other-ca.example"
wild 60 CAA 0 issue "ca.example"
wild 60 CAA 0 issuewild ";"
www.wild 60 A 192.0.2.1
plain 60 A 192.0.2.1
critical 60 CAA 128 tbs "unknown"
""",
    },
    "unsigned.example.": {"text": 'www 60 A 192.0.2.1\npermitted 60 CAA 0 issue "ca.example"\n'},
    "broken.example.": {"signed": True, "ds": "wrong", "text": 'www 60 CAA 0 issue "ca.example"\n'},
}


class Lab:
    """A DNS, perspectives and a coordinator, started on demand, all ended by close()."""

    def __init__(self, zones=None, folder=None):
        self._temporary = None if folder else tempfile.mkdtemp(prefix="mpic-lab-")
        self.folder = pathlib.Path(folder or self._temporary)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._started = []
        try:
            self.dns = self.keep(Knot(self.folder / "dns", zones or ZONES))
        except BaseException:
            self.close()
            raise

    def keep(self, server):
        self._started.append(server)
        return server

    def dns_settings(self, **more):
        """perspective.dns: the lab's DNS is the whole world."""
        return {"trust_anchor_file": "", "trust_anchors": [self.dns.ds(".")], "stub_zones": self.dns.stubs()} | more

    def perspective_settings(self, code, dns=None, **more):
        return {"code": code, "caa_domains": [CA_DOMAIN], "dns": self.dns_settings(**(dns or {}))} | more

    def perspective(self, code, dns=None, **more):
        """A process of its own with one perspective."""
        return self.keep(Mpicd(self.folder, {"perspective": self.perspective_settings(code, dns, **more)}, code))

    def coordinator(self, urls, name="coordinator", server=None, unbound=(), **more):
        """A coordinator over {code: url}; codes are those of REGIONS. `unbound`: of perspectives that cannot bind their answers."""
        places = {region["code"]: region for region in REGIONS}
        settings = {
            "hash_secret": "the secret of a lab, not of a CA",
            "default_perspective_count": min(5, len(urls)),
            "perspectives": [places[code] | {"url": url} | ({"binding": "none"} if code in unbound else {}) for code, url in urls.items()],
        } | more
        config = {"coordinator": settings}
        if server:
            config["server"] = {"listen": "127.0.0.1:0", "workers": 1} | server
        return self.keep(Mpicd(self.folder, config, name))

    def deployment(self, perspective=None, **more):
        """Six perspectives, as processes, and a coordinator that asks them; `perspective`: settings of each."""
        self.perspectives = {region["code"]: self.perspective(region["code"], **(perspective or {})) for region in REGIONS}
        return self.coordinator({code: p.url for code, p in self.perspectives.items()}, **more)

    def close(self):
        problems = []
        for server in reversed(self._started):
            try:
                status = server.stop()
                if isinstance(server, Mpicd) and status != 0:
                    problems.append(f"{server.file.name}: exit status {status}\n{server.process.output()[-3000:]}")
            except LabError as problem:
                problems.append(str(problem))
        self._started = []
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)
        if problems:
            raise LabError("\n".join(problems))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
