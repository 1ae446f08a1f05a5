//! A server on a loopback address for unit tests.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// Starts a server that sends each of `responses`, a status and a body, to one connection. Returns its URL without a path,
/// and the first line of each request. In a body, `{url}` is the URL.
pub(crate) fn serve(responses: &'static [(u16, &'static str)]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    let origin = url.clone();
    thread::spawn(move || {
        for (status, body) in responses {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut request = [0; 4_096];
            let length = stream.read(&mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(request.get(..length).unwrap_or_default()).into_owned();
            let _ = sender.send(request.lines().next().unwrap_or_default().to_owned());
            let body = body.replace("{url}", &origin);
            let head = format!("HTTP/1.1 {status} A\r\ncontent-length: {}\r\nconnection: close", body.len());
            let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes());
        }
    });
    (url, requests)
}
