"""AWS Private CA for tests: what `AwsPrivateCa` asks of it, on top of moto's acm-pca.

This is our own simulation, made from the AWS documentation (API reference of acm-pca; «Understanding certificate
templates» of the AWS Private CA guide). It was written by the same team as the client that is tested against it, so that
agreement of the two is no independent evidence of how AWS behaves; only OpenSSL's judgement of the certificates is.

moto gives the protocol, accounts and regions, and the operations that are not defined here. Its own certificates are not
shaped like AWS's (always an RSA key, always a year, no passthrough), hence the rest.

    python private_ca_server.py -H 127.0.0.1 -p PORT        health: /moto-api/data.json

The access key id of a caller, which real AWS knows nothing about, chooses how the server behaves towards it:

    denied            may not call IssueCertificate
    slow              its certificates are never ready
    lie-key, lie-name, lie-issuer, lie-ca, lie-usage, lie-validity
                      gets a certificate that is not what it asked for
"""

import base64
import datetime as dt
import json
import re
import sys
import time
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier
from moto.acmpca import models, responses, urls
from moto.core.exceptions import JsonRESTError

# IssueCertificate answers at once; GetCertificate says RequestInProgressException for a while.
IN_THE_MAKING = 0.15

KEYS = {
    "RSA_2048": lambda: rsa.generate_private_key(65537, 2048),
    "RSA_3072": lambda: rsa.generate_private_key(65537, 3072),
    "RSA_4096": lambda: rsa.generate_private_key(65537, 4096),
    "EC_prime256v1": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EC_secp384r1": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EC_secp521r1": lambda: ec.generate_private_key(ec.SECP521R1()),
}
HASHES = {"SHA256": hashes.SHA256, "SHA384": hashes.SHA384, "SHA512": hashes.SHA512}
NAMES = {
    "Country": NameOID.COUNTRY_NAME,
    "Organization": NameOID.ORGANIZATION_NAME,
    "CommonName": NameOID.COMMON_NAME,
}
KEY_USAGES = {
    "DigitalSignature": "digital_signature",
    "NonRepudiation": "content_commitment",
    "KeyEncipherment": "key_encipherment",
    "DataEncipherment": "data_encipherment",
    "KeyAgreement": "key_agreement",
    "KeyCertSign": "key_cert_sign",
    "CRLSign": "crl_sign",
    "EncipherOnly": "encipher_only",
    "DecipherOnly": "decipher_only",
}
TEMPLATE = re.compile(
    r"arn:[\w-]+:acm-pca:::template/"
    r"(?:(?P<root>RootCACertificate)|SubordinateCACertificate_PathLen(?P<length>[0-3])"
    r"|BlankEndEntityCertificate_APICSRPassthrough)/V1"
)
AUTHORITY = re.compile(r"arn:[\w-]+:acm-pca:[\w-]+:\d{12}:certificate-authority/[0-9a-f-]+")


def now():
    return dt.datetime.now(dt.timezone.utc)


def refuse(code, message):
    raise JsonRESTError(code, message)


def key_usage(**on):
    return x509.KeyUsage(**{name: bool(on.get(name)) for name in KEY_USAGES.values()})


