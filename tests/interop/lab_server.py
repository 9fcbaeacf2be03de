#!/usr/bin/env python3
"""A laboratory PKI on loopback: CAs with CRLs and OCSP, time-stamp authorities, signers of every kind.

    lab_server.py FOLDER

certomancer (which we did not write) issues the certificates and answers OCSP, CRL, AIA and RFC 3161 requests; a second,
independent TSA is `openssl ts` behind a small HTTP server (open, with basic authentication, with client certificates over TLS).

When all is ready, one JSON line on standard output tells the URLs and the certificates; for each name FOLDER then holds
NAME.der, NAME.pem, and for those who sign NAME.pk8 (PKCS#8 DER), NAME.key (PEM), NAME.p12. Runs in the environment made from
judges.txt and ends when its standard input closes. The keys are fresh, the certificates valid around now.

certomancer honours the header `X-Certomancer-Fake-Time: 2020-01-01T00:00:00Z` on requests for time stamps, OCSP and CRLs.

    root ─┬─ issuing ─┬─ rsa2048, p256, p384, p521, revoked, held, expired, young (P-256)      CRL and OCSP
          │           └─ ocsp (responder), server and client (TLS)
          ├─ act ─────── tsa (RSA), tsa-p256, tsa-openssl (RSA)                          CRL only
          │              tsa-compromised, tsa-ceased (revoked 20 days ago), tsa-short (expired 100 days ago)
          ├─ retired ─── orphan (P-256)                  a CA that the root revoked 20 days ago; CRL only
          └─ (CRL of its own for issuing, act and retired)
    foreign ─── tsa-foreign (P-256)                                                      CRL only
    icp-root ── icp-issuing ── icp-signer (RSA), icp-p256, icp-revoked                   names and policies as in ICP-Brasil
"""

import base64
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
import ssl

from asn1crypto import core, pem, x509
from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import CertLabel, CertomancerConfig
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from werkzeug.serving import WSGIRequestHandler, make_server

LOOPBACK = "127.0.0.1"
PASSWORD = "laboratorio"
BASIC_USER = "cartorio"
BASIC_PASSWORD = "segredo-da-act"
STAMP_POLICY = "1.3.6.1.4.1.99999.1"
NOW = datetime.now(timezone.utc).replace(microsecond=0)
DAY = timedelta(days=1)

RSA, P256, P384, P521 = "rsa", ec.SECP256R1, ec.SECP384R1, ec.SECP521R1
KEYS = {
    "root": RSA,
    "issuing": RSA,
    "act": P256,
    "ocsp": P256,
    "tsa": RSA,
    "tsa-p256": P256,
    "tsa-openssl": RSA,
    "tsa-compromised": P256,
    "tsa-ceased": P256,
    "tsa-short": P256,
    "foreign": P256,
    "tsa-foreign": P256,
    "young": P256,
    "retired": P256,
    "orphan": P256,
    "rsa2048": RSA,
    "p256": P256,
    "p384": P384,
    "p521": P521,
    "revoked": P256,
    "held": P256,
    "expired": P256,
    "server": P256,
    "client": P256,
    "icp-root": RSA,
    "icp-issuing": RSA,
    "icp-ocsp": P256,
    "icp-signer": RSA,
    "icp-p256": P256,
    "icp-revoked": P256,
}
SIGNERS = ["rsa2048", "p256", "p384", "p521", "revoked", "held", "expired", "client", "icp-signer", "icp-p256", "icp-revoked"]
ISSUER = {
    **dict.fromkeys(["issuing", "act", "retired"], "root"),
    **dict.fromkeys(["ocsp", "rsa2048", "p256", "p384", "p521", "revoked", "held", "expired", "young", "server", "client"], "issuing"),
    **dict.fromkeys(["tsa", "tsa-p256", "tsa-openssl", "tsa-compromised", "tsa-ceased", "tsa-short"], "act"),
    "orphan": "retired",
    "tsa-foreign": "foreign",
    "icp-issuing": "icp-root",
    **dict.fromkeys(["icp-ocsp", "icp-signer", "icp-p256", "icp-revoked"], "icp-issuing"),
}


