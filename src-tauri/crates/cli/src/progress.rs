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
        if job.status == JobStatus::Running && self.bar.is_finished() {
            // After a pause.
            self.bar.reset();
        }
        self.bar.set_length(total);
        self.bar.set_position(settled);
        let pace = pace(job.per_minute, job.seconds_left, self.lang);
        if let Some(item) = job.items.iter().find(|item| item.state == ItemState::Running) {
            let phase = item.phase.map(|phase| self.phase(phase)).unwrap_or_default();
            self.bar.set_message(format!("{pace}{phase} {}", item.name));
        }
        if job.status != JobStatus::Running {
            self.bar.finish_and_clear();
        }
    }
}

/// `120/min, faltam 3 min 20 s  `; nothing before there is a rate.
fn pace(per_minute: Option<f64>, seconds_left: Option<u32>, lang: Lang) -> String {
    let mut parts = Vec::new();
    if let Some(rate) = per_minute {
        parts.push(if rate < 10.0 { format!("{rate:.1}/min") } else { format!("{rate:.0}/min") });
    }
    if let Some(left) = seconds_left {
        let time = match (left / 3600, left / 60 % 60, left % 60) {
            (0, 0, seconds) => format!("{seconds} s"),
            (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
            (hours, minutes, _) => format!("{hours} h {minutes} min"),
        };
        parts.push(say!(lang, "faltam {time}", "{time} left"));
    }
    if parts.is_empty() { String::new() } else { format!("{}  ", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_told_in_words_that_fit_on_a_line() {
        assert_eq!(pace(None, None, Lang::PtBr), "");
        assert_eq!(pace(Some(120.4), Some(200), Lang::PtBr), "120/min, faltam 3 min 20 s  ");
        assert_eq!(pace(Some(4.25), Some(59), Lang::En), "4.2/min, 59 s left  ");
        assert_eq!(pace(Some(4.26), Some(7_290), Lang::En), "4.3/min, 2 h 1 min left  ");
    }
}