def sign(builder, key, algorithm):
    chosen = HASHES[algorithm[:6]]()
    if algorithm.endswith("_PSS"):
        return builder.sign(key, chosen, rsa_padding=padding.PSS(padding.MGF1(chosen), chosen.digest_size))
    return builder.sign(key, chosen)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def spki(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


class Authority(models.CertificateAuthority):
    """An authority with the key that it was asked to have."""

    # moto reads the name of the service from it.
    __module__ = models.__name__

    def __init__(self, **given):
        super().__init__(**given)
        algorithm = self.certificate_authority_configuration["KeyAlgorithm"]
        if algorithm not in KEYS:
            refuse("InvalidArgsException", f"The key algorithm {algorithm} is not supported.")
        self.own_key = KEYS[algorithm]()
        self.usage_mode = "GENERAL_PURPOSE"
        self.by_token = {}
        self.ready_at = {}

    @property
    def key(self):
        return self.own_key

    @property
    def name(self):
        return x509.Name([x509.NameAttribute(NAMES[kind], text) for kind, text in self.subject.items()])

    @property
    def csr(self):
        builder = x509.CertificateSigningRequestBuilder().subject_name(self.name)
        builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        signed = sign(builder, self.key, self.certificate_authority_configuration["SigningAlgorithm"])
        return signed.public_bytes(serialization.Encoding.PEM)


def family(algorithm):
    return "EC_" if algorithm.endswith("ECDSA") else "RSA"


def last_second(validity):
    kind, value = validity["Type"], validity["Value"]
    if kind == "END_DATE":
        return dt.datetime.strptime(str(value), "%Y%m%d%H%M%S").replace(tzinfo=dt.timezone.utc)
    if kind == "ABSOLUTE":
        return dt.datetime.fromtimestamp(value, dt.timezone.utc)
    if kind == "DAYS":
        return now() + dt.timedelta(days=value)
    return refuse("InvalidArgsException", f"The validity type {kind} is not simulated.")


def extensions(authority, csr, template, passthrough):
    """Template before API before CSR, as the guide's «order of operations» has it."""
    found = {}

    def put(extension, critical):
        found.setdefault(extension.oid, (extension, critical))

    is_root, length = template["root"], template["length"]
    is_ca = bool(is_root or length)
    put(x509.BasicConstraints(is_ca, int(length) if length else None), is_ca)
    put(x509.SubjectKeyIdentifier.from_public_key(csr.public_key()), False)
    if not is_root:
        own = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        put(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), False)
    if is_ca:
        put(key_usage(digital_signature=1, key_cert_sign=1, crl_sign=1), True)
        return found
    asked = passthrough.get("Extensions", {})
    if "KeyUsage" in asked:
        put(key_usage(**{KEY_USAGES[bit]: on for bit, on in asked["KeyUsage"].items()}), True)
    if "ExtendedKeyUsage" in asked:
        purposes = [ObjectIdentifier(own["ExtendedKeyUsageObjectIdentifier"]) for own in asked["ExtendedKeyUsage"]]
        put(x509.ExtendedKeyUsage(purposes), False)
    for extension in csr.extensions:
        put(extension.value, extension.critical)
    return found


