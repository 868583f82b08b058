//! A receiver of webhooks: it keeps what it gets and answers as it was told.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// What came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Vec<u8>,
}

impl Received {
    /// A header, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a CloudEvent")
    }

    /// How many of its signatures were made with `secret` (`whsec_…`), as any receiver checks it.
    pub fn signed_by(&self, secret: &str) -> usize {
        let key = BASE64.decode(secret.trim_start_matches("whsec_")).expect("base 64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        for part in [self.header("webhook-id"), ".", self.header("webhook-timestamp"), "."] {
            mac.update(part.as_bytes());
        }
        mac.update(&self.body);
        let wanted = format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').filter(|one| *one == wanted).count()
    }
}

#[derive(Default)]
struct Inside {
    got: Vec<Received>,
    answers: VecDeque<u16>,
}

/// A receiver on a port of this machine. It runs until the test ends.
pub struct Receiver {
    address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
}

impl Receiver {
    /// A receiver that answers with these statuses in turn, and then with 204.
    pub fn start(answers: &[u16]) -> Receiver {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let inside = Arc::new(Mutex::new(Inside {
            got: Vec::new(),
            answers: answers.iter().copied().collect(),
        }));
        let shared = inside.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &shared);
            }
        });
        Receiver { address, inside }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// What it got so far.
    pub fn got(&self) -> Vec<Received> {
        self.inside.lock().expect("a lock").got.clone()
    }
}

fn serve(mut stream: TcpStream, inside: &Mutex<Inside>) {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut part) {
            Ok(count) if count > 0 => bytes.extend_from_slice(part.get(..count).unwrap_or(&[])),
            _ => return,
        }
    };
    let text = String::from_utf8_lossy(bytes.get(..head).unwrap_or(&[])).into_owned();
    let headers: BTreeMap<String, String> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize =
        headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < head + length {
        match stream.read(&mut part) {
            Ok(count) if count > 0 => bytes.extend_from_slice(part.get(..count).unwrap_or(&[])),
            _ => return,
        }
    }
    let status = {
        let mut inside = inside.lock().expect("a lock");
        let body = bytes.get(head..head + length).unwrap_or(&[]).to_vec();
        inside.got.push(Received { headers, body });
        inside.answers.pop_front().unwrap_or(204)
    };
    let location = if status == 302 { "location: http://127.0.0.1:1/\r\n" } else { "" };
    let answer =
        format!("HTTP/1.1 {status} X\r\n{location}content-length: 0\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes());
}
