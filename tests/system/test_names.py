"""Perspectives by host names, and a system resolver that is silent: it costs a few threads, whatever is asked, and an answer at once.

The file runs itself as a program in namespaces of its own, so that it may have another /etc/resolv.conf and leads nowhere."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

import pytest

import lab

pytestmark = pytest.mark.threads

REQUEST = {"check_type": "caa", "domain_or_ip_target": "a.example", "caa_check_parameters": {"caa_domains": ["ca.example"]}}


def count(pid, what):
    return len(list(pathlib.Path(f"/proc/{pid}/{what}").iterdir()))


def main(folder):
    """Prints what 400 requests cost where no name is ever answered."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # bound, and never read
    silent.bind(("127.0.0.53", 53))
    resolv = pathlib.Path(folder) / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.53\n")
    subprocess.run(["mount", "--bind", resolv, os.path.realpath("/etc/resolv.conf")], check=True)
    perspectives = [region | {"url": f"http://{region['code']}.silent.example:8080"} for region in lab.REGIONS]
    process = lab.Mpicd(folder, {"coordinator": {"hash_secret": "the secret of a test, not of a CA", "default_perspective_count": 6, "baseline": "warn",
                                                 "perspectives": perspectives}}, "coordinator")
    before = count(process.process.child.pid, "task")
    most = {"task": 0, "fd": 0}

    def ask(_):
        status, body = process.post("/mpic", REQUEST)
        for what in most:
            most[what] = max(most[what], count(process.process.child.pid, what))
        return status == 200 and body["is_valid"] is False
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answered = sum(pool.map(ask, range(400)))
    events = [event for event in process.events() if event.get("event") == "perspective did not answer"]
    print(json.dumps({"answered": answered, "before": before, "threads": most["task"], "descriptors": most["fd"], "ended": process.stop(),
                      "reasons": sorted({event["reason"] for event in events})}))


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="namespaces of its own need root and unshare")
def test_silent_system_resolver_costs_a_few_threads():
    folder = tempfile.mkdtemp(prefix="mpic-names-")
    try:
        done = subprocess.run(["unshare", "--net", "--mount", "sh", "-c", 'ip link set lo up && exec "$@"', "names", sys.executable, __file__, folder],
                              capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0 and ("Operation not permitted" in done.stderr or "mount" in done.stderr):
            pytest.skip(f"no namespaces here: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        assert (seen["answered"], seen["ended"]) == (400, 0), seen
        # Workers, the log, expressions, names; and one of the thread sanitizer.
        assert seen["threads"] <= seen["before"] <= 12, seen
        assert seen["descriptors"] < 150, seen
        assert seen["reasons"] == ["the system's resolver has no address for the host of its URL"], seen
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
