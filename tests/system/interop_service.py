"""The Python reference of Open MPIC as a service: its checkers and its coordinator, behind the paths and with the status
codes of its containers. Runs in a virtual environment with open-mpic-core, not in the one of the tests.

Usage: interop_service.py FILE.json
  dns          [address, port]: who answers all questions, instead of the resolver of this machine
  caa_domains  the issuer domain names of the perspectives
  dns_seconds  how long a question may take
  http_port, tls_alpn_port  where the ports 80 and 443 of applicants are
  coordinator  null, or {"hash_secret", "default_perspective_count", "absolute_max_attempts",
               "perspectives": [{"code", "rir", "url"}, ...]}
Prints one JSON line when it listens, and serves:
  POST /CODE/caa, /CODE/dcv    a perspective; any CODE
  POST /mpic                   the coordinator
  POST /parse/NAME             200 and what the reference's model NAME makes of the body; 422 if it makes nothing of it
"""
import asyncio
import importlib.metadata
import json
import logging
import sys
from contextlib import asynccontextmanager

import aiohttp
import dns.asyncresolver
import dns.exception
import open_mpic_core as mpic
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

MODELS = {name: TypeAdapter(getattr(mpic, name)) for name in
          ("MpicRequest", "MpicResponse", "CheckResponse", "CaaCheckRequest", "DcvCheckRequest")}


class LabResolver(aiohttp.abc.AbstractResolver):
    """Addresses from the lab's DNS; the port of HTTP is the lab's too."""

    def __init__(self, resolver, http_port):
        self.resolver, self.http_port = resolver, http_port

    async def resolve(self, host, port=0, family=0):
        try:
            answer = await self.resolver.resolve(host + ".", "A")
        except dns.exception.DNSException as problem:
            raise OSError(str(problem)) from None
        return [{"hostname": host, "host": record.address, "port": self.http_port if port == 80 else port,
                 "family": 2, "proto": 0, "flags": 0} for record in answer]

    async def close(self):
        pass


def connect_through(resolver, tls_alpn_port):
    """Leads the validator of TLS-ALPN, which alone opens connections in this way, to the lab."""
    original = asyncio.open_connection

    async def open_connection(host, port, **settings):
        answer = await resolver.resolve(host + ".", "A")
        return await original(answer[0].address, tls_alpn_port if port == 443 else port, **settings)

    asyncio.open_connection = open_connection


class LabDcvChecker(mpic.MpicDcvChecker):
    """One for the perspectives of all codes, so it makes one check of TLS-ALPN at a time: the validator swaps a function of the module ssl
    while it waits, and of two that do so at once one gets no certificate."""

    http_resolver = None
    tls_alpn_lock = None

    async def check_dcv(self, dcv_request):
        if dcv_request.dcv_check_parameters.validation_method != mpic.DcvValidationMethod.ACME_TLS_ALPN_01:
            return await super().check_dcv(dcv_request)
        self.tls_alpn_lock = self.tls_alpn_lock or asyncio.Lock()
        async with self.tls_alpn_lock:
            return await super().check_dcv(dcv_request)

    @asynccontextmanager
    async def get_async_http_client(self):
        connector = aiohttp.TCPConnector(ssl=self.verify_ssl, limit=0, force_close=True, resolver=self.http_resolver)
        timeout = aiohttp.ClientTimeout(total=self._http_client_timeout)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as client:
            yield client


def respond(model, status=200):
    """A model of pydantic as a response: compact, raw UTF-8, as FastAPI writes it."""
    return web.Response(text=model.model_dump_json(), status=status, content_type="application/json")


def respond_json(value, status):
    return web.Response(text=json.dumps(value, ensure_ascii=False), status=status, content_type="application/json")


