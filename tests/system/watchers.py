"""Who watches a server while a test floods it: in processes of their own, so that what the flooding client takes is not counted."""
import contextlib
import http.client
import json
import multiprocessing
import time

# Not forked: the test has threads.
CONTEXT = multiprocessing.get_context("spawn")


def ask(port, method, path, body=None, seconds=30):
    """(status, decoded body), on a connection of its own."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)) as connection:
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def watch_health(port, end, results):
    times = []
    while not end.is_set():
        begin = time.monotonic()
        status, _ = ask(port, "GET", "/healthz")
        times.append(time.monotonic() - begin if status == 200 else 1000)
        end.wait(0.02)
    results.put(("health", max(times), len(times), []))


def watch_checks(port, checks, end, results):
    times, wrong = [], []
    while not end.is_set():
        for path, body, passes in checks:
            begin = time.monotonic()
            status, answer = ask(port, "POST", path, body)
            times.append(time.monotonic() - begin)
            if status != 200 or answer.get("check_passed") is not passes:
                wrong.append((body, answer))
        end.wait(0.1)
    results.put(("checks", max(times), len(times), wrong[:3]))


class Watchers:
    """`with Watchers(port, checks) as seen:` asks for /healthz, and for the checks (path, body, check_passed) over and over, until the
    block ends; then `seen` has the slowest of each in seconds, how many there were, and the first answers that were wrong."""

    def __init__(self, port, checks):
        self.end, self.results = CONTEXT.Event(), CONTEXT.Queue()
        self.workers = [CONTEXT.Process(target=watch_health, args=(port, self.end, self.results)),
                        CONTEXT.Process(target=watch_checks, args=(port, checks, self.end, self.results))]
        self.health = self.slowest = self.health_count = self.check_count = None
        self.wrong = []

    def __enter__(self):
        for worker in self.workers:
            worker.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self.end.set()
        for _ in self.workers:
            what, slowest, count, wrong = self.results.get(timeout=60)
            if what == "health":
                self.health, self.health_count = slowest, count
            else:
                self.slowest, self.check_count, self.wrong = slowest, count, wrong
        for worker in self.workers:
            worker.join()

    def assert_unharmed(self, slowest=3, health=0.5):
        seen = f"healthz {self.health:.3f} s of {self.health_count}, checks {self.slowest:.3f} s of {self.check_count}"
        print(seen)
        assert not self.wrong, self.wrong
        assert self.health_count > 10 and self.health < health, seen
        assert self.check_count > 5 and self.slowest < slowest, seen
