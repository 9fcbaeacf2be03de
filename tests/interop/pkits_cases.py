"""Builds the PKITS cases from the files in `cryptography-vectors` and the table of expectations.

    pkits_cases.py TABLE      one JSON case a line, as `cartorio chain --cases` reads them
"""

import base64
import json
import sys
from pathlib import Path

import cryptography_vectors

DATA = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
POLICY = "2.16.840.1.101.3.2.1.48."
# 2011-04-15, inside the validity of every certificate that is meant to be valid.
TIME = 1302825600


def encoded(folder, names, suffix):
    return [base64.b64encode((DATA / folder / f"{name}{suffix}").read_bytes()).decode() for name in names]


def case(line):
    identifier, expected, flags, policies, certificates, lists = line.split("\t")
    flags = flags.split(",")
    anchor, *between, subject = encoded("certs", certificates.split(), ".crt")
    return {
        "id": identifier,
        "roots": [anchor],
        "inters": between,
        "leaf": subject,
        "crls": [] if lists == "-" else encoded("crls", lists.split(), ".crl"),
        "time": TIME,
        "policies": [] if policies == "-" else [name.replace("P", POLICY) for name in policies.split(",")],
        "explicit": "explicit" in flags,
        "inhibit_any": "inhibit_any" in flags,
        "inhibit_map": "inhibit_map" in flags,
        "expect": expected == "valid",
    }


def main():
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            print(json.dumps(case(line)))


if __name__ == "__main__":
    main()