def main() -> None:
    folder = Path(sys.argv[1])
    app = Late()
    web = make_server(LOOPBACK, 0, app, threaded=True, request_handler=Quiet)
    prefix = f"http://{LOOPBACK}:{web.port}"
    make_keys(folder)
    config = CertomancerConfig(configuration(prefix), key_search_dir=str(folder))
    archs = config.pki_archs
    certificates = {label: archs[arch(label)].get_cert(CertLabel(label)).dump() for label in KEYS}
    for label, der in certificates.items():
        (folder / f"{label}.der").write_bytes(der)
        (folder / f"{label}.pem").write_bytes(pem.armor("CERTIFICATE", der))
    for label in SIGNERS:
        make_p12(folder, label)
    app.inner = Animator(AnimatorArchStore(archs), with_web_ui=False)
    stamps = StampServer(folder)
    for serve in (web.serve_forever, stamps.plain.serve_forever, stamps.tls.serve_forever):
        threading.Thread(target=serve, daemon=True).start()

    lab, icp = f"{prefix}/lab", f"{prefix}/icp"
    print(
        json.dumps(
            {
                "began": int(NOW.timestamp()),
                "tsa": f"{lab}/tsa/tsa",
                "tsa_p256": f"{lab}/tsa/tsa-p256",
                "tsa_openssl": f"http://{LOOPBACK}:{stamps.plain.server_port}/open",
                "tsa_basic": f"http://{LOOPBACK}:{stamps.plain.server_port}/basic",
                "tsa_tls": f"https://{LOOPBACK}:{stamps.tls.server_port}/open",
                "tsa_refusing": f"http://{LOOPBACK}:{stamps.plain.server_port}/refusing",
                "tsa_unavailable": f"http://{LOOPBACK}:{stamps.plain.server_port}/unavailable",
                "ocsp": f"{lab}/ocsp/issuing",
                "icp_ocsp": f"{icp}/ocsp/icp-issuing",
                "crls": {
                    "root": f"{lab}/crls/root/latest.crl",
                    "issuing": f"{lab}/crls/issuing/latest.crl",
                    "act": f"{lab}/crls/act/latest.crl",
                    "retired": f"{lab}/crls/retired/latest.crl",
                    "foreign": f"{lab}/crls/foreign/latest.crl",
                    "icp-root": f"{icp}/crls/icp-root/latest.crl",
                    "icp-issuing": f"{icp}/crls/icp-issuing/latest.crl",
                },
                "issuers": ISSUER,
            }
        ),
        flush=True,
    )
    sys.stdin.buffer.read()
    os._exit(0)


class Late:
    """The port must be known before the certificates are made, the certificates before requests are answered."""

    inner = None

    def __call__(self, environ, start_response):
        return self.inner(environ, start_response)


class Quiet(WSGIRequestHandler):
    def log(self, *_arguments) -> None:
        pass


def arch(label: str) -> str:
    return "icp" if label.startswith("icp-") else "lab"


def make_keys(folder: Path) -> None:
    def make(item):
        label, kind = item
        key = rsa.generate_private_key(65537, 2048) if kind == RSA else ec.generate_private_key(kind())
        for suffix, encoding in (("key", Encoding.PEM), ("pk8", Encoding.DER)):
            (folder / f"{label}.{suffix}").write_bytes(key.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption()))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, KEYS.items()))


def make_p12(folder: Path, label: str) -> None:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    key = load_der_private_key((folder / f"{label}.pk8").read_bytes(), None)
    chain = []
    above = label
    while above in ISSUER:
        above = ISSUER[above]
        chain.append(pyca.load_der_x509_certificate((folder / f"{above}.der").read_bytes()))
    own = pyca.load_der_x509_certificate((folder / f"{label}.der").read_bytes())
    store = pkcs12.serialize_key_and_certificates(
        label.encode(), key, own, chain, BestAvailableEncryption(PASSWORD.encode())
    )
    (folder / f"{label}.p12").write_bytes(store)


def configuration(prefix: str) -> dict:
    return {
        "external-url-prefix": prefix,
        "keysets": {"all": {"keys": {label: {"path": f"{label}.key"} for label in KEYS}}},
        "pki-architectures": {"lab": lab(), "icp": icp()},
    }


