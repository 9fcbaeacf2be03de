//! ICP-Brasil's signature policies in this office: which may be used, the files of ITI that were brought in, and what a
//! validator would refuse, said before the key is touched.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartorio_ades::create::pades::PolicyArtifacts;
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_pki::Certificate;
use cartorio_pki::chain::{Conclusion, PathEnd, Requirements, Reviewer, RevocationMode};
use cartorio_policy::artifact::ListSignature;
use cartorio_policy::preflight::{DocumentLock, EvidenceState, Severity, check_attributes};
use cartorio_policy::{
    ArtifactStore, Family, ImportError, Policy, PolicyLevel, Preflight, Refusal, preflight, qualifies,
};
use cartorio_registry::Act;
use der::asn1::ObjectIdentifier as Oid;
use time::OffsetDateTime;

use crate::certificates::Evidence;
use crate::documents::file_name;
use crate::dto::{Permission, PolicyChoice, PolicyDesk, PolicyListView, PolicyView, SignFormat, SignRemark};
use crate::home::create_private_folder;
use crate::material::Authorities;
use crate::office::Office;
use crate::output::write_over;
use crate::session::{Facts, Session};
use crate::signing::{Options, SignError, SigningIdentity, blocking};
use crate::times::rfc3339;
use crate::words::Words;
use crate::{OfficeError, OfficeResult};

/// Folder of ITI's files, inside the office's own.
const FOLDER: &str = "politicas";
/// The largest file that is looked at; real ones have a few kilobytes.
const MAX_FILE: u64 = 4 << 20;
/// Files that are kept.
const MAX_FILES: usize = 200;
/// How far ahead a list may put the next one. ITI's own say 90 days (LPA of 2025-06-12: 2025-09-10); four times that leaves room for
/// another custom, and for none that keeps newer lists out for years.
const MAX_AHEAD: time::Duration = time::Duration::days(360);

/// The policy of that level that signatures are made under at `at`.
pub(crate) fn current(family: Family, level: PolicyLevel, at: OffsetDateTime) -> Option<&'static Policy> {
    cartorio_policy::current(family, level, at).map(applied)
}

/// The policy with this identifier.
pub(crate) fn by_oid(oid: Oid) -> Option<&'static Policy> {
    cartorio_policy::by_oid(oid).map(applied)
}

