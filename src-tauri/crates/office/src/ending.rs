//! The program is about to end. What a batch has begun is finished first; the rest waits in the journal, and the next start offers to go
//! on with it.

use std::time::Duration;

use crate::dto::{ItemState, Locale};
use crate::office::Office;
use crate::words::Words;

/// How long what was begun may take when a person closes the window.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long where the system ends the session: it does not wait for long.
const HASTE: Duration = Duration::from_secs(8);

impl Office {
    /// Whether documents are being signed or extended, or wait for a person.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        !self.jobs.at_work().is_empty()
    }

    /// Whether the program may end now. While a batch is under way a person is asked; after a yes this returns once what was begun is
    /// finished, or after half a minute.
    pub async fn may_end(&self) -> bool {
        let jobs = self.jobs.at_work();
        if jobs.is_empty() {
            return true;
        }
        let items: Vec<ItemState> = jobs.iter().flat_map(|job| job.snapshot().items).map(|item| item.state).collect();
        let left = items.iter().filter(|state| matches!(state, ItemState::Waiting | ItemState::Running)).count();
        let question = self.words().ending(left, items.len());
        if !self.ports.dialogs.ask(question).await {
            return false;
        }
        self.jobs.rest_all(PATIENCE).await;
        true
    }

    /// The system ends the program, and nobody is asked: what was begun is finished, if that does not take long.
    pub async fn end(&self) {
        self.jobs.rest_all(HASTE).await;
    }

    /// The page could not be shown several times in a row: whether to try again.
    pub async fn shows_again(&self) -> bool {
        let question = self.words().page_lost(self.is_at_work());
        self.ports.dialogs.ask(question).await
    }

    /// Whatever is wrong with the settings, these questions are asked.
    fn words(&self) -> Words {
        Words::of(self).unwrap_or_else(|_| Words::in_language(Locale::PtBr))
    }
}
