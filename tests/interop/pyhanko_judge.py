#!/usr/bin/env python3
"""What pyHanko says of every signature in a PDF, as one JSON document on stdout.

    pyhanko_judge.py FILE.pdf --root ROOT.pem [--root ...] [--time 2026-11-21T14:00:00Z]
                     [--expect-signatures N] [--expect-entire-file] [--expect-trusted] [--expect-unchanged]

Runs in the virtual environment made from judges.txt. Never uses the network.

Exit codes: 0 every expectation holds and every signature is intact and valid; 1 a signature or an expectation is not
met (each reason is a line on stderr and an entry of "problems"); 2 the file or an argument could not be read.
"""

import argparse
import asyncio
import json
import logging
import sys
from datetime import datetime, timezone

from asn1crypto import x509
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import KeyUsageConstraints, async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


def main() -> int:
    arguments = parse_arguments()
    logging.disable(logging.CRITICAL)
    try:
        roots = list(load_certs_from_pemder(arguments.root))
        for root in roots:
            # pyHanko would take a signer's own certificate for an anchor, and call anything trusted.
            if root.subject != root.issuer:
                raise ValueError(f"--root {root.subject.human_friendly} is not self-issued")
        report = asyncio.run(judge(arguments, roots))
    except Exception as error:  # any failure to read is a verdict on the input, never a traceback
        print(f"pyhanko_judge: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    json.dump(report, sys.stdout, indent=2, ensure_ascii=False)
    print()
    for problem in report["problems"]:
        print(f"pyhanko_judge: {problem}", file=sys.stderr)
    return 1 if report["problems"] else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--root", action="append", default=[], help="trusted root, PEM or DER; may be repeated")
    parser.add_argument("--time", type=moment, help="judge as of this time (RFC 3339); default: now")
    parser.add_argument("--expect-signatures", type=int, metavar="N", help="exactly N signatures")
    parser.add_argument("--expect-entire-file", action="store_true", help="the last signature covers the whole file")
    parser.add_argument("--expect-trusted", action="store_true", help="every signer chains to a given root")
    parser.add_argument(
        "--expect-unchanged", action="store_true", help="no signature was followed by a change that it does not allow"
    )
    return parser.parse_args()


def moment(text: str) -> datetime:
    value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


async def judge(arguments: argparse.Namespace, roots: list[x509.Certificate]) -> dict:
    with open(arguments.file, "rb") as stream:
        reader = PdfFileReader(stream)
        embedded = reader.embedded_regular_signatures
        signatures = [await describe(signature, arguments.time, roots) for signature in embedded]
    return {
        "file": arguments.file,
        "signatures": signatures,
        "problems": problems(arguments, signatures),
    }


async def describe(signature, time: datetime | None, roots: list[x509.Certificate]) -> dict:
    context = ValidationContext(trust_roots=roots, moment=time, allow_fetching=False, revocation_mode="soft-fail")
    # Either usage is proper for a signature on a document; which one a profile asks for is not this judge's matter.
    usages = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False)
    status = await async_validate_pdf_signature(
        signature, signer_validation_context=context, key_usage_settings=usages
    )
    info = signature.signer_info
    signed = {attribute["type"].native for attribute in info["signed_attrs"]}
    certificate = status.signing_cert
    level = status.modification_level
    return {
        "field": signature.field_name,
        "subfilter": str(signature.sig_object["/SubFilter"]),
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "bottom_line": status.bottom_line,
        "coverage": status.coverage.name if status.coverage is not None else None,
        "covers_entire_file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        "modification_level": level.name if level is not None else None,
        "docmdp_ok": status.docmdp_ok,
        "trust_problem": status.trust_problem_indic.name if status.trust_problem_indic is not None else None,
        "digest_algorithm": status.md_algorithm,
        "signature_mechanism": status.pkcs7_signature_mechanism,
        "signed_attributes": sorted(signed),
        "signer_reported_time": iso(status.signer_reported_dt),
        "certificates_in_cms": len(signature.other_embedded_certs) + 1,
        "signer": {
            "subject": certificate.subject.human_friendly,
            "issuer": certificate.issuer.human_friendly,
            "serial": format(certificate.serial_number, "x"),
            "sha256": certificate.sha256_fingerprint.replace(" ", "").lower(),
        },
        "path": [c.subject.human_friendly for c in iter_path(status)],
    }


def iter_path(status):
    path = status.validation_path
    return [] if path is None else [c for c in path.iter_certs(include_root=True)]


def iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def problems(arguments: argparse.Namespace, signatures: list[dict]) -> list[str]:
    found = []
    if not signatures:
        found.append("the file has no signature")
    if arguments.expect_signatures is not None and len(signatures) != arguments.expect_signatures:
        found.append(f"{len(signatures)} signatures instead of {arguments.expect_signatures}")
    for signature in signatures:
        name = f"signature {signature['field']}"
        if not signature["intact"]:
            found.append(f"{name}: the signed bytes do not match the digest")
        if not signature["valid"]:
            found.append(f"{name}: the signature value does not verify")
        if arguments.expect_trusted and not signature["trusted"]:
            found.append(f"{name}: no valid path to a trusted root ({signature['trust_problem'] or 'the signature itself does not hold'})")
        if arguments.expect_unchanged and signature["modification_level"] == "OTHER":
            found.append(f"{name}: changed afterwards in a way that is not allowed")
    if arguments.expect_entire_file and signatures and not signatures[-1]["covers_entire_file"]:
        found.append(f"signature {signatures[-1]['field']}: covers {signatures[-1]['coverage']}, not ENTIRE_FILE")
    return found


if __name__ == "__main__":
    sys.exit(main())
