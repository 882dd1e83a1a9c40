"""Name servers that hold up the resolver's TCP connections, of which it has so many."""
import asyncio
import json
import time

import pytest

import hostile_dns as hostile
import lab
import stalling_dns
import test_dns_flood as flood
import watchers

BIG = "big.victim.test"  # its answer needs TCP
CAA = '0 issue "ca.example"'
LONG = [f'0 issue "ca.example; x={"y" * 200}{i}"' for i in range(10)]
RULES = {(f"{flood.VICTIM}.", "CAA"): hostile.records((f"{flood.VICTIM}.", 0, "IN", "CAA", CAA)),
         (f"{BIG}.", "CAA"): hostile.records((f"{BIG}.", 0, "IN", "CAA", *LONG))}


def settings(bad, good):
    config = flood.settings(bad, good, 0)
    config["perspective"]["dns"]["stub_zones"] += [
        {"name": f"hole{i}.example", "addresses": addresses} for i, addresses in enumerate(bad.addresses)]
    return config


def ask_for_holes(port, requests, zones):
    """Short names, so that as many name servers as possible have a part in it."""
    async def one(number):
        name = f"w{number}.hole{number % zones}.example"
        status, body, _ = await flood.send(port, "POST", "/caa", {"check_type": "caa", "domain_or_ip_target": name}, 60)
        assert status == 200
        return json.loads(body)["check_passed"]

    async def all_of_them():
        return await asyncio.gather(*(one(number) for number in range(requests)))

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("how,zones", [("silent", 60), ("drip", 60), ("reset", 24), ("kept", 60)])
def test_tcp_connections_that_are_held_up_hold_up_nobody_else(folder, how, zones):
    # Who resets is asked again at once, some 15 times a question: that takes CPU, of which a sanitized build needs much more.
    requests = 1000 if not lab.is_sanitized() else 100 if how == "reset" else 400
    bad, good = stalling_dns.StallingDns(how, zones, 10), hostile.HostileDns("victim.test.", RULES)
    mpicd = lab.Mpicd(folder, settings(bad, good))
    checks = [("/caa", {"check_type": "caa", "domain_or_ip_target": name}, True) for name in (flood.VICTIM, BIG)]
    try:
        with watchers.Watchers(mpicd.port, checks) as seen:
            passed = ask_for_holes(mpicd.port, requests, zones)
            answered = time.monotonic()
            lab.wait_until(lambda: time.monotonic() - bad.last > 3, 20, "an end of the packets")
        assert passed == [how == "kept"] * requests  # there it is a real answer: no CAA
        stall = mpicd.metric("mpic_loop_stall_seconds_max")
        print(f"{how}: {len(bad.questions)} questions, {bad.packets} packets, {bad.connections} connections, {bad.open_most} at a time, "
              f"the last after {bad.last - answered:.1f} s; memory {mpicd.memory_mb()} MB; longest turn {stall * 1000:.1f} ms")
        assert bad.open_most > (0 if how == "reset" else 100)  # the attack took place
        assert bad.last - answered < 15
        assert bad.packets <= 40 * len(bad.questions) and bad.connections <= 40 * len(bad.questions)
        seen.assert_unharmed()
        assert stall <= lab.stall_limit()
    finally:
        assert mpicd.stop() == 0
        bad.stop()
        good.stop()
