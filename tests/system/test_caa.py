"""POST /caa of one perspective, over real zones: signed, unsigned, broken, huge, looping and hostile."""
import pytest

import hostile_dns as hostile
import lab

# The deciding record is the last of 401, in the order of the zone and in that of DNSSEC.
MANY = "".join(f'{name} 60 CAA 0 iodef "mailto:a{i}@a.example"\n' for name in ("huge", "hugecritical", "hugerefused") for i in range(400))
HUGE = MANY + 'huge 60 CAA 0 issue "ca.example"\nhugecritical 60 CAA 128 tbs "x"\nhugerefused 60 CAA 0 issue "other-ca.example"\n'

ZONES = lab.ZONES | {
    "nsec.example.": {"signed": True, "text": 'alias 60 CNAME permitted.signed.example.\n'
                      'shop 60 CNAME twice\ntwice 60 CNAME refused.signed.example.\nnothing 60 CNAME plain.signed.example.\nbinary 60 CAA 0 issue "caf\\233"\n'
                      'binary 60 CAA 0 contactemail "\\255\\254"\nbinary 60 CAA 0 issue "ca.example"\n'
                      'flag1 60 CAA 1 tbs "x"\nflag2 60 CAA 2 tbs "x"\nflag2 60 CAA 0 issue "ca.example"\n'
                      'upper 60 CAA 0 ISSUE "CA.Example"\nempty 60 CAA 0 issue ""\nnobody 60 CAA 0 issue ";"\n'
                      'onlyiodef 60 CAA 0 iodef "mailto:a@b.example"\nmail 60 CAA 0 issuemail "other.example"\n'
                      'account 60 CAA 0 issue "ca.example; accounturi=https://ca.example/acct/1"\n'
                      'method 60 CAA 0 issue "ca.example; validationmethods=dns-01,http-01"\n'
                      'vmc 60 CAA 0 issuevmc "other.example"\n'
                      'trailing 60 CAA 0 issue "ca.example; a=b;"\n' + HUGE},
    "optout.example.": {"signed": True, "nsec3": True, "optout": True},
    "insecure.optout.example.": {"text": 'www 60 CAA 0 issue "ca.example"\n'},
}


@pytest.fixture(scope="module")
def world():
    """A lab with a hostile zone below the signed TLD: `hostile.example.` is an unsigned delegation, and so is `dead.example.`"""
    zones = ZONES | {
        "hostile.example.": {}, "dead.example.": {},
        # A lookup failure below a set that forbids.
        "forbidding.example.": {"signed": True, "text": '@ 60 CAA 0 issue ";"\n'}, "dead.forbidding.example.": {},
    }
    loop = {f"loop{i}.hostile.example.": hostile.records((f"loop{i}.hostile.example.", 60, "IN", "CNAME", f"loop{(i + 1) % 3}.hostile.example."))
            for i in range(3)}
    long_chain = {f"chain{i}.hostile.example.": hostile.records((f"chain{i}.hostile.example.", 60, "IN", "CNAME", f"chain{i + 1}.hostile.example."))
                  for i in range(60)}
    server = hostile.HostileDns("hostile.example.", loop | long_chain | {
        "servfail.hostile.example.": hostile.servfail,
        "refused.hostile.example.": hostile.refused,
        "silent.hostile.example.": hostile.silent,
        "garbage.hostile.example.": hostile.garbage,
        "truncated.hostile.example.": hostile.truncated,
        "foreign.hostile.example.": hostile.records(("elsewhere.hostile.example.", 60, "IN", "CAA", '0 issue "ca.example"')),
        "malformed.hostile.example.": hostile.records(("malformed.hostile.example.", 60, "IN", "CAA", "\\# 3 00ff69")),
    })
    dead = hostile.HostileDns("dead.example.", {("dead.example.", "CAA"): hostile.servfail,
                                                ("www.dead.example.", "CAA"): hostile.servfail})
    dead_below = hostile.HostileDns("dead.forbidding.example.", {("dead.forbidding.example.", "CAA"): hostile.servfail})
    try:
        with lab.Lab(zones) as running:
            own = {"hostile.example.", "dead.example.", "dead.forbidding.example."}
            stubs = [s for s in running.dns.stubs() if s["name"] not in own]
            stubs += [server.stub(), dead.stub(), dead_below.stub()]
            perspective = running.perspective("eu-west-2", dns={"stub_zones": stubs, "timeout_ms": 1500})
            yield running, perspective, server
    finally:
        for hostile_server in (server, dead, dead_below):
            hostile_server.stop()


