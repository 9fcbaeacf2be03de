#!/usr/bin/env python3
"""What pyHanko says of every signature in a PDF or of a CMS, as one JSON document on stdout.

    pyhanko_judge.py FILE --root ROOT.pem [--root ...] [--time 2026-11-21T14:00:00Z]
                     [--content FILE] [--password TEXT] [--certificate FILE ...] [--crl FILE ...] [--ocsp FILE ...]
                     [--ades B-B|B-T|B-LT|B-LTA] [--ltv] [--lenient]
                     [--expect-signatures N] [--expect-entire-file] [--expect-trusted] [--expect-unchanged] [--expect-ades]
    pyhanko_judge.py FILE --parts FOLDER      judges nothing: writes the CMS of every signature and what it covers into the folder
    pyhanko_judge.py --serve      a job a line on stdin, the answer a line on stdout; a job is {"file": ..., "root": [...], ...}
                                  with the options above by name, and its answer the report or {"error": ...}

Runs in the virtual environment made from judges.txt. Never uses the network.

--ades is the validation of EN 319 102-1: B-B basic (§5.3), B-T with time (§5.5), B-LT the same with what the DSS holds, B-LTA with
long-term evidence proven by document time stamps (§5.6).
Revocation evidence is required then, from the file or from --crl and --ocsp. --ltv: valid at the time of the signature's time stamp by
the evidence in the file's DSS alone.

Exit codes: 0 every expectation holds and every signature is intact and valid; 1 a signature or an expectation is not
met (each reason is a line on stderr and an entry of "problems"); 2 the file or an argument could not be read.
"""

import argparse
import asyncio
import json
import logging
import sys
from datetime import datetime, timezone
from pathlib import Path

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    KeyUsageConstraints,
    StandardCMSSignatureStatus,
    async_validate_cms_signature,
    async_validate_detached_cms,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.ades import (
    ades_basic_validation,
    ades_lta_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

import signed_parts

# Either usage is proper for a signature on a document; which one a profile asks for is not this judge's matter.
USAGES = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False)


