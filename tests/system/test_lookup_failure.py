"""BR 4.2.2.1: lookups that fail, on names whose CAA forbids, by a caller who lets failures count as permission."""
import concurrent.futures
import contextlib
import socket
import time

import dns.rdatatype
import pytest

import hostile_dns as hostile
import lab

ZONES = lab.ZONES | {"victim.example.": {}, "silent.example.": {}, "dead.example.": {}, "black.example.": {}}
FORBIDS = hostile.records(("www.victim.example.", 60, "IN", "CAA", '0 issue ";"'))
DEEP = "a.b.c.d.e.victim.example"


class Relay(hostile.HostileDns):
    """Hands all on to the lab's DNS, as long as it is let: so what is asked of the TLD can be seen."""

    def __init__(self, zone, knot):
        super().__init__(zone, {})
        self.knot, self.is_cut = knot, False

    def answer(self, data, tcp):
        super().answer(data, tcp)
        if self.is_cut:
            return None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            sock.connect((self.knot.address, self.knot.port))
            sock.send(data)
            return sock.recv(4096)


class Slow(hostile.HostileDns):
    """Takes some time for every answer."""
    seconds = 0.0

    def answer(self, data, tcp):
        time.sleep(self.seconds)
        return super().answer(data, tcp)


@contextlib.contextmanager
def world(victim, seconds=0.0, **perspective):
    """A perspective; the servers of the victim, of a zone that is silent when it is asked for CAA, of two that are silent altogether, and
    of the TLD above them."""
    with lab.Lab(ZONES) as running, contextlib.ExitStack() as stack:
        def serve(server):
            stack.callback(server.stop)
            return server
        server = serve(Slow("victim.example.", victim))
        server.seconds = seconds
        silent = serve(hostile.HostileDns("silent.example.", {}))
        silent.no_data = lambda query: None if query.question[0].rdtype == dns.rdatatype.CAA else hostile.HostileDns.no_data(silent, query)
        dead = serve(hostile.HostileDns("dead.example.", {}))
        dead.no_data = lambda query: None
        black = serve(hostile.HostileDns("black.example.", {}))
        black.no_data = lambda query: None
        relay = serve(Relay("example.", running.dns))
        own = [server.stub(), silent.stub(), dead.stub(), black.stub(), relay.stub()]
        stubs = [s for s in running.dns.stubs() if s["name"] not in {stub["name"] for stub in own}] + own
        yield running.perspective("eu-west-2", dns={"stub_zones": stubs}, **perspective), relay


def ask(perspective, name, allow=True, **headers):
    _, body = perspective.post("/caa", {"domain_or_ip_target": name, "caa_check_parameters": {"allow_lookup_failure": allow}}, headers=headers)
    return body


def test_silence_is_accepted_only_with_a_proof_from_the_network():
    with world({}) as (perspective, relay):
        for times in range(2):  # the denial of DS is remembered the second time, and asked for all the same
            asked = relay.asked.count(("silent.example.", "DS"))
            body = ask(perspective, "www.silent.example")
            assert body["check_passed"] is True and body["details"]["lookup_failure_accepted"] is True, body
            assert relay.asked.count(("silent.example.", "DS")) > asked, times
        assert ask(perspective, "www.silent.example", allow=False)["check_passed"] is False
        with concurrent.futures.ThreadPoolExecutor() as pool:
            check = pool.submit(ask, perspective, "www.silent.example")
            time.sleep(8.5)  # in the last try: the proof comes after it
            relay.is_cut = True
            body = check.result()
            assert body["check_passed"] is False, body
            assert "no validated denial of DS" in body["details"]["reason"] or body["details"]["problem"] != "dns_timeout", body


def test_zone_that_answers_nothing_at_all_is_not_accepted():
    """It looks no other than a way there that is broken on our side."""
    with world({}) as (perspective, _):
        body = ask(perspective, "www.dead.example")
        assert body["check_passed"] is False and "nobody answers any question about www.dead.example" in body["details"]["reason"], body