@pytest.fixture(scope="module")
def deployment(world):
    return world[0].deployment()


def ask(world, target, **parameters):
    status, body = world[1].post("/caa", {"domain_or_ip_target": target, "caa_check_parameters": parameters or None})
    assert status == 200, body
    assert list(body)[:6] == ["check_completed", "check_passed", "errors", "timestamp_ns", "check_type", "details"]
    assert body["check_type"] == "caa"
    assert body["perspective_code"] == "eu-west-2"
    assert body["timestamp_ns"] > 1_700_000_000 * 10**9
    return body


def verdict(body):
    pair = (body["check_completed"], body["check_passed"])
    return {(True, True): "pass", (True, False): "fail", (False, False): "unknown"}[pair]


CASES = [
    # target, parameters, verdict, problem, found_at, dnssec
    ("permitted.signed.example", {}, "pass", None, "permitted.signed.example", "secure"),
    ("PERMITTED.Signed.EXAMPLE.", {}, "pass", None, "permitted.signed.example", "secure"),
    ("a.b.c.permitted.signed.example", {}, "pass", None, "permitted.signed.example", "secure"),
    ("refused.signed.example", {}, "fail", "caa_not_permitted", "refused.signed.example", "secure"),
    ("refused.signed.example", {"caa_domains": ["other-ca.example"]}, "pass", None, "refused.signed.example", "secure"),
    ("refused.signed.example", {"caa_domains": ["OTHER-CA.example"]}, "pass", None, "refused.signed.example", "secure"),
    ("wild.signed.example", {}, "pass", None, "wild.signed.example", "secure"),
    ("*.wild.signed.example", {}, "fail", "caa_not_permitted", "wild.signed.example", "secure"),
    ("plain.signed.example", {}, "pass", None, None, "secure"),
    ("critical.signed.example", {}, "fail", "caa_critical", "critical.signed.example", "secure"),
    ("flag1.nsec.example", {}, "fail", "caa_critical", "flag1.nsec.example", "secure"),
    ("flag2.nsec.example", {}, "pass", None, "flag2.nsec.example", "secure"),
    ("www.unsigned.example", {}, "pass", None, None, "insecure"),
    ("permitted.unsigned.example", {}, "pass", None, "permitted.unsigned.example", "insecure"),
    ("www.broken.example", {}, "unknown", "dnssec_bogus", None, "bogus"),
    ("www.broken.example", {"allow_lookup_failure": True}, "unknown", "dnssec_bogus", None, "bogus"),
    ("alias.nsec.example", {}, "pass", None, "alias.nsec.example", "secure"),
    ("binary.nsec.example", {}, "pass", None, "binary.nsec.example", "secure"),
    ("upper.nsec.example", {}, "pass", None, "upper.nsec.example", "secure"),
    ("empty.nsec.example", {}, "fail", "caa_not_permitted", "empty.nsec.example", "secure"),
    ("nobody.nsec.example", {}, "fail", "caa_not_permitted", "nobody.nsec.example", "secure"),
    ("onlyiodef.nsec.example", {}, "pass", None, "onlyiodef.nsec.example", "secure"),
    ("mail.nsec.example", {}, "pass", None, "mail.nsec.example", "secure"),
    ("mail.nsec.example", {"certificate_type": "s-mime"}, "fail", "caa_not_permitted", "mail.nsec.example", "secure"),
    ("vmc.nsec.example", {"certificate_type": "mark"}, "fail", "caa_not_permitted", "vmc.nsec.example", "secure"),
    ("account.nsec.example", {}, "pass", None, "account.nsec.example", "secure"),
    ("account.nsec.example", {"account_uris": ["https://ca.example/acct/1"]}, "pass", None, "account.nsec.example", "secure"),
    ("account.nsec.example", {"account_uris": ["https://ca.example/acct/2"]}, "fail", "caa_not_permitted", "account.nsec.example", "secure"),
    ("method.nsec.example", {"validation_method_labels": ["dns-01"]}, "pass", None, "method.nsec.example", "secure"),
    ("method.nsec.example", {"validation_method_labels": ["tls-alpn-01"]}, "fail", "caa_not_permitted", "method.nsec.example", "secure"),
    ("method.nsec.example", {"validation_method": "acme-dns-01"}, "pass", None, "method.nsec.example", "secure"),
    ("method.nsec.example", {"validation_method": "dns-change"}, "fail", "caa_not_permitted", "method.nsec.example", "secure"),
    ("trailing.nsec.example", {}, "fail", "caa_not_permitted", "trailing.nsec.example", "secure"),
    ("huge.nsec.example", {}, "pass", None, "huge.nsec.example", "secure"),
    ("hugecritical.nsec.example", {}, "fail", "caa_critical", "hugecritical.nsec.example", "secure"),
    ("hugerefused.nsec.example", {}, "fail", "caa_not_permitted", "hugerefused.nsec.example", "secure"),
    ("shop.nsec.example", {}, "fail", "caa_not_permitted", "shop.nsec.example", "secure"),
    ("nothing.nsec.example", {}, "pass", None, None, "secure"),
    ("www.insecure.optout.example", {}, "pass", None, "www.insecure.optout.example", "insecure"),
    ("nothing.test-tld-that-is-not", {}, "fail", "no_such_tld", None, "secure"),
    ("192.0.2.1", {}, "pass", None, None, None),
    ("[2001:db8::1]", {}, "pass", None, None, None),
    ("servfail.hostile.example", {}, "unknown", "dns_servfail", None, None),
    ("silent.hostile.example", {}, "unknown", "dns_timeout", None, None),
    ("below.permitted.unsigned.example", {}, "pass", None, "permitted.unsigned.example", "insecure"),
    ("bad..name.example", {}, "unknown", "parameter", None, None),
    ("bad name.example", {}, "unknown", "parameter", None, None),
    ("", {}, "unknown", "parameter", None, None),
]


