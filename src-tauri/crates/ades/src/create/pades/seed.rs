//! Seed values (ISO 32000-2, table 237): what the author of a form demands of a signature.

use cartorio_core::HashAlgorithm;
use cartorio_pdf::{Dict, Field, PdfFile, Raw};

use super::error::PadesError;
use super::options::{Goal, PadesOptions};
use super::seed_certificate;

/// Refuses a field whose seed value makes a demand that this signature does not meet.
pub(super) fn check(file: &PdfFile, field: &Field, options: &PadesOptions) -> Result<(), PadesError> {
    let Some(seed) = file.get_dict(&field.dict, "SV")? else {
        return Ok(());
    };
    let refuse_all_but = |demand: &str, accepted: &[String]| PadesError::SeedValue {
        field: field.name.clone(),
        demand: demand.to_owned(),
        accepted: accepted.join("; "),
    };
    let refuse = |demand: &str| refuse_all_but(demand, &[]);
    let flags = file.get(&seed, "Ff")?.and_then(|v| v.as_integer()).unwrap_or(0);
    let bound = |bit: i64| flags & bit != 0;
    let filter = file.get(&seed, "Filter")?.and_then(|v| v.as_name());
    if bound(1) && filter.is_some_and(|filter| filter != options.dialect.filter()) {
        return Err(refuse("Filter"));
    }
    if bound(2) {
        let accepted = listed(file, &seed, "SubFilter", Raw::as_name)?;
        if !accepted.iter().any(|own| own == options.dialect.sub_filter()) {
            return Err(refuse("SubFilter"));
        }
    }
    if bound(8) {
        let accepted = listed(file, &seed, "Reasons", Raw::as_text)?;
        if !accepted.iter().any(|own| own == options.reason.as_deref().unwrap_or_default()) {
            return Err(refuse_all_but("Reasons", &accepted));
        }
    }
    if bound(64) {
        // Names, by the standard; some programs write strings.
        let accepted = listed(file, &seed, "DigestMethod", |item| item.as_name().or_else(|| item.as_text()))?;
        let is = |hash: HashAlgorithm| accepted.iter().any(|own| own.replace('-', "") == hash.name().replace('-', ""));
        if !options.hash.is_some_and(is) {
            return Err(refuse_all_but("DigestMethod", &accepted));
        }
    }
    // Not a matter of flags: the entry is there or not. 0 asks for an approval, 1 to 3 for that certification.
    if let Some(mdp) = file.get_dict(&seed, "MDP")?
        && let Some(level) = file.get(&mdp, "P")?.and_then(|v| v.as_integer())
        && level != options.certify.map_or(0, |certify| i64::from(certify.level))
    {
        return Err(refuse("MDP"));
    }
    // These two have flags of their own.
    if let Some(stamp) = file.get_dict(&seed, "TimeStamp")?
        && file.get(&stamp, "Ff")?.and_then(|v| v.as_integer()).unwrap_or(0) & 1 != 0
        && options.goal == Goal::Signature
    {
        return Err(refuse("TimeStamp"));
    }
    if let Some(certificate) = file.get_dict(&seed, "Cert")?
        && !seed_certificate::is_met(file, &certificate, &options.certificates)?
    {
        return Err(refuse("Cert"));
    }
    // What the other flags bind is not looked at here.
    let others = [(4, "V"), (16, "LegalAttestation"), (32, "AddRevInfo")];
    match others.into_iter().find(|(bit, _)| bound(*bit)) {
        Some((_, demand)) => Err(refuse(demand)),
        None if flags & !0x7f != 0 => Err(refuse("Ff")),
        None => Ok(()),
    }
}

/// What an entry of `seed` lists, as far as `read` can read it.
fn listed(
    file: &PdfFile,
    seed: &Dict,
    key: &str,
    read: impl Fn(&Raw) -> Option<String>,
) -> Result<Vec<String>, PadesError> {
    let mut found = Vec::new();
    for item in file.get_array(seed, key)? {
        found.extend(read(&file.resolve(&item)?));
    }
    Ok(found)
}
