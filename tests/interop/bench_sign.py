#!/usr/bin/env python3
"""Signatures per second of `cartorio sign` beside pyHanko, on the same files, on the same machine, in one run.

    bench_sign.py --cartorio PATH [--files N] [--rounds N] [FILE.pdf ...]

`cargo xtask bench sign` calls it with the release build. Without files it signs copies of the two sample documents.

Both sign PAdES B-B with SHA-256 and a local key of the same kind and size, one process for the whole batch, no network. Ours
does more for each file: it verifies its own signature, writes two records to the audit trail with an fsync each, and
never overwrites. Peak memory is the largest resident set of the process, as the kernel counts it. Every result
is then judged by pyHanko; a batch with a bad signature is an error, not a number.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent.parent / "src-tauri/crates/office/assets/samples"


def main() -> int:
    arguments = parse_arguments()
    if arguments.pyhanko_worker:
        pyhanko_worker(*arguments.pyhanko_worker)
        return 0
    with tempfile.TemporaryDirectory(prefix="cartorio-bench-") as folder:
        return compare(arguments, Path(folder))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cartorio", type=Path, help="the `cartorio` program")
    parser.add_argument("--files", type=int, default=100, help="how many copies in a batch (default 100)")
    parser.add_argument("--rounds", type=int, default=3, help="how often, alternating; the best counts (default 3)")
    parser.add_argument("--pyhanko-worker", nargs=5, metavar="X", help=argparse.SUPPRESS)
    parser.add_argument("inputs", nargs="*", type=Path, metavar="FILE.pdf")
    arguments = parser.parse_args()
    if not arguments.pyhanko_worker and not (arguments.cartorio and arguments.cartorio.exists()):
        parser.error("--cartorio must name the built program (`cargo xtask bench sign` does)")
    return arguments


def compare(arguments: argparse.Namespace, folder: Path) -> int:
    program = arguments.cartorio.resolve()
    batch = copies(arguments, folder / "in")
    size = sum(file.stat().st_size for file in batch) / 1e6
    home = folder / "home"
    run([program, "--home", home, "demo", "init"])
    first = sign_ours(program, home, batch[:1], folder / "probe")[2][0]
    roots = demo_roots(first)
    mechanism = judge(first, roots)["signature_mechanism"]
    key, certificate = matching_key(first, folder)

    ours, theirs = [], []
    for round_number in range(arguments.rounds):
        out = folder / f"ours-{round_number}"
        ours.append(sign_ours(program, home, batch, out))
        theirs.append(sign_pyhanko(batch, folder / f"pyhanko-{round_number}", key, certificate, mechanism))
    for file in ours[-1][2]:
        judge(file, roots)
    for file in theirs[-1][2]:
        judge(file, certificate)

    print(f"\n{len(batch)} PDFs, {size:.1f} MB, {mechanism}, best of {arguments.rounds}, {os.cpu_count()} CPUs; every result judged good")
    print(f"{'':12}{'seconds':>9}{'PDFs/s':>9}{'peak MiB':>10}")
    for name, rounds in (("cartorio", ours), ("pyHanko", theirs)):
        seconds, peak, _ = min(rounds, key=lambda one: one[0])
        print(f"{name:12}{seconds:9.2f}{len(batch) / seconds:9.1f}{peak:10.1f}")
    return 0


def copies(arguments: argparse.Namespace, folder: Path) -> list[Path]:
    folder.mkdir()
    sources = arguments.inputs or sorted(SAMPLES.glob("*.pdf"))
    targets = []
    for number in range(arguments.files):
        source = sources[number % len(sources)]
        targets.append(folder / f"{number:05}-{source.name}")
        shutil.copyfile(source, targets[-1])
    return targets


def sign_ours(program: Path, home: Path, batch: list[Path], out: Path) -> tuple[float, float, list[Path]]:
    out.mkdir()
    seconds, peak = run([program, "--home", home, "sign", *batch, "--out", out])
    return seconds, peak, results(out, batch)


def sign_pyhanko(
    batch: list[Path], out: Path, key: Path, certificate: Path, mechanism: str
) -> tuple[float, float, list[Path]]:
    out.mkdir()
    listing = out.with_suffix(".list")
    listing.write_text("\n".join(map(str, batch)))
    seconds, peak = run([sys.executable, __file__, "--pyhanko-worker", listing, out, key, certificate, mechanism])
    return seconds, peak, results(out, batch)


def pyhanko_worker(listing: str, out: str, key: str, certificate: str, mechanism: str) -> None:
    """Runs in a process of its own, so that its start and its memory are counted as ours are."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter

    signer = signers.SimpleSigner.load(key, certificate, prefer_pss="pss" in mechanism)
    metadata = signers.PdfSignatureMetadata(
        field_name="Assinatura1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    for name in Path(listing).read_text().splitlines():
        with open(name, "rb") as source, open(Path(out) / Path(name).name, "w+b") as target:
            signers.sign_pdf(IncrementalPdfFileWriter(source), metadata, signer=signer, output=target)


def results(out: Path, batch: list[Path]) -> list[Path]:
    files = sorted(out.glob("*.pdf"))
    if len(files) != len(batch):
        raise SystemExit(f"bench_sign: {len(files)} results for {len(batch)} files in {out}")
    return files


def run(command: list) -> tuple[float, float]:
    """Seconds from start to end, and the peak resident set in MiB."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=words, stderr=words)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            words.seek(0)
            said = words.read().decode(errors="replace")[-4000:]
            raise SystemExit(f"bench_sign: {command[0]} ended with {process.returncode}:\n{said}")
    return seconds, usage.ru_maxrss / 1024


def judge(file: Path, roots: Path) -> dict:
    script = HERE / "pyhanko_judge.py"
    done = subprocess.run(
        [sys.executable, script, file, "--root", roots, "--expect-entire-file", "--expect-trusted"],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise SystemExit(f"bench_sign: {file.name} is not a good signature: {done.stderr}")
    return json.loads(done.stdout)["signatures"][-1]


def demo_roots(signed: Path) -> Path:
    """The self-signed certificate that the signature carries; the demonstration's root is made on this machine."""
    roots = signed.with_suffix(".roots.pem")
    chain = [c for c in embedded(signed) if c.subject == c.issuer]
    roots.write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in chain))
    return roots


def embedded(signed: Path) -> list[x509.Certificate]:
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(signed, "rb") as stream:
        signature = PdfFileReader(stream).embedded_regular_signatures[-1]
        certificates = [signature.signer_cert, *signature.other_embedded_certs]
        return [x509.load_der_x509_certificate(c.dump()) for c in certificates]


def matching_key(signed: Path, folder: Path) -> tuple[Path, Path]:
    """A self-signed key of the same kind and size as the one that signed, for the other side."""
    public = embedded(signed)[0].public_key()
    if isinstance(public, rsa.RSAPublicKey):
        private = rsa.generate_private_key(65537, public.key_size)
    else:
        private = ec.generate_private_key(public.curve)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pyHanko")])
    now = datetime.now(timezone.utc)
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only", "decipher_only"), False
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, key_cert_sign=False, **usage), critical=True
        )
        .sign(private, hashes.SHA256())
    )
    key_file, certificate_file = folder / "pyhanko.key", folder / "pyhanko.pem"
    key_file.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


if __name__ == "__main__":
    sys.exit(main())
