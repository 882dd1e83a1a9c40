#!/usr/bin/python3
"""scripts/demo: mpic at work on this machine alone. See --help."""
import argparse
import signal
import subprocess
import sys
import textwrap

import lab

# name, options of `mpic check caa`, exit status that is right (0 corroborated, 1 not, 2 could not tell), what it shows
CASES = [
    ("permitted.signed.example", 0, "a CAA record names this CA: permitted"),
    ("refused.signed.example", 1, "a CAA record names another CA: refused"),
    ("*.wild.signed.example", 1, "issuewild forbids wildcards, although issue names this CA: refused"),
    ("www.wild.signed.example", 0, "the same zone without the wildcard; the record stands at the parent: permitted"),
    ("www.unsigned.example", 0, "no CAA record anywhere up to the top-level domain: permitted"),
    ("www.broken.example", 2, "DNSSEC validation fails, so nobody can tell: never a yes"),
]


def say(text=""):
    print(text, flush=True)


def check(url, target, expected, what):
    """Runs `mpic check caa`; true if its exit status was the right one."""
    say(f"\n--- {what}")
    say(f"$ mpic check caa '{target}' --caa-domain {lab.CA_DOMAIN}")
    done = subprocess.run([lab.MPIC, "check", "caa", target, "--caa-domain", lab.CA_DOMAIN, "--url", url], check=False)
    if done.returncode != expected:
        say(f"WRONG: exit status {done.returncode}, expected {expected}")
    return done.returncode == expected


def wait_for_end():
    """Waits for Ctrl-C or SIGTERM."""
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="Builds mpic, starts a small lab on loopback (a DNS server with signed, unsigned and "
        "broken zones, six perspectives, one coordinator), and corroborates CAA checks through it.")
    parser.add_argument("--keep", action="store_true", help="leave the lab running until Ctrl-C, and print how to use it")
    options = parser.parse_args()
    if options.keep:
        # Blocked before threads or children exist, so that sigwait() below gets them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    with lab.Lab() as demo:
        coordinator = demo.deployment()
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