def main() -> int:
    arguments = parse_arguments(sys.argv[1:])
    logging.disable(logging.CRITICAL)
    if arguments.serve:
        return serve()
    try:
        report = examine(arguments)
    except Exception as error:  # any failure to read is a verdict on the input, never a traceback
        print(f"pyhanko_judge: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    json.dump(report, sys.stdout, indent=2, ensure_ascii=False)
    print()
    found = report.get("problems", [])
    for problem in found:
        print(f"pyhanko_judge: {problem}", file=sys.stderr)
    return 1 if found else 0


def serve() -> int:
    for line in sys.stdin:
        try:
            job = json.loads(line)
            arguments = parse_arguments([job["file"]])
            for name, value in job.items():
                setattr(arguments, name, moment(value) if name == "time" else value)
            answer = examine(arguments)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    return 0


def examine(arguments: argparse.Namespace) -> dict:
    if arguments.parts:
        return {"parts": signed_parts.take(arguments.file, arguments.password, arguments.lenient, Path(arguments.parts))}
    roots = list(load_certs_from_pemder(arguments.root))
    for root in roots:
        # pyHanko would take a signer's own certificate for an anchor, and call anything trusted.
        if root.subject != root.issuer:
            raise ValueError(f"--root {root.subject.human_friendly} is not self-issued")
    return asyncio.run(judge(arguments, Knowledge(arguments, roots)))


def parse_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--serve", action="store_true", help="read jobs from standard input")
    parser.add_argument("--root", action="append", default=[], help="trusted root, PEM or DER; may be repeated")
    parser.add_argument("--time", type=moment, help="judge as of this time (RFC 3339); default: now")
    parser.add_argument("--content", help="what a detached CMS covers; without it, the CMS must enclose its content")
    parser.add_argument("--password", help="of an encrypted PDF")
    parser.add_argument("--certificate", action="append", default=[], help="certificate that the file lacks, PEM or DER")
    parser.add_argument("--crl", action="append", default=[], help="revocation list that the file lacks, DER")
    parser.add_argument("--ocsp", action="append", default=[], help="OCSP response that the file lacks, DER")
    parser.add_argument("--ades", choices=["B-B", "B-T", "B-LT", "B-LTA"], help="AdES validation at this level, too")
    parser.add_argument("--ltv", action="store_true", help="valid by the evidence in the DSS alone")
    parser.add_argument("--lenient", action="store_true", help="read hybrid files, too")
    parser.add_argument("--parts", metavar="FOLDER", help="write every signature and what it covers, and judge nothing")
    parser.add_argument("--expect-signatures", type=int, metavar="N", help="exactly N signatures")
    parser.add_argument("--expect-entire-file", action="store_true", help="the last signature covers the whole file")
    parser.add_argument("--expect-trusted", action="store_true", help="every signer chains to a given root")
    parser.add_argument("--expect-ades", action="store_true", help="the AdES validations asked for pass")
    parser.add_argument(
        "--expect-unchanged", action="store_true", help="no signature was followed by a change that it does not allow"
    )
    arguments = parser.parse_args(words)
    if not arguments.file and not arguments.serve:
        parser.error("no file is named")
    return arguments


def moment(text: str) -> datetime:
    value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


class Knowledge:
    """What the judge is given beside the file: roots, certificates, revocation evidence, a time."""

    def __init__(self, arguments: argparse.Namespace, roots: list[x509.Certificate]) -> None:
        self.time = arguments.time
        self.roots = roots
        self.certificates = list(load_certs_from_pemder(arguments.certificate))
        self.crls = [crl.CertificateList.load(Path(path).read_bytes()) for path in arguments.crl]
        self.ocsps = [ocsp.OCSPResponse.load(Path(path).read_bytes()) for path in arguments.ocsp]

    def arguments(self, **more) -> dict:
        return {
            "trust_roots": self.roots,
            "other_certs": self.certificates,
            "crls": self.crls,
            "ocsps": self.ocsps,
            "moment": self.time,
            "allow_fetching": False,
            **more,
        }

    def context(self) -> ValidationContext:
        return ValidationContext(**self.arguments(revocation_mode="soft-fail"))

    def timing(self) -> ValidationTimingInfo:
        if self.time is None:
            return ValidationTimingInfo.now()
        return ValidationTimingInfo(self.time, self.time, point_in_time_validation=True)

    def specification(self, enclosed: "Enclosed | None" = None) -> SignatureValidationSpec:
        sources = [self] if enclosed is None else [self, enclosed]
        return SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=self.roots),
                revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
            local_knowledge=LocalKnowledge(
                known_certs=[one for source in sources for one in source.certificates],
                known_crls=[CRLContainer(one) for source in sources for one in source.crls],
                known_ocsps=[part for source in sources for one in source.ocsps for part in OCSPContainer.load_multi(one)],
            ),
            key_usage_settings=USAGES,
        )


async def judge(arguments: argparse.Namespace, knowledge: Knowledge) -> dict:
    report = {"file": str(arguments.file), "signatures": []}
    with open(arguments.file, "rb") as stream:
        if stream.read(1) == b"\x30" or arguments.content:
            report["signatures"].append(await describe_cms(arguments, knowledge))
        else:
            await describe_pdf(stream, arguments, knowledge, report)
    report["problems"] = problems(arguments, report["signatures"])
    return report


async def describe_pdf(stream, arguments: argparse.Namespace, knowledge: Knowledge, report: dict) -> None:
    reader = PdfFileReader(stream, strict=not arguments.lenient)
    if arguments.password is not None:
        reader.decrypt(arguments.password)
    report["dss"] = describe_dss(reader)
    for signature in reader.embedded_regular_signatures:
        described = await describe(signature, knowledge)
        if arguments.ades:
            described["ades"] = await ades(signature, arguments.ades, knowledge)
        if arguments.ltv:
            described["ltv"] = await ltv(signature, knowledge)
        report["signatures"].append(described)
    report["document_timestamps"] = [
        await describe_timestamp(stamp, knowledge) for stamp in reader.embedded_timestamp_signatures
    ]


def describe_dss(reader: PdfFileReader) -> dict | None:
    try:
        dss = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return None
    return {"certificates": len(dss.certs), "crls": len(dss.crls), "ocsps": len(dss.ocsps), "vri": len(dss.vri_entries)}


