#!/usr/bin/env python3
"""Signatures per second of `cartorio sign` beside pyHanko, `openssl cms` and JSignPdf, on the same files and machine, in one run.

    bench_sign.py --cartorio PATH [--files N] [--peers N] [--rounds N] [--gib N] [--jsignpdf JAR] [FILE.pdf ...]

`cargo xtask bench sign` calls it with the release build. Without files it signs pages that are almost empty: what is measured is
what a signature costs, not what a document weighs.

PDFs: PAdES B-B with SHA-256 and a local RSA-2048 key of the same kind, no network. Files for `.p7s`: CAdES B-B, detached. A large file
for `.p7s` goes beside `openssl dgst -sha256` on the same file, which does nothing but read and hash. Ours and pyHanko sign a batch
in one process; `openssl cms` and JSignPdf have a process for each file, because that is how they are used. Ours does more for
each file: it verifies its own signature, writes the intent and the result to the audit trail, durably, syncs the file and never
overwrites. Peak memory is the largest resident set of the process, as the kernel counts it.

Every file of ours and of the peers is counted, and some of each are judged by pyHanko and by OpenSSL: a batch with a bad signature is an
error, not a number. The last line is JSON.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

HERE = Path(__file__).resolve().parent
# How many results of a round are judged, spread over the batch.
JUDGED = 5
PASSWORD = "ensaio"


@dataclass
class Took:
    """What a command took, from start to end."""

    seconds: float
    cpu: float
    peak_mib: float


@dataclass
class Signer:
    """Who signs for a peer: a key of the same kind and size as ours."""

    key: Path
    certificate: Path
    p12: Path


def main() -> int:
    arguments = parse_arguments()
    if arguments.worker:
        worker(*arguments.worker)
        return 0
    with tempfile.TemporaryDirectory(prefix="cartorio-bench-") as folder:
        return compare(arguments, Path(folder))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cartorio", type=Path, help="the `cartorio` program")
    parser.add_argument("--files", type=int, default=2000, help="how many files we sign in a batch (default 2000)")
    parser.add_argument("--peers", type=int, default=60, help="how many of them the others sign (default 60)")
    parser.add_argument("--rounds", type=int, default=3, help="how often, alternating; the best counts (default 3)")
    parser.add_argument("--gib", type=float, default=1.0, help="size of the large file in GiB; 0 for none (default 1)")
    parser.add_argument("--jsignpdf", type=Path, default=os.environ.get("JSIGNPDF_JAR"), help="JSignPdf's jar, where it is to be had")
    parser.add_argument("--worker", nargs=6, metavar="X", help=argparse.SUPPRESS)
    parser.add_argument("inputs", nargs="*", type=Path, metavar="FILE.pdf")
    arguments = parser.parse_args()
    if not arguments.worker and not (arguments.cartorio and arguments.cartorio.exists()):
        parser.error("--cartorio must name the built program (`cargo xtask bench sign` does)")
    return arguments


def compare(arguments: argparse.Namespace, folder: Path) -> int:
    program = arguments.cartorio.resolve()
    home = folder / "home"
    run([program, "--home", home, "demo", "init"])
    pdfs = pages(arguments, folder / "in")
    texts = [folder / "txt" / f"{number:05}.txt" for number in range(arguments.files)]
    (folder / "txt").mkdir()
    for number, file in enumerate(texts):
        file.write_text(f"Ata {number}.\n" * 20)
    probe = ours(program, home, pdfs[:1], folder / "probe")[1][0]
    roots = demo_roots(probe)
    mechanism = judge_pdf(probe, roots)["signature_mechanism"]
    signer = matching_key(probe, folder)
    peers = min(arguments.peers, arguments.files)
    alone, rsa = rsa_operation(1), rsa_operation()
    print(
        f"{mechanism}; one RSA-2048 operation takes {rsa * 1e3:.3f} ms of CPU (openssl speed on all CPUs; {alone * 1e3:.3f} ms on one); "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )

    results: dict = {
        "bench": "sign", "rsa_ms": rsa * 1e3, "rsa_alone_ms": alone * 1e3, "cpus": os.cpu_count(), "load": os.getloadavg()[0],
    }
    pdf_sides = {
        "cartorio": lambda out: ours(program, home, pdfs, out),
        "pyHanko": lambda out: by_pyhanko("pdf", pdfs[:peers], out, signer, mechanism),
    }
    if arguments.jsignpdf:
        pdf_sides["JSignPdf"] = lambda out: by_jsignpdf(arguments.jsignpdf, pdfs[: max(peers // 6, 1)], out, signer)
    else:
        print("JSignPdf: not measured. It is not served by Maven Central here (com.github.kwart.jsign:jsignpdf); give its jar with --jsignpdf or in JSIGNPDF_JAR.")
    judges = {"cartorio": lambda file: judge_pdf(file, roots), "pyHanko": lambda file: judge_pdf(file, signer.certificate)}
    results["pdf"] = race("PDFs", pdf_sides, judges, arguments.rounds, folder)

    p7s_sides = {
        "cartorio": lambda out: ours(program, home, texts, out, "cades-detached"),
        "openssl cms": lambda out: by_openssl(texts[:peers], out, signer),
        "pyHanko": lambda out: by_pyhanko("p7s", texts[:peers], out, signer, mechanism),
    }
    of = {file.name: file for file in texts}
    content = lambda file: of[file.name.removesuffix(".p7s")]
    judges = {
        "cartorio": lambda file: judge_p7s(file, content(file), roots),
        "openssl cms": lambda file: judge_p7s(file, content(file), signer.certificate),
        "pyHanko": lambda file: judge_p7s(file, content(file), signer.certificate),
    }
    results["p7s"] = race(".p7s", p7s_sides, judges, arguments.rounds, folder)

    if arguments.gib:
        results["large"] = large(program, home, arguments, folder, roots, signer)
    for kind in ("pdf", "p7s"):
        own, theirs = results[kind]["cartorio"], results[kind]["pyHanko"]
        results[kind]["times_pyhanko"] = own["per_second"] / theirs["per_second"]
    print(json.dumps(results))
    return 0


def race(what: str, sides: dict, judges: dict, rounds: int, folder: Path) -> dict:
    """All sides in turns; the best of each counts. RSA operations are those of `openssl speed` just before and just after: on a
    machine that others share the same work does not always cost the same. The middle round of them counts."""
    found: dict = {}
    operations: dict = {}
    before = rsa_operation()
    for number in range(rounds):
        for name, side in sides.items():
            took, files = side(folder / f"{what.strip('.')}-{name.replace(' ', '-')}-{number}")
            if name in judges and number == rounds - 1:
                for file in files[:: max(len(files) // JUDGED, 1)]:
                    judges[name](file)
            found.setdefault(name, []).append((took, len(files)))
            after = rsa_operation()
            operations.setdefault(name, []).append(took.cpu / len(files) / ((before + after) / 2))
            before = after
    print(f"\n{what}: best of {rounds} rounds, {JUDGED} of each judged good")
    print(f"{'':14}{'files':>7}{'seconds':>9}{'a second':>10}{'CPU ms':>9}{'RSA ops':>9}{'peak MiB':>10}")
    out = {}
    for name, measured in found.items():
        took, count = min(measured, key=lambda one: one[0].seconds / one[1])
        cpu = min(one.cpu / files for one, files in measured)
        out[name] = {
            "files": count, "per_second": count / took.seconds, "cpu_ms": cpu * 1e3, "rsa_operations": statistics.median(operations[name]),
            "rsa_operations_of_each": operations[name], "peak_mib": took.peak_mib,
        }
        print(f"{name:14}{count:7}{took.seconds:9.2f}{count / took.seconds:10.1f}{cpu * 1e3:9.2f}{out[name]['rsa_operations']:9.2f}{took.peak_mib:10.1f}", flush=True)
    return out


def large(program: Path, home: Path, arguments: argparse.Namespace, folder: Path, roots: Path, signer: Signer) -> dict:
    """A large file: ours and `openssl cms` beside what hashing it alone takes."""
    file = folder / "grande.bin"
    block = os.urandom(1 << 20)
    with open(file, "wb") as target:
        for _ in range(int(arguments.gib * 1024)):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    sides: dict = {"openssl dgst": [], "cartorio": [], "openssl cms": []}
    run(["openssl", "dgst", "-sha256", file])  # the file is in memory for everybody
    for number in range(arguments.rounds):
        sides["openssl dgst"].append(run(["openssl", "dgst", "-sha256", file]))
        took, signed = ours(program, home, [file], folder / f"grande-{number}", "cades-detached")
        sides["cartorio"].append(took)
        if number == arguments.rounds - 1:
            judge_p7s(signed[0], file, roots)
        out = folder / f"grande-{number}.p7s"
        sides["openssl cms"].append(run(openssl_cms(file, out, signer)))
    best = {name: min(took, key=lambda one: one.seconds) for name, took in sides.items()}
    dgst = best["openssl dgst"].seconds
    print(f"\n{arguments.gib:g} GiB for a detached .p7s, best of {arguments.rounds}, judged good by OpenSSL")
    for name, took in best.items():
        print(f"{name:14}{took.seconds:9.2f} s{took.seconds / dgst:8.3f} of dgst{took.cpu:9.2f} s of CPU{took.peak_mib:9.1f} MiB")
    file.unlink()
    return {
        name: {"seconds": took.seconds, "of_dgst": took.seconds / dgst, "cpu": took.cpu, "peak_mib": took.peak_mib}
        for name, took in best.items()
    }


def pages(arguments: argparse.Namespace, folder: Path) -> list[Path]:
    """Copies of the files that were given, or pages that are almost empty."""
    folder.mkdir()
    targets = []
    for number in range(arguments.files):
        targets.append(folder / f"{number:05}.pdf")
        if arguments.inputs:
            shutil.copyfile(arguments.inputs[number % len(arguments.inputs)], targets[-1])
        else:
            targets[-1].write_bytes(page(number))
    return targets


def page(number: int) -> bytes:
    text = f"BT /F1 12 Tf 72 770 Td (Ata {number}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for index, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{index} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + tail.encode()


def ours(program: Path, home: Path, batch: list[Path], out: Path, form: str | None = None) -> tuple[Took, list[Path]]:
    out.mkdir()
    took = run([program, "--home", home, "sign", *batch, "--out", out, *(["--format", form] if form else [])])
    return took, results(out, batch)


def by_pyhanko(kind: str, batch: list[Path], out: Path, signer: Signer, mechanism: str) -> tuple[Took, list[Path]]:
    out.mkdir()
    listing = out.with_suffix(".list")
    listing.write_text("\n".join(map(str, batch)))
    took = run([sys.executable, __file__, "--worker", kind, listing, out, signer.key, signer.certificate, mechanism])
    return took, results(out, batch)


def worker(kind: str, listing: str, out: str, key: str, certificate: str, mechanism: str) -> None:
    """Runs in a process of its own, so that its start and its memory are counted as ours are."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter

    signer = signers.SimpleSigner.load(key, certificate, prefer_pss="pss" in mechanism)
    metadata = signers.PdfSignatureMetadata(
        field_name="Assinatura1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    for name in map(Path, Path(listing).read_text().splitlines()):
        if kind == "p7s":
            work = signer.async_sign_general_data(name.read_bytes(), "sha256", detached=True, use_cades=True)
            signed = asyncio.run(work)
            (Path(out) / f"{name.name}.p7s").write_bytes(signed.dump())
            continue
        with open(name, "rb") as source, open(Path(out) / name.name, "w+b") as target:
            signers.sign_pdf(IncrementalPdfFileWriter(source), metadata, signer=signer, output=target)


def openssl_cms(file: Path, out: Path, signer: Signer) -> list:
    form = ["-binary", "-cades", "-md", "sha256", "-outform", "DER"]
    return ["openssl", "cms", "-sign", *form, "-signer", signer.certificate, "-inkey", signer.key, "-in", file, "-out", out]


def by_openssl(batch: list[Path], out: Path, signer: Signer) -> tuple[Took, list[Path]]:
    out.mkdir()
    return total([run(openssl_cms(file, out / f"{file.name}.p7s", signer)) for file in batch]), results(out, batch)


def by_jsignpdf(jar: Path, batch: list[Path], out: Path, signer: Signer) -> tuple[Took, list[Path]]:
    out.mkdir()
    common = ["-kst", "PKCS12", "-ksf", signer.p12, "-ksp", PASSWORD, "-ha", "SHA256", "-d", out]
    return total([run(["java", "-jar", jar, *common, file]) for file in batch]), results(out, batch)


def total(each: list[Took]) -> Took:
    return Took(sum(one.seconds for one in each), sum(one.cpu for one in each), max(one.peak_mib for one in each))


def results(out: Path, batch: list[Path]) -> list[Path]:
    files = sorted(path for path in out.iterdir() if path.suffix in (".pdf", ".p7s"))
    if len(files) != len(batch):
        raise SystemExit(f"bench_sign: {len(files)} results for {len(batch)} files in {out}")
    return files


def rsa_operation(processes: int | None = None) -> float:
    """Seconds of CPU for one RSA-2048 signature, with so many processes at it. A CPU that shares its core with a busy one is slower,
    so what keeps all of them busy is compared with as many."""
    processes = processes or os.cpu_count() or 1
    # Not `-multi`: that counts seconds on the clock, also those in which somebody else has the CPU.
    words = ["openssl", "speed", "-seconds", "2", "-mr", "rsa2048"]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(processes)]
    seconds = []
    for process in running:
        text, _ = process.communicate()
        line = next(line for line in text.splitlines() if line.startswith("+F2:") and ":2048:" in line)
        seconds.append(1 / float(line.split(":")[3]))
    return sum(seconds) / processes