def test_many_questions_into_black_holes_change_nothing_for_another_name():
    with world({"www.victim.example.": FORBIDS}) as (perspective, _), concurrent.futures.ThreadPoolExecutor(8) as pool:
        labels = ".".join(["a"] * 113)
        flood = [pool.submit(ask, perspective, f"{i}.{labels}.black.example") for i in range(6)]
        time.sleep(0.3)
        for _ in range(3):
            body = ask(perspective, "www.victim.example")
            assert body["check_passed"] is False, body
        for check in flood:
            assert check.result()["check_passed"] is False


@pytest.mark.parametrize("settings,headers", [({"check_timeout_ms": 3000}, {}), ({}, {"Mpic-Timeout-Ms": "3000"})])
def test_silence_that_a_limit_of_ours_cut_short_is_not_accepted(settings, headers):
    with world({}, **settings) as (perspective, _):
        for _ in range(2):
            body = ask(perspective, "www.silent.example", **headers)
            assert body["check_passed"] is False, body


@pytest.mark.parametrize("seconds", [0.9, 1.5])
def test_slow_server_has_the_same_verdict_with_and_without_the_property(seconds):
    deep = hostile.records((f"{DEEP}.", 60, "IN", "CAA", '0 issue ";"'))
    with world({"www.victim.example.": FORBIDS, f"{DEEP}.": deep}, seconds) as (perspective, _):
        for name in ("www.victim.example", DEEP):
            without, with_it = (ask(perspective, name, allow) for allow in (False, True))
            assert without["check_passed"] is False and with_it["check_passed"] is False, (name, with_it)


def test_long_way_along_slow_aliases_is_no_failure():
    """Four answers of 1.2 s do not fit dns.timeout_ms, but each of them comes."""
    chain = {f"{a}.victim.example.": hostile.records((f"{a}.victim.example.", 60, "IN", "CNAME", f"{b}.victim.example."))
             for a, b in (("www", "one"), ("one", "two"), ("two", "three"))}
    with world(chain | {"three.victim.example.": hostile.records(("three.victim.example.", 60, "IN", "CAA", '0 issue ";"'))}, 1.2) as (perspective, _):
        for allow in (False, True):
            assert ask(perspective, "www.victim.example", allow)["check_passed"] is False, allow


def test_one_server_of_many_that_lives_is_no_failure():
    """Three name servers of four are silent, the fourth knows that CAA forbids."""
    with lab.Lab(ZONES) as running, contextlib.ExitStack() as stack:
        lives = hostile.HostileDns("victim.example.", {"www.victim.example.": FORBIDS})
        silent = hostile.HostileDns("victim.example.", {})
        silent.no_data = lambda query: None
        for server in (lives, silent):
            stack.callback(server.stop)
        addresses = [f"127.0.0.1@{lives.port}"] + [f"127.0.0.{i}@{silent.port}" for i in (2, 3, 4)]
        stubs = [s for s in running.dns.stubs() if s["name"] != "victim.example."] + [{"name": "victim.example.", "addresses": addresses}]
        perspective = running.perspective("eu-west-2", dns={"stub_zones": stubs, "cache_max_ttl_s": 0})
        for _ in range(3):
            assert ask(perspective, "www.victim.example")["check_passed"] is False


def counts_that_lie(query, _tcp):
    wire = query.to_wire()
    return wire[:2] + bytes([0x84, 0, 0, 1, 0, 5, 0, 0, 0, 0]) + wire[12:]


@pytest.mark.parametrize("behave,problem,says", [
    (hostile.servfail, "dns_servfail", "answered SERVFAIL"), (hostile.refused, "dns_refused", "answered REFUSED"),
    (counts_that_lie, "dns_malformed", "malformed"), (hostile.truncated, "dns_servfail", "without content"),
])
def test_failures_are_told_apart(behave, problem, says):
    with world({"www.victim.example.": behave}) as (perspective, _):
        body = ask(perspective, "www.victim.example", allow=False)
        assert body["details"]["problem"] == problem and says in body["details"]["reason"], body
        assert "127.0.0.1" not in str(body)
        is_outside = problem in ("dns_servfail", "dns_refused") and "answered" in says
        assert ask(perspective, "www.victim.example")["check_passed"] is is_outside
