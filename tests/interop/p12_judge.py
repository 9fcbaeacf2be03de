"""Opens and makes P12 files with `cryptography`, whose OpenSSL is newer than the system's.

    p12_judge.py open FILE PASSWORD             one JSON line: SHA-256 of the certificates and of the public key
    p12_judge.py make OUT KEY CERT PASSWORD NAME  without a password («»): NoEncryption, a NULL password
    p12_judge.py pbmac1 OUT KEY CERT PASSWORD NAME MAC PRF  written by the OpenSSL that psycopg-binary brings along
    p12_judge.py vectors                        the folder of cryptography-vectors
"""

import ctypes
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import load_pem_x509_certificate


def fingerprint(certificate):
    der = certificate.public_bytes(serialization.Encoding.DER)
    return hashlib.sha256(der).hexdigest()


def open_file(path, password):
    store = pkcs12.load_pkcs12(Path(path).read_bytes(), password.encode() if password else None)
    public = store.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    print(
        json.dumps(
            {
                "key": hashlib.sha256(public).hexdigest(),
                "leaf": fingerprint(store.cert.certificate),
                "name": (store.cert.friendly_name or b"").decode(),
                "chain": [fingerprint(other.certificate) for other in store.additional_certs],
            }
        )
    )


def make(out, key, certificate, password, name):
    key = serialization.load_pem_private_key(Path(key).read_bytes(), None)
    certificate = load_pem_x509_certificate(Path(certificate).read_bytes())
    encryption = (
        serialization.BestAvailableEncryption(password.encode())
        if password
        else serialization.NoEncryption()
    )
    Path(out).write_bytes(
        pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, None, encryption)
    )


def newer_openssl():
    import importlib.util

    package = Path(importlib.util.find_spec("psycopg_binary").origin).parent
    (library,) = (package.parent / "psycopg_binary.libs").glob("libcrypto*")
    return ctypes.CDLL(str(library))


def pbmac1(out, key, certificate, password, name, mac, prf):
    """RFC 9579 by OpenSSL: `PKCS12_create` without a MAC, then `PKCS12_set_pbmac1_pbkdf2`."""
    crypto = newer_openssl()
    pointer = ctypes.c_void_p

    def call(function, *arguments, result=pointer):
        function = getattr(crypto, function)
        function.restype = result
        value = function(*arguments)
        if not value:
            raise SystemExit(f"{function.__name__} failed")
        return value

    def null():
        return pointer(None)

    def load(path, reader):
        data = Path(path).read_bytes()
        source = pointer(call("BIO_new_mem_buf", data, len(data)))
        return pointer(call(reader, source, null(), null(), null()))

    pkey = load(key, "PEM_read_bio_PrivateKey")
    x509 = load(certificate, "PEM_read_bio_X509")
    secret = password.encode()
    p12 = pointer(
        call("PKCS12_create", secret, name.encode(), pkey, x509, null(), 0, 0, 2048, -1, 0)
    )
    digest = pointer(call("EVP_get_digestbyname", mac.encode()))
    call(
        "PKCS12_set_pbmac1_pbkdf2",
        p12, secret, len(secret), null(), 16, 2048, digest, prf.encode(),
        result=ctypes.c_int,
    )  # fmt: skip
    target = pointer(call("BIO_new_file", out.encode(), b"wb"))
    call("i2d_PKCS12_bio", target, p12, result=ctypes.c_int)
    crypto.BIO_free.argtypes = [pointer]
    crypto.BIO_free(target)


def vectors():
    import cryptography_vectors

    print(Path(cryptography_vectors.__file__).parent)


if __name__ == "__main__":
    {"open": open_file, "make": make, "pbmac1": pbmac1, "vectors": vectors}[sys.argv[1]](*sys.argv[2:])
