"""Real ACME challenges: dehydrated, an ACME client, orders a certificate from pebble, an ACME server; while each challenge is in place
our perspective looks at it too."""
import json
import os
import pathlib
import socketserver
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler

import pytest

import lab

NAME, ADDRESS = "client.acme.example", "127.0.0.77"

# What dehydrated calls for each challenge, among other steps: it puts the challenge in place, has it checked, and keeps the answer.
HOOK = """#!/usr/bin/python3
import json, sys, urllib.request
if sys.argv[1] != "deploy_challenge":
    sys.exit(0)
name, token, authorization = sys.argv[2:5]
kind, folder, perspective, management = {arguments!r}
def post(url, body):
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers={{"Content-Type": "application/json"}})
    return urllib.request.urlopen(request, timeout=20).read()
if kind == "http-01":  # the file is there: dehydrated writes it
    parameters = {{"validation_method": "acme-http-01", "token": token, "key_authorization": authorization}}
else:
    post(management + "/set-txt", {{"host": "_acme-challenge." + name + ".", "value": authorization}})
    parameters = {{"validation_method": "acme-dns-01", "key_authorization_hash": authorization}}
body = post(perspective + "/dcv", {{"domain_or_ip_target": name, "dcv_check_parameters": parameters}})
open(folder + "/answer.json", "wb").write(body)
sys.exit(0)
"""


class Website:
    """A web server with the files of a folder."""

    def __init__(self, folder, port):
        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, directory=str(folder), **kwargs)

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

        pathlib.Path(folder).mkdir()
        self.server = Server((ADDRESS, port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def start_pebble(running, folder, http_port, dns):
    """pebble, which validates for itself as well; returns the URL of its directory."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)
    port, management = lab.free_port(), lab.free_port()
    (folder / "pebble.json").write_text(json.dumps({"pebble": {
        "listenAddress": f"127.0.0.1:{port}", "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(folder / "cert.pem"), "privateKey": str(folder / "key.pem"), "httpPort": http_port, "tlsPort": 1}}))
    process = running.keep(lab.Process(["pebble", "-config", folder / "pebble.json", "-dnsserver", dns], folder / "pebble.log",
                                       env=os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}))
    lab.wait_until(lambda: "Listening on" in process.output(), 20, "pebble listening")
    return f"https://127.0.0.1:{port}/dir"


def run_dehydrated(folder, kind, directory):
    """An account, and a certificate for NAME; pebble's certificate is the only one that is trusted."""
    (folder / "dehydrated").mkdir()
    (folder / "www" / ".well-known" / "acme-challenge").mkdir(parents=True)
    (folder / "dehydrated.conf").write_text("\n".join([
        f'CA="{directory}"', f'CURL_OPTS="--cacert {folder}/cert.pem --noproxy *"', f'BASEDIR="{folder}/dehydrated"',
        f'WELLKNOWN="{folder}/www/.well-known/acme-challenge"', f'HOOK="{folder}/hook"', f'CHALLENGETYPE="{kind}"',
        'KEY_ALGO="prime256v1"', 'KEYSIZE="2048"', 'CONTACT_EMAIL="hostmaster@example.com"']) + "\n")
    for arguments in (["--register", "--accept-terms"], ["--cron", "--domain", NAME]):
        done = subprocess.run(["dehydrated", "--config", folder / "dehydrated.conf", *arguments], capture_output=True, text=True,
                              timeout=120, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["http-01", "dns-01"])
def test_challenge_of_a_real_client_passes(folder, kind):
    zones = {".": {"signed": True}, "example.": {"signed": True}, "acme.example.": {}}
    with lab.Lab(zones, folder / "lab") as running:
        http_port = lab.free_port()
        challenges = running.keep(lab.Challenges(folder, ADDRESS, lab.free_port(), lab.free_port(), lab.free_port()))
        running.keep(Website(folder / "www", http_port))
        stubs = [s for s in running.dns.stubs() if s["name"] != "acme.example."] + [challenges.stub("acme.example.")]
        perspective = running.perspective("eu-west-2", dns={"stub_zones": stubs}, **lab.dcv_settings(http_port, 443, 443))
        directory = start_pebble(running, folder, http_port, f"{ADDRESS}:{challenges.dns_port}")
        management = f"http://{ADDRESS}:{challenges.management_port}"
        hook = folder / "hook"
        hook.write_text(HOOK.format(arguments=(kind, str(folder), perspective.url, management)))
        hook.chmod(0o755)
        run_dehydrated(folder, kind, directory)
        answer = json.loads((folder / "answer.json").read_text())
        assert (answer["check_completed"], answer["check_passed"]) == (True, True), answer
        assert "BEGIN CERTIFICATE" in (folder / "dehydrated" / "certs" / NAME / "cert.pem").read_text()
