"""A perspective that dies is left out of the cohorts, and is back when it answers again."""
import pytest

import lab

CODES = [region["code"] for region in lab.REGIONS]
VICTIM = CODES[2]
SETTINGS = {"default_perspective_count": 4, "baseline": "warn", "perspective_timeout_ms": 3000,
            "health_failures_before_leaving_out": 2, "health_probe_interval_ms": 300}


def entry(coordinator):
    status, health = coordinator.get("/healthz?verbose")
    assert status == 200 and health["status"] == "healthy"
    assert [p["code"] for p in health["perspectives"]] == CODES
    return next(p for p in health["perspectives"] if p["code"] == VICTIM)


def asked(coordinator, names):
    """How many of the names are checked by the victim."""
    count = 0
    for i in range(names):
        status, body = coordinator.post("/mpic", {"check_type": "caa", "domain_or_ip_target": f"n{i}.signed.example"})
        assert status == 200, body
        members = [p["perspective_code"] for p in body["perspectives"]]
        assert len(members) == 4
        count += VICTIM in members
    return count


def ask_all(coordinator, check_type):
    body = {"check_type": check_type, "domain_or_ip_target": "permitted.signed.example", "orchestration_parameters": {"perspective_count": 6}}
    if check_type == "dcv":
        body["dcv_check_parameters"] = {"validation_method": "dns-change", "challenge_value": "x", "dns_record_type": "TXT"}
    status, answer = coordinator.post("/mpic", body)
    assert status == 200, answer
    return answer


@pytest.mark.parametrize("check_type", ["caa", "dcv"])
def test_perspective_that_dies_is_left_out_and_comes_back(tmp_path, check_type):
    with lab.Lab(folder=tmp_path) as running:
        coordinator = running.deployment(**SETTINGS)
        victim = running.perspectives[VICTIM]
        assert asked(coordinator, 12) > 0
        assert entry(coordinator)["state"] == "healthy"
        assert victim.stop() == 0
        for _ in range(2):
            ask_all(coordinator, check_type)
        lab.wait_until(lambda: entry(coordinator)["state"] == "left_out", 5, "left out")
        assert entry(coordinator)["consecutive_failures"] >= 3
        assert f'unhealthy_workers{{perspective="{VICTIM}",state="left_out"}} 1' in coordinator.get("/metrics")[1].decode()
        assert asked(coordinator, 12) == 0
        # Where the others have no cohort of the asked size, it is asked as ever.
        assert VICTIM in [p["perspective_code"] for p in ask_all(coordinator, check_type)["perspectives"]]

        running.keep(lab.Mpicd(tmp_path, {"server": {"listen": f"127.0.0.1:{victim.port}"},
                                          "perspective": running.perspective_settings(VICTIM)}, "again"))
        lab.wait_until(lambda: entry(coordinator)["state"] == "healthy", 10, "healthy again")
        assert entry(coordinator)["consecutive_failures"] == 0
        assert asked(coordinator, 12) > 0
        states = [e["state"] for e in coordinator.events() if e.get("event") == "perspective health"]
        assert states == ["failing", "left_out", "healthy"]
        assert coordinator.get("/healthz") == (200, {"status": "healthy"})
