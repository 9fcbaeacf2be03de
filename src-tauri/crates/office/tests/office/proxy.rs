//! Proxies between the office and the server: one that lies, one that takes a request and never answers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

/// Forwards to `upstream` and lets `lie` change every answer. Ends with the test process.
pub fn lying(upstream: &str, lie: impl Fn(&mut [u8]) + Clone + Send + 'static) -> String {
    start(upstream, move |client, server| {
        let (upward, downward) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || copy(upward, downward, |_| true));
        let lie = lie.clone();
        // Headers and body may come in two pieces; a body of this size comes in one.
        thread::spawn(move || {
            copy(server, client, |bytes| {
                lie(bytes);
                true
            });
        });
    })
}

/// Forwards everything but `kms:Sign` requests, which it takes and never answers. The receiver hears of each.
pub fn swallowing_sign(upstream: &str) -> (String, mpsc::Receiver<()>) {
    let (sender, receiver) = mpsc::channel();
    let endpoint = start(upstream, move |client, server| {
        let (upward, downward) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let sender = sender.clone();
        let silent = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&silent);
        thread::spawn(move || {
            copy(upward, downward, |bytes| {
                if find(&bytes.to_ascii_lowercase(), b"x-amz-target: trentservice.sign\r\n").is_some() {
                    own.store(true, Ordering::SeqCst);
                    let _ = sender.send(());
                }
                !own.load(Ordering::SeqCst)
            });
        });
        thread::spawn(move || copy(server, client, |_| !silent.load(Ordering::SeqCst)));
    });
    (endpoint, receiver)
}

fn start(upstream: &str, serve: impl Fn(TcpStream, TcpStream) + Send + 'static) -> String {
    let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            serve(client.unwrap(), TcpStream::connect(&upstream).unwrap());
        }
    });
    format!("http://127.0.0.1:{port}")
}

/// Copies until one side ends; what `pass` refuses is dropped, and the connection stays open.
fn copy(mut from: TcpStream, mut to: TcpStream, pass: impl Fn(&mut [u8]) -> bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if pass(&mut buffer[..read]) && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Where the value of the JSON member `name` begins.
pub fn value_of(answer: &[u8], name: &str) -> Option<usize> {
    let member = find(answer, format!("\"{name}\"").as_bytes())? + name.len() + 2;
    Some(member + find(&answer[member..], b"\"")? + 1)
}

pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