def lab() -> dict:
    def leaf(common_name, **more):
        return {"organizational-unit-name": "Signatários", "common-name": common_name, **more}

    signing = ["digital_signature", "non_repudiation"]
    revocation = {"revoked-since": stamp(NOW - 30 * DAY), "reason": "key_compromise"}
    stamping = [usage(["digital_signature"]), purpose("time_stamping"), *crl_and_issuer("act")]

    def lately(reason):
        return {"revoked-since": stamp(NOW - 20 * DAY), "reason": reason}

    return {
        "keyset": "all",
        "entity-defaults": {"country-name": "BR", "organization-name": "Laboratório de Testes"},
        "entities": {
            "root": {"common-name": "Raiz do Laboratório"},
            "issuing": {"common-name": "AC Emissora do Laboratório"},
            "act": {"common-name": "AC do Tempo do Laboratório"},
            "ocsp": {"common-name": "Respondedor OCSP"},
            "tsa": {"common-name": "ACT do Laboratório"},
            "tsa-p256": {"common-name": "ACT do Laboratório P-256"},
            "tsa-openssl": {"common-name": "ACT OpenSSL"},
            "tsa-compromised": {"common-name": "ACT Comprometida"},
            "tsa-ceased": {"common-name": "ACT Encerrada"},
            "tsa-short": {"common-name": "ACT Vencida"},
            "retired": {"common-name": "AC Revogada do Laboratório"},
            "orphan": leaf("Gil Órfão"),
            "young": leaf("Hugo Recente"),
            "foreign": {"common-name": "Raiz Alheia"},
            "tsa-foreign": {"common-name": "ACT Alheia"},
            "server": {"common-name": LOOPBACK},
            "client": leaf("Cartório cliente da ACT"),
            "rsa2048": leaf("Ana RSA"),
            "p256": leaf("Bruno P-256"),
            "p384": leaf("Carla P-384"),
            "p521": leaf("Davi P-521"),
            "revoked": leaf("Elza Revogada"),
            "held": leaf("Otávio Suspenso"),
            "expired": leaf("Fábio Vencido"),
        },
        "certs": {
            "root": authority("root", 20, None),
            "issuing": authority("root", 10, 0, crl_and_issuer("root")),
            "act": authority("root", 10, 0, crl_and_issuer("root")),
            "ocsp": responder("issuing"),
            **{label: certificate("act", (-365, 1500), stamping) for label in ("tsa", "tsa-p256", "tsa-openssl")},
            "tsa-short": certificate("act", (-365, -100), stamping),
            "tsa-compromised": {**certificate("act", (-365, 1500), stamping), "revocation": lately("key_compromise")},
            "tsa-ceased": {**certificate("act", (-365, 1500), stamping), "revocation": lately("cessation_of_operation")},
            "retired": {**authority("root", 10, 0, crl_and_issuer("root")), "revocation": lately("key_compromise")},
            "foreign": authority("foreign", 20, None),
            "tsa-foreign": certificate(
                "foreign",
                (-365, 1500),
                [usage(["digital_signature"]), purpose("time_stamping"), *crl_and_issuer("foreign")],
            ),
            "orphan": certificate("retired", (-365, 730), [usage(signing), *crl_and_issuer("retired")]),
            "server": certificate(
                "issuing",
                (-30, 365),
                [
                    usage(["digital_signature"]),
                    purpose("server_auth", critical=False),
                    names([{"type": "ip", "value": LOOPBACK}, {"type": "dns-name", "value": "localhost"}]),
                    *evidence("issuing", "issuing"),
                ],
            ),
            "client": certificate(
                "issuing",
                (-30, 365),
                [usage(["digital_signature"]), purpose("client_auth", critical=False), *evidence("issuing", "issuing")],
            ),
            **{
                label: certificate("issuing", (-365, 730), [usage(signing), *evidence("issuing", "issuing")])
                for label in ("rsa2048", "p256", "p384", "p521")
            },
            "revoked": {
                **certificate("issuing", (-365, 730), [usage(signing), *evidence("issuing", "issuing")]),
                "revocation": revocation,
            },
            "held": {
                **certificate("issuing", (-365, 730), [usage(signing), *evidence("issuing", "issuing")]),
                "revocation": lately("certificate_hold"),
            },
            "expired": certificate("issuing", (-1000, -200), [usage(signing), *evidence("issuing", "issuing")]),
            "young": certificate("issuing", (-100, 365), [usage(signing), *evidence("issuing", "issuing")]),
        },
        "services": {
            "ocsp": {"issuing": {"for-issuer": "issuing", "responder-cert": "ocsp"}},
            "crl-repo": {
                "root": {"for-issuer": "root", "simulated-update-schedule": "P30D"},
                "issuing": {"for-issuer": "issuing", "simulated-update-schedule": "P1D"},
                "act": {"for-issuer": "act", "simulated-update-schedule": "P1D"},
                "retired": {"for-issuer": "retired", "simulated-update-schedule": "P1D"},
                "foreign": {"for-issuer": "foreign", "simulated-update-schedule": "P1D"},
            },
            "cert-repo": {name: {"for-issuer": name} for name in ("root", "issuing", "act", "retired", "foreign")},
            "time-stamping": {
                "tsa": {"signing-cert": "tsa", "certs-to-embed": ["act"]},
                **{
                    label: {"signing-cert": label}
                    for label in ("tsa-p256", "tsa-compromised", "tsa-ceased", "tsa-short", "tsa-foreign")
                },
            },
        },
    }


