//! Bounds on time and memory, and the account of what was spent.

use std::cell::Cell;

use crate::error::{LimitKind, Result, StoreError};

/// What reading a file may cost. A hostile file ends with [`StoreError::Limit`], not with a program that hangs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of the file.
    pub file_size: usize,
    /// Nesting of elements.
    pub depth: usize,
    /// Elements looked at, all passes together.
    pub elements: u64,
    /// Bags or entries.
    pub bags: usize,
    /// Iterations of one key derivation. Java takes 5 000 000 at most.
    pub iterations: u64,
    /// Hash computations of all key derivations of one opening, every tried form of the password included.
    pub work: u64,
    /// Bytes of memory of one scrypt.
    pub kdf_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_size: 16 << 20,
            depth: 32,
            elements: 2_000_000,
            bags: 4096,
            iterations: 5_000_000,
            work: 30_000_000,
            kdf_memory: 64 << 20,
        }
    }
}

/// What is left of the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    pub limits: Limits,
    elements: Cell<u64>,
    work: Cell<u64>,
    bags: Cell<usize>,
    indefinite: Cell<bool>,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            elements: Cell::new(0),
            work: Cell::new(0),
            bags: Cell::new(0),
            indefinite: Cell::new(false),
        }
    }

    pub(crate) fn element(&self) -> Result<()> {
        self.elements.set(self.elements.get() + 1);
        within(LimitKind::Elements, self.limits.elements, self.elements.get())
    }

    pub(crate) fn bag(&self) -> Result<()> {
        self.bags.set(self.bags.get() + 1);
        within(LimitKind::Bags, self.limits.bags as u64, self.bags.get() as u64)
    }

    /// Announces one key derivation of `iterations` rounds that makes `blocks` blocks of output.
    pub(crate) fn derive(&self, iterations: u64, blocks: u64) -> Result<()> {
        within(LimitKind::Iterations, self.limits.iterations, iterations)?;
        self.spend(iterations.saturating_mul(blocks.max(1)))
    }

    /// Announces one scrypt, counted in the hash computations that take about as long.
    pub(crate) fn scrypt(&self, n: u64, r: u64, p: u64) -> Result<()> {
        let memory = n.saturating_add(p).saturating_mul(r).saturating_mul(128);
        within(LimitKind::KdfMemory, self.limits.kdf_memory, memory)?;
        self.spend(memory.saturating_mul(p.max(1)) / 16)
    }

    fn spend(&self, work: u64) -> Result<()> {
        let total = self.work.get().saturating_add(work);
        within(LimitKind::Work, self.limits.work, total)?;
        self.work.set(total);
        Ok(())
    }

    pub(crate) fn saw_indefinite(&self) {
        self.indefinite.set(true);
    }

    pub(crate) fn was_indefinite(&self) -> bool {
        self.indefinite.get()
    }
}

pub(crate) fn within(what: LimitKind, limit: u64, actual: u64) -> Result<()> {
    if actual > limit { Err(StoreError::Limit { what, limit, actual }) } else { Ok(()) }
}
