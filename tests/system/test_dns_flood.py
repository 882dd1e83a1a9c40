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


async def watch(port, until, seen):
    """Asks for the health and for the victim, over and over."""
    while not until.is_set():
        status, _, seconds = await send(port, "GET", "/healthz")
        assert status == 200
        seen["health"] = max(seen.get("health", 0), seconds)
        status, body, seconds = await send(port, "POST", "/caa", {"check_type": "caa", "domain_or_ip_target": VICTIM})
        assert status == 200 and json.loads(body)["check_passed"] is True, body
        seen["victim"] = max(seen.get("victim", 0), seconds)
        seen["times"] = seen.get("times", 0) + 1
        await asyncio.sleep(0.1)


async def flood(port, requests, zones, seen):
    until = asyncio.Event()
    watcher = asyncio.create_task(watch(port, until, seen))
    await asyncio.sleep(0.3)

    async def attack(number):
        status, body, _ = await send(port, "POST", "/caa", {"check_type": "caa", "domain_or_ip_target": deep_name(number, zones)})
        assert status == 200 and json.loads(body)["check_passed"] is not True, body

    await asyncio.gather(*(attack(number) for number in range(requests)))
    seen["answered"] = time.monotonic()
    await asyncio.sleep(3)
    until.set()
    await watcher


@pytest.mark.parametrize("zones", [1, 24])
def test_names_of_120_labels_under_silent_servers_hold_up_nobody(folder, zones):
    sink = Sink(4)
    good = hostile.HostileDns("victim.test.", {(VICTIM + ".", "CAA"): hostile.records((VICTIM + ".", 0, "IN", "CAA", '0 issue "ca.example"'))})
    mpicd = lab.Mpicd(folder, settings(sink, good, zones))
    seen = {}
    try:
        asyncio.run(flood(mpicd.port, 160, zones, seen))
        lab.wait_until(lambda: time.monotonic() - sink.last > 3, 20, "an end of the packets")
        assert sink.last - seen["answered"] < 15
        assert sink.count <= 40 * len(sink.questions)
        assert seen["times"] > 10 and seen["health"] < 0.5 and seen["victim"] < 3, seen
        lines = mpicd.get("/metrics")[1].decode().splitlines()
        assert 'mpic_dns_questions{state="given_up"} 0' in lines and 'mpic_dns_questions{state="waiting"} 0' in lines
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
