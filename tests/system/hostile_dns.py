"""A small authoritative DNS server that misbehaves on demand, on one loopback port, UDP and TCP.

`rules` maps a name (lower case, final dot) to a behaviour: a function (query, tcp) -> bytes or None (say nothing), or one of the ready-made
ones below. Names without a rule get NOERROR without data, with an SOA.
"""
import contextlib
import socket
import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from lab import free_port


def reply(query, *records, rcode=dns.rcode.NOERROR):
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.AA
    answer.set_rcode(rcode)
    for record in records:
        answer.answer.append(dns.rrset.from_text(*record))
    return answer.to_wire(max_size=65535)


def silent(_query, _tcp):
    return None


def servfail(query, _tcp):
    return reply(query, rcode=dns.rcode.SERVFAIL)


def refused(query, _tcp):
    return reply(query, rcode=dns.rcode.REFUSED)


def garbage(_query, _tcp):
    return b"\x00" * 7


def truncated(query, tcp):
    """TC over UDP, and the same over TCP: nothing complete is ever to be had."""
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.AA | dns.flags.TC
    return answer.to_wire()


def records(*rows):
    """Each row: (owner, ttl, "IN", type, text, text, …)."""
    def behave(query, tcp):
        wire = reply(query, *rows)
        return wire if tcp or len(wire) <= 1232 else truncated(query, tcp)
    return behave


class HostileDns:
    def __init__(self, zone, rules):
        self.zone, self.rules = zone, rules
        self.asked = []  # (name, type)
        self.port = free_port()
        outer = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self):
                data, sock = self.request
                wire = outer.answer(data, False)
                if wire is not None:
                    sock.sendto(wire, self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    size = int.from_bytes(self.rfile.read(2), "big")
                    wire = outer.answer(self.rfile.read(size), True)
                    if wire is not None:
                        self.wfile.write(len(wire).to_bytes(2, "big") + wire)

        class TcpServer(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

        self.servers = [socketserver.ThreadingUDPServer(("127.0.0.1", self.port), Udp),
                        TcpServer(("127.0.0.1", self.port), Tcp)]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, data, tcp):
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text().lower()
        self.asked.append((name, dns.rdatatype.to_text(question.rdtype)))
        rule = self.rules.get((name, dns.rdatatype.to_text(question.rdtype))) or self.rules.get(name)
        if rule:
            return rule(query, tcp)
        return self.no_data(query)

    def no_data(self, query):
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA
        answer.authority.append(dns.rrset.from_text(self.zone, 60, "IN", "SOA", f"ns.{self.zone} h.{self.zone} 1 3600 600 86400 5"))
        return answer.to_wire()

    def stub(self):
        return {"name": self.zone, "addresses": [f"127.0.0.1@{self.port}"]}

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()
