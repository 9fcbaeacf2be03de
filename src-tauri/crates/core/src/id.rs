//! Identifiers: UUID version 7 (RFC 9562), so that they sort by time of creation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    };
}

id! {
    /// A document that the backend opened for the UI: a handle, never a path.
    DocumentId
}
id! {
    /// A certificate in the registry.
    CertificateId
}
id! {
    /// A signing identity: a key with its certificate chain.
    IdentityId
}
id! {
    /// A person who works with the program.
    OperatorId
}
id! {
    /// A unit of long work.
    JobId
}
id! {
    /// Something that one person asks for and another decides.
    RequestId
}
id! {
    /// The replacement of a key by a new one (troca de chave).
    RotationId
}