def run(command: list) -> Took:
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
    return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def judge_pdf(file: Path, roots: Path) -> dict:
    script = HERE / "pyhanko_judge.py"
    done = subprocess.run(
        [sys.executable, script, file, "--root", roots, "--expect-entire-file", "--expect-trusted"],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise SystemExit(f"bench_sign: {file.name} is not a good signature: {done.stderr}")
    return json.loads(done.stdout)["signatures"][-1]


def judge_p7s(file: Path, content: Path, roots: Path) -> None:
    # For a demonstration's certificate the purpose of S/MIME is not asked.
    what = ["-binary", "-inform", "DER", "-purpose", "any", "-content", content, "-CAfile", roots, "-out", os.devnull]
    done = subprocess.run(["openssl", "cms", "-verify", "-cades", *what, "-in", file], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench_sign: {file.name} is not a good signature: {done.stderr}")


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


def matching_key(signed: Path, folder: Path) -> Signer:
    """A self-signed key of the same kind and size as the one that signed, for the other sides."""
    public = embedded(signed)[0].public_key()
    if isinstance(public, rsa.RSAPublicKey):
        private = rsa.generate_private_key(65537, public.key_size)
    else:
        private = ec.generate_private_key(public.curve)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ensaio")])
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
    signer = Signer(folder / "peer.key", folder / "peer.pem", folder / "peer.p12")
    plain = serialization.NoEncryption()
    signer.key.write_bytes(
        private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    signer.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    signer.p12.write_bytes(pkcs12.serialize_key_and_certificates(b"ensaio", private, certificate, None, locked))
    return signer


if __name__ == "__main__":
    sys.exit(main())
