//! Certificate seed values (ISO 32000-2, table 238): what the author of a form demands of the signer's certificate.

use cartorio_pdf::{Dict, PdfFile};
use const_oid::ObjectIdentifier as Oid;
use der::{Decode, Encode};
use x509_cert::certificate::{CertificateInner, Raw as AnyCertificate};
use x509_cert::ext::pkix::{CertificatePolicies, KeyUsage};

use super::error::PadesError;

type Certificate = CertificateInner<AnyCertificate>;

/// Bits of `/Ff`: the entries that bind.
const SUBJECT: i64 = 1;
const ISSUER: i64 = 2;
const POLICY: i64 = 4;
const SUBJECT_NAME: i64 = 8;
const KEY_USAGE: i64 = 32;
/// Where to get a certificate from says nothing about the one that is there; and the standard reserves one bit.
const NOT_A_DEMAND: i64 = 16 | 64;

/// Whether the signer's certificate, the first of `certificates` (DER), meets what `seed` binds. What binds and is not known
/// here is not met.
pub(super) fn is_met(file: &PdfFile, seed: &Dict, certificates: &[Vec<u8>]) -> Result<bool, PadesError> {
    let flags = file.get(seed, "Ff")?.and_then(|value| value.as_integer()).unwrap_or(0);
    let bound = |bit: i64, key: &str| flags & bit != 0 && seed.get(key).is_some();
    if flags & !(SUBJECT | ISSUER | POLICY | SUBJECT_NAME | KEY_USAGE | NOT_A_DEMAND) != 0 {
        return Ok(false);
    }
    let keys = [
        (SUBJECT, "Subject"),
        (ISSUER, "Issuer"),
        (POLICY, "OID"),
        (SUBJECT_NAME, "SubjectDN"),
        (KEY_USAGE, "KeyUsage"),
    ];
    if !keys.iter().any(|(bit, key)| bound(*bit, key)) {
        return Ok(true);
    }
    let Some((own, above)) = certificates.split_first() else { return Ok(false) };
    let Ok(parsed) = Certificate::from_der(own) else { return Ok(false) };
    if bound(SUBJECT, "Subject") && !strings(file, seed, "Subject")?.contains(own) {
        return Ok(false);
    }
    // Any authority of the chain.
    if bound(ISSUER, "Issuer") && !strings(file, seed, "Issuer")?.iter().any(|wanted| above.contains(wanted)) {
        return Ok(false);
    }
    if bound(POLICY, "OID") {
        let wanted = strings(file, seed, "OID")?;
        if !policies(&parsed).iter().any(|own| wanted.contains(&own.to_string().into_bytes())) {
            return Ok(false);
        }
    }
    if bound(KEY_USAGE, "KeyUsage") {
        let own = usage(&parsed);
        if !strings(file, seed, "KeyUsage")?.iter().any(|wanted| fits(&own, wanted)) {
            return Ok(false);
        }
    }
    if bound(SUBJECT_NAME, "SubjectDN") {
        for item in file.get_array(seed, "SubjectDN")? {
            let Some(name) = file.resolve_dict(&item)? else { return Ok(false) };
            for (key, value) in name.entries() {
                let (key, value) = (String::from_utf8_lossy(key).into_owned(), file.resolve(&value)?.as_text());
                let Some((oid, value)) = attribute(&key).zip(value) else { return Ok(false) };
                if !subject_has(&parsed, oid, &value) {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// The strings of an array; a single string counts as one.
fn strings(file: &PdfFile, seed: &Dict, key: &str) -> Result<Vec<Vec<u8>>, PadesError> {
    if let Some(one) = file.get(seed, key)?.and_then(|value| value.as_string()) {
        return Ok(vec![one]);
    }
    let mut out = Vec::new();
    for item in file.get_array(seed, key)? {
        out.extend(file.resolve(&item)?.as_string());
    }
    Ok(out)
}

fn policies(certificate: &Certificate) -> Vec<Oid> {
    let found = certificate.tbs_certificate().get_extension::<CertificatePolicies>().ok().flatten();
    found.map(|(_, own)| own.0.iter().map(|policy| policy.policy_identifier).collect()).unwrap_or_default()
}

/// The nine bits of keyUsage (RFC 5280 §4.2.1.3); all of them where the extension is absent, which restricts nothing.
fn usage(certificate: &Certificate) -> [bool; 9] {
    match certificate.tbs_certificate().get_extension::<KeyUsage>() {
        Ok(None) => [true; 9],
        Ok(Some((_, own))) => [
            own.digital_signature(),
            own.non_repudiation(),
            own.key_encipherment(),
            own.data_encipherment(),
            own.key_agreement(),
            own.key_cert_sign(),
            own.crl_sign(),
            own.encipher_only(),
            own.decipher_only(),
        ],
        Err(_) => [false; 9],
    }
}

/// `1` must be set, `0` must not, `X` and what is not said do not matter.
fn fits(own: &[bool; 9], wanted: &[u8]) -> bool {
    wanted.len() <= own.len()
        && wanted.iter().zip(own).all(|(wanted, own)| match wanted {
            b'1' => *own,
            b'0' => !*own,
            b'X' | b'x' => true,
            _ => false,
        })
}

/// The attribute that a key of a `SubjectDN` dictionary names (RFC 4514 §3), or an object identifier in digits.
fn attribute(key: &str) -> Option<Oid> {
    let digits = match key.to_ascii_uppercase().as_str() {
        "CN" => "2.5.4.3",
        "SN" => "2.5.4.4",
        "SERIALNUMBER" => "2.5.4.5",
        "C" => "2.5.4.6",
        "L" => "2.5.4.7",
        "S" | "ST" => "2.5.4.8",
        "STREET" => "2.5.4.9",
        "O" => "2.5.4.10",
        "OU" => "2.5.4.11",
        "T" | "TITLE" => "2.5.4.12",
        "GN" => "2.5.4.42",
        "DC" => "0.9.2342.19200300.100.1.25",
        "UID" => "0.9.2342.19200300.100.1.1",
        "E" | "EMAIL" | "EMAILADDRESS" => "1.2.840.113549.1.9.1",
        _ => key,
    };
    Oid::new(digits).ok()
}

fn subject_has(certificate: &Certificate, oid: Oid, wanted: &str) -> bool {
    let names = certificate.tbs_certificate().subject().iter_rdn();
    names.flat_map(|rdn| rdn.iter()).filter(|own| own.oid == oid).any(|own| {
        let tag = own.value.to_der().ok().and_then(|der| der.first().copied());
        text(tag.unwrap_or_default(), own.value.value()).is_some_and(|own| same(&own, wanted))
    })
}

/// The text of a DirectoryString or an IA5String (RFC 5280 §4.1.2.4).
fn text(tag: u8, bytes: &[u8]) -> Option<String> {
    match tag {
        // UTF8String, PrintableString, IA5String
        0x0c | 0x13 | 0x16 => std::str::from_utf8(bytes).ok().map(str::to_owned),
        // TeletexString, which everybody writes as Latin-1
        0x14 => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        // BMPString
        0x1e if bytes.len().is_multiple_of(2) => {
            let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

/// As names are compared (RFC 5280 §7.1): case and runs of blanks do not matter.
fn same(a: &str, b: &str) -> bool {
    let fold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    fold(a) == fold(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usages_fit_as_the_standard_says() {
        let own = [true, true, false, false, false, false, false, false, false];
        for (wanted, expected) in [
            ("", true),
            ("1", true),
            ("11", true),
            ("X1", true),
            ("110000000", true),
            ("10", false),
            ("XX1", false),
            ("1?", false),
            ("1100000001", false),
        ] {
            assert_eq!(fits(&own, wanted.as_bytes()), expected, "{wanted}");
        }
    }

    #[test]
    fn names_are_compared_as_names_are() {
        assert!(same("Tabeliã  de Teste ", "TABELIÃ de teste") && !same("Tabeliã", "Tabelia"));
        assert_eq!(text(0x1e, &[0, 0x41, 0, 0xe3]).as_deref(), Some("Aã"));
        assert_eq!(attribute("2.5.4.3"), attribute("cn"));
        assert_eq!(attribute("nome"), None);
    }
}
