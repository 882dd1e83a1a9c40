#!/usr/bin/python3
"""scripts/demo: mpic at work on this machine alone. See --help."""
import argparse
import base64
import hashlib
import shlex
import signal
import subprocess
import sys
import textwrap

import lab

# A real ACME server makes these up; the key authorization is the token, a dot, and the account key's thumbprint (RFC 8555 section 8.1).
TOKEN = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
KEY = TOKEN + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI"
DIGEST = hashlib.sha256(KEY.encode()).digest()
DIGEST_TEXT = base64.urlsafe_b64encode(DIGEST).decode().rstrip("=")

CAA = ("--caa-domain", lab.CA_DOMAIN)
HTTP_01 = ("--token", TOKEN, "--key-authorization", KEY)
DNS_01 = ("--key-authorization-hash", DIGEST_TEXT)
TLS_ALPN_01 = ("--key-authorization-hash", DIGEST.hex())

# method, target, options of `mpic check`, exit status that is right (0 corroborated, 1 not, 2 could not tell), what it shows
CASES = [
    ("caa", "permitted.signed.example", CAA, 0, "a CAA record names this CA: permitted"),
    ("caa", "refused.signed.example", CAA, 1, "a CAA record names another CA: refused"),
    ("caa", "*.wild.signed.example", CAA, 1, "issuewild forbids wildcards, although issue names this CA: refused"),
    ("caa", "www.wild.signed.example", CAA, 0, "the same zone without the wildcard; the record stands at the parent: permitted"),
    ("caa", "www.unsigned.example", CAA, 0, "no CAA record anywhere up to the top-level domain: permitted"),
    ("caa", "www.broken.example", CAA, 2, "DNSSEC validation fails, so nobody can tell: never a yes"),
    ("acme-http-01", "www.challenge.example", HTTP_01, 0, "the web server has the key authorization: control is proven"),
    ("acme-dns-01", "www.dns01.example", DNS_01, 0, "the TXT record has the digest, in a signed zone: control is proven"),
    ("acme-dns-01", "other.dns01.example", DNS_01, 1, "somebody else's digest is there: not proven"),
    ("acme-tls-alpn-01", "www.challenge.example", TLS_ALPN_01, 0, "the self-signed certificate has the digest: control is proven"),
    ("acme-http-01", "private.dns01.example", HTTP_01, 1, "the name leads to a private address: nobody is contacted"),
]

ZONES = lab.ZONES | {
    "challenge.example.": {},  # answered by pebble-challtestsrv
    "dns01.example.": {"signed": True, "text": f"""
_acme-challenge.www 60 TXT "{DIGEST_TEXT}"
_acme-challenge.other 60 TXT "{'A' * 43}"
private 60 A 192.168.1.1
"""},
}
APPLICANT = "127.0.0.2"


def say(text=""):
    print(text, flush=True)


def check(url, method, target, options, expected, what):
    """Runs `mpic check`; true if its exit status was the right one."""
    arguments = ["check", method, target, *options]
    say(f"\n--- {what}")
    say("$ " + shlex.join(["mpic", *arguments]))
    done = subprocess.run([lab.MPIC, *arguments, "--url", url], check=False)
    if done.returncode != expected:
        say(f"WRONG: exit status {done.returncode}, expected {expected}")
    return done.returncode == expected


def start(demo):
    """The applicant's servers, six perspectives and a coordinator."""
    ports = [lab.shared_port(APPLICANT) for _ in range(3)]
    challenges = demo.keep(lab.Challenges(demo.folder, APPLICANT, *ports))
    challenges.add("add-http01", token=TOKEN, content=KEY)
    challenges.add("add-tlsalpn01", host="www.challenge.example", content=KEY)
    stubs = [s for s in demo.dns.stubs() if s["name"] != "challenge.example."] + [challenges.stub("challenge.example.")]
    return demo.deployment(perspective={"dns": {"stub_zones": stubs}} | lab.dcv_settings(*ports))


def wait_for_end():
    """Waits for Ctrl-C or SIGTERM."""
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="Builds mpic, starts a small lab on loopback (a DNS server with signed, unsigned and "
        "broken zones, a web and a TLS server with ACME challenges, six perspectives, one coordinator), and corroborates CAA "
        "checks and domain control validation through it.")
    parser.add_argument("--keep", action="store_true", help="leave the lab running until Ctrl-C, and print how to use it")
    options = parser.parse_args()
    if options.keep:
        # Blocked before threads or children exist, so that sigwait() below gets them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    with lab.Lab(ZONES) as demo:
        coordinator = start(demo)
        say(f"The lab is up: DNS on 127.0.0.1:{demo.dns.port}, {len(demo.perspectives)} perspectives, "
            f"coordinator on {coordinator.url}")
        right = [check(coordinator.url, *case) for case in CASES]
        say(f"\nWhat this proved: {sum(right)} of {len(right)} verdicts were the right ones. Each was corroborated by five of six\n"
            "perspectives, each a process with a validating resolver of its own, over the Open MPIC protocol;\n"
            "a name whose DNSSEC is broken got \"could not tell\", and that never counts as yes.")
        if options.keep:
            say(textwrap.dedent(f"""
                The lab keeps running until Ctrl-C. Try:

                  curl -s {coordinator.url}/mpic -H 'content-type: application/json' \\
                    -d '{{"check_type":"caa","domain_or_ip_target":"permitted.signed.example"}}'

                  MPIC_URL={coordinator.url} {lab.MPIC} check caa refused.signed.example
                """))
            wait_for_end()
        else:
            say("\nGo on: README.md explains a response; `scripts/demo --keep` leaves the lab running for you to try;\n"
                "`mpicd --dev` corroborates real names, from this one machine.")
    return 0 if all(right) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (lab.LabError, OSError) as problem:
        sys.exit(f"scripts/demo: {problem}")
