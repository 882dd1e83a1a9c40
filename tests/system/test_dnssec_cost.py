"""A zone whose keys cost much to verify with, and who else is served meanwhile."""
import random
import socketserver
import struct
import threading
import time

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import lab

RSASHA256 = 8
ZONE, NAME = "costly.", "www.costly."


class Key:
    """The honest key of a zone."""

    def __init__(self, zone):
        self.zone, self.secret = zone, ec.generate_private_key(ec.SECP256R1())
        self.dnskey = dns.dnssec.make_dnskey(self.secret.public_key(), dns.dnssec.ECDSAP256SHA256, flags=257)

    def ds(self):
        return dns.dnssec.make_ds(self.zone, self.dnskey, "SHA256").to_text()

    def signed(self, rrset):
        signature = dns.dnssec.sign(rrset, self.secret, dns.name.from_text(self.zone), self.dnskey, lifetime=86400)
        return [rrset, dns.rrset.from_rdata(rrset.name, rrset.ttl, signature)]


def rsa_key(modulus_bits, exponent_bits):
    """DNSKEY of a key that nobody knows the secret of."""
    numbers = random.Random(1)
    modulus = numbers.getrandbits(modulus_bits) | 1 << (modulus_bits - 1) | 1
    exponent = numbers.getrandbits(exponent_bits) | 1 << (exponent_bits - 1) | 1
    size = (exponent_bits + 7) // 8
    data = b"\0" + struct.pack("!H", size) + exponent.to_bytes(size, "big") + modulus.to_bytes(modulus_bits // 8, "big")
    wire = struct.pack("!HBB", 256, 3, RSASHA256) + data
    return dns.rdata.from_wire("IN", "DNSKEY", wire, 0, len(wire))


def bad_signature(key, bits):
    now = int(time.time())
    wire = (struct.pack("!HBBIIIH", dns.rdatatype.CAA, RSASHA256, 2, 60, now + 86400, now - 3600, dns.dnssec.key_id(key))
            + dns.name.from_text(ZONE).to_wire() + b"\0" + random.Random(2).randbytes(bits // 8 - 1))
    return dns.rdata.from_wire("IN", "RRSIG", wire, 0, len(wire))


class Server:
    """All of the small DNS, over UDP and TCP: what is too long for UDP is truncated."""

    def __init__(self, answers):
        self.answers, self.port = answers, lab.free_port()
        outer = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self):
                query, sock = self.request
                sock.sendto(outer.answer(query, 1232), self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            def handle(self):
                reply = outer.answer(self.rfile.read(int.from_bytes(self.rfile.read(2), "big")), 65535)
                self.wfile.write(len(reply).to_bytes(2, "big") + reply)

        self.servers = [socketserver.ThreadingUDPServer(("127.0.0.1", self.port), Udp),
                        socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Tcp)]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, data, most):
        query = dns.message.from_wire(data)
        question = query.question[0]
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        reply.answer += self.answers.get((question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)), [])
        try:
            return reply.to_wire(max_size=most)
        except dns.exception.TooBig:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            return reply.to_wire()

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def costly_world(modulus_bits, exponent_bits):
    """(server, trust anchor): root and zone are signed as they should be; what the zone says of NAME, with the costly key."""
    root, zone = Key("."), Key(ZONE)
    costly = rsa_key(modulus_bits, exponent_bits)
    caa = dns.rrset.from_text(NAME, 60, "IN", "CAA", '0 issue "ca.example"')
    keys = dns.rrset.from_rdata(ZONE, 60, zone.dnskey, costly)
    return Server({
        (".", "NS"): root.signed(dns.rrset.from_text(".", 60, "IN", "NS", "ns.")),
        (".", "DNSKEY"): root.signed(dns.rrset.from_rdata(".", 60, root.dnskey)),
        (ZONE, "DS"): root.signed(dns.rrset.from_text(ZONE, 60, "IN", "DS", zone.ds())),
        (ZONE, "DNSKEY"): zone.signed(keys),
        (NAME, "CAA"): [caa, dns.rrset.from_rdata(NAME, 60, bad_signature(costly, modulus_bits))],
    }), f". IN DS {root.ds()}"


@pytest.mark.parametrize("modulus_bits,exponent_bits", [(16384, 16383), (4096, 4095), (131072, 17)])
def test_zone_with_a_costly_key_holds_up_nobody(folder, modulus_bits, exponent_bits):
    server, anchor = costly_world(modulus_bits, exponent_bits)
    stubs = [{"name": name, "addresses": [f"127.0.0.1@{server.port}"]} for name in (".", ZONE)]
    mpicd = lab.Mpicd(folder, {"perspective": {
        "code": "here", "caa_domains": [lab.CA_DOMAIN], "network": {"allow_addresses": ["127.0.0.0/8"]},
        "dns": {"trust_anchor_file": "", "trust_anchors": [anchor], "stub_zones": stubs}}})
    try:
        status, body = mpicd.post("/caa", {"domain_or_ip_target": NAME.rstrip(".")})
        assert status == 200 and body["check_completed"] is False and body["check_passed"] is False
        assert body["details"]["problem"] == "dnssec_bogus", body
        lines = mpicd.get("/metrics")[1].decode().splitlines()
        longest = next(float(line.split()[1]) for line in lines if line.startswith("mpic_loop_stall_seconds_max "))
        # Without the bound: 0.8, 0.026 and 0.025.
        assert longest < 0.02, longest
    finally:
        assert mpicd.stop() == 0
        server.stop()
