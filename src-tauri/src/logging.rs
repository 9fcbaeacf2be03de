//! Logs go to stderr; `CARTORIO_LOG` filters them. Domain types have no `Debug` that could print a secret.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// What the AWS SDK is not asked to say where everything else is: below `info` it writes access key ids.
const NO_CREDENTIALS: [&str; 5] =
    ["aws_config=info", "aws_credential_types=info", "aws_runtime=info", "aws_sigv4=info", "aws_smithy_runtime=info"];

pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("CARTORIO_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let filter = match filter.max_level_hint() {
        Some(most) if most > LevelFilter::INFO => {
            NO_CREDENTIALS.iter().filter_map(|cap| cap.parse().ok()).fold(filter, EnvFilter::add_directive)
        }
        Some(_) | None => filter,
    };
    // A second subscriber (tests) is not worth stopping for.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
