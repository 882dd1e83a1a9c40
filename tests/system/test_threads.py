"""Several workers in one process: what they share is counted and written whole, and they end together in the middle of work.

What threads do to each other shows rarely in answers, so these tests are above all for scripts/test --thread-sanitizer."""
import concurrent.futures
import http.client
import itertools
import json
import pathlib
import re
import signal
import threading
import time

import pytest

import hostile_dns
import hostile_http as web
import lab

pytestmark = pytest.mark.threads
SITE, TOKEN, KEY = "127.83.0.9", "token-0123456789_ABCDEF", "token-0123456789_ABCDEF.thumbprint-0123456789"
CALLERS = 8
# What is asked, and what is decided: by a perspective of the process, and by another process behind a host name.
QUESTIONS = [
    ({"check_type": "caa", "domain_or_ip_target": "permitted.signed.example"}, True),
    ({"check_type": "caa", "domain_or_ip_target": "refused.signed.example"}, False),
    ({"check_type": "caa", "domain_or_ip_target": "broken.broken.example"}, False),
    ({"check_type": "dcv", "domain_or_ip_target": "www.site.example", "dcv_check_parameters": {
        "validation_method": "acme-http-01", "token": TOKEN, "key_authorization": KEY}}, True),
    ({"check_type": "dcv", "domain_or_ip_target": "permitted.signed.example", "dcv_check_parameters": {
        "validation_method": "acme-dns-01", "key_authorization_hash": "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"}}, True),
]
SLOW = {"check_type": "caa", "domain_or_ip_target": "www.silent.example"}


@pytest.fixture
def crew():
    """(coordinator, its audit file): two workers each in two processes."""
    port = lab.free_port()
    zones = lab.ZONES | {"site.example.": {"text": f"www 60 A {SITE}\n"}, "silent.example.": {}}
    with lab.Lab(zones) as running:
        running.keep(web.HostileHttp(SITE, port, {TOKEN: web.response(KEY.encode())}))
        silent = running.keep(hostile_dns.HostileDns("silent.example.", {"www.silent.example.": hostile_dns.silent}))
        stubs = [stub for stub in running.dns.stubs() if stub["name"] != "silent.example."] + [silent.stub()]
        settings = lab.dcv_settings(port, lab.free_port(), lab.free_port()) | {"check_timeout_ms": 2500}
        server = {"listen": "127.0.0.1:0", "workers": 2}
        near, far = lab.REGIONS[0], lab.REGIONS[4]
        remote = running.keep(lab.Mpicd(running.folder, {
            "server": server, "perspective": running.perspective_settings(far["code"], {"stub_zones": stubs}, **settings)}, "remote"))
        audit = running.folder / "audit.jsonl"
        yield running.keep(lab.Mpicd(running.folder, {
            "server": server, "audit": {"file": str(audit)},
            "perspective": running.perspective_settings(near["code"], {"stub_zones": stubs}, **settings),
            "coordinator": {"hash_secret": "the secret of a test, not of a CA", "default_perspective_count": 2, "baseline": "off",
                            "perspectives": [near | {"local": True}, far | {"url": f"http://localhost:{remote.port}"}]}}, "near")), audit


def turns(daemon):
    """How often each thread of a process was given a CPU: {thread: times}."""
    tasks = pathlib.Path(f"/proc/{daemon.process.child.pid}/task")
    return {task.name: int((task / "schedstat").read_text().split()[2]) for task in tasks.iterdir()}


def in_parallel(work):
    """Runs work(n) for each of the callers at once; raises what they raise."""
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(work, range(CALLERS)))


def test_workers_at_work_count_and_write_all(crew):
    daemon, audit = crew
    before = turns(daemon)
    each = 5 * len(QUESTIONS)

    def caller(number):
        for request, is_valid in itertools.islice(itertools.cycle(QUESTIONS), number, number + each):
            status, answer = daemon.post("/mpic", request)
            assert (status, answer["is_valid"]) == (200, is_valid), answer
            for path in ("/metrics", "/configz", "/healthz"):
                assert daemon.get(path)[0] == 200
            if number == 0:
                daemon.process.child.send_signal(signal.SIGHUP)  # the audit file is opened again
    in_parallel(caller)
    busy = [thread for thread, times in turns(daemon).items() if times - before.get(thread, 0) > each]
    assert len(busy) >= 2, (before, turns(daemon))
    metrics = daemon.get("/metrics")[1].decode()
    for path in ("/mpic", "/configz"):
        assert f'mpic_requests_total{{route="{path}",status="200"}} {CALLERS * each}\n' in metrics, metrics
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert len(lines) == CALLERS * each
    assert sum(line["response"]["is_valid"] for line in lines) == sum(is_valid for _, is_valid in QUESTIONS) * each * CALLERS // len(QUESTIONS)
    assert re.search(r"^mpic_dns_questions\{state=\"awaited\"\} 0$", metrics, re.M), metrics


def test_end_in_the_middle_of_work_answers_what_was_begun(crew):
    daemon, audit = crew
    is_slow_asked = threading.Event()
    answers = []

    def caller(number):
        slow = number % 2 == 0
        for request, is_valid in [(SLOW, False)] if slow else itertools.cycle(QUESTIONS):
            if slow:
                is_slow_asked.set()
            try:
                status, answer = daemon.post("/mpic", request)
            except (OSError, http.client.HTTPException):
                return not slow  # the port is closed; what was begun before is answered
            answers.append(answer)
            assert (status, answer["is_valid"]) == (200, is_valid), answer
        return True

    def end():
        assert is_slow_asked.wait(10)
        time.sleep(0.5)
        begin = time.monotonic()
        status = daemon.stop()
        return status, time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(1) as ender:
        ended = ender.submit(end)
        assert all(in_parallel(caller))
        status, seconds = ended.result()
    assert status == 0, daemon.process.output()
    assert seconds < 8
    # A record is written before its answer is sent: each that came has one.
    written = [json.loads(line)["response"]["domain_or_ip_target"] for line in audit.read_text().splitlines()]
    assert len(written) >= len(answers) and written.count("www.silent.example") == CALLERS // 2
