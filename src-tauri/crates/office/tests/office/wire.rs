//! The page's half of the IPC: JSON in, JSON out, passwords sealed. Everything that crosses is kept, to be searched later.

use std::sync::{Arc, Mutex};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand::{SystemRandom, fill};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::WireError;
#[allow(clippy::wildcard_imports, reason = "the one command list names every type of the wire")]
use cartorio_office::dto::*;
use cartorio_office::{Commands, Office, with_commands};
use serde_json::{Value, json};

/// Everything that crossed, one line a message.
#[derive(Clone, Default)]
pub struct Tap(Arc<Mutex<String>>);

impl Tap {
    pub fn note(&self, line: &str) {
        let mut text = self.0.lock().unwrap();
        text.push_str(line);
        text.push('\n');
    }

    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

macro_rules! router {
    ($($kind:ident $name:ident($request:ty) $(-> $response:ty)?),* $(,)?) => {
        /// Names of all commands, in the order of the list.
        pub const COMMANDS: &[&str] = &[$(stringify!($name)),*];

        /// What the shell's router does with one message.
        pub async fn dispatch(office: &Office, command: &str, request: Value) -> Result<Value, WireError> {
            match command {
                $(
                    stringify!($name) => {
                        let request: $request = serde_json::from_value(request)
                            .unwrap_or_else(|error| panic!("the request of {command} is malformed: {error}"));
                        let answer = Commands::$name(office, request).await?;
                        Ok(router!(@$kind answer))
                    }
                )*
                _ => panic!("{command} is not on the list"),
            }
        }
    };
    (@json $answer:ident) => { serde_json::to_value(&$answer).unwrap() };
    (@raw $answer:ident) => { Value::String(STANDARD.encode($answer)) };
}

with_commands!(router);

/// Seals `text` as the page does (ECDH P-256, HKDF-SHA-256, AES-256-GCM), independently of the backend's own code.
pub fn seal(channel: &SecretChannel, text: &str) -> Value {
    struct Len32;
    impl KeyType for Len32 {
        fn len(&self) -> usize {
            32
        }
    }
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
    let own = private.compute_public_key().unwrap().as_ref().to_vec();
    let peer = UnparsedPublicKey::new(&ECDH_P256, STANDARD.decode(&channel.public_key).unwrap());
    let mut key = [0_u8; 32];
    agree_ephemeral(private, peer, (), |shared| {
        let salt = Salt::new(HKDF_SHA256, &[]);
        let info: &[&[u8]] = &[b"cartorio sealed field v1"];
        salt.extract(shared).expand(info, Len32).and_then(|okm| okm.fill(&mut key)).map_err(|_| ())
    })
    .unwrap();
    let mut nonce = [0_u8; 12];
    fill(&mut nonce).unwrap();
    let mut sealed = text.as_bytes().to_vec();
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap())
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(channel.id.as_bytes()), &mut sealed)
        .unwrap();
    json!({
        "channel": channel.id,
        "public_key": STANDARD.encode(own),
        "nonce": STANDARD.encode(nonce),
        "ciphertext": STANDARD.encode(sealed),
    })
}