#[cfg(not(test))]
const fn applied(policy: &'static Policy) -> &'static Policy {
    policy
}

#[cfg(not(test))]
const fn in_laboratory(found: Vec<Refusal>) -> Vec<Refusal> {
    found
}

#[cfg(test)]
use tests::{applied, in_laboratory, is_publisher, is_root};
#[cfg(not(test))]
use {self::is_itis as is_publisher, cartorio_pki::legal::is_icp_brasil_root as is_root};

/// CNPJ of ITI, which keeps ICP-Brasil's root and publishes its policies: whom the certificate that signs its lists is made out to.
const ITI: &str = "04039532000193";

/// Whether this is ITI's certificate, or a root that ITI keeps. What it says of its holder counts only where it is under such a root.
fn is_itis(own: &Certificate) -> bool {
    cartorio_pki::legal::is_icp_brasil_root(own)
        || own.identity.cnpj.as_ref().is_some_and(|cnpj| cnpj.characters() == ITI)
}

/// What is known of the policies now.
pub(crate) async fn desk(session: &Session) -> OfficeResult<PolicyDesk> {
    let store = load(session).await?;
    let now = session.clock.now();
    let mut policies = Vec::new();
    for family in [Family::Cades, Family::Pades] {
        for level in PolicyLevel::ALL {
            let Some(policy) = current(family, level, now) else { continue };
            policies.push(PolicyView {
                choice: choice(level),
                family: family.code().to_owned(),
                oid: policy.oid.to_string(),
                version: policy.version.to_string(),
                uri: policy.uri.to_owned(),
                not_after: rfc3339(policy.not_after),
                artifact: store.policy(policy).is_some(),
            });
        }
    }
    let lists = [Family::Cades, Family::Pades].into_iter().filter_map(|family| store.list(family));
    let lists = lists
        .map(|kept| PolicyListView {
            family: kept.family.code().to_owned(),
            next_update: rfc3339(kept.list.next_update),
            stale: kept.list.next_update < now,
            sha256: Digest::of(HashAlgorithm::Sha256, &kept.bytes).to_hex(),
        })
        .collect();
    Ok(PolicyDesk { policies, lists })
}

/// Lets a person choose files of ITI: policies, lists of approved policies and their signatures.
pub(crate) async fn import(office: &Office, session: &Arc<Session>) -> OfficeResult<PolicyDesk> {
    session.require(Permission::ManageTrust)?;
    let paths = office.ports.dialogs.pick_files(Words::of(office)?.pick_policies()).await;
    if paths.is_empty() {
        return desk(session).await;
    }
    import_files(session, paths).await
}

/// Takes files in: all of them or none. A file counts by its content; one that is not known is refused by its name.
pub(crate) async fn import_files(session: &Arc<Session>, paths: Vec<PathBuf>) -> OfficeResult<PolicyDesk> {
    session.require(Permission::ManageTrust)?;
    let mut store = load(session).await?;
    let (folder, known) = (session.folder.join(FOLDER), authorities(session).await?);
    let now = session.clock.now();
    let taken = blocking(move || {
        let mut files = Vec::with_capacity(paths.len());
        for path in &paths {
            files.push((file_name(path), read(path)?));
        }
        // The signature of a list can only be taken in after the list.
        files.sort_by_key(|(name, _)| name.to_lowercase().ends_with(".p7s"));
        for (name, bytes) in &files {
            let refused = |error: ImportError| SignError::PolicyFile { name: name.clone(), error: (&error).into() };
            store.import(bytes).map_err(refused)?;
            require_itis(bytes, &known).map_err(refused)?;
        }
        let wrong = uncounted(&store, now);
        let first =
            files.iter().find_map(|(name, bytes)| wrong.iter().find(|own| own.0 == *bytes).map(|own| (name, &own.1)));
        match first {
            Some((name, error)) => Err(SignError::PolicyFile { name: name.clone(), error: error.into() }.into()),
            None => Ok::<_, OfficeError>(files),
        }
    })
    .await??;
    let names = taken.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ");
    let facts = Facts::default().with("setting", "policy_artifacts").with("files", names);
    session
        .record(Act::SettingsChanged, facts, async move |_| {
            blocking(move || {
                let failed = |error: std::io::Error| OfficeError::unwritable(&folder, &error);
                create_private_folder(&folder).map_err(failed)?;
                for (_, bytes) in &taken {
                    write_over(&folder.join(Digest::of(HashAlgorithm::Sha256, bytes).to_hex()), bytes)
                        .map_err(failed)?;
                }
                Ok(())
            })
            .await?
        })
        .await?;
    desk(session).await
}

/// Certificates that may be above the signer of a list: what the office knows.
async fn authorities(session: &Session) -> OfficeResult<Vec<Certificate>> {
    Ok(Evidence::of(Some(session)).await?.pool)
}

/// Refuses the signature of a list that is not ITI's under a root of ICP-Brasil's: a list can take a policy's validity away, and make an
/// office look as if it had the newest, and everybody with an ICP-Brasil certificate could do so. Roots are known to the byte, wherever
/// they come from. A signature is used for longer than its certificate lasts, and has no time stamp: what counts is whose it is. What is
/// no signature is none of this.
fn require_itis(bytes: &[u8], known: &[Certificate]) -> Result<(), ImportError> {
    let Ok(signature) = ListSignature::from_der(bytes) else { return Ok(()) };
    if is_icp_brasils(&signature, known) && is_publisher(&signature.signer) {
        return Ok(());
    }
    Err(ImportError::ForeignSigner { signer: signature.signer.subject.to_string() })
}

/// Whether the signer is under a root of ICP-Brasil's, as far as is known.
fn is_icp_brasils(signature: &ListSignature, known: &[Certificate]) -> bool {
    let pool: Vec<Certificate> = signature.certificates.iter().chain(known).cloned().collect();
    let anchors: Vec<Certificate> = pool.iter().filter(|own| is_root(own)).cloned().collect();
    let at = signature.signer.validity.not_after - time::Duration::seconds(1);
    let requirements = Requirements { revocation: RevocationMode::Prefer, ..Requirements::default() };
    let report = Reviewer::new(&pool, &anchors, &[]).review_with(&signature.signer, at, &requirements);
    let anchored = report.best().is_some_and(|path| path.end == PathEnd::Anchor);
    anchored && report.verdict().0 == Conclusion::Passed
}

/// Lists that are not known to the byte and have nobody's signature, or that would be the newest for ever: by them no later list
/// would be taken in, and none would ever be told to be stale.
fn uncounted(store: &ArtifactStore, now: OffsetDateTime) -> Vec<(Vec<u8>, ImportError)> {
    let lists = [Family::Cades, Family::Pades].into_iter().filter_map(|family| store.list(family));
    lists
        .filter(|own| !own.is_known)
        .filter_map(|own| {
            let next_update = own.list.next_update;
            let error = if own.signature.is_none() {
                ImportError::Unsigned
            } else if next_update - now > MAX_AHEAD {
                ImportError::FarList { next_update }
            } else {
                return None;
            };
            Some((own.bytes.clone(), error))
        })
        .collect()
}

/// What the trail says of the list of approved policies at `at`: until when it is meant to be used, and whether that is over.
pub(crate) fn list_note(store: &ArtifactStore, family: Family, at: OffsetDateTime) -> String {
    match store.list(family).map(|own| own.list.next_update) {
        None => "absent".to_owned(),
        Some(until) if until < at => format!("stale {}", until.date()),
        Some(until) => until.date().to_string(),
    }
}

/// Refuses before the key is touched what a validator that follows the policy would refuse. What earlier signatures allow is not
/// among it: the preparation of a PDF refuses that by itself, also before the key.
pub(crate) async fn require(
    session: &Session,
    identity: &SigningIdentity,
    options: &Options,
    policy: &'static Policy,
    format: SignFormat,
    authorities: &Authorities,
) -> OfficeResult<()> {
    let found = refusals(identity, options, policy, format, authorities, DocumentLock::Open, session.clock.now());
    refuse(policy.name(), found)
}

/// The last look before the key is asked: what a validator would refuse in the signed attributes as they will be signed.
///
/// # Errors
/// The first reason. It would be a defect of the program, and nothing is signed.
pub(crate) fn require_attributes(
    identity: &SigningIdentity,
    policy: Option<&Policy>,
    format: SignFormat,
    attributes: &[u8],
) -> OfficeResult<()> {
    let family = match format {
        SignFormat::Pades => Family::Pades,
        SignFormat::CadesDetached | SignFormat::CadesEnveloping => Family::Cades,
        // A bare value has no attributes.
        SignFormat::Raw => return Ok(()),
    };
    let name = policy.map_or_else(|| family.code().to_owned(), Policy::name);
    refuse(name, check_attributes(family, policy, &identity.certificate, attributes))
}

fn refuse(policy: String, refusals: Vec<Refusal>) -> OfficeResult<()> {
    let mut blocks = refusals.into_iter().filter(|own| own.severity == Severity::Blocks);
    match blocks.next() {
        None => Ok(()),
        Some(first) => {
            let more = blocks.count();
            Err(SignError::PolicyRefuses { policy, code: first.code, params: first.params, more }.into())
        }
    }
}

/// The same, for looking at beforehand. `problem` is the code of what keeps the document from being signed, if anything does.
pub(crate) fn remarks(
    identity: &SigningIdentity,
    options: &Options,
    policy: &'static Policy,
    format: SignFormat,
    authorities: &Authorities,
    problem: Option<&str>,
    at: OffsetDateTime,
) -> Vec<SignRemark> {
    let found = refusals(identity, options, policy, format, authorities, lock_of(problem), at);
    found
        .into_iter()
        .map(|own| SignRemark {
            code: own.code.to_owned(),
            blocks: own.severity == Severity::Blocks,
            params: own.params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        })
        .collect()
}

/// What earlier signatures allow, by what the document is refused for (DocMDP, FieldMDP: ISO 32000-2, 12.8.2).
fn lock_of(problem: Option<&str>) -> DocumentLock {
    match problem {
        Some("pdf_certified_no_changes") => DocumentLock::Certified,
        Some("pdf_field_locked" | "pdf_new_field_locked") => DocumentLock::Locked,
        // Certified with DocMDP 2 or 3: an empty field may still be signed, and the problem itself says so.
        Some(_) | None => DocumentLock::Open,
    }
}

fn refusals(
    identity: &SigningIdentity,
    options: &Options,
    policy: &'static Policy,
    format: SignFormat,
    authorities: &Authorities,
    document: DocumentLock,
    at: OffsetDateTime,
) -> Vec<Refusal> {
    let store = options.policies();
    let list = store.list(policy.family);
    let mut enclosed = vec![identity.certificate.clone()];
    enclosed.extend(identity.chain.iter().cloned());
    in_laboratory(preflight(&Preflight {
        family: policy.family,
        dialect_etsi: format == SignFormat::Pades && options.is_etsi(),
        level: policy.level,
        policy: Some(policy),
        algorithm: options.algorithm(),
        key_spec: identity.spec,
        signer: &identity.certificate,
        chain: &identity.chain,
        enclosed: &enclosed,
        lpa_next_update: list.map(|own| own.list.next_update),
        list: list.map(|own| &own.list),
        at,
        has_signing_time_in_cms: format != SignFormat::Pades,
        document,
        time_stamp: authorities.stamping(policy),
        evidence: EvidenceState::ToBeFetched,
        artifacts_at_hand: qualifies(policy, store).is_ok(),
    }))
}

/// The files that a PDF signature of level AD-RA carries.
pub(crate) fn artifacts_for(store: &ArtifactStore, policy: &'static Policy) -> OfficeResult<PolicyArtifacts> {
    let qualification = qualifies(policy, store)?;
    Ok(qualification.artifacts.map_or_else(PolicyArtifacts::default, |own| PolicyArtifacts {
        policies: vec![own.policy.to_vec()],
        lists: vec![own.list.to_vec()],
        list_signatures: vec![own.list_signature.to_vec()],
    }))
}

/// What was brought in before. A file that was changed since is left out.
pub(crate) async fn load(session: &Session) -> OfficeResult<ArtifactStore> {
    let folder = session.folder.join(FOLDER);
    let (known, now) = (authorities(session).await?, session.clock.now());
    blocking(move || {
        let Ok(entries) = folder.read_dir() else { return ArtifactStore::new() };
        let mut files: Vec<Vec<u8>> = Vec::new();
        for entry in entries.flatten().take(MAX_FILES) {
            let name = entry.file_name();
            if let Ok(bytes) = read(&entry.path())
                && name.to_str() == Some(Digest::of(HashAlgorithm::Sha256, &bytes).to_hex().as_str())
            {
                files.push(bytes);
            }
        }
        files.retain(|bytes| require_itis(bytes, &known).is_ok());
        loop {
            let mut store = ArtifactStore::new();
            // Signatures wait for their lists: what does not go in at first is tried once more.
            let left: Vec<&Vec<u8>> = files.iter().filter(|bytes| store.import(bytes).is_err()).collect();
            for bytes in left {
                let _ = store.import(bytes);
            }
            // A list that does not count takes no other one's place.
            let wrong = uncounted(&store, now);
            if wrong.is_empty() {
                return store;
            }
            files.retain(|bytes| wrong.iter().all(|own| own.0 != *bytes));
        }
    })
    .await
}

fn read(path: &Path) -> OfficeResult<Vec<u8>> {
    let name = file_name(path);
    let unreadable =
        |error: std::io::Error| OfficeError::DocumentUnreadable { name: name.clone(), reason: error.to_string() };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_FILE {
        return Err(OfficeError::DocumentTooLarge { name, size, limit: MAX_FILE });
    }
    std::fs::read(path).map_err(unreadable)
}

const fn choice(level: PolicyLevel) -> PolicyChoice {
    match level {
        PolicyLevel::AdRb => PolicyChoice::AdRb,
        PolicyLevel::AdRt => PolicyChoice::AdRt,
        PolicyLevel::AdRv => PolicyChoice::AdRv,
        PolicyLevel::AdRc => PolicyChoice::AdRc,
        PolicyLevel::AdRa => PolicyChoice::AdRa,
    }
}

#[cfg(test)]
mod tests;
