//! `<id>.key.json`: sealed key material with what is said about it, neither changeable without the other.
//!
//! Version 2. Version 1 (one label, signing keys alone) is read, and written as version 2 at the next change.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::SecretBytes;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::master::KEY_SUFFIX;
use super::seal::{KEY_LEN, Sealed, Sealer, failed};
use crate::{
    CreationToken, KeyError, KeyInfo, KeyOrigin, KeyRef, KeyResult, KeySpec, KeyState, KeyUsage, PublicKey,
    RotationPeriod,
};

const VERSION: u32 = 2;

/// What is said about a key. Its JSON form is authenticated together with the sealed material.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyMeta {
    pub(super) version: u32,
    pub(super) id: String,
    /// Friendly names that it claims. The highest number among all keys has the name, so that a name moves by writing
    /// one file.
    pub(super) aliases: BTreeMap<String, u64>,
    pub(super) description: String,
    pub(super) kind: Kind,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created_at: OffsetDateTime,
    pub(super) exportable: bool,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) token: Option<CreationToken>,
    pub(super) state: State,
}

/// What a key is.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Kind {
    /// A signing key; sealed is its DER `PrivateKeyInfo`.
    Signing {
        spec: KeySpec,
        /// DER `SubjectPublicKeyInfo`, Base64.
        spki: String,
    },
    /// A master of data keys; sealed are its materials one after another, 32 bytes each.
    Sealing {
        /// Oldest first; a sealed data key names its material by position.
        materials: Vec<Material>,
        renewal: Option<Renewal>,
    },
}

/// One material of a master.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Material {
    #[serde(with = "time::serde::rfc3339")]
    pub(super) made_at: OffsetDateTime,
    pub(super) cause: Cause,
}

/// Why a material was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    Creation,
    Automatic,
    OnDemand,
}

/// Automatic renewal that is switched on.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renewal {
    pub(super) days: u32,
    /// When it was switched on.
    #[serde(with = "time::serde::rfc3339")]
    pub(super) since: OffsetDateTime,
}

/// Whether a key may be used.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum State {
    Enabled,
    Disabled,
    PendingDeletion {
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}

impl KeyMeta {
    pub(super) fn new(id: String, kind: Kind, created_at: OffsetDateTime) -> Self {
        Self {
            version: VERSION,
            id,
            aliases: BTreeMap::new(),
            description: String::new(),
            kind,
            created_at,
            exportable: false,
            tags: BTreeMap::new(),
            token: None,
            state: State::Enabled,
        }
    }

    pub(super) fn key_ref(&self) -> KeyRef {
        KeyRef::Local { id: self.id.clone() }
    }

    /// Whether its deletion was due before `now`: from then on it is gone, whether or not its file still lies there.
    pub(super) fn is_gone(&self, now: OffsetDateTime) -> bool {
        matches!(self.state, State::PendingDeletion { at } if at <= now)
    }

    pub(super) fn usage(&self) -> KeyUsage {
        match self.kind {
            Kind::Signing { .. } => KeyUsage::Sign,
            Kind::Sealing { .. } => KeyUsage::Seal,
        }
    }

    /// Type and public half of a signing key.
    pub(super) fn signing(&self) -> KeyResult<(KeySpec, PublicKey)> {
        match &self.kind {
            Kind::Signing { spec, spki } => {
                let corrupt = || KeyError::StoreCorrupt { file: file_name(&self.id) };
                let spki = STANDARD.decode(spki).map_err(|_| corrupt())?;
                let public = PublicKey::from_spki(spki).map_err(|_| corrupt())?;
                Ok((*spec, public))
            }
            Kind::Sealing { .. } => Err(self.wrong_usage()),
        }
    }

    pub(super) fn wrong_usage(&self) -> KeyError {
        KeyError::WrongUsage { key: self.key_ref().to_string(), usage: self.backend_spec() }
    }

    pub(super) fn must_be_enabled(&self) -> KeyResult<()> {
        let key = self.key_ref().to_string();
        match self.state {
            State::Enabled => Ok(()),
            State::Disabled => Err(KeyError::Disabled { key }),
            State::PendingDeletion { .. } => Err(KeyError::PendingDeletion { key }),
        }
    }

