"""A small web server that misbehaves on demand: raw sockets, one thread per connection.

`rules` maps the last segment of a request's path to a behaviour: bytes to send, or a function (connection, request). What has no rule gets a 404. A
server made with `greeting` sends that at once and reads nothing.
"""
import contextlib
import gzip
import socket
import threading
import time


def response(body=b"", status="200 OK", *fields, length=None):
    """A response as bytes, with Content-Length (`length`: another one than the truth; False: none)."""
    lines = [f"HTTP/1.1 {status}", *fields]
    if length is not False:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location, status="302 Found"):
    return response(b"", status, f"Location: {location}")


def chunked(*chunks, end=b"0\r\n\r\n"):
    return (response(b"", "200 OK", "Transfer-Encoding: chunked", length=False)
            + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end)


def gzipped(body):
    return response(gzip.compress(body), "200 OK", "Content-Encoding: gzip")


def in_pieces(data, size, pause_s):
    """Sends `data` in TCP segments of `size` bytes."""
    def behave(connection, _request):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), size):
            connection.sendall(data[start:start + size])
            time.sleep(pause_s)
    return behave


def endless(head, piece):
    """Sends `piece` until the other side has enough of it."""
    def behave(connection, _request):
        connection.sendall(head)
        while True:
            connection.sendall(piece)
    return behave


def silent(connection, _request):
    """Answers nothing until the other side hangs up."""
    while connection.recv(65536):
        pass


def reset(connection, _request):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


class Request:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, self.version = lines[0].split(" ", 2)
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]

    def field(self, name):
        """The one value of a field; None if it is not there."""
        values = [value for key, value in self.fields if key.lower() == name.lower()]
        assert len(values) <= 1, values
        return values[0] if values else None


class HostileHttp:
    def __init__(self, address, port, rules=None, greeting=None):
        self.rules, self.greeting = rules or {}, greeting
        self.requests = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family, backlog=64)
        self.ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.ended:
            with contextlib.suppress(OSError):
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            if self.greeting:
                connection.sendall(self.greeting)
                silent(connection, None)
                return
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(65536)
                if not more:
                    return
                head += more
            request = Request(head.partition(b"\r\n\r\n")[0])
            self.requests.append(request)
            rule = self.rules.get(request.path.partition("?")[0].rpartition("/")[2], response(b"", "404 Not Found"))
            if callable(rule):
                rule(connection, request)
            else:
                connection.sendall(rule)

    def stop(self):
        self.ended = True
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
