//! A progress bar on a terminal; nothing elsewhere.

use cartorio_office::EventSink;
use cartorio_office::dto::{ItemPhase, ItemState, JobSnapshot, JobStatus};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::lang::{Lang, say};

/// Shows how far a job is.
pub(crate) struct Bar {
    bar: ProgressBar,
    lang: Lang,
}

impl Bar {
    pub(crate) fn new(lang: Lang) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style.progress_chars("━╸ "));
        }
        Self { bar, lang }
    }

    fn phase(&self, phase: ItemPhase) -> String {
        match phase {
            ItemPhase::Preparing => say!(self.lang, "preparando", "preparing"),
            ItemPhase::Signing => say!(self.lang, "assinando", "signing"),
            ItemPhase::Stamping => say!(self.lang, "carimbando", "time-stamping"),
            ItemPhase::Gathering => say!(self.lang, "reunindo evidências", "gathering evidence"),
            ItemPhase::Checking => say!(self.lang, "conferindo", "checking"),
            ItemPhase::Writing => say!(self.lang, "gravando", "writing"),
        }
    }
}

impl EventSink for Bar {
    fn job(&self, job: &JobSnapshot) {
        let ended = |state| matches!(state, ItemState::Done | ItemState::Failed | ItemState::Cancelled);
        let (total, settled) = match &job.changes {
            Some(changes) => (u64::from(changes.total), u64::from(changes.settled)),
            None => (job.items.len() as u64, job.items.iter().filter(|item| ended(item.state)).count() as u64),
        };
        self.bar.set_length(total);
        self.bar.set_position(settled);
        if let Some(item) = job.items.iter().find(|item| item.state == ItemState::Running) {
            let phase = item.phase.map(|phase| self.phase(phase)).unwrap_or_default();
            self.bar.set_message(format!("{phase} {}", item.name));
        }
        if job.status != JobStatus::Running {
            self.bar.finish_and_clear();
        }
    }
}
