"""What pyHanko says of freshly signed PDFs and of the signatures they had before.

Reads `original<TAB>signed` lines on stdin, writes one JSON object per line. Offline; trust is not judged.
"""

import json
import logging
import sys

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

# Of the encrypted test files: pyHanko's, and our own.
PASSWORDS = ("ownersecret", "usersecret", "dono", "")


def judge(path):
    with open(path, "rb") as stream:
        reader = PdfFileReader(stream, strict=False)
        if reader.encrypted:
            for password in PASSWORDS:
                if reader.decrypt(password).status.name != "FAILED":
                    break
        out = {}
        for signature in reader.embedded_signatures:
            context = ValidationContext(trust_roots=[], allow_fetching=False)
            kind = validate_pdf_timestamp if signature.sig_object_type == "/DocTimeStamp" else validate_pdf_signature
            try:
                status = kind(signature, context)
                level = status.modification_level
                out[signature.field_name] = {
                    "coverage": status.coverage.name,
                    "intact": status.intact,
                    "valid": status.valid,
                    "level": level.name if level is not None else None,
                    "docmdp_ok": status.docmdp_ok,
                    "seed_value_ok": getattr(status, "seed_value_ok", None),
                }
            except Exception as error:
                out[signature.field_name] = {"error": type(error).__name__}
        return out


def main():
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        original, signed = line.rstrip("\n").split("\t")
        answer = {"file": signed}
        for key, path in (("before", original), ("after", signed)):
            try:
                answer[key] = judge(path)
            except Exception as error:
                answer[key] = None
                answer[key + "_error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)


main()