    pub(super) fn must_not_be_pending(&self) -> KeyResult<()> {
        match self.state {
            State::Enabled | State::Disabled => Ok(()),
            State::PendingDeletion { .. } => Err(KeyError::PendingDeletion { key: self.key_ref().to_string() }),
        }
    }

    /// The facts, with the names that the key really has.
    pub(super) fn info(&self, aliases: Vec<String>) -> KeyInfo {
        let spec = match self.kind {
            Kind::Signing { spec, .. } => Some(spec),
            Kind::Sealing { .. } => None,
        };
        let (state, deletion_at) = match self.state {
            State::Enabled => (KeyState::Enabled, None),
            State::Disabled => (KeyState::Disabled, None),
            State::PendingDeletion { at } => (KeyState::PendingDeletion, Some(at)),
        };
        KeyInfo {
            key_ref: self.key_ref(),
            key_id: self.id.clone(),
            aliases,
            description: (!self.description.is_empty()).then(|| self.description.clone()),
            spec,
            backend_spec: self.backend_spec(),
            usage: self.usage(),
            can_sign: spec.is_some(),
            state,
            created_at: Some(self.created_at),
            deletion_at,
            algorithms: spec.map(KeySpec::algorithms).unwrap_or_default(),
            origin: KeyOrigin::Local,
            region: None,
            multi_region: false,
            exportable: self.exportable,
        }
    }

    fn backend_spec(&self) -> String {
        match self.kind {
            Kind::Signing { spec, .. } => spec.to_string(),
            Kind::Sealing { .. } => "AES_256".to_owned(),
        }
    }
}

impl Kind {
    pub(super) fn signing(public: &PublicKey) -> Self {
        Self::Signing { spec: public.spec, spki: STANDARD.encode(&public.spki) }
    }

    pub(super) fn sealing(made_at: OffsetDateTime) -> Self {
        Self::Sealing { materials: vec![Material { made_at, cause: Cause::Creation }], renewal: None }
    }
}

impl Renewal {
    pub(super) fn period(&self) -> Option<RotationPeriod> {
        RotationPeriod::days(self.days).ok()
    }

    /// When the next renewal is due: a period after the last automatic one. Renewals on demand change nothing in that.
    pub(super) fn next(&self, materials: &[Material]) -> OffsetDateTime {
        let automatic = materials.iter().filter(|material| material.cause == Cause::Automatic);
        let last = automatic.map(|material| material.made_at).max().unwrap_or(self.since);
        last.max(self.since).saturating_add(time::Duration::days(i64::from(self.days)))
    }
}

/// A key whose file cannot be trusted: it is shown, and it signs nothing.
pub(super) fn damaged(id: &str) -> KeyInfo {
    KeyInfo {
        key_ref: KeyRef::Local { id: id.to_owned() },
        key_id: id.to_owned(),
        aliases: Vec::new(),
        description: None,
        spec: None,
        backend_spec: "damaged".to_owned(),
        usage: KeyUsage::Other,
        can_sign: false,
        state: KeyState::Unavailable,
        created_at: None,
        deletion_at: None,
        algorithms: Vec::new(),
        origin: KeyOrigin::Local,
        region: None,
        multi_region: false,
        exportable: false,
    }
}

pub(super) fn file_name(id: &str) -> String {
    format!("{id}{KEY_SUFFIX}")
}

/// The content of the file.
pub(super) fn encode(sealer: &Sealer, meta: &KeyMeta, material: &SecretBytes) -> KeyResult<Vec<u8>> {
    let sealed = sealer.seal(&aad(meta)?, material)?;
    serde_json::to_vec_pretty(&KeyFile { key: meta.clone(), sealed }).map_err(|_| failed("writing a key file"))
}

