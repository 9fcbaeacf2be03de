"""Opens and makes P12 files with `cryptography`, whose OpenSSL is newer than the system's.

    p12_judge.py open FILE PASSWORD             one JSON line: SHA-256 of the certificates and of the public key
    p12_judge.py make OUT KEY CERT PASSWORD NAME  without a password («»): NoEncryption, a NULL password
    p12_judge.py vectors                        the folder of cryptography-vectors
"""

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


def vectors():
    import cryptography_vectors

    print(Path(cryptography_vectors.__file__).parent)


if __name__ == "__main__":
    {"open": open_file, "make": make, "vectors": vectors}[sys.argv[1]](*sys.argv[2:])
