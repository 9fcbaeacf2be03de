"""What pyHanko's difference analysis says of every signature of the PDFs below a folder, as JSON; nothing is verified."""

import json
import logging
import sys
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

logging.disable(logging.CRITICAL)
sys.setrecursionlimit(3000)


def judge(path: Path) -> dict:
    out = {}
    with path.open("rb") as stream:
        reader = PdfFileReader(stream, strict=False)
        if reader.encrypted:
            reader.decrypt("ownersecret")
        for signature in reader.embedded_signatures:
            signature.compute_integrity_info()
            summary = signature.summarise_integrity_info()
            result = summary.get("diff_result")
            level = getattr(result, "modification_level", None)
            # An objection instead of a result is a suspicious modification.
            name = level.name if level is not None else ("OTHER" if result is not None else "UNKNOWN")
            out[signature.field_name] = {
                "coverage": summary["coverage"].name,
                "level": name,
                "allowed": summary.get("docmdp_ok") is not False,
                "why": str(result) if level is None else "",
            }
    return out


def main() -> None:
    root = Path(sys.argv[1])
    report = {}
    for path in sorted(root.rglob("*.pdf")):
        try:
            report[str(path.relative_to(root))] = judge(path)
        except Exception as error:  # what pyHanko does not read is not compared
            report[str(path.relative_to(root))] = {"error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps(report))


main()
