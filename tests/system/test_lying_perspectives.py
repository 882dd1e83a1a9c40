"""A coordinator among perspectives that lie, stall or break: each costs its own voice, and nothing else."""
import contextlib
import gzip
import hashlib
import json
import socket
import socketserver
import threading
import time

import pytest

import lab

TIMEOUT_MS = 1200
LIAR = lab.REGIONS[0]["code"]
CAA_REQUEST = {"check_type": "caa", "domain_or_ip_target": "a.example", "caa_check_parameters": {"caa_domains": ["ca.example"]}}
DCV_REQUEST = {"check_type": "dcv", "domain_or_ip_target": "a.example",
               "dcv_check_parameters": {"validation_method": "dns-change", "challenge_value": "secret-value", "dns_record_type": "TXT"}}


def caa_yes(**changes):
    """What the reference answers to a CAA check that passed."""
    return {"check_completed": True, "check_passed": True, "errors": None, "timestamp_ns": time.time_ns(), "check_type": "caa",
            "details": {"caa_record_present": False, "found_at": None, "records_seen": None}} | changes


def dcv_yes(method="dns-change", **changes):
    return {"check_completed": True, "check_passed": True, "errors": [], "timestamp_ns": time.time_ns(), "check_type": "dcv",
            "details": {"validation_method": method, "records_seen": ["secret-value"], "response_code": 0, "ad_flag": True,
                        "found_at": "a.example", "cname_chain": None}} | changes


def http(body, status="200 OK", length=None, *more):
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(data) if length is None else length}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + data


class Question(dict):
    """The body of a question; beside it what binds its answer to it: the code at the end of the path, nonce and digest."""

    def __init__(self, path, headers, body):
        super().__init__(json.loads(body))
        self.path, self.headers = path, headers
        self.binding = {"nonce": headers.get("mpic-nonce"), "request_sha256": hashlib.sha256(body).hexdigest()}

    def bound(self, answer, **changes):
        return answer | {"perspective_code": self.path.split("/")[1], "binding": self.binding | changes}


class Perspective(socketserver.ThreadingTCPServer):
    """Answers the requests of a connection by `behave(connection, request)`; the connection closes when that returns True."""

    allow_reuse_address, daemon_threads, request_queue_size = True, True, 64

    def __init__(self, behave):
        self.behave, self.asked, self.connections, self.closed = behave, 0, 0, 0
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError, ValueError, IndexError):
                    outer.connections += 1
                    while self.one():
                        pass

            def one(self):
                path, headers = self.rfile.readline().decode().split(" ")[1], {}
                while (line := self.rfile.readline()) not in (b"\r\n", b""):
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                outer.asked += 1
                return not outer.behave(self.connection, Question(path, headers, self.rfile.read(int(headers["content-length"]))))

            def finish(self):
                with contextlib.suppress(OSError):
                    super().finish()
                outer.closed += 1

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


def honest(connection, request):
    connection.sendall(http(request.bound(dcv_yes() if "dcv_check_parameters" in request else caa_yes())))


def say(data):
    """Sends the bytes, whatever was asked, and closes."""
    def behave(connection, _request):
        connection.sendall(data)
        return True
    return behave


def answer(body, *more, **settings):
    return say(http(body, *more, **settings))


def close_at_once(_connection, _request):
    return True


def reset(connection, _request):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    return True


def silent(_connection, _request):
    time.sleep(3 * TIMEOUT_MS / 1000)
    return True


def late(connection, _request):
    """A yes, but behind the time limit."""
    time.sleep(1.5 * TIMEOUT_MS / 1000)
    connection.sendall(http(caa_yes()))
    return True


def drip(data, pause_s=0.05):
    """A yes, byte by byte: something always comes, but never all of it in time."""
    def behave(connection, _request):
        for i in range(len(data)):
            connection.sendall(data[i:i + 1])
            time.sleep(pause_s)
        return True
    return behave


def endless(start, piece):
    def behave(connection, _request):
        connection.sendall(start)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            connection.sendall(piece)
        return True
    return behave


def chunked(*chunks):
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks)


YES = json.dumps(caa_yes()).encode()
ERROR = [{"error_type": "mpic_error:x", "error_message": "something failed"}]

