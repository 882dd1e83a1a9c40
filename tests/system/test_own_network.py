"""BR 4.2.2.1: what is broken on our side is no failure of the zone, whatever it looks like: a prefix without a route beside a default route,
a firewall of our own, a gateway that is gone, IPv6 that we do not have.

The file runs itself as a program in network namespaces of its own: one for the perspective, one for the Internet behind it. There the name
servers of every zone are well and forbid; only our way to them is not. (One zone's server has no answer for CAA: that is what may be accepted.)"""
import concurrent.futures
import ctypes
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

import dns.message
import dns.rdatatype
import pytest

import hostile_dns
import lab

ROOT_SERVER = "198.41.0.4"
# Zones below example., the address of their name server, and what stands between us and it.
WAYS = {
    "mute": ("185.100.0.10", "true"),
    "unreachable": ("185.200.0.10", "ip route add unreachable 185.200.0.0/24"),
    "blackhole": ("185.204.0.10", "ip route add blackhole 185.204.0.0/24"),
    "prohibit": ("185.205.0.10", "ip route add prohibit 185.205.0.0/24"),
    "gateway": ("185.203.0.10", "ip route add 185.203.0.0/24 via 185.0.0.99"),
    "output": ("185.201.0.10", "nft add rule ip own output ip daddr 185.201.0.0/24 drop"),
    "reject": ("185.206.0.10", "nft add rule ip own output ip daddr 185.206.0.0/24 reject"),
    "input": ("185.202.0.10", "nft add rule ip own input ip saddr 185.202.0.0/24 drop"),
    "postrouting": ("185.207.0.10", "nft add rule ip own postrouting ip daddr 185.207.0.0/24 drop"),
    "six": ("2600:1::10", "true"),
}


def sh(command, pid=None):
    subprocess.run((["nsenter", "-t", str(pid), "-n"] if pid else []) + ["sh", "-c", command], check=True, capture_output=True, text=True)


class Internet:
    """A namespace behind ours."""

    def __init__(self):
        self.process = subprocess.Popen(["unshare", "--net", "sleep", "300"])
        self.pid = self.process.pid
        lab.wait_until(lambda: os.readlink(f"/proc/{self.pid}/ns/net") != os.readlink("/proc/self/ns/net"), 10, "a namespace for the Internet")
        sh(f"ip link add out type veth peer name in netns {self.pid} && ip addr add 185.0.0.2/24 dev out && ip link set out up && "
           "ip route add default via 185.0.0.1")
        sh("ip link set lo up && ip addr add 185.0.0.1/24 dev in && ip link set in up && echo 1 > /proc/sys/net/ipv4/ip_forward && "
           "ip route add blackhole default", self.pid)

    def add(self, address):
        sh(f"ip addr add {address} dev lo", self.pid)

    def serve(self, address, answer):
        """`answer` makes an answer of a question, both as bytes; None: silence."""
        self.add(address)
        listening = threading.Event()

        def run():
            with open(f"/proc/{self.pid}/ns/net", "rb") as there:
                assert ctypes.CDLL(None, use_errno=True).setns(there.fileno(), 0) == 0
            with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((address, 53))
                listening.set()
                while True:
                    data, peer = sock.recvfrom(4096)
                    if reply := answer(data):
                        sock.sendto(reply, peer)
        threading.Thread(target=run, daemon=True).start()
        assert listening.wait(10)

    def stop(self):
        self.process.kill()
        self.process.wait()


def forbids(data):
    query = dns.message.from_wire(data)
    return hostile_dns.reply(query, (query.question[0].name.to_text(), 60, "IN", "CAA", '0 issue ";"'))


def has_no_answer_for_caa(data):
    query = dns.message.from_wire(data)
    return None if query.question[0].rdtype == dns.rdatatype.CAA else hostile_dns.reply(query)


def start_root(folder, internet):
    class Root(lab.Knot):
        command = ("nsenter", "-t", str(internet.pid), "-n", "knotd")
        server, fixed_port = "a.root.", 53

    internet.add(ROOT_SERVER)
    ways = "".join(f"{zone} 60 NS ns.{zone}\nns.{zone} 60 {'AAAA' if ':' in address else 'A'} {address}\n" for zone, (address, _) in WAYS.items())

    return Root(folder, {".": {"signed": True, "text": f"a.root. 60 A {ROOT_SERVER}\n"}, "example.": {"signed": True, "text": ways}}, ROOT_SERVER)


def main(folder):
    """Prints what becomes of the CAA check of each zone."""
    sh("ip link set lo up")
    internet = Internet()
    try:
        for zone, (address, _) in WAYS.items():
            internet.serve(address, has_no_answer_for_caa if zone == "mute" else forbids)
        root = start_root(pathlib.Path(folder) / "dns", internet)
        sh("nft add table ip own; for hook in input output postrouting; do nft add chain ip own $hook "
           "\"{ type filter hook $hook priority 0; }\"; done")
        for _, way in WAYS.values():
            sh(way)
        perspective = lab.Mpicd(folder, {"perspective": {"code": "here", "caa_domains": ["ca.example"], "dns": {
            "trust_anchor_file": "", "trust_anchors": [root.ds(".")], "stub_zones": [{"name": ".", "addresses": [f"{ROOT_SERVER}@53"]}]}}})

        def ask(zone):
            _, body = perspective.post("/caa", {"domain_or_ip_target": f"www.{zone}.example", "caa_check_parameters": {"allow_lookup_failure": True}})
            return zone, {"passed": body["check_passed"], "completed": body["check_completed"], "reason": body["details"]["reason"]}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            seen = dict(pool.map(ask, WAYS))
        print(json.dumps({"seen": seen, "ended": perspective.stop()}))
        root.stop()
    finally:
        internet.stop()


@pytest.mark.skipif(os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "nft"))), reason="namespaces of its own need root, unshare and nft")
def test_what_is_broken_on_our_side_is_no_failure_of_the_zone():
    folder = tempfile.mkdtemp(prefix="mpic-own-network-")
    try:
        done = subprocess.run(["unshare", "--net", "--mount", sys.executable, __file__, folder], capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0 and "Operation not permitted" in done.stderr:
            pytest.skip(f"no namespaces here: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert result["ended"] == 0
        assert result["seen"].pop("mute")["passed"] is True, result
        for zone, verdict in result["seen"].items():
            assert (verdict["passed"], verdict["completed"]) == (False, False), (zone, verdict)
        assert len(result["seen"]) == len(WAYS) - 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
