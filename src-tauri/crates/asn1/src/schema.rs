//! Field names.

use crate::tree::Tree;

pub(crate) fn name_fields(_tree: &mut Tree, _bytes: &[u8]) {}