def read(name, body):
    """(model, no issues) or (None, issues), in the two steps of FastAPI, with its `loc`. An issue may hold an exception, and then cannot be
    written: respond_json() raises a TypeError, as FastAPI does."""
    try:
        return MODELS[name].validate_python(json.loads(body), from_attributes=True), []
    except json.JSONDecodeError as problem:
        return None, [{"type": "json_invalid", "loc": ["body", problem.pos], "msg": "JSON decode error", "input": {}, "ctx": {"error": problem.msg}}]
    except ValidationError as problem:
        return None, [issue | {"loc": ["body", *issue["loc"]]} for issue in problem.errors(include_url=False)]


class Service:
    def __init__(self, settings):
        address, port = settings["dns"]
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port, resolver.lifetime = [address], port, settings["dns_seconds"]
        self.caa = mpic.MpicCaaChecker(settings["caa_domains"])
        self.dcv = LabDcvChecker(http_client_timeout=5, verify_ssl=True)
        self.caa.resolver = self.dcv.resolver = resolver
        self.dcv.http_resolver = LabResolver(resolver, settings["http_port"])
        connect_through(resolver, settings["tls_alpn_port"])
        self.urls, self.coordinator, self.client = {}, None, None
        if settings["coordinator"]:
            self.make_coordinator(settings["coordinator"])

    def make_coordinator(self, settings):
        self.urls = {perspective["code"]: perspective["url"] for perspective in settings["perspectives"]}
        perspectives = [mpic.RemotePerspective.model_validate(perspective) for perspective in settings["perspectives"]]
        configuration = mpic.MpicCoordinatorConfiguration(
            perspectives, settings["default_perspective_count"], settings["absolute_max_attempts"], settings["hash_secret"])
        self.coordinator = mpic.MpicCoordinator(self.call_perspective, configuration)

    async def call_perspective(self, perspective, check_type, request):
        url = f"{self.urls[perspective.code]}/{check_type.value}"
        async with self.client.post(url, json=request.model_dump()) as response:
            return MODELS["CheckResponse"].validate_json(await response.text())

    async def serve_caa(self, request):
        check, issues = read("CaaCheckRequest", await request.read())
        return respond_json({"detail": issues}, 422) if issues else respond(await self.caa.check_caa(check))

    async def serve_dcv(self, request):
        check, issues = read("DcvCheckRequest", await request.read())
        if issues:
            return respond_json({"detail": issues}, 422)
        result = await self.dcv.check_dcv(check)
        return respond(result, 500 if result.errors else 200)

    async def serve_mpic(self, request):
        refused = {"error": mpic.MpicRequestValidationMessages.REQUEST_VALIDATION_FAILED.key}
        try:
            question, issues = read("MpicRequest", await request.read())
            if issues:
                return respond_json(refused | {"validation_issues": issues}, 400)
            return respond(await self.coordinator.coordinate_mpic(question))
        except mpic.MpicRequestValidationException as problem:
            return respond_json(refused | {"validation_issues": json.loads(problem.__notes__[0])}, 400)
        except Exception as problem:  # pylint: disable=broad-except  (as the middleware of the containers)
            logging.exception("unexpected")
            return respond_json({"error": str(problem)}, 500)

    async def serve_parse(self, request):
        model, issues = read(request.match_info["name"], await request.read())
        return respond_json({"detail": issues}, 422) if issues else respond(model)

    async def lifetime(self, _app):
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=10)
        async with aiohttp.ClientSession(timeout=timeout) as self.client:
            yield


async def serve(settings):
    service = Service(settings)
    app = web.Application()
    app.router.add_post("/mpic", service.serve_mpic)
    app.router.add_post("/parse/{name}", service.serve_parse)
    app.router.add_post("/{code}/caa", service.serve_caa)
    app.router.add_post("/{code}/dcv", service.serve_dcv)
    app.cleanup_ctx.append(service.lifetime)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address, port = runner.addresses[0][:2]
    versions = {name: importlib.metadata.version(name) for name in ("open-mpic-core", "pydantic", "dnspython", "aiohttp")}
    print(json.dumps({"event": "listening", "address": f"{address}:{port}", "versions": versions}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asyncio.run(serve(json.load(file)))
