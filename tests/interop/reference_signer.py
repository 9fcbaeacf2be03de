#!/usr/bin/env python3
"""Signatures that pyHanko makes with the laboratory's services: what the judges must accept, and what reading must cope with.

    reference_signer.py LAB_FOLDER PERSON TSA_URL IN.pdf OUT_FOLDER

Writes pyhanko-{b,t,lt,lta}.pdf. PERSON is the name of a signer in LAB_FOLDER (lab_server.py). Runs in the environment made from
judges.txt; CRLs and OCSP are fetched from where the certificates say.
"""

import asyncio
import sys
from pathlib import Path

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator import ValidationContext

LEVELS = {"b": {}, "t": {}, "lt": {"embed_validation_info": True}, "lta": {"embed_validation_info": True, "use_pades_lta": True}}


async def main() -> None:
    lab, person, tsa, source, target = sys.argv[1:]
    lab, target = Path(lab), Path(target)
    roots = list(load_certs_from_pemder([lab / "root.pem"]))
    others = list(load_certs_from_pemder([lab / f"{name}.pem" for name in ("issuing", "act")]))
    signer = signers.SimpleSigner.load(
        lab / f"{person}.key", lab / f"{person}.pem", ca_chain_files=(lab / "issuing.pem", lab / "root.pem")
    )
    for name, settings in LEVELS.items():
        context = ValidationContext(
            trust_roots=roots, other_certs=others, allow_fetching=True, revocation_mode="hard-fail"
        )
        metadata = signers.PdfSignatureMetadata(
            field_name="Assinatura1",
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            validation_context=context,
            **settings,
        )
        stamper = None if name == "b" else timestamps.HTTPTimeStamper(tsa)
        with open(source, "rb") as before, open(target / f"pyhanko-{name}.pdf", "w+b") as after:
            writer = IncrementalPdfFileWriter(before)
            await signers.async_sign_pdf(writer, metadata, signer, timestamper=stamper, output=after)


if __name__ == "__main__":
    asyncio.run(main())
