"""Cuts what was signed, and what was stamped, out of a PDF or a CMS: for judges that know CMS and time-stamp tokens alone.

pyHanko finds the signatures and their /Contents; the covered bytes are cut out of the file as /ByteRange says, and the hole between
them has to be exactly that /Contents, or else the parts would not be of one signature.
"""

from pathlib import Path

from asn1crypto import cms, parser
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature


def take(path: str, password: str | None, lenient: bool, folder: Path) -> list[dict]:
    """Writes the parts of every signature into `folder`, in the order in which they were signed.

    `kind`: `signature` or `document_timestamp`. `cms` is DER without the padding, `content` what it covers, absent where the file is
    a CMS itself; `timestamps` are the tokens on the signature, each with the value that it stamps as `content`.
    """
    raw = Path(path).read_bytes()
    if raw[:1] == b"\x30":
        signers = cms.ContentInfo.load(raw, strict=True)["content"]["signer_infos"]
        return [of_cms(signer, path, folder / str(index)) for index, signer in enumerate(signers)]
    with open(path, "rb") as stream:
        reader = PdfFileReader(stream, strict=not lenient)
        if password is not None:
            reader.decrypt(password)
        return [one(signature, raw, folder / str(index)) for index, signature in enumerate(reader.embedded_signatures)]


def one(signature: EmbeddedPdfSignature, raw: bytes, stem: Path) -> dict:
    start, length, after, rest = (int(number) for number in signature.byte_range)
    hole = raw[start + length : after]
    if start != 0 or hole[:1] != b"<" or hole[-1:] != b">" or bytes.fromhex(hole[1:-1].decode()) != signature.pkcs7_content:
        raise ValueError(f"{signature.field_name}: what /ByteRange {[*signature.byte_range]} leaves out is not its /Contents")
    covered = raw[:length] + raw[after : after + rest]
    if len(covered) != length + rest:
        raise ValueError(f"{signature.field_name}: /ByteRange {[*signature.byte_range]} ends after the file")
    size = parser.peek(signature.pkcs7_content)
    if signature.pkcs7_content[size:].strip(b"\0"):
        raise ValueError(f"{signature.field_name}: something follows the signature in /Contents")
    stamped = signature.sig_object_type == "/DocTimeStamp"
    return {
        "field": signature.field_name,
        "kind": "document_timestamp" if stamped else "signature",
        "cms": written(f"{stem}.cms", signature.pkcs7_content[:size]),
        "content": written(f"{stem}.content", covered),
        "timestamps": [] if stamped else tokens(signature.signer_info, stem),
    }


def of_cms(signer: cms.SignerInfo, path: str, stem: Path) -> dict:
    return {"field": None, "kind": "signature", "cms": path, "content": None, "timestamps": tokens(signer, stem)}


def tokens(signer: cms.SignerInfo, stem: Path) -> list[dict]:
    """The signature time stamps of a SignerInfo."""
    found = []
    for attribute in signer["unsigned_attrs"] or []:
        if attribute["type"].native == "signature_time_stamp_token":
            found.extend(value.dump() for value in attribute["values"])
    value = signer["signature"].native
    return [
        {"cms": written(f"{stem}.{index}.token", token), "content": written(f"{stem}.{index}.value", value)}
        for index, token in enumerate(found)
    ]


def written(path: str, content: bytes) -> str:
    Path(path).write_bytes(content)
    return path