class Responses(responses.ACMPCAResponse):
    """The operations in which moto differs from AWS."""

    def caller(self):
        found = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
        return found[1] if found else ""

    def authority(self, given):
        arn = given["CertificateAuthorityArn"]
        if not AUTHORITY.fullmatch(arn):
            refuse("InvalidArnException", f"{arn} is not an ARN of a certificate authority.")
        return self.acmpca_backend.describe_certificate_authority(arn)

    def describe_certificate_authority(self):
        self.authority(json.loads(self.body))
        return super().describe_certificate_authority()

    def get_certificate_authority_certificate(self):
        authority = self.authority(json.loads(self.body))
        if not authority.certificate_bytes:
            refuse("InvalidStateException", "The certificate authority has no certificate.")
        answer = {"Certificate": authority.certificate_bytes.decode()}
        if authority.certificate_chain:
            answer["CertificateChain"] = authority.certificate_chain.decode()
        return json.dumps(answer)

    def import_certificate_authority_certificate(self):
        given = json.loads(self.body)
        authority = self.authority(given)
        certificate = x509.load_pem_x509_certificate(base64.b64decode(given["Certificate"]))
        if spki(certificate.public_key()) != spki(authority.key.public_key()):
            refuse("CertificateMismatchException", "The certificate is not for the key of this authority.")
        chain = base64.b64decode(given.get("CertificateChain") or "")
        authority.import_certificate_authority_certificate(pem(certificate), chain or None)
        return "{}"

    def issue_certificate(self):
        given, caller = json.loads(self.body), self.caller()
        if caller == "denied":
            refuse(
                "AccessDeniedException",
                "User: arn:aws:iam::123456789012:user/escrevente is not authorized to perform: acm-pca:IssueCertificate "
                f"on resource: {given['CertificateAuthorityArn']} because no identity-based policy allows the "
                "acm-pca:IssueCertificate action",
            )
        authority = self.authority(given)
        token = given.get("IdempotencyToken")
        if token and token in authority.by_token:
            return authority.by_token[token]
        template = TEMPLATE.fullmatch(given.get("TemplateArn", ""))
        if not template:
            refuse("InvalidArgsException", f"The template {given.get('TemplateArn')} is not simulated.")
        is_root = bool(template["root"])
        if authority.status != "ACTIVE" and not (is_root and authority.status == "PENDING_CERTIFICATE"):
            refuse("InvalidStateException", f"The certificate authority is in the state {authority.status}.")
        certificate = self.certificate(authority, given, template, caller)
        arn = f"{authority.arn}/certificate/{uuid.uuid4().hex}"
        authority.issued_certificates[arn] = pem(certificate)
        if not is_root:
            above = authority.certificate_bytes.rstrip() + b"\n" + (authority.certificate_chain or b"")
            authority.issued_certificates_certificate_chains[arn] = above
        authority.ready_at[arn] = float("inf") if caller == "slow" else time.monotonic() + IN_THE_MAKING
        answer = json.dumps({"CertificateArn": arn})
        if token:
            authority.by_token[token] = answer
        return answer

    def certificate(self, authority, given, template, caller):
        try:
            csr = x509.load_pem_x509_csr(base64.b64decode(given["Csr"]))
        except ValueError:
            refuse("MalformedCSRException", "The certificate signing request cannot be read.")
        if not csr.is_signature_valid:
            refuse("MalformedCSRException", "The signature of the certificate signing request is not valid.")
        algorithm = given["SigningAlgorithm"]
        if not authority.certificate_authority_configuration["KeyAlgorithm"].startswith(family(algorithm)):
            refuse("InvalidArgsException", "The signing algorithm is not of the family of the authority's key.")
        begin, end = now() - dt.timedelta(hours=1), last_second(given["Validity"])
        if "ValidityNotBefore" in given:
            begin = last_second(given["ValidityNotBefore"])
        if not template["root"] and end > authority.certificate.not_valid_after_utc:
            refuse("ValidationException", "The validity exceeds that of the certificate authority.")
        key, subject, issuer_key = csr.public_key(), csr.subject, authority.key
        issuer = authority.name if template["root"] else authority.certificate.subject
        wanted = extensions(authority, csr, template, given.get("ApiPassthrough") or {})
        if caller == "lie-key":
            key = KEYS["EC_prime256v1"]().public_key()
        elif caller == "lie-name":
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Outra Pessoa")])
        elif caller == "lie-issuer":
            issuer_key = KEYS[authority.certificate_authority_configuration["KeyAlgorithm"]]()
        elif caller == "lie-ca":
            wanted[x509.BasicConstraints.oid] = (x509.BasicConstraints(True, None), True)
        elif caller == "lie-usage":
            wanted[x509.KeyUsage.oid] = (key_usage(key_encipherment=1), True)
        elif caller == "lie-validity":
            end += dt.timedelta(days=30)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
        )
        for extension, critical in wanted.values():
            builder = builder.add_extension(extension, critical)
        return sign(builder, issuer_key, algorithm)

    def get_certificate(self):
        given = json.loads(self.body)
        authority, arn = self.authority(given), given["CertificateArn"]
        if arn not in authority.issued_certificates:
            refuse("ResourceNotFoundException", f"{arn} does not exist.")
        if time.monotonic() < authority.ready_at[arn]:
            refuse("RequestInProgressException", "The certificate is in the making.")
        return super().get_certificate()


models.CertificateAuthority = Authority
urls.url_paths = {path: Responses.dispatch for path in urls.url_paths}

if __name__ == "__main__":
    from moto.server import main

    main(sys.argv[1:])