/// Reads the file of key `id` and opens its material.
pub(super) fn decode(sealer: &Sealer, id: &str, content: &[u8]) -> KeyResult<(KeyMeta, SecretBytes)> {
    let corrupt = || KeyError::StoreCorrupt { file: file_name(id) };
    let version = serde_json::from_slice::<KeyFile<Version>>(content).map_err(|_| corrupt())?.key.version;
    let (meta, material) = match version {
        1 => {
            let file: KeyFile<KeyMeta1> = serde_json::from_slice(content).map_err(|_| corrupt())?;
            let material = sealer.open(&aad(&file.key)?, &file.sealed).ok_or_else(corrupt)?;
            (KeyMeta::from(file.key), material)
        }
        VERSION => {
            let file: KeyFile<KeyMeta> = serde_json::from_slice(content).map_err(|_| corrupt())?;
            let material = sealer.open(&aad(&file.key)?, &file.sealed).ok_or_else(corrupt)?;
            (file.key, material)
        }
        _ => return Err(corrupt()),
    };
    let whole = match &meta.kind {
        Kind::Signing { .. } => true,
        Kind::Sealing { materials, .. } => {
            !materials.is_empty() && material.expose().len() == materials.len() * KEY_LEN
        }
    };
    // The name of the file is not authenticated, so it must agree with what is.
    if meta.id == id && whole { Ok((meta, material)) } else { Err(corrupt()) }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyFile<T> {
    key: T,
    sealed: Sealed,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Version 1.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeyMeta1 {
    version: u32,
    id: String,
    label: String,
    description: String,
    spec: KeySpec,
    spki: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    exportable: bool,
}

impl From<KeyMeta1> for KeyMeta {
    fn from(old: KeyMeta1) -> Self {
        let kind = Kind::Signing { spec: old.spec, spki: old.spki };
        Self {
            aliases: if old.label.is_empty() { BTreeMap::new() } else { [(old.label, 0)].into() },
            description: old.description,
            exportable: old.exportable,
            ..Self::new(old.id, kind, old.created_at)
        }
    }
}

fn aad(meta: &impl Serialize) -> KeyResult<Vec<u8>> {
    // Field order is the declaration's, so the same facts always give the same bytes.
    serde_json::to_vec(meta).map_err(|_| failed("writing a key file"))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    /// A file as version 1 wrote it.
    pub(in crate::local) fn version_1(
        sealer: &Sealer,
        id: &str,
        label: &str,
        public: &PublicKey,
        pkcs8: &SecretBytes,
    ) -> Vec<u8> {
        let key = KeyMeta1 {
            version: 1,
            id: id.to_owned(),
            label: label.to_owned(),
            description: "balcão".to_owned(),
            spec: public.spec,
            spki: STANDARD.encode(&public.spki),
            created_at: datetime!(2026-07-01 12:00:00.25 UTC),
            exportable: true,
        };
        let sealed = sealer.seal(&aad(&key).unwrap(), pkcs8).unwrap();
        serde_json::to_vec_pretty(&KeyFile { key, sealed }).unwrap()
    }

    fn sealer() -> Sealer {
        Sealer::new(&[7; KEY_LEN]).unwrap()
    }

    fn instant() -> impl Strategy<Value = OffsetDateTime> {
        (1_600_000_000_i64..2_500_000_000, 0_u32..1_000_000_000).prop_map(|(seconds, nanos)| {
            OffsetDateTime::from_unix_timestamp(seconds).unwrap().replace_nanosecond(nanos).unwrap()
        })
    }

    fn kind() -> impl Strategy<Value = Kind> {
        let cause = prop_oneof![Just(Cause::Creation), Just(Cause::Automatic), Just(Cause::OnDemand)];
        let material = (instant(), cause).prop_map(|(made_at, cause)| Material { made_at, cause });
        let renewal = (90_u32..=2560, instant()).prop_map(|(days, since)| Renewal { days, since });
        prop_oneof![
            (0..KeySpec::ALL.len(), "[A-Za-z0-9+/]{0,40}")
                .prop_map(|(index, spki)| Kind::Signing { spec: KeySpec::ALL[index], spki }),
            (proptest::collection::vec(material, 1..4), proptest::option::of(renewal))
                .prop_map(|(materials, renewal)| Kind::Sealing { materials, renewal }),
        ]
    }

    fn meta() -> impl Strategy<Value = KeyMeta> {
        let state = prop_oneof![
            Just(State::Enabled),
            Just(State::Disabled),
            instant().prop_map(|at| State::PendingDeletion { at })
        ];
        let aliases = proptest::collection::btree_map("[A-Za-z0-9/_-]{1,12}", any::<u64>(), 0..4);
        let tags = proptest::collection::btree_map(".{1,8}", ".{0,8}", 0..4);
        let token = proptest::option::of("[a-z0-9-]{1,64}".prop_map(|text| CreationToken::new(text).unwrap()));
        ("[a-z0-9-]{1,64}", aliases, ".{0,20}", kind(), instant(), any::<bool>(), tags, token, state).prop_map(
            |(id, aliases, description, kind, created_at, exportable, tags, token, state)| KeyMeta {
                aliases,
                description,
                exportable,
                tags,
                token,
                state,
                ..KeyMeta::new(id, kind, created_at)
            },
        )
    }

    fn material_of(meta: &KeyMeta) -> SecretBytes {
        match &meta.kind {
            Kind::Signing { .. } => SecretBytes::new(b"a private key".to_vec()),
            Kind::Sealing { materials, .. } => SecretBytes::new(vec![9; materials.len() * KEY_LEN]),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

        #[test]
        fn records_round_trip(meta in meta()) {
            let material = material_of(&meta);
            let content = encode(&sealer(), &meta, &material).unwrap();
            let (read, opened) = decode(&sealer(), &meta.id, &content).unwrap();
            prop_assert_eq!(&read, &meta);
            prop_assert_eq!(opened.expose(), material.expose());
            let outcome = decode(&sealer(), "other", &content);
            prop_assert!(meta.id == "other" || outcome.is_err(), "a record under another name");
        }

        #[test]
        fn a_changed_byte_changes_nothing_that_is_read(meta in meta(), at in any::<prop::sample::Index>(), bit in 0..8) {
            let mut content = encode(&sealer(), &meta, &material_of(&meta)).unwrap();
            let index = at.index(content.len());
            content[index] ^= 1_u8 << bit;
            match decode(&sealer(), &meta.id, &content) {
                // A blank that became another blank, or a digit of a number that is written in two ways.
                Ok((read, opened)) => {
                    prop_assert_eq!(&read, &meta);
                    prop_assert_eq!(opened.expose(), material_of(&meta).expose().to_vec());
                }
                Err(error) => prop_assert_eq!(error, KeyError::StoreCorrupt { file: file_name(&meta.id) }),
            }
        }

        #[test]
        fn never_panics_on_any_content(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&sealer(), "a", &content).is_err());
        }
    }

    #[test]
    fn a_master_whose_materials_do_not_add_up_is_refused() {
        let meta =
            KeyMeta::new("a".to_owned(), Kind::sealing(datetime!(2026-01-01 0:00 UTC)), OffsetDateTime::UNIX_EPOCH);
        for len in [0, 31, 33, 64] {
            let content = encode(&sealer(), &meta, &SecretBytes::new(vec![1; len])).unwrap();
            assert!(decode(&sealer(), "a", &content).is_err(), "{len} bytes");
        }
    }

    #[test]
    fn renewals_on_demand_do_not_move_the_automatic_one() {
        let since = datetime!(2026-01-01 0:00 UTC);
        let renewal = Renewal { days: 90, since };
        let material = |made_at, cause| Material { made_at, cause };
        let mut materials = vec![material(datetime!(2025-06-01 0:00 UTC), Cause::Creation)];
        assert_eq!(renewal.next(&materials), datetime!(2026-04-01 0:00 UTC));
        materials.push(material(datetime!(2026-03-01 0:00 UTC), Cause::OnDemand));
        assert_eq!(renewal.next(&materials), datetime!(2026-04-01 0:00 UTC));
        materials.push(material(datetime!(2026-05-01 0:00 UTC), Cause::Automatic));
        assert_eq!(renewal.next(&materials), datetime!(2026-07-30 0:00 UTC));
    }
}