def icp() -> dict:
    """As DOC-ICP-04 asks for a natural person: CN with CPF, otherNames with personal data, a policy of type A1."""
    birth = "01011980"
    cpf, pis, rg = "52998224725", "12056412547", "000000123456789"
    personal = f"{birth}{cpf}{pis}{rg}SSPSP"
    signer = [
        usage(["digital_signature", "non_repudiation", "key_encipherment"]),
        {"id": "extended_key_usage", "value": ["client_auth", "email_protection"]},
        {
            "id": "subject_alt_name",
            "value": [
                x509.GeneralName("rfc822_name", "fulano@exemplo.com.br"),
                other_name("2.16.76.1.3.1", personal),
                other_name("2.16.76.1.3.6", "0" * 12),
                other_name("2.16.76.1.3.5", f"{'1' * 12}{'001'}{'0001'}SAO PAULO           SP"),
            ],
        },
        {
            "id": "certificate_policies",
            "value": [
                {
                    "policy_identifier": "2.16.76.1.2.1.999",
                    "policy_qualifiers": [
                        {
                            "policy_qualifier_id": "certification_practice_statement",
                            "qualifier": core.IA5String("http://127.0.0.1/dpc-laboratorio.pdf"),
                        }
                    ],
                }
            ],
        },
        *evidence("icp-issuing", "icp-issuing"),
    ]
    person = {"organizational-unit-name": "AC Laboratorio v5"}
    return {
        "keyset": "all",
        "entity-defaults": {"country-name": "BR", "organization-name": "ICP-Brasil"},
        "entities": {
            "icp-root": {"organizational-unit-name": "Laboratorio", "common-name": "Autoridade Certificadora Raiz de Laboratorio v99"},
            "icp-issuing": {"organizational-unit-name": "AC Raiz de Laboratorio v99", "common-name": "AC Laboratorio v5"},
            "icp-ocsp": {"common-name": "OCSP AC Laboratorio v5"},
            "icp-signer": {**person, "common-name": f"FULANO DE TAL:{cpf}"},
            "icp-p256": {**person, "common-name": f"FULANA DE TAL:{cpf}"},
            "icp-revoked": {**person, "common-name": f"SICRANO DE TAL:{cpf}"},
        },
        "certs": {
            "icp-root": authority("icp-root", 13, None),
            "icp-issuing": authority("icp-root", 10, 0, crl_and_issuer("icp-root")),
            "icp-ocsp": responder("icp-issuing"),
            "icp-signer": certificate("icp-issuing", (-100, 265), signer),
            "icp-p256": certificate("icp-issuing", (-100, 265), signer),
            "icp-revoked": {
                **certificate("icp-issuing", (-100, 265), signer),
                "revocation": {"revoked-since": stamp(NOW - 10 * DAY), "reason": "superseded"},
            },
        },
        "services": {
            "ocsp": {"icp-issuing": {"for-issuer": "icp-issuing", "responder-cert": "icp-ocsp"}},
            "crl-repo": {
                "icp-root": {"for-issuer": "icp-root", "simulated-update-schedule": "P90D"},
                "icp-issuing": {"for-issuer": "icp-issuing", "simulated-update-schedule": "P1D"},
            },
            "cert-repo": {name: {"for-issuer": name} for name in ("icp-root", "icp-issuing")},
        },
    }


def authority(issuer: str, years: int, path_length: int | None, more: list = ()) -> dict:
    constraints = {"ca": True} if path_length is None else {"ca": True, "path_len_constraint": path_length}
    extensions = [
        {"id": "basic_constraints", "critical": True, "value": constraints},
        usage(["key_cert_sign", "crl_sign"]),
        *more,
    ]
    return certificate(issuer, (-365 * 4, 365 * years), extensions)


def responder(issuer: str) -> dict:
    return certificate(issuer, (-30, 365), [usage(["digital_signature"]), purpose("ocsp_signing", critical=False), {"id": "ocsp_no_check", "value": core.Null()}])


