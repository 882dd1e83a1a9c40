"""Name servers that never answer, or answer with rubbish, and checks of other people meanwhile."""
import asyncio
import contextlib
import json
import selectors
import socket
import string
import threading
import time

import pytest

import hostile_dns as hostile
import lab
import watchers

LETTERS = string.ascii_lowercase + string.digits
VICTIM = "www.victim.test"


class Sink(threading.Thread):
    """UDP sockets on one port of several loopback addresses; counts what comes, and says nothing."""

    def __init__(self, addresses):
        super().__init__(daemon=True)
        self.port, self.count, self.last, self.questions, self.closing = lab.free_port(), 0, 0.0, set(), False
        self.sockets = []
        for i in range(addresses):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.bind((f"127.0.0.{i + 1}", self.port))
            sock.setblocking(False)
            self.sockets.append(sock)
        self.addresses = [f"127.0.0.{i + 1}@{self.port}" for i in range(addresses)]
        self.start()

    def run(self):
        with selectors.DefaultSelector() as selector:
            for sock in self.sockets:
                selector.register(sock, selectors.EVENT_READ)
            while not self.closing:
                for key, _ in selector.select(0.1):
                    with contextlib.suppress(BlockingIOError):
                        while True:
                            packet = key.fileobj.recv(4096)
                            self.count, self.last = self.count + 1, time.monotonic()
                            self.questions.add(packet[12:].lower())

    def close(self):
        self.closing = True
        self.join()
        for sock in self.sockets:
            sock.close()


async def send(port, method, path, body=None, seconds=30):
    """(status, body, seconds it took)"""
    begin = time.monotonic()
    data = json.dumps(body).encode() if body else b""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: lab\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
                 "Connection: close\r\n\r\n".encode() + data)
    raw = await asyncio.wait_for(reader.read(), seconds)
    writer.close()
    head, _, payload = raw.partition(b"\r\n\r\n")
    return int(head.split()[1]), payload, time.monotonic() - begin


def deep_name(number, zones):
    """118 labels or so, in one of the zones, another for each number."""
    zone = f"hole{number % zones}.example"
    labels = [LETTERS[(number // 36 ** (i % 3) + i) % 36] for i in range((250 - len(zone)) // 2)]
    return ".".join(labels[:116]) + "." + zone


def settings(sink, good, zones, **dns_settings):
    servers = [f"127.0.0.1@{good.port}"]
    stubs = [{"name": f"hole{i}.example", "addresses": list(sink.addresses)} for i in range(zones)]
    stubs += [{"name": zone, "addresses": list(servers)} for zone in ("example", "test")]
    return {"perspective": {"code": "here", "caa_domains": ["ca.example"], "network": {"allow_addresses": ["127.0.0.0/8"]},
                            "dns": {"stub_zones": stubs, "insecure_zones": ["example", "test"]} | dns_settings}}


def flood(port, requests, zones):
    async def attack(number):
        status, body, _ = await send(port, "POST", "/caa", {"check_type": "caa", "domain_or_ip_target": deep_name(number, zones)})
        assert status == 200 and json.loads(body)["check_passed"] is not True, body

    async def attack_all():
        await asyncio.gather(*(attack(number) for number in range(requests)))

    asyncio.run(attack_all())


# The last: as many at once as server.max_in_flight lets in beside the watchers'. To start them takes a second; sanitizers need three.
@pytest.mark.parametrize("zones,requests", [(1, 160), (24, 160), (24, 600 if lab.is_sanitized() else 2000)])
def test_names_of_120_labels_under_silent_servers_hold_up_nobody(folder, zones, requests):
    sink = Sink(4)
    good = hostile.HostileDns("victim.test.", {(VICTIM + ".", "CAA"): hostile.records((VICTIM + ".", 0, "IN", "CAA", '0 issue "ca.example"'))})
    mpicd = lab.Mpicd(folder, settings(sink, good, zones))
    try:
        with watchers.Watchers(mpicd.port, [("/caa", {"check_type": "caa", "domain_or_ip_target": VICTIM}, True)]) as seen:
            flood(mpicd.port, requests, zones)
            answered = time.monotonic()
            lab.wait_until(lambda: time.monotonic() - sink.last > 3, 20, "an end of the packets")
        stall = mpicd.metric("mpic_loop_stall_seconds_max")
        print(f"{sink.count} packets, {sink.count / len(sink.questions):.1f} a question, the last after {sink.last - answered:.1f} s; "
              f"memory {mpicd.memory_mb()} MB; longest turn {stall * 1000:.1f} ms")
        assert sink.last - answered < 15
        assert sink.count <= 40 * len(sink.questions)
        seen.assert_unharmed()
        assert stall <= lab.stall_limit()
        assert mpicd.metric('mpic_dns_questions{state="given_up"}') == mpicd.metric('mpic_dns_questions{state="waiting"}') == 0
        if not lab.is_sanitized():
            assert mpicd.memory_mb()[1] < 300
            lab.wait_until(lambda: mpicd.memory_mb()[0] < 100, 10, "memory given back")
    finally:
        assert mpicd.stop() == 0
        sink.close()
        good.stop()


def test_replies_with_wrong_ids_in_great_numbers_change_nothing(folder):
    """Each query gets as many replies with other ids before its own as a socket holds."""
    sent = [0]
    server = hostile.HostileDns("victim.test.", {(VICTIM + ".", "CAA"): hostile.records((VICTIM + ".", 0, "IN", "CAA", '0 issue "ca.example"'))})
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.settimeout(0.1)
    end = threading.Event()

    def serve():
        while not end.is_set():
            with contextlib.suppress(TimeoutError):
                query, client = udp.recvfrom(4096)
                reply = server.answer(query, False)
                for i in range(1, 151):
                    udp.sendto(((int.from_bytes(reply[:2], "big") + i) & 0xffff).to_bytes(2, "big") + reply[2:], client)
                udp.sendto(reply, client)
                sent[0] += 150

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    stubs = [{"name": "test", "addresses": [f"127.0.0.1@{udp.getsockname()[1]}"]}]
    mpicd = lab.Mpicd(folder, {"perspective": {"code": "here", "caa_domains": ["ca.example"],
                                               "network": {"allow_addresses": ["127.0.0.0/8"]},
                                               "dns": {"stub_zones": stubs, "insecure_zones": ["test"], "cache_max_ttl_s": 0}}})
    try:
        for _ in range(200):
            status, body = mpicd.post("/caa", {"check_type": "caa", "domain_or_ip_target": VICTIM})
            assert status == 200 and body["check_passed"] is True, body
        assert sent[0] >= 30000
    finally:
        end.set()
        thread.join()
        udp.close()
        assert mpicd.stop() == 0
        server.stop()
