//! A server that answers what it should not.

use std::sync::Arc;

use cartorio_testkit::lab;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is done with a question, and what comes back; `None` is silence.
pub(super) type Behaviour = Arc<dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync>;

/// Serves every POST by `behaviour`; gives the address.
pub(super) async fn serve(behaviour: Behaviour) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let behaviour = Arc::clone(&behaviour);
            tokio::spawn(async move {
                let _ = answer(stream, behaviour).await;
            });
        }
    });
    url
}

async fn answer(mut stream: TcpStream, behaviour: Behaviour) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let given = tokio::task::spawn_blocking(move || behaviour(&body)).await.unwrap();
    let Some(given) = given else {
        // Until the other side gives up.
        let _ = stream.read_u8().await;
        return Ok(());
    };
    stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", given.len()).as_bytes()).await?;
    stream.write_all(&given).await?;
    stream.shutdown().await
}

/// Passes the question on, and changes what comes back.
pub(super) fn through(url: &str, headers: Vec<(&'static str, String)>, change: fn(Vec<u8>) -> Vec<u8>) -> Behaviour {
    let url = url.to_owned();
    Arc::new(move |question| {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = lab::post(&url, "application/timestamp-query", question, &headers).unwrap();
        Some(change(answer.body))
    })
}
