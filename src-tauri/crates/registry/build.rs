//! Rebuilds the crate when a migration is added; `sqlx::migrate!` sees only changes to known files.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
