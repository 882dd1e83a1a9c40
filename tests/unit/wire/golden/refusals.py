#!/usr/bin/env python3
"""Writes refusals.json: bodies of POST /mpic that are refused, and what pydantic 2 says about them.

The models below are Open MPIC's request models with our additions (certificate type "mark", the method
dns-account-01, the prefix of dns-persistent for IP addresses). Needs pydantic 2; the tests need only the
file that it wrote: ./refusals.py > refusals.json
"""
import json
import re
from enum import Enum
from typing import Annotated, Literal, Optional, Union

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, field_validator


class CheckType(str, Enum):
    CAA = "caa"
    DCV = "dcv"


class CertificateType(str, Enum):
    TLS_SERVER = "tls-server"
    S_MIME = "s-mime"
    MARK = "mark"


METHODS = ("website-change dns-change dns-persistent acme-http-01 acme-dns-01 acme-tls-alpn-01 contact-email-txt "
           "contact-phone-txt contact-email-caa contact-phone-caa ip-address reverse-address-lookup "
           "dns-account-01").split()
DcvValidationMethod = Enum("DcvValidationMethod", {m.upper().replace("-", "_"): m for m in METHODS}, type=str)
DnsRecordType = Enum("DnsRecordType", {t: t for t in ("A", "AAAA", "CAA", "CNAME", "TXT", "PTR")}, type=str)
UrlScheme = Enum("UrlScheme", {"HTTP": "http", "HTTPS": "https"}, type=str)
WildcardPolicy = Enum("WildcardPolicy", {"BASELINE": "baseline", "REQUIRED": "required"}, type=str)
M, R = DcvValidationMethod, DnsRecordType


def one_of(allowed, text):
    def check(value):
        if value.value not in allowed:
            raise ValueError(f"Record type must be one of {text}, got {value.value}")
        return value
    return check


def uri(value, info):
    if not re.match("[A-Za-z][A-Za-z0-9+.-]*:", value):
        raise ValueError(f"{info.field_name} must be a valid URI, got {value}")
    return value


class Orchestration(BaseModel):
    perspective_count: Optional[int] = None
    quorum_count: Optional[int] = None
    max_attempts: Optional[int] = None
    cohort_for_single_attempt: Optional[int] = None


class Caa(BaseModel):
    certificate_type: CertificateType = CertificateType.TLS_SERVER
    caa_domains: Optional[list[str]] = None
    allow_lookup_failure: bool = False
    account_uris: Optional[list[str]] = None
    validation_method_labels: Optional[list[str]] = None


class WebsiteChange(BaseModel):
    validation_method: Literal[M.WEBSITE_CHANGE]
    require_exact_case: bool = True
    challenge_value: str
    http_token_path: str
    url_scheme: UrlScheme = UrlScheme.HTTP
    http_headers: Optional[dict[str, str]] = None
    match_regex: Optional[str] = None


class DnsChange(BaseModel):
    validation_method: Literal[M.DNS_CHANGE]
    require_exact_case: bool = True
    challenge_value: str
    dns_name_prefix: Optional[str] = None
    dns_record_type: DnsRecordType
    require_exact_match: bool = False
    check_type = field_validator("dns_record_type")(one_of(["CNAME", "TXT", "CAA"], "'CNAME', 'TXT' or 'CAA'"))


class DnsPersistent(BaseModel):
    validation_method: Literal[M.DNS_PERSISTENT]
    require_exact_case: Literal[False] = False
    dns_record_type: Literal[R.TXT] = R.TXT
    dns_name_prefix: Literal["_validation-persist", "_ip-validation-persist"] = "_validation-persist"
    issuer_domain_names: list[str]
    expected_account_uri: str
    wildcard_policy: WildcardPolicy = WildcardPolicy.BASELINE
    check_uri = field_validator("expected_account_uri")(uri)

    @field_validator("issuer_domain_names")
    @classmethod
    def check_issuers(cls, value):
        if not value:
            raise ValueError("issuer_domain_names must be a non-empty list of domain names")
        if "" in value:
            raise ValueError("issuer_domain_names must not contain empty strings")
        return value


class AcmeHttp01(BaseModel):
    validation_method: Literal[M.ACME_HTTP_01]
    require_exact_case: Literal[True] = True
    token: str
    key_authorization: str
    http_headers: Optional[dict[str, str]] = None


