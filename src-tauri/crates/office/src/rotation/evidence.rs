//! What a rotation remembers of its steps, and how each one stands by that.

use std::collections::BTreeMap;

use cartorio_core::{RotationId, WireError};
use cartorio_registry::{RegistryError, RotationStep, StepPhase, StepRecord};
use serde::{Deserialize, Serialize};

use crate::dto::{RotationFact, RotationStepState};
use crate::session::Session;
use crate::{OfficeError, OfficeResult};

/// What shows a step; kept as JSON beside its record.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Evidence {
    /// For people, in order. A name may come more than once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) facts: Vec<RotationFact>,
    /// Why the step was not needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) skipped: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<WireError>,
    /// What else the record is than an attempt at the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) aside: Option<Aside>,
    /// For programs: whole keys and requests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) kept: BTreeMap<String, String>,
}

/// A record that is no attempt at its step.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Aside {
    /// The certification request was made; the step waits for the certificate.
    Request,
    /// From here on everything is put back.
    Undo,
}

impl Evidence {
    pub(super) fn skipped(reason: &str) -> Self {
        Self { skipped: Some(reason.to_owned()), ..Self::default() }
    }

    pub(super) fn failed(error: &OfficeError) -> Self {
        Self { error: Some(error.wire()), ..Self::default() }
    }

    /// Adds a fact.
    pub(super) fn fact(&mut self, name: &str, value: impl Into<String>) {
        self.facts.push(RotationFact { name: name.to_owned(), value: value.into() });
    }

    /// The same with a fact.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fact(name, value);
        self
    }

    pub(super) fn keep(&mut self, name: &str, value: impl Into<String>) {
        self.kept.insert(name.to_owned(), value.into());
    }

    /// The first value of that name.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str())
    }

    /// Every value of that name, in order.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.facts.iter().filter(move |fact| fact.name == name).map(|fact| fact.value.as_str())
    }

    pub(super) fn json(&self) -> OfficeResult<String> {
        serde_json::to_string(self).map_err(OfficeError::internal)
    }
}

/// A record of a step with its evidence.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) record: StepRecord,
    pub(super) evidence: Evidence,
}

/// Everything that happened to a rotation, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct History(Vec<Entry>);

impl History {
    /// Reads it. A rotation that has no row yet has no history.
    pub(super) async fn load(session: &Session, rotation: RotationId) -> OfficeResult<Self> {
        let records = match session.registry.step_records(rotation).await {
            Ok(records) => records,
            Err(RegistryError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let read = |record: StepRecord| {
            let evidence = serde_json::from_str(&record.evidence).map_err(OfficeError::internal)?;
            Ok(Entry { record, evidence })
        };
        records.into_iter().map(read).collect::<OfficeResult<_>>().map(Self)
    }

    pub(super) fn all(&self) -> &[Entry] {
        &self.0
    }

    /// What happened to one step.
    pub(super) fn of(&self, step: RotationStep) -> impl DoubleEndedIterator<Item = &Entry> {
        self.0.iter().filter(move |entry| entry.record.step == step && entry.evidence.aside != Some(Aside::Undo))
    }

    /// The newest record of a step.
    pub(super) fn last(&self, step: RotationStep) -> Option<&Entry> {
        self.of(step).next_back()
    }

    /// Why it is being put back, once it is.
    pub(super) fn undo(&self) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.evidence.aside == Some(Aside::Undo))
    }

    /// Whether anything was ever tried at a step that is not put back.
    pub(super) fn touched(&self, step: RotationStep) -> bool {
        self.last(step).is_some_and(|entry| entry.record.phase != StepPhase::Undone)
    }

    /// The evidence of a step that is done.
    pub(super) fn done(&self, step: RotationStep) -> Option<&Evidence> {
        self.of(step).rev().find(|entry| entry.record.phase == StepPhase::Done).map(|entry| &entry.evidence)
    }

    /// How often a step was tried.
    pub(super) fn attempts(&self, step: RotationStep) -> u32 {
        u32::try_from(self.tries(step).count()).unwrap_or(u32::MAX)
    }

    /// The beginnings of a step, oldest first.
    pub(super) fn tries(&self, step: RotationStep) -> impl DoubleEndedIterator<Item = &Entry> {
        self.of(step).filter(|entry| entry.record.phase == StepPhase::Begun && entry.evidence.aside.is_none())
    }

    /// The newest value that a step put down under that name, whatever became of it.
    pub(super) fn fact(&self, step: RotationStep, name: &str) -> Option<&str> {
        self.of(step).rev().find_map(|entry| entry.evidence.first(name))
    }

    /// The newest thing that a step kept under that name.
    pub(super) fn kept(&self, step: RotationStep, name: &str) -> Option<&str> {
        self.of(step).rev().find_map(|entry| entry.evidence.kept.get(name)).map(String::as_str)
    }

    /// How a step stands.
    pub(super) fn state(&self, step: RotationStep) -> RotationStepState {
        let Some(Entry { record, evidence }) = self.last(step) else {
            return RotationStepState::Waiting;
        };
        match record.phase {
            StepPhase::Begun => RotationStepState::Begun,
            StepPhase::Done if evidence.skipped.is_some() => RotationStepState::Skipped,
            StepPhase::Done => RotationStepState::Done,
            StepPhase::Failed => RotationStepState::Failed,
            StepPhase::Undone => RotationStepState::Undone,
        }
    }
}
