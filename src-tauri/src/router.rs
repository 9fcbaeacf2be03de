//! From an IPC message to a use case: made from the one command list, so that no adapter can be forgotten.

use std::sync::Arc;

use cartorio_core::{Retry, Severity, WireError};
#[allow(clippy::wildcard_imports, reason = "the one command list names every type of the wire")]
use cartorio_office::dto::*;
use cartorio_office::{Commands, Office, with_commands};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tauri::ipc::{Invoke, InvokeBody, InvokeError, InvokeMessage, InvokeResponseBody};
use tauri::{Manager, Wry};

macro_rules! router {
    ($($kind:ident $name:ident($request:ty) $(-> $response:ty)?),* $(,)?) => {
        /// Answers one IPC message; `false` means that there is no such command. The ACL has already said yes.
        pub(crate) fn handle(invoke: Invoke<Wry>) -> bool {
            let Invoke { message, resolver, .. } = invoke;
            let office = Arc::clone(&message.webview_ref().state::<Arc<Office>>());
            tracing::debug!(command = message.command(), "called");
            match message.command() {
                $(
                    stringify!($name) => {
                        let request = argument::<$request>(&message);
                        resolver.respond_async_serialized(async move {
                            let answer = office.$name(request?).await.map_err(refuse)?;
                            body!($kind answer)
                        });
                        true
                    }
                )*
                _ => false,
            }
        }
    };
}

macro_rules! body {
    (json $answer:ident) => {
        serde_json::to_string(&$answer).map(InvokeResponseBody::Json).map_err(InvokeError::from_error)
    };
    (raw $answer:ident) => {
        Ok(InvokeResponseBody::Raw($answer))
    };
}

with_commands!(router);

/// Every command takes one argument named `request`.
fn argument<T: DeserializeOwned>(message: &InvokeMessage<Wry>) -> Result<T, InvokeError> {
    #[derive(Deserialize)]
    struct Arguments<T> {
        request: T,
    }
    let InvokeBody::Json(value) = message.payload() else {
        return Err(refuse(malformed("the arguments are not JSON")));
    };
    serde_json::from_value::<Arguments<T>>(value.clone())
        .map(|arguments| arguments.request)
        // The value is not repeated: it may hold what a person typed.
        .map_err(|_| refuse(malformed(message.command())))
}

fn malformed(what: &str) -> WireError {
    WireError {
        code: "request_malformed".to_owned(),
        params: [("command".to_owned(), what.to_owned())].into(),
        severity: Severity::Error,
        retry: Retry::Never,
        detail: format!("malformed request: {what}"),
    }
}

fn refuse(error: WireError) -> InvokeError {
    InvokeError::from(error)
}
