"""Name servers that answer everything truncated over UDP, and then do with the TCP connection what holds up most; many addresses, one thread."""
import contextlib
import itertools
import selectors
import socket
import threading
import time

import lab

DRIP_S = 0.5


def question_of(query):
    at = 12
    while query[at]:
        at += query[at] + 1
    return query[12:at + 5]


def header(query, flags):
    """An answer without records, to the question in `query`."""
    return query[:2] + bytes([0x84 | flags | query[2] & 1, 0]) + b"\0\1" + bytes(6) + question_of(query)


class StallingDns(threading.Thread):
    """`how`: "silent" (nothing comes), "drip" (a byte now and then), "reset" (at the first byte), "kept" (answers, and leaves it open).
    `zones`: so many groups of `addresses` loopback addresses, all on one port."""

    def __init__(self, how, zones, addresses):
        super().__init__(daemon=True)
        self.how, self.port, self.closing = how, lab.free_port(), False
        self.packets, self.connections, self.open_most, self.last, self.questions = 0, 0, 0, 0.0, set()
        self.selector, self.open = selectors.DefaultSelector(), {}
        self.addresses = [[f"127.9.{zone}.{i + 1}@{self.port}" for i in range(addresses)] for zone in range(zones)]
        for address in itertools.chain(*self.addresses):
            self._serve(address.partition("@")[0])
        self.start()

    def _serve(self, address):
        udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for sock, act in ((udp, self._on_packet), (tcp, self._on_connection)):
            sock.bind((address, self.port))
            sock.setblocking(False)
            self.selector.register(sock, selectors.EVENT_READ, act)
        tcp.listen(4096)

    def _on_packet(self, sock):
        query, client = sock.recvfrom(4096)
        self.packets, self.last = self.packets + 1, time.monotonic()
        self.questions.add(question_of(query).lower())
        sock.sendto(header(query, 2), client)

    def _on_connection(self, listener):
        sock, _ = listener.accept()
        sock.setblocking(False)
        self.open[sock] = 0  # bytes that were dripped
        self.connections, self.open_most, self.last = self.connections + 1, max(self.open_most, len(self.open)), time.monotonic()
        self.selector.register(sock, selectors.EVENT_READ, self._on_bytes)

    def _on_bytes(self, sock):
        data = b""
        with contextlib.suppress(ConnectionError):
            data = sock.recv(1 << 16)
        while self.how == "kept" and len(data) > 14:
            size = int.from_bytes(data[:2], "big")
            answer, data = header(data[2:2 + size], 0), data[2 + size:] or b"\0"
            sock.send(len(answer).to_bytes(2, "big") + answer)
        if not data or self.how == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.selector.unregister(sock)
            del self.open[sock]
            sock.close()

    def _drip(self):
        for sock in list(self.open):
            with contextlib.suppress(OSError):
                sock.send(b"\xff" if self.open[sock] < 2 else b"\0")  # 64 KB are to come
                self.open[sock] += 1

    def run(self):
        dripped = 0.0
        while not self.closing:
            for key, _ in self.selector.select(0.05):
                with contextlib.suppress(BlockingIOError):
                    key.data(key.fileobj)
            if self.how == "drip" and time.monotonic() - dripped > DRIP_S:
                self._drip()
                dripped = time.monotonic()

    def stop(self):
        self.closing = True
        self.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()