async def describe(signature, knowledge: Knowledge) -> dict:
    status = await async_validate_pdf_signature(
        signature, signer_validation_context=knowledge.context(), key_usage_settings=USAGES
    )
    level = status.modification_level
    docmdp = signature.docmdp_level
    return {
        "field": signature.field_name,
        "subfilter": str(signature.sig_object["/SubFilter"]),
        "coverage": status.coverage.name if status.coverage is not None else None,
        "covers_entire_file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        "modification_level": level.name if level is not None else None,
        "docmdp": docmdp.name if docmdp is not None else None,
        "docmdp_ok": status.docmdp_ok,
        **common(status, signature.signer_info, len(signature.other_embedded_certs) + 1),
    }


async def describe_timestamp(signature, knowledge: Knowledge) -> dict:
    status = await async_validate_pdf_timestamp(signature, validation_context=knowledge.context())
    return {
        "field": signature.field_name,
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "time": iso(status.timestamp),
        "coverage": status.coverage.name if status.coverage is not None else None,
        "modification_level": status.modification_level.name if status.modification_level is not None else None,
        "signer": status.signing_cert.subject.human_friendly,
    }


async def describe_cms(arguments: argparse.Namespace, knowledge: Knowledge) -> dict:
    raw = Path(arguments.file).read_bytes()
    info = cms.ContentInfo.load(raw, strict=True)
    data = info["content"]
    content = Path(arguments.content).read_bytes() if arguments.content else None
    context = knowledge.context()
    if content is None:
        status = await async_validate_cms_signature(
            data, StandardCMSSignatureStatus, validation_context=context, key_usage_settings=USAGES
        )
    else:
        status = await async_validate_detached_cms(content, data, context, key_usage_settings=USAGES)
    (signer,) = data["signer_infos"]
    described = {
        # A token inside is the TSA's own writing; besides, asn1crypto would take minutes to write it anew.
        "der": None if signer["unsigned_attrs"] else info.dump(force=True) == raw,
        **common(status, signer, len(data["certificates"])),
    }
    if arguments.ades:
        described["ades"] = await ades_cms(data, signer, content, arguments.ades, knowledge)
    return described


def common(status, info: cms.SignerInfo, certificates: int) -> dict:
    certificate = status.signing_cert
    stamp = status.timestamp_validity
    return {
        "intact": status.intact,
        "valid": status.valid,
        "trusted": status.trusted,
        "bottom_line": status.bottom_line,
        "trust_problem": status.trust_problem_indic.name if status.trust_problem_indic is not None else None,
        "digest_algorithm": status.md_algorithm,
        "signature_mechanism": status.pkcs7_signature_mechanism,
        "signed_attributes": sorted(attribute["type"].native for attribute in info["signed_attrs"]),
        "unsigned_attributes": sorted(attribute["type"].native for attribute in info["unsigned_attrs"] or []),
        "signer_reported_time": iso(status.signer_reported_dt),
        "timestamp": stamp and {"valid": stamp.valid, "trusted": stamp.trusted, "time": iso(stamp.timestamp)},
        "certificates_in_cms": certificates,
        "signer": {
            "subject": certificate.subject.human_friendly,
            "issuer": certificate.issuer.human_friendly,
            "serial": format(certificate.serial_number, "x"),
            "sha256": certificate.sha256_fingerprint.replace(" ", "").lower(),
        },
        "path": [c.subject.human_friendly for c in iter_path(status)],
    }


async def ades(signature, level: str, knowledge: Knowledge) -> dict:
    specification, timing = knowledge.specification(), knowledge.timing()
    if level == "B-LTA":
        return outcome(
            await ades_lta_validation(signature, PdfSignatureValidationSpec(specification), timing_info=timing)
        )
    if level == "B-LT":
        specification = knowledge.specification(Enclosed.in_dss(signature.reader))
    signature.compute_integrity_info()
    validation = ades_basic_validation if level == "B-B" else ades_with_time_validation
    return outcome(
        await validation(
            signature.signed_data, specification, timing_info=timing, raw_digest=signature.compute_digest()
        )
    )


async def ades_cms(data: cms.SignedData, signer: cms.SignerInfo, content: bytes | None, level: str, knowledge: Knowledge) -> dict:
    """At most with time: pyHanko knows no archive time stamps in a CMS. From B-LT on, evidence inside the CMS counts, too."""
    import hashlib

    enclosed = Enclosed.in_cms(data) if level in ("B-LT", "B-LTA") else None
    raw_digest = None
    if content is not None:
        raw_digest = hashlib.new(signer["digest_algorithm"]["algorithm"].native, content).digest()
    validation = ades_basic_validation if level == "B-B" else ades_with_time_validation
    return outcome(
        await validation(
            data, knowledge.specification(enclosed), timing_info=knowledge.timing(), raw_digest=raw_digest
        )
    )


