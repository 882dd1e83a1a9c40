"""POST /mpic/draft-00 of a coordinator over six perspectives, real zones and real web servers."""
import base64

import pytest

import lab

TOKEN = "DGyRejmCefe7v4NfDGDKfA"
KEY_AUTHORIZATION = TOKEN + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
TXT = {"method": "dns", "domain": "permitted.signed.example", "record-type": "TXT", "prefix": "_acme-challenge",
       "expected": "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"}
RDATA = base64.b64encode(b"\x00\x05issueca.example").decode()


def ask(deployment, **body):
    status, answer = deployment[1].post("/mpic/draft-00", body)
    assert status == 200, answer
    assert answer["success"] == ("error" not in answer)
    assert len(answer["perspectives"]) == 5
    return answer


def test_draft_caa_has_the_records_of_the_nearest_set(deployment):
    answer = ask(deployment, method="caa", domain="www.permitted.signed.example")
    assert answer["success"] is True
    assert all(one == {"success": True} for one in answer["perspectives"].values())
    assert answer["caa"] == {"domain": "permitted.signed.example", "records": [RDATA]}
    answer = ask(deployment, method="caa", domain="plain.signed.example")
    assert answer["success"] is True and answer["caa"] == {"domain": "plain.signed.example", "records": []}


@pytest.mark.parametrize("domain, records", [("refused.signed.example", [b"\x00\x05issueother-ca.example"]),
                                             ("critical.signed.example", [b"\x80\x03tbsunknown"])])
def test_draft_caa_retrieves_what_forbids_and_judges_by_the_issuer(deployment, domain, records):
    answer = ask(deployment, method="caa", domain=domain)
    assert answer["success"] is True and all(one["success"] for one in answer["perspectives"].values())
    assert answer["caa"] == {"domain": domain, "records": [base64.b64encode(record).decode() for record in records]}
    judged = ask(deployment, method="caa", domain=domain, caa_domains=["ca.example"])
    assert judged["success"] is False and judged["error"].startswith("caa: 0 of 5 ") and "caa" not in judged
    permitted = ask(deployment, method="caa", domain="permitted.signed.example", caa_domains=["ca.example"])
    assert permitted["success"] is True and permitted["caa"]["records"] == [RDATA]


@pytest.mark.parametrize("domain", ["www.broken.example", "bad..name.example", "www.nosuchtld"])
def test_draft_caa_that_fails_is_no_success(deployment, domain):
    answer = ask(deployment, method="caa", domain=domain)
    assert answer["success"] is False and answer["error"].startswith("caa: 0 of 5 ")
    assert not any(one["success"] for one in answer["perspectives"].values())
    assert "caa" not in answer


def test_draft_dns_needs_record_and_permission(deployment):
    answer = ask(deployment, **TXT)
    assert answer["success"] is True and answer["caa"]["records"] == [RDATA]
    assert "caa" not in ask(deployment, **TXT | {"caa": False})
    for wrong in ({"expected": TXT["expected"][:-1]}, {"expected": TXT["expected"].lower()}, {"prefix": "_other"}, {"prefix": ""}):
        answer = ask(deployment, **TXT | wrong)
        assert answer["success"] is False and answer["error"].startswith("dns-change: 0 of 5 "), wrong
        assert answer["caa"]["records"] == [RDATA]


def test_draft_http_acme_needs_the_file_and_the_permission():
    zones = lab.ZONES | {"signed.example.": {"signed": True, "text": lab.ZONES["signed.example."]["text"]
                                             + "permitted 60 A 127.0.0.1\nrefused 60 A 127.0.0.1\n"}}
    address, ports = "127.0.0.1", [lab.free_port() for _ in range(3)]
    with lab.Lab(zones) as running:
        challenges = running.keep(lab.Challenges(running.folder, address, *ports))
        challenges.add("add-http01", token=TOKEN, content=KEY_AUTHORIZATION)
        coordinator = running.deployment(perspective=lab.dcv_settings(*ports))
        body = {"method": "http-acme", "token": TOKEN, "key_authorization": KEY_AUTHORIZATION}
        answer = ask((running, coordinator), **body, domain_or_ip="permitted.signed.example")
        assert answer["success"] is True and answer["caa"]["records"] == [RDATA], answer
        answer = ask((running, coordinator), **body, domain_or_ip="refused.signed.example")
        assert answer["success"] is False and answer["error"].startswith("caa: ")
        answer = ask((running, coordinator), **body, domain_or_ip="refused.signed.example", caa_check=False)
        assert answer["success"] is True and "caa" not in answer
        answer = ask((running, coordinator), **body | {"key_authorization": KEY_AUTHORIZATION[:-1] + "J"},
                     domain_or_ip="permitted.signed.example")
        assert answer["success"] is False and answer["error"].startswith("acme-http-01: ")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", {}, {"method": "CAA", "domain": "a.example"}, {"method": "caa", "domain": "192.0.2.1"},
                                  TXT | {"caa": "true"}, TXT | {"prefix": "www"}, TXT | {"record-type": "A"}, TXT | {"expected": ""}])
def test_draft_refusal_is_400(deployment, body):
    status, answer = deployment[1].post("/mpic/draft-00", body)
    assert status == 400
    assert answer["success"] is False and answer["error"] and set(answer) == {"success", "error"}