LIES = {
    "HTML": say(http("<html><body>It works!</body></html>")),
    "HTML of a broken proxy": answer("<html>502</html>", "502 Bad Gateway"),
    "nothing": answer(""),
    "no content": say(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "a refusal": answer({"error": "request-validation-failed", "validation_issues": []}, "400 Bad Request"),
    "a crash": answer({"error": "internal server error"}, "500 Internal Server Error"),
    "no such path": answer({"detail": "Not Found"}, "404 Not Found"),
    "a key is missing": answer({"message": "Forbidden"}, "403 Forbidden"),
    "a bare true": answer("true"),
    "a list": answer([caa_yes()]),
    "an envelope": answer({"perspective_code": LIAR, "check_response": caa_yes()}),
    "two answers": answer(YES + YES),
    "garbage behind": answer(YES + b" x"),
    "invalid UTF-8": answer(YES.replace(b"null", b'"\xff"', 1)),
    "compressed": say(http(gzip.compress(YES), "200 OK", None, "Content-Encoding: gzip")),
    "deep": answer("[" * 100000),
    "very many values": answer('{"check_completed":true,"check_passed":true,"check_type":"caa","details":{"x":[' + "0," * 200000 + "0]}}"),
    "of a DCV check": answer(dcv_yes()),
    "of a DCV check, named CAA": answer(dcv_yes(check_type="caa")),
    "of no known check": answer(caa_yes(check_type="tea")),
    "passed, not completed": answer(caa_yes(check_completed=False)),
    "passed, completed is missing": answer({k: v for k, v in caa_yes().items() if k != "check_completed"}),
    "passed, with errors": answer(caa_yes(errors=ERROR)),
    "passed, with a problem": answer(caa_yes(details=caa_yes()["details"] | {"problem": "dnssec_bogus"})),
    "passed as text": answer(caa_yes(check_passed="true")),
    "passed as a number": answer(caa_yes(check_passed=1)),
    "passed twice": answer(YES.replace(b'"check_passed": true', b'"check_passed": false, "check_passed": true')),
    "completed as text": answer(caa_yes(check_completed="yes")),
    "no details": answer({k: v for k, v in caa_yes().items() if k != "details"}),
    "null details": answer(caa_yes(details=None)),
    "as another perspective": answer(caa_yes(perspective_code=lab.REGIONS[1]["code"])),
    "closes at once": close_at_once,
    "resets": reset,
    "closes in the headers": say(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "closes in the body": say(http(YES, "200 OK", len(YES) + 1)),
    "closes in a chunk": say(chunked(YES)[:-4]),
    "closes before the last chunk": say(chunked(YES)),
    "silent": silent,
    "late": late,
    "drips": drip(http(caa_yes())),
    "drips its body": lambda connection, request: (connection.sendall(http(b"", "200 OK", len(YES))), drip(YES)(connection, request))[1],
    "endless body": endless(b"HTTP/1.1 200 OK\r\n\r\n" + YES, b" " * 65536),
    "endless chunks": endless(chunked(YES), b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "endless chunk extension": endless(chunked(YES) + b"1;", b"x" * 65536),
    "endless trailers": endless(chunked(YES) + b"0\r\n", b"X-A: " + b"y" * 8000 + b"\r\n"),
    "large body": endless(http(YES, "200 OK", 1 << 30), b" " * 65536),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"y" * 8000 + b"\r\n"),
    "one endless header": endless(b"HTTP/1.1 200 OK\r\nX-A: ", b"y" * 65536),
    "endless preliminary answers": endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000),
    "another protocol": say(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "HTTP/0.9": say(YES),
    "two lengths": say(http(YES, "200 OK", None, "Content-Length: 3")),
    "length and chunks": say(http(chunked(YES).partition(b"\r\n\r\n")[2] + b"0\r\n\r\n", "200 OK", len(YES), "Transfer-Encoding: chunked")),
    "negative length": say(http(YES, "200 OK", -1)),
}


def coordinator(folder, urls, name, binding="none", **more):
    """`binding: none` lets the lies below be judged by what they say; most of them bear no binding."""
    return lab.Mpicd(folder, {"coordinator": {
        "hash_secret": "the secret of a test, not of a CA", "default_perspective_count": len(lab.REGIONS), "perspective_timeout_ms": TIMEOUT_MS,
        "perspectives": [region | {"url": f"{url}/{region['code']}", "binding": binding} for region, url in zip(lab.REGIONS, urls)]}
        | more}, name)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """(liar, coordinator that asks it and five honest ones, coordinator that asks it six times)"""
    folder = tmp_path_factory.mktemp("liars")
    liar, good = Perspective(honest), Perspective(honest)
    one = coordinator(folder, [liar.url] + [good.url] * 5, "one")
    all_six = coordinator(folder, [liar.url] * 6, "all")
    yield liar, one, all_six
    try:
        assert one.stop() == 0, one.process.output()
        assert all_six.stop() == 0, all_six.process.output()
    finally:
        liar.stop()
        good.stop()


def ask(process, request):
    """The answer, and how long it took; it tells nothing about addresses inside."""
    begin = time.monotonic()
    status, body = process.post("/mpic", request)
    seconds = time.monotonic() - begin
    assert status == 200, body
    text = json.dumps(body)
    for secret in ("127.0.0.1", "http://", "/caa", "/dcv"):
        assert secret not in text
    return body, seconds


def responses(body):
    return {entry["perspective_code"]: entry["check_response"] for entry in body["perspectives"]}


def assert_is_error(response):
    assert response["check_completed"] is False and response["check_passed"] is False
    assert [error["error_type"] for error in response["errors"]] == ["mpic_error:coordinator:remote_check"]
    assert response["errors"][0]["error_message"]


LARGEST = 512 * 1024


def flood(connection, request):
    """A no, as large as an answer may be: records, errors and lookups full of characters that JSON escapes."""
    answer = caa_yes(check_passed=False, errors=[{"error_type": "\x01" * 100, "error_message": "\x02" * 1000}] * 20)
    answer["details"] |= {"caa_record_present": True, "found_at": "a.example", "problem": "caa_not_permitted", "dnssec": "secure", "duration_ms": 1,
                          "reason": "\x03" * 30000, "lookups": [{"name": "x" * 100, "type": "CAA", "outcome": "ok", "status": "secure"}] * 500,
                          "records_seen": [f'0 issue "{i}\x04"' for i in range(900)] + ['0 issue "ca.example; a=b"']}
    answer = request.bound(answer) | {"unknown": ""}
    answer["details"]["records_seen"][:0] = ["\x05" * 5000] * ((LARGEST - len(json.dumps(answer))) // 30003)
    connection.sendall(http(answer))


@pytest.mark.parametrize("count", [6, 24])
def test_the_response_stays_under_1_mb_whatever_perspectives_send(tmp_path, count):
    liar = Perspective(flood)
    regions = lab.REGIONS + [{"code": f"further-{i}", "name": "of unknown place", "rir": "ARIN"} for i in range(count - len(lab.REGIONS))]
    process = lab.Mpicd(tmp_path, {"coordinator": {
        "hash_secret": "the secret of a test, not of a CA", "default_perspective_count": count, "perspective_timeout_ms": 20000,
        "request_timeout_ms": 60000, "baseline": "off",
        "perspectives": [region | {"url": f"{liar.url}/{region['code']}"} for region in regions]}}, "flooded")
    try:
        status, body = process.post("/mpic", CAA_REQUEST | {"orchestration_parameters": {"max_attempts": 3}})
    finally:
        process.stop()
        liar.stop()
    assert status == 200
    assert len(json.dumps(body, ensure_ascii=False, separators=(",", ":"))) < 1000000
    assert body["is_valid"] is False and body["mpic_completed"] is True
    assert len(body["perspectives"]) == count and [len(attempt) for attempt in body["previous_attempt_results"]] == [count] * 2
    for entry in body["perspectives"] + sum(body["previous_attempt_results"], []):
        response = entry["check_response"]
        assert response["check_completed"] and not response["check_passed"] and response["evidence_truncated"] is True
        assert response["details"]["problem"] == "caa_not_permitted" and response["details"]["reason"]
        assert response["errors"] and '0 issue "ca.example; a=b"' in response["details"]["records_seen"]


def test_honest_perspectives_corroborate(world):
    liar, one, _ = world
    liar.behave = honest
    for request in (CAA_REQUEST, DCV_REQUEST):
        body, _ = ask(one, request)
        assert body["is_valid"] is True and body["mpic_completed"] is True
        assert all(response["check_passed"] for response in responses(body).values())


@pytest.mark.parametrize("kind", LIES)
def test_one_lie_costs_one_voice(world, kind):
    liar, one, _ = world
    liar.behave = LIES[kind]
    before = liar.asked
    body, seconds = ask(one, CAA_REQUEST)
    assert liar.asked > before
    assert seconds < TIMEOUT_MS / 1000 + 2
    entries = responses(body)
    assert_is_error(entries.pop(LIAR))
    assert len(entries) == 5 and all(response["check_passed"] for response in entries.values())
    assert body["is_valid"] is True and body["corroboration"]["corroborating"] == 5


# (For one of the six the code of "as another perspective" is its own.)
@pytest.mark.parametrize("kind", [k for k in LIES if k not in ("silent", "as another perspective")])
def test_six_lies_are_never_a_yes(world, kind):
    liar, _, all_six = world
    liar.behave = LIES[kind]
    body, seconds = ask(all_six, CAA_REQUEST)
    assert seconds < TIMEOUT_MS / 1000 + 2
    assert body["is_valid"] is False and body["mpic_completed"] is False
    for response in responses(body).values():
        assert_is_error(response)


def test_answer_without_end_is_given_up_early(tmp_path):
    """Not when its time is over: a perspective must not decide how many bytes are read."""
    sent = 0

    def endless_extension(connection, request):
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
        while True:
            connection.sendall(b"x" * 65536)
            sent += 65536

    liar, good = Perspective(honest), Perspective(honest)
    process = lab.Mpicd(tmp_path, {"coordinator": {
        "hash_secret": "the secret of a test, not of a CA", "default_perspective_count": 6, "perspective_timeout_ms": 20000,
        "perspectives": [region | {"url": f"{url}/{region['code']}", "binding": "none"}
                         for region, url in zip(lab.REGIONS, [liar.url] + [good.url] * 5)]}}, "endless")
    try:
        ask(process, CAA_REQUEST)  # so that the connections are kept ones
        liar.behave = endless_extension
        body, seconds = ask(process, CAA_REQUEST)
    finally:
        assert process.stop() == 0
        liar.stop()
        good.stop()
    assert_is_error(responses(body)[LIAR])
    assert "http_protocol" in responses(body)[LIAR]["errors"][0]["error_message"]
    assert seconds < 10 and sent < 32 * 1024 * 1024


DCV_LIES = {
    "of a CAA check": answer(caa_yes()),
    "of another method": answer(dcv_yes("acme-dns-01")),
    "of an unknown method": answer(dcv_yes("tea-leaves")),
    "of no method": answer(dcv_yes(details={"records_seen": ["secret-value"]})),
    "passed, with errors": answer(dcv_yes(errors=ERROR)),
    "passed, not completed": answer(dcv_yes(check_completed=False)),
}


@pytest.mark.parametrize("kind", DCV_LIES)
def test_one_lie_about_control_costs_one_voice(world, kind):
    liar, one, _ = world
    liar.behave = DCV_LIES[kind]
    body, _ = ask(one, DCV_REQUEST)
    entries = responses(body)
    assert_is_error(entries.pop(LIAR))
    assert all(response["check_passed"] for response in entries.values())
    assert body["is_valid"] is True


@pytest.mark.parametrize("status", ["307 Temporary Redirect", "308 Permanent Redirect", "302 Found"])
def test_redirect_is_not_followed(world, status):
    liar, one, _ = world
    elsewhere = Perspective(honest)
    try:
        liar.behave = say(http("", status, None, f"Location: {elsewhere.url}/caa"))
        body, _ = ask(one, CAA_REQUEST)
        assert_is_error(responses(body)[LIAR])
        assert elsewhere.asked == 0
    finally:
        elsewhere.stop()


def test_perspective_that_is_down_costs_one_voice(tmp_path):
    good = Perspective(honest)
    process = coordinator(tmp_path, [f"http://127.0.0.1:{lab.free_port()}"] + [good.url] * 5, "down")
    try:
        body, seconds = ask(process, CAA_REQUEST)
        assert seconds < 1 and body["is_valid"] is True
        assert_is_error(responses(body)[LIAR])
    finally:
        assert process.stop() == 0
        good.stop()


def test_no_is_a_no_whatever_the_http_status(world):
    liar, one, _ = world
    for status in ("200 OK", "500 Internal Server Error", "418 I'm a teapot"):
        liar.behave = answer(caa_yes(check_passed=False), status)
        response = responses(ask(one, CAA_REQUEST)[0])[LIAR]
        assert response["check_completed"] is True and response["check_passed"] is False and not response["errors"]


def test_restriction_that_a_peer_overlooked_is_not_corroborated(world):
    """RFC 8657: a peer that does not know account_uris would say yes where they say no."""
    liar, _, all_six = world
    liar.behave = honest
    request = CAA_REQUEST | {"caa_check_parameters": {"caa_domains": ["ca.example"], "account_uris": ["https://ca.example/acct/1"]}}
    body, _ = ask(all_six, request)
    assert body["is_valid"] is False and body["corroboration"]["corroborating"] == 0


def test_hostile_evidence_is_cut_and_stays_json(world):
    liar, one, _ = world
    details = {"caa_record_present": True, "found_at": "x" * 100000, "records_seen": ["\u0000\u001b[2J\u202e" + "y" * 2000] * 300}
    liar.behave = answer(caa_yes(check_passed=False, details=details))
    body, _ = ask(one, CAA_REQUEST)
    response = responses(body)[LIAR]
    assert response["check_passed"] is False
    assert len(json.dumps(response)) < 400000


def test_lies_one_after_the_other_do_no_lasting_harm(world):
    liar, one, all_six = world
    for kind in ("closes in the body", "endless chunks", "late", "two lengths"):
        liar.behave = LIES[kind]
        ask(all_six, CAA_REQUEST)
    liar.behave = honest
    for process in (one, all_six):
        body, _ = ask(process, CAA_REQUEST)
        assert body["is_valid"] is True and body["corroboration"]["corroborating"] == 6


# --- evidence and verdict ---

def caa_seen(*records, found_at="a.example", **more):
    return caa_yes(details={"caa_record_present": True, "found_at": found_at, "records_seen": list(records)} | more)


def cut_record(issuer):
    """A record of which only the first 512 bytes are shown."""
    return f'0 issue "{f"{issuer}; a=":x<512}..."'


CONTRADICTIONS = {
    "found elsewhere": caa_seen('0 issue "ca.example"', found_at="b.example"),
    "found below": caa_seen('0 issue "ca.example"', found_at="www.a.example"),
    "bogus": caa_seen('0 issue "ca.example"', dnssec="bogus"),
    "records that forbid": caa_seen('0 issue "other.example"'),
    "a critical record": caa_seen('0 issue "ca.example"', '128 tbs "x"'),
    "records of none": caa_yes(details={"caa_record_present": False, "found_at": None, "records_seen": ['0 issue ";"']}),
    "not applicable": caa_yes(details={"caa_record_present": None, "found_at": None, "records_seen": None, "applicable": False}),
    "another name looked up": caa_seen('0 issue "ca.example"', lookups=[{"name": "b.example", "type": "CAA", "outcome": "ok", "status": "secure"}]),
    "many records that forbid": caa_seen(*(f'0 issue "other{i}.example"' for i in range(100)), records_truncated=True),
    "very many records that forbid": caa_seen(*(f'0 issue "other{i}.example"' for i in range(4000))),
    "few records, said to be cut": caa_seen('0 issue "other.example"', records_truncated=True),
    "a long record that forbids": caa_seen(cut_record("other.example")),
    "no record beside one that permits": caa_seen('0 issue "ca.example"', '0 issue "other.exam'),
    "no record beside one that forbids": caa_seen('0 issue "other.example"', "???"),
    "a nearer name not looked up": caa_seen('0 issue "ca.example"', found_at="example", lookups=[
        {"name": "example", "type": "CAA", "outcome": "ok", "status": "secure"}]),
    "a nearer set": caa_seen('0 issue "ca.example"', found_at="example", lookups=[
        {"name": name, "type": "CAA", "outcome": "ok", "status": "secure"} for name in ("a.example", "example")]),
    "filtered": caa_seen('0 issue "ca.example"', extended_dns_errors=[{"code": 17, "text": "Filtered"}]),
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_evidence_that_contradicts_a_yes_makes_it_none(world, kind):
    liar, one, all_six = world
    liar.behave = answer(CONTRADICTIONS[kind])
    assert ask(all_six, CAA_REQUEST)[0]["is_valid"] is False
    body, _ = ask(one, CAA_REQUEST)
    assert_is_error(responses(body)[LIAR])
    assert "the evidence contradicts the verdict" in responses(body)[LIAR]["errors"][0]["error_message"]


FITTING = {
    "at the name": caa_seen('0 issue "ca.example"'),
    "at the parent": caa_seen('0 issue "CA.example; x=y"', found_at="example"),
    "only another property": caa_seen('0 iodef "mailto:a@a.example"'),
    "cut": caa_seen('0 issue "other.example"', cut_record("ca.example")),
    "many, and one permits": caa_seen(*(f'0 issue "other{i}.example"' for i in range(4000)), '0 issue "ca.example"'),
}


@pytest.mark.parametrize("kind", FITTING)
def test_evidence_that_fits_a_yes_leaves_it_one(world, kind):
    liar, _, all_six = world
    liar.behave = answer(FITTING[kind])
    assert ask(all_six, CAA_REQUEST)[0]["is_valid"] is True


@pytest.mark.parametrize("details", [{"found_at": "b.example"}, {"query_name": "b.example"}, {"dnssec": "bogus"}, {"response_code": 3}])
def test_evidence_of_control_that_contradicts_a_yes_makes_it_none(world, details):
    liar, one, _ = world
    liar.behave = answer(dcv_yes(details=dcv_yes()["details"] | details))
    assert_is_error(responses(ask(one, DCV_REQUEST)[0])[LIAR])


# --- answers and questions -----------------------------------------------------------------------------------------------------------

NO = {"check_passed": False, "details": {"caa_record_present": True, "found_at": "b.example", "records_seen": ['0 issue "other.example"']}}
OTHER_REQUEST = CAA_REQUEST | {"domain_or_ip_target": "b.example"}


def of_each(permitted):
    """Answers truly: `permitted` says yes, any other name no."""
    def behave(connection, request):
        answer = caa_yes() if request["domain_or_ip_target"] == permitted else caa_yes(**NO)
        connection.sendall(http(request.bound(answer)))
    return behave


class Shifted:
    """Like a proxy that lost count: one answer more than questions, so that each question gets the answer to the one before it."""

    def __init__(self):
        self.waiting = {}

    def __call__(self, connection, request):
        answer = caa_yes() if request["domain_or_ip_target"] == "a.example" else caa_yes(**NO)
        late = self.waiting.pop(connection, request.bound(answer))
        self.waiting[connection] = request.bound(answer)
        connection.sendall(http(late | {"perspective_code": request.path.split("/")[1]}))


@pytest.fixture(scope="module")
def bound_world(tmp_path_factory):
    """A perspective that plays all six, and a coordinator that demands that answers are bound to questions."""
    liar = Perspective(honest)
    process = coordinator(tmp_path_factory.mktemp("bound"), [liar.url] * 6, "bound", "required")
    yield liar, process
    try:
        assert process.stop() == 0, process.process.output()
    finally:
        liar.stop()


def test_bound_answers_corroborate(bound_world):
    liar, process = bound_world
    liar.behave = honest
    for request in (CAA_REQUEST, DCV_REQUEST):
        body, _ = ask(process, request)
        assert body["is_valid"] is True
        for code, response in responses(body).items():
            assert response["check_passed"] and response["perspective_code"] == code
            assert len(response["binding"]["nonce"]) == 32 and len(response["binding"]["request_sha256"]) == 64
    assert "answers_not_bound" not in [finding["code"] for finding in body["compliance"]["findings"]]
    assert len({response["binding"]["nonce"] for response in responses(body).values()}) == 6


BINDING_LIES = {
    "none": lambda request: caa_yes(),
    "only the code": lambda request: caa_yes(perspective_code=request.path.split("/")[1]),
    "null": lambda request: request.bound(caa_yes()) | {"binding": None},
    "text": lambda request: request.bound(caa_yes()) | {"binding": "yes"},
    "another nonce": lambda request: request.bound(caa_yes(), nonce="0" * 32),
    "no nonce": lambda request: request.bound(caa_yes(), nonce=None),
    "nonce as a number": lambda request: request.bound(caa_yes(), nonce=7),
    "nonce in upper case": lambda request: request.bound(caa_yes(), nonce=request.binding["nonce"].upper().replace("0", "A")),
    "another digest": lambda request: request.bound(caa_yes(), request_sha256="0" * 64),
    "no digest": lambda request: request.bound(caa_yes(), request_sha256=None),
    "another code": lambda request: request.bound(caa_yes()) | {"perspective_code": "elsewhere"},
    "no code": lambda request: request.bound(caa_yes()) | {"perspective_code": None},
}


@pytest.mark.parametrize("kind", BINDING_LIES)
def test_answer_that_is_not_bound_to_the_question_is_none(bound_world, kind):
    liar, process = bound_world
    liar.behave = lambda connection, request: connection.sendall(http(BINDING_LIES[kind](request)))
    body, _ = ask(process, CAA_REQUEST)
    assert body["is_valid"] is False and body["mpic_completed"] is False
    for response in responses(body).values():
        assert_is_error(response)
    liar.behave = honest
    assert ask(process, CAA_REQUEST)[0]["is_valid"] is True


@pytest.mark.parametrize("rounds", [5])
def test_shifted_answers_never_become_a_yes(bound_world, rounds):
    """The name that is permitted and the one that is not, in turn: each answer that came late would be a wrong yes."""
    liar, process = bound_world
    liar.behave = Shifted()
    for _ in range(rounds):
        ask(process, CAA_REQUEST)
        assert ask(process, OTHER_REQUEST)[0]["is_valid"] is False


@pytest.mark.parametrize("pause_s", [0, 0.05, 0.3])
def test_late_bytes_on_a_kept_connection_are_no_answer(bound_world, pause_s):
    liar, process = bound_world

    def with_late_yes(connection, request):
        honest(connection, request)
        late = http(request.bound(caa_yes()))

        def send():
            time.sleep(pause_s)
            with contextlib.suppress(OSError):
                connection.sendall(late)
        threading.Thread(target=send, daemon=True).start()

    for _ in range(5):
        liar.behave = with_late_yes
        ask(process, CAA_REQUEST)
        liar.behave = of_each("a.example")
        body, _ = ask(process, OTHER_REQUEST)
        assert body["is_valid"] is False
        assert not any(response["check_passed"] for response in responses(body).values())
    time.sleep(2 * pause_s)
    assert ask(process, CAA_REQUEST)[0]["is_valid"] is True


@pytest.mark.parametrize("extra", [b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", http(caa_yes())])
def test_bytes_behind_an_answer_end_its_connection(bound_world, extra):
    liar, process = bound_world
    liar.behave = lambda connection, request: connection.sendall(http(request.bound(caa_yes())) + extra)
    before = liar.connections
    for _ in range(3):
        assert ask(process, CAA_REQUEST)[0]["is_valid"] is True
        time.sleep(0.05)
    assert liar.connections - before >= 12  # the first question may have found clean ones


def test_unclean_connection_is_closed_without_a_question(bound_world):
    liar, process = bound_world

    def tired(connection, request):
        honest(connection, request)
        time.sleep(0.1)
        connection.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")

    liar.behave = tired
    ask(process, CAA_REQUEST)
    lab.wait_until(lambda: liar.closed == liar.connections, 5, "every connection closed")


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize("pause_s", [0, 0.01, 0.2])
def test_408_on_an_idle_connection_fails_no_question(bound_world, closes, pause_s):
    liar, process = bound_world

    def tired(connection, request):
        honest(connection, request)
        time.sleep(0.02)
        connection.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return closes

    liar.behave = tired
    for _ in range(6):
        body, _ = ask(process, CAA_REQUEST)
        assert [response["errors"] for response in responses(body).values()] == [None] * 6
        time.sleep(pause_s)


def test_connection_that_closes_under_a_question_fails_no_question(bound_world):
    """The server closes at the moment at which the second question comes, without a byte."""
    liar, process = bound_world
    seen = set()

    def once(connection, request):
        if connection in seen:
            return True
        seen.add(connection)
        honest(connection, request)

    liar.behave = once
    for _ in range(5):
        body, _ = ask(process, CAA_REQUEST)
        assert all(response["check_passed"] for response in responses(body).values())


def test_unbound_perspective_gets_a_connection_for_each_question(tmp_path):
    peer = Perspective(lambda connection, request: connection.sendall(http(caa_yes())))
    process = coordinator(tmp_path, [peer.url] * 6, "unbound")
    try:
        for _ in range(3):
            body, _ = ask(process, CAA_REQUEST)
            assert body["is_valid"] is True
            notes = [finding for finding in body["compliance"]["findings"] if finding["code"] == "answers_not_bound"]
            assert [note["level"] for note in notes] == ["note"]
        assert peer.asked == peer.connections == 18
    finally:
        assert process.stop() == 0
        peer.stop()
