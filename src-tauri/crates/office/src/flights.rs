//! Documents of a job that are under way at the same time.

use std::collections::HashMap;

use tokio::task::{Id, JoinSet};

use crate::{OfficeError, OfficeResult};

/// What is under way, each known by its place among the documents of the job, and how many of them may be.
pub(crate) struct Flights<T> {
    flying: JoinSet<OfficeResult<T>>,
    places: HashMap<Id, usize>,
    limit: usize,
}

impl<T: Send + 'static> Flights<T> {
    /// One document goes first: what every other one would meet too is met once.
    pub(crate) fn new() -> Self {
        Self { flying: JoinSet::new(), places: HashMap::new(), limit: 1 }
    }

    /// So many may be under way from here on.
    pub(crate) const fn allow(&mut self, most: usize) {
        self.limit = most;
    }

    pub(crate) fn has_room(&self) -> bool {
        self.flying.len() < self.limit
    }

    /// Begins the work on the document at `place`.
    pub(crate) fn begin(&mut self, place: usize, work: impl Future<Output = OfficeResult<T>> + Send + 'static) {
        let task = self.flying.spawn(work);
        self.places.insert(task.id(), place);
    }

    /// Waits for whichever is over next; nothing where none is under way. What breaks one document breaks no other one.
    pub(crate) async fn next(&mut self) -> Option<(usize, OfficeResult<T>)> {
        loop {
            let (id, ended) = match self.flying.join_next_with_id().await? {
                Ok(landed) => landed,
                Err(error) => (error.id(), Err(OfficeError::internal("a background task"))),
            };
            if let Some(place) = self.places.remove(&id) {
                return Some((place, ended));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_goes_first_and_what_breaks_is_told_of_its_own_place() {
        let mut flights = Flights::new();
        assert!(flights.has_room() && flights.next().await.is_none());
        flights.begin(7, async { panic!("broken") });
        assert!(!flights.has_room(), "one goes first");
        flights.allow(2);
        assert!(flights.has_room());
        flights.begin(3, async { Ok("whole") });
        let mut ended = [flights.next().await.unwrap(), flights.next().await.unwrap()];
        ended.sort_by_key(|(place, _)| *place);
        assert_eq!(ended[0].1.as_ref().ok(), Some(&"whole"));
        assert!(ended[1].0 == 7 && ended[1].1.is_err());
        assert!(flights.next().await.is_none());
    }
}
