//! Logs go to stderr; `CARTORIO_LOG` filters them. Domain types have no `Debug` that could print a secret.

use tracing_subscriber::EnvFilter;

pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("CARTORIO_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second subscriber (tests) is not worth stopping for.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