@pytest.mark.parametrize("target,parameters,expected,problem,found_at,dnssec", CASES)
def test_caa_verdict_and_evidence(world, target, parameters, expected, problem, found_at, dnssec):
    body = ask(world, target, **parameters)
    assert verdict(body) == expected, body
    details = body["details"]
    assert details["problem"] == problem
    assert details["found_at"] == found_at
    assert details["dnssec"] == dnssec
    if expected == "unknown":
        assert body["errors"] and body["errors"][0]["error_type"] == "mpic_error:caa_checker:lookup"


@pytest.mark.parametrize("name", ["loop0", "chain0", "refused", "garbage", "truncated", "malformed", "foreign"])
def test_caa_hostile_answers_are_never_a_yes(world, name):
    body = ask(world, f"{name}.hostile.example")
    if name == "foreign":
        # A record of another owner must not be taken for an answer; whatever comes of it, it names no set here.
        assert body["details"]["records_seen"] is None
        return
    assert verdict(body) == "unknown", body


def test_caa_binary_data_is_shown_escaped(world):
    seen = ask(world, "binary.nsec.example")["details"]["records_seen"]
    assert '0 issue "caf\\233"' in seen and '0 contactemail "\\255\\254"' in seen


@pytest.mark.parametrize("name,deciding", [("huge", '0 issue "ca.example"'), ("hugecritical", '128 tbs "x"'),
                                           ("hugerefused", '0 issue "other-ca.example"')])
