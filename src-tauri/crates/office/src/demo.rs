//! The demonstration office: a CA, a signing key, an identity, two sample documents. Nothing it signs has legal value.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartorio_core::OperatorId;
use cartorio_keys::{CreateKey, KeyManager, KeySpec};
use cartorio_registry::{Act, Operator, Role};

use crate::authority::{self, NewIdentity};
use crate::output::write_over;
use crate::session::{Facts, OFFICE_NAME, Opening, Session, Stores};
use crate::{OfficeError, OfficeResult, keys_desk};

/// Name of the demonstration office.
const OFFICE: &str = "1º Ofício de Notas (demonstração)";
/// Who works there: a notary who may do everything, and a second person for what needs two.
const OPERATOR: &str = "Helena Prado (demonstração)";
const SECOND: &str = "Rui Camargo (demonstração)";
/// The holder of the demonstration's signing certificate.
const HOLDER: &str = "HELENA PRADO (DEMONSTRACAO)";
const SIGNING_KEY: &str = "assinatura-demonstracao";
const SIGNING_KEY_SPEC: KeySpec = KeySpec::Rsa2048;

/// The sample documents, written by us.
const SAMPLES: [(&str, &[u8]); 2] = [
    ("escritura-uniao-estavel.pdf", include_bytes!("../assets/samples/escritura-uniao-estavel.pdf")),
    ("procuracao-publica.pdf", include_bytes!("../assets/samples/procuracao-publica.pdf")),
];

/// Opens the demonstration office, building what is not there yet; safe to repeat after an interruption.
pub(crate) async fn open(opening: Opening) -> OfficeResult<Arc<Session>> {
    let stores = Stores::open(&opening).await?;
    if stores.registry.operators().await?.is_empty() {
        let operator =
            Operator { id: OperatorId::generate(), name: OPERATOR.to_owned(), role: Role::Notary, active: true };
        stores.registry.set_setting(OFFICE_NAME, OFFICE).await?;
        stores.registry.add_operator(&operator).await?;
    }
    // Offices that were built before there were requests have one person.
    if !stores.registry.operators().await?.iter().any(|operator| operator.name == SECOND) {
        let second =
            Operator { id: OperatorId::generate(), name: SECOND.to_owned(), role: Role::Supervisor, active: true };
        stores.registry.add_operator(&second).await?;
    }
    let (session, _lock) = Session::open(opening, stores).await?;
    if session.trail_problem.is_none() {
        complete(&session).await?;
    }
    Ok(Arc::new(session))
}

/// Builds what is not there yet.
pub(crate) async fn complete(session: &Session) -> OfficeResult<()> {
    if session.registry.setting(BUILT).await?.is_none() {
        session.record(Act::DemoCreated, Facts::default(), async |_| build(session).await).await?;
    }
    authority::refresh_crls(session).await?;
    keys_desk::purge_due(session).await
}

/// Whether a demonstration office was built in `folder`.
pub(crate) fn exists(folder: &Path) -> bool {
    folder.join(crate::session::REGISTRY_FILE).exists()
}

/// The sample documents of the demonstration in `folder`.
pub(crate) fn samples(folder: &Path) -> Vec<PathBuf> {
    SAMPLES.iter().map(|(name, _)| folder.join(DOCUMENTS).join(name)).collect()
}

/// Setting that says that the demonstration is complete.
const BUILT: &str = "demo_built";
const DOCUMENTS: &str = "documentos";

async fn build(session: &Session) -> OfficeResult<()> {
    authority::ensure(session).await?;
    if session.registry.identities(false).await?.is_empty() {
        let existing = session.local.list().await?.into_iter().find(|key| key.aliases.iter().any(|a| a == SIGNING_KEY));
        let key = match existing {
            Some(key) => key,
            None => {
                let request =
                    CreateKey::named(SIGNING_KEY_SPEC, SIGNING_KEY).described("Chave de assinatura da demonstração");
                let facts = Facts::default().with("alias", SIGNING_KEY).with("spec", SIGNING_KEY_SPEC.name());
                session
                    .record(Act::KeyCreated, facts, async |found| {
                        let key = session.local.create(request).await?;
                        found.key_ref = Some(key.key_ref.to_string());
                        found.key_id = Some(key.key_id.clone());
                        Ok(key)
                    })
                    .await?
            }
        };
        let identity = NewIdentity {
            key_ref: key.key_ref,
            label: "Assinatura da demonstração".to_owned(),
            holder: HOLDER.to_owned(),
            email: Some("demonstracao@cartorio.example".to_owned()),
            authority: None,
        };
        authority::create_identity(session, identity).await?;
    }
    write_samples(&session.folder)?;
    session.registry.set_setting(BUILT, env!("CARGO_PKG_VERSION")).await?;
    Ok(())
}

fn write_samples(folder: &Path) -> OfficeResult<()> {
    let documents = folder.join(DOCUMENTS);
    let failed = |error: std::io::Error| OfficeError::unwritable(&documents, &error);
    std::fs::create_dir_all(&documents).map_err(failed)?;
    for (name, content) in SAMPLES {
        write_over(&documents.join(name), content).map_err(failed)?;
    }
    Ok(())
}