class Enclosed:
    """Evidence that travels with the signature."""

    def __init__(self) -> None:
        self.certificates, self.crls, self.ocsps = [], [], []

    @classmethod
    def in_cms(cls, data: cms.SignedData) -> "Enclosed":
        """SignedData.crls (RFC 5652 §10.2.1, RFC 5940)."""
        enclosed = cls()
        for choice in data["crls"] or []:
            if choice.name == "crl":
                enclosed.crls.append(crl.CertificateList.load(choice.chosen.dump()))
            elif choice.chosen["other_rev_info_format"].native == "ocsp_response":
                enclosed.ocsps.append(ocsp.OCSPResponse.load(choice.chosen["other_rev_info"].dump()))
        return enclosed

    @classmethod
    def in_dss(cls, reader: PdfFileReader) -> "Enclosed":
        """The DSS dictionary (EN 319 142-1 §5.4.2)."""
        enclosed = cls()
        try:
            dss = DocumentSecurityStore.read_dss(reader)
        except NoDSSFoundError:
            return enclosed
        enclosed.certificates = list(dss.load_certs())
        enclosed.crls = [crl.CertificateList.load(reference.get_object().data) for reference in dss.crls]
        enclosed.ocsps = [ocsp.OCSPResponse.load(reference.get_object().data) for reference in dss.ocsps]
        return enclosed


def outcome(result) -> dict:
    """`status`: PASSED, INDETERMINATE, FAILED."""
    reported = getattr(result, "best_signature_time", None)
    oldest = getattr(result, "oldest_evidence_record_timestamp", None)
    return {
        "status": result.ades_subindic.status.name,
        "sub_indication": result.ades_subindic.standard_name,
        "failure": result.failure_msg,
        "best_signature_time": iso(reported),
        "oldest_evidence": iso(oldest),
    }


async def ltv(signature, knowledge: Knowledge) -> dict:
    """Revocation is required of every certificate but roots, and nothing but the DSS tells it."""
    try:
        dss = DocumentSecurityStore.read_dss(signature.reader)
    except NoDSSFoundError:
        return {"valid": False, "why": "no DSS"}
    plain = await async_validate_pdf_signature(signature, knowledge.context(), key_usage_settings=USAGES)
    if plain.timestamp_validity is None:
        return {"valid": False, "why": "no signature time stamp"}
    # Evidence gathered after the signature tells of the time of the signature as well: no certificate hold is used here.
    strict = {"trust_roots": knowledge.roots, "allow_fetching": False, "revocation_mode": "require", "retroactive_revinfo": True}
    then = dss.as_validation_context({**strict, "moment": plain.timestamp_validity.timestamp})
    status = await async_validate_pdf_signature(signature, then, then, key_usage_settings=USAGES)
    stamp = status.timestamp_validity
    problem = status.trust_problem_indic or (stamp and stamp.trust_problem_indic)
    return {"valid": bool(status.bottom_line and stamp and stamp.trusted), "why": problem.name if problem else None}


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
        name = f"signature {signature.get('field', '')}".rstrip()
        if not signature["intact"]:
            found.append(f"{name}: the signed bytes do not match the digest")
        if not signature["valid"]:
            found.append(f"{name}: the signature value does not verify")
        if arguments.expect_trusted and not signature["trusted"]:
            found.append(f"{name}: no valid path to a trusted root ({signature['trust_problem'] or 'the signature itself does not hold'})")
        if arguments.expect_ades:
            if signature.get("ades", {"status": "PASSED"})["status"] != "PASSED":
                found.append(f"{name}: ades: {signature['ades']['sub_indication']}: {signature['ades']['failure']}")
            if not signature.get("ltv", {"valid": True})["valid"]:
                found.append(f"{name}: ltv: {signature['ltv']['why']}")
        if arguments.expect_unchanged and signature.get("modification_level") == "OTHER":
            found.append(f"{name}: changed afterwards in a way that is not allowed")
    if arguments.expect_entire_file and signatures and not signatures[-1]["covers_entire_file"]:
        found.append(f"signature {signatures[-1]['field']}: covers {signatures[-1]['coverage']}, not ENTIRE_FILE")
    return found


if __name__ == "__main__":
    sys.exit(main())
