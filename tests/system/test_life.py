"""mpicd started and run where things are not as they should be: descriptors that are closed, a log that nobody reads, files that may not grow."""
import contextlib
import fcntl
import http.client
import json
import os
import resource
import signal
import subprocess
import time

import pytest
import yaml

import lab

NOBODY = "127.0.0.1@9"
REQUEST = {"check_type": "caa", "domain_or_ip_target": "192.0.2.1"}  # nobody is asked for CAA records of an address


def write_config(folder, **more):
    """(file, port) of a coordinator with its perspectives in one process."""
    port = lab.free_port()
    regions = [region | {"local": True} for region in (lab.REGIONS[0], lab.REGIONS[2], lab.REGIONS[4])]
    config = {
        "server": {"listen": f"127.0.0.1:{port}", "workers": 1},
        "perspective": {"code": regions[0]["code"], "caa_domains": [lab.CA_DOMAIN], "network": {"allow_addresses": ["127.0.0.0/8"]},
                        "dns": {"stub_zones": [{"name": ".", "addresses": [NOBODY]}]}},
        "coordinator": {"hash_secret": "the secret of a lab", "baseline": "off", "default_perspective_count": 2, "perspectives": regions},
    } | more
    file = folder / "mpicd.yaml"
    file.write_text(yaml.safe_dump(config))
    return file, port


def ask(port, method="POST", path="/mpic", body=REQUEST):
    """The status; the answer must come within 5 seconds."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status


@contextlib.contextmanager
def running(file, port, shell='exec "$@"', **kwargs):
    """mpicd as this shell script starts it."""
    child = subprocess.Popen(["sh", "-c", shell, "sh", lab.MPICD, "--config", file], stdin=subprocess.DEVNULL, **kwargs)
    try:
        lab.wait_until(lambda: is_served(port) or child.poll() is not None, 30, "mpicd listening")
        assert child.poll() is None
        yield child
    finally:
        child.kill()
        child.wait()


def is_served(port):
    with contextlib.suppress(OSError):
        return ask(port, "GET", "/healthz") == 200
    return False


def stop(child):
    child.send_signal(signal.SIGTERM)
    return child.wait(20)


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_log_goes_nowhere_else_where_standard_error_is_closed(folder, closed):
    audit = folder / "audit.jsonl"
    file, port = write_config(folder, audit={"file": str(audit)})
    with running(file, port, f'exec "$@" {closed}') as child:
        assert [ask(port) for _ in range(3)] == [200] * 3
        assert [os.readlink(f"/proc/{child.pid}/fd/{fd}") for fd in closed if fd.isdigit()] == ["/dev/null"] * closed.count("2")
        assert stop(child) == 0
    records = [json.loads(line) for line in audit.read_text().splitlines()]
    assert len(records) == 3 and all("audit_version" in record for record in records)


def test_file_that_may_not_grow_costs_the_record_and_not_the_process(folder):
    audit = folder / "audit.jsonl"
    file, port = write_config(folder, audit={"file": str(audit)})

    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    with running(file, port, stderr=subprocess.DEVNULL, preexec_fn=limit_files) as child:
        statuses = [ask(port) for _ in range(8)]
        assert statuses[0] == 200 and statuses[-1] == 500 and set(statuses) == {200, 500}
        assert stop(child) == 0


def test_log_that_nobody_reads_holds_up_nobody(folder):
    file, port = write_config(folder, log={"level": "debug"})
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with running(file, port, stderr=writer) as child:
        os.close(writer)
        assert [ask(port) for _ in range(30)] == [200] * 30
        assert ask(port, "GET", "/metrics") == 200
        begin = time.monotonic()
        assert stop(child) == 0
        assert time.monotonic() - begin < 10
    os.close(reader)


def test_second_signal_ends_it_though_nobody_reads_the_log(folder):
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(contextlib.closing(lab.socket.socket(lab.socket.AF_INET, lab.socket.SOCK_DGRAM)))
        silent.bind(("127.0.0.1", 0))
        perspective = {"code": lab.REGIONS[0]["code"], "network": {"allow_addresses": ["127.0.0.0/8"]},
                       "dns": {"stub_zones": [{"name": ".", "addresses": [f"127.0.0.1@{silent.getsockname()[1]}"]}],
                               "timeout_ms": 20000}, "check_timeout_ms": 60000}
        file, port = write_config(folder, perspective=perspective, log={"level": "debug"})
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        child = stack.enter_context(running(file, port, stderr=writer))
        os.close(writer)
        for _ in range(20):
            ask(port)
        slow = stack.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)))
        slow.request("POST", "/mpic", json.dumps(REQUEST | {"domain_or_ip_target": "www.life.example"}), {"Content-Type": "application/json"})
        lab.wait_until(lambda: silent.recv(4096), 10, "a question")
        child.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        assert child.wait(5) == 1
        os.close(reader)
