//! The answer's bytes, never more than allowed.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::NetError;
use crate::address::shortened;

/// Reads the answer to its end, decompressed.
pub(crate) async fn read(mut response: Response, limit: u64) -> Result<Vec<u8>, NetError> {
    let url = shortened(response.url().as_str());
    let too_large = || NetError::TooLarge { url: url.clone(), limit };
    let coding = coding(response.headers());
    // What the server announces is refused at once; what it does not announce is counted.
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| crate::fetcher::sorted(&error, response.url()))? {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    match coding.as_str() {
        "" | "identity" => Ok(bytes),
        "gzip" | "x-gzip" => unzip(&bytes, limit).map_err(|problem| match problem {
            Some(reason) => NetError::Broken { url: url.clone(), reason },
            None => too_large(),
        }),
        _ => Err(NetError::Encoding { url, encoding: shortened(&coding) }),
    }
}

/// Decompresses until the limit; `None` is «too large».
fn unzip(bytes: &[u8], limit: u64) -> Result<Vec<u8>, Option<String>> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut plain)
        .map_err(|error| Some(error.to_string()))?;
    if plain.len() as u64 > limit { Err(None) } else { Ok(plain) }
}

fn coding(headers: &HeaderMap) -> String {
    let all: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase())
        .filter(|value| !value.is_empty())
        .collect();
    all.join(", ")
}