class AcmeDns01(BaseModel):
    validation_method: Literal[M.ACME_DNS_01]
    require_exact_case: Literal[True] = True
    key_authorization_hash: str
    dns_record_type: Literal[R.TXT] = R.TXT
    dns_name_prefix: Literal["_acme-challenge"] = "_acme-challenge"


class AcmeTlsAlpn01(BaseModel):
    validation_method: Literal[M.ACME_TLS_ALPN_01]
    require_exact_case: Literal[False] = False
    key_authorization_hash: str


class ContactEmailTxt(BaseModel):
    validation_method: Literal[M.CONTACT_EMAIL_TXT]
    require_exact_case: Literal[False] = False
    challenge_value: str
    dns_name_prefix: Literal["_validation-contactemail"] = "_validation-contactemail"
    dns_record_type: Literal[R.TXT] = R.TXT


class ContactPhoneTxt(ContactEmailTxt):
    validation_method: Literal[M.CONTACT_PHONE_TXT]
    dns_name_prefix: Literal["_validation-contactphone"] = "_validation-contactphone"


class ContactEmailCaa(BaseModel):
    validation_method: Literal[M.CONTACT_EMAIL_CAA]
    require_exact_case: Literal[False] = False
    challenge_value: str
    dns_name_prefix: Optional[str] = None
    dns_record_type: Literal[R.CAA] = R.CAA


class ContactPhoneCaa(ContactEmailCaa):
    validation_method: Literal[M.CONTACT_PHONE_CAA]


class IpAddress(BaseModel):
    validation_method: Literal[M.IP_ADDRESS]
    require_exact_case: Literal[False] = False
    challenge_value: str
    dns_name_prefix: Optional[str] = None
    dns_record_type: DnsRecordType
    check_type = field_validator("dns_record_type")(one_of(["A", "AAAA"], "'A' or 'AAAA'"))


class ReverseAddressLookup(BaseModel):
    validation_method: Literal[M.REVERSE_ADDRESS_LOOKUP]
    require_exact_case: Literal[False] = False
    challenge_value: str
    dns_name_prefix: Optional[str] = None
    dns_record_type: Literal[R.PTR] = R.PTR


class DnsAccount01(BaseModel):
    validation_method: Literal[M.DNS_ACCOUNT_01]
    require_exact_case: Literal[True] = True
    key_authorization_hash: str
    account_uri: str
    dns_name_prefix: Optional[str] = None
    dns_record_type: Literal[R.TXT] = R.TXT
    check_uri = field_validator("account_uri")(uri)


Dcv = Annotated[Union[WebsiteChange, DnsChange, DnsPersistent, AcmeHttp01, AcmeDns01, AcmeTlsAlpn01, ContactEmailTxt,
                      ContactPhoneTxt, ContactEmailCaa, ContactPhoneCaa, IpAddress, ReverseAddressLookup,
                      DnsAccount01], Field(discriminator="validation_method")]


class MpicCaaRequest(BaseModel):
    domain_or_ip_target: str
    check_type: Literal[CheckType.CAA] = CheckType.CAA
    orchestration_parameters: Optional[Orchestration] = None
    trace_identifier: Optional[str] = None
    caa_check_parameters: Optional[Caa] = None


class MpicDcvRequest(BaseModel):
    domain_or_ip_target: str
    check_type: Literal[CheckType.DCV] = CheckType.DCV
    orchestration_parameters: Optional[Orchestration] = None
    trace_identifier: Optional[str] = None
    dcv_check_parameters: Dcv


REQUEST = TypeAdapter(Union[MpicCaaRequest, MpicDcvRequest])


def caa(**properties):
    return {"domain_or_ip_target": "a.example", "check_type": "caa", **properties}


def dcv(params, **properties):
    return {"domain_or_ip_target": "a.example", "check_type": "dcv", "dcv_check_parameters": params, **properties}