def test_caa_huge_set_is_decided_on_all_and_reported_with_the_deciding_record(world, name, deciding):
    details = ask(world, f"{name}.nsec.example")["details"]
    assert details["caa_record_present"] is True
    assert len(details["records_seen"]) == 100 and deciding in details["records_seen"]
    assert details["records_truncated"] is True
    assert details["cname_chain"] == []


def chains(details):
    return {lookup["name"]: lookup["cname_chain"] for lookup in details["lookups"] if "cname_chain" in lookup}


def test_caa_alias_is_followed_but_reported_under_the_asked_name(world):
    details = ask(world, "alias.nsec.example")["details"]
    assert details["records_seen"] == ['0 issue "ca.example"'] and details["records_truncated"] is False
    assert details["cname_chain"] == ["permitted.signed.example."]
    assert chains(details) == {"alias.nsec.example": ["permitted.signed.example."]}


def test_caa_alias_into_a_zone_that_forbids_names_it(world):
    details = ask(world, "shop.nsec.example")["details"]
    assert details["cname_chain"] == ["twice.nsec.example.", "refused.signed.example."]
    assert details["reason"].startswith("CAA records of shop.nsec.example, found at its alias target refused.signed.example, whose they are: ")


def test_caa_aliases_that_lead_to_no_set_are_told_as_well(world):
    details = ask(world, "nothing.nsec.example")["details"]
    assert details["cname_chain"] == [] and "records_truncated" not in details
    assert chains(details) == {"nothing.nsec.example": ["plain.signed.example."]}


# A coordinator judges the evidence again: honest answers from behind aliases, or cut, must count.
@pytest.mark.parametrize("name,is_valid", [("alias", True), ("shop", False), ("nothing", True), ("huge", True), ("hugerefused", False)])
def test_mpic_takes_honest_evidence_of_aliases_and_many_records(world, deployment, name, is_valid):
    status, body = deployment.post("/mpic", {"check_type": "caa", "domain_or_ip_target": f"{name}.nsec.example"})
    assert status == 200, body
    assert body["is_valid"] is is_valid, body
    own = ask(world, f"{name}.nsec.example")["details"]
    for perspective in body["perspectives"]:
        response = perspective["check_response"]
        assert (response["check_completed"], response["check_passed"]) == (True, is_valid), response
        assert response["details"]["cname_chain"] == own["cname_chain"]
        assert response["details"].get("records_truncated") == own.get("records_truncated")
        assert chains(response["details"]) == chains(own)


@pytest.mark.parametrize("target", ["www.dead.example", "dead.example"])
def test_caa_lookup_failure_is_accepted_only_when_asked_for_and_proven_insecure(world, target):
    assert verdict(ask(world, target)) == "unknown"
    body = ask(world, target, allow_lookup_failure=True)
    assert verdict(body) == "pass", body
    details = body["details"]
    assert details["lookup_failure_accepted"] is True and details["lookup_tries"] == 2
    assert details["dnssec"] == "insecure" and details["caa_record_present"] is None
    assert body["errors"][0]["error_type"] == "mpic_error:caa_checker:lookup"


def test_caa_lookup_failure_below_a_forbidding_set_is_not_accepted(world):
    assert verdict(ask(world, "dead.forbidding.example", allow_lookup_failure=True)) == "unknown"


def test_caa_retry_really_asks_the_network_again(world):
    server = world[2]
    before = server.asked.count(("servfail.hostile.example.", "CAA"))
    ask(world, "servfail.hostile.example", allow_lookup_failure=True)
    assert server.asked.count(("servfail.hostile.example.", "CAA")) > before
