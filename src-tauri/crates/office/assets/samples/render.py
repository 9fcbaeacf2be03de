#!/usr/bin/env python3
"""Typesets the sample documents (PyPI `typst` 0.15.2, no network) and stores them beside their sources.

The deed keeps the classic cross-reference table that Typst writes; the power of attorney is stored with object and
cross-reference streams (needs qpdf), so that the demonstration signs both forms. Run by hand; the PDFs are committed.
"""

import subprocess
from pathlib import Path

import typst

HERE = Path(__file__).resolve().parent


def main() -> None:
    deed = HERE / "escritura-uniao-estavel"
    typeset(deed, deed.with_suffix(".pdf"))
    power = HERE / "procuracao-publica"
    table = HERE / "procuracao-publica.table.pdf"
    typeset(power, table)
    subprocess.run(
        ["qpdf", "--deterministic-id", "--object-streams=generate", table, power.with_suffix(".pdf")], check=True
    )
    table.unlink()


def typeset(source: Path, target: Path) -> None:
    typst.compile(str(source.with_suffix(".typ")), output=str(target), pdf_standards="a-2b", ignore_system_fonts=True)


if __name__ == "__main__":
    main()