def bodies():
    good = {"validation_method": "acme-tls-alpn-01", "key_authorization_hash": "h"}
    yield from ([], "x", 5, True, 2.5, {})
    for target in (None, 5, True, [], {}):
        yield caa(domain_or_ip_target=target)
        yield dcv(good, domain_or_ip_target=target)
    for check_type in ("foo", "CAA", None, 5, True, []):
        yield {"domain_or_ip_target": "a.com", "check_type": check_type}
    for name in ("perspective_count", "quorum_count", "max_attempts", "cohort_for_single_attempt"):
        yield caa(orchestration_parameters={name: "x"})
    for count in (2.5, -0.5, 1e300, 9.3e18, "", " ", "+", "3.5", "3.", "1e2", "0x1", "3 3", [], {}):
        yield caa(orchestration_parameters={"perspective_count": count})
        yield dcv(good, orchestration_parameters={"perspective_count": count})
    yield caa(orchestration_parameters={"perspective_count": "x", "quorum_count": 0.5, "max_attempts": {}})
    for value in ("x", 5, [], True):
        yield caa(orchestration_parameters=value)
        yield caa(caa_check_parameters=value)
        yield dcv(value)
    yield dcv(None)
    yield {"domain_or_ip_target": "a.example", "check_type": "dcv"}
    for trace in (5, True, [], {}):
        yield caa(trace_identifier=trace)
    for certificate_type in ("x", "TLS-SERVER", None, 5, True, []):
        yield caa(caa_check_parameters={"certificate_type": certificate_type})
    for name in ("caa_domains", "account_uris", "validation_method_labels"):
        for names in ("x", 5, {}, True, ["a", 5, None], [["a"]]):
            yield caa(caa_check_parameters={name: names})
    for flag in (2, -1, 0.5, "maybe", "", " true", None, [], {}):
        yield caa(caa_check_parameters={"allow_lookup_failure": flag})
    yield caa(caa_check_parameters={"certificate_type": 1, "caa_domains": 2, "allow_lookup_failure": 3})
    for params in ({}, {"validation_method": "foo"}, {"validation_method": "Dns-Change"}, {"validation_method": ""},
                   {"validation_method": 5}):
        yield dcv(params)
    for method in METHODS:
        yield dcv({"validation_method": method})
    for method, value in (("acme-http-01", False), ("acme-http-01", "true"), ("acme-dns-01", None),
                          ("acme-tls-alpn-01", True), ("contact-email-txt", "false"), ("ip-address", [])):
        yield dcv({"validation_method": method, "require_exact_case": value})
    for record_type in ("CAA", "txt", None, 5):
        yield dcv({"validation_method": "acme-dns-01", "key_authorization_hash": "h", "dns_record_type": record_type})
    for method in ("dns-change", "ip-address"):
        for record_type in ("A", "TXT", "PTR", "txt", None, 5, ["TXT"]):
            if (method, record_type) not in (("dns-change", "TXT"), ("ip-address", "A")):
                yield dcv({"validation_method": method, "challenge_value": "v", "dns_record_type": record_type})
    for method, prefix in (("acme-dns-01", "x"), ("acme-dns-01", None), ("contact-phone-txt", ""),
                           ("dns-persistent", "_acme-challenge"), ("dns-persistent", 5), ("ip-address", 5)):
        yield dcv({"validation_method": method, "dns_name_prefix": prefix})
    for headers in (5, [], "x", {"A": 5, "B": "good", "C": None}, {"A": ["x"]}):
        yield dcv({"validation_method": "acme-http-01", "token": "t", "key_authorization": "k", "http_headers": headers})
    for scheme in ("ftp", "HTTP", None, 5):
        yield dcv({"validation_method": "website-change", "challenge_value": "v", "http_token_path": "p",
                   "url_scheme": scheme, "match_regex": 5})
    for issuers in ([], [""], ["a", ""], "a", None, [5]):
        yield dcv({"validation_method": "dns-persistent", "issuer_domain_names": issuers,
                   "expected_account_uri": "https://ca.example/1"})
    for account in ("", "ca.example/1", ":x", "1a:x", "+:", "a b:x", None):
        yield dcv({"validation_method": "dns-persistent", "issuer_domain_names": ["ca.example"],
                   "expected_account_uri": account})
        yield dcv({"validation_method": "dns-account-01", "key_authorization_hash": "h", "account_uri": account})
    yield dcv({"validation_method": "dns-persistent", "issuer_domain_names": ["ca.example"],
               "expected_account_uri": "urn:x", "wildcard_policy": "strict"})
    yield caa(check_type="caa", caa_check_parameters={"certificate_type": "x"}, dcv_check_parameters=good)


def refusal(body):
    try:
        REQUEST.validate_python(body, from_attributes=True)
    except ValidationError as err:
        issues = err.errors(include_url=False)
        for issue in issues:
            issue["loc"] = ["body", *issue["loc"]]
        return {"body": body, "issues": issues}
    raise SystemExit(f"accepted: {body}")


print("[")
print(",\n".join(json.dumps(refusal(body), default=str, separators=(",", ":")) for body in bodies()))
print("]")