def certificate(issuer: str, days: tuple[int, int], extensions: list) -> dict:
    """Valid from and to so many days from now."""
    validity = {"valid-from": stamp(NOW + days[0] * DAY), "valid-to": stamp(NOW + days[1] * DAY)}
    return {"issuer": issuer, "validity": validity, "extensions": extensions}


def usage(bits: list[str]) -> dict:
    return {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": bits}}


def purpose(name: str, critical: bool = True) -> dict:
    return {"id": "extended_key_usage", "critical": critical, "value": [name]}


def names(params: list[dict]) -> dict:
    return {"id": "subject_alt_name", "smart-value": {"schema": "general-names", "params": params}}


def other_name(oid: str, text: str) -> x509.GeneralName:
    return x509.GeneralName("other_name", {"type_id": oid, "value": core.OctetString(text.encode(), explicit=0)})


def crl_and_issuer(issuer: str) -> list[dict]:
    links = {"ca-issuer-links": [{"repo": issuer}]}
    return [distribution(issuer), {"id": "authority_information_access", "smart-value": {"schema": "aia-urls", "params": links}}]


def evidence(issuer: str, responder_name: str) -> list[dict]:
    links = {"ca-issuer-links": [{"repo": issuer}], "ocsp-responder-names": [responder_name]}
    return [distribution(issuer), {"id": "authority_information_access", "smart-value": {"schema": "aia-urls", "params": links}}]


def distribution(issuer: str) -> dict:
    return {"id": "crl_distribution_points", "smart-value": {"schema": "crl-dist-url", "params": {"crl-repo-names": [issuer]}}}


def stamp(moment: datetime) -> str:
    return moment.isoformat()


class StampServer:
    """`openssl ts` over HTTP (paths below) and over TLS with client certificates."""

    def __init__(self, folder: Path) -> None:
        (folder / "ts-serial").write_text("01\n")
        (folder / "ts.cnf").write_text(
            f"""[tsa]
default_tsa = here
[here]
serial = {folder}/ts-serial
signer_cert = {folder}/tsa-openssl.pem
certs = {folder}/act.pem
signer_key = {folder}/tsa-openssl.key
signer_digest = sha256
default_policy = {STAMP_POLICY}
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
        )
        handler = type("Handler", (StampHandler,), {"folder": folder, "lock": threading.Lock()})
        self.plain = ThreadingHTTPServer((LOOPBACK, 0), handler)
        self.tls = ThreadingHTTPServer((LOOPBACK, 0), handler)
        chain = folder / "server-chain.pem"
        chain.write_bytes(b"".join((folder / f"{name}.pem").read_bytes() for name in ("server", "issuing")))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, folder / "server.key")
        context.load_verify_locations(folder / "root.pem")
        context.load_verify_locations(folder / "issuing.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        # The handshake belongs to the connection's own thread, else a silent client would block all others.
        self.tls.socket = context.wrap_socket(self.tls.socket, server_side=True, do_handshake_on_connect=False)


class StampHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self) -> None:
        query = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/unavailable":
            return self.answer(503, b"", "text/plain")
        if self.headers.get("Content-Type") != "application/timestamp-query":
            return self.answer(415, b"", "text/plain")
        if self.path == "/refusing":
            # PKIStatusInfo (RFC 3161 §2.4.2): rejection, «fora do ar», failInfo timeNotAvailable (bit 14)
            info = bytes.fromhex("020102300c0c0a") + b"fora do ar" + bytes.fromhex("0303010002")
            body = b"\x30" + bytes([len(info)]) + info
            return self.answer(200, b"\x30" + bytes([len(body)]) + body, "application/timestamp-reply")
        if self.path == "/basic":
            wanted = "Basic " + base64.b64encode(f"{BASIC_USER}:{BASIC_PASSWORD}".encode()).decode()
            if self.headers.get("Authorization") != wanted:
                return self.answer(401, b"", "text/plain", ("WWW-Authenticate", 'Basic realm="ACT"'))
        elif self.path != "/open":
            return self.answer(404, b"", "text/plain")
        return self.answer(200, self.stamp(query), "application/timestamp-reply")

    def stamp(self, query: bytes) -> bytes:
        with self.lock:
            asked, given = self.folder / "ts-query", self.folder / "ts-reply"
            asked.write_bytes(query)
            command = ["openssl", "ts", "-reply", "-config", self.folder / "ts.cnf", "-queryfile", asked, "-out", given]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
            return given.read_bytes()

    def answer(self, status: int, body: bytes, kind: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        pass


if __name__ == "__main__":
    main()
