//! A slow reader of Cookie headers (RFC 6265 §5.4), and of percent-encoding (RFC 3986 §2.1).

/// Returns names and values, in their order.
#[must_use]
pub fn parse(header: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut cookies = Vec::new();
    for entry in header.split(|byte| *byte == b';') {
        let Some(equals) = entry.iter().position(|byte| *byte == b'=') else { continue };
        let (name, value) = (trim(&entry[..equals]), trim(&entry[equals + 1..]));
        let is_quoted = value.len() >= 2 && value.starts_with(b"\"") && value.ends_with(b"\"");
        let value = if is_quoted { value[1..value.len() - 1].to_vec() } else { value };
        cookies.push((name, value));
    }
    cookies
}

fn trim(text: &[u8]) -> Vec<u8> {
    let is_space = |byte: &&u8| matches!(**byte, b' ' | b'\t');
    let start = text.iter().take_while(is_space).count();
    let end = text.len() - text[start..].iter().rev().take_while(is_space).count();
    text[start..end].to_vec()
}

/// Decodes `%41` and the like. A broken sequence stays as it is.
#[must_use]
pub fn percent_decode(text: &[u8]) -> Vec<u8> {
    let (mut decoded, mut index) = (Vec::new(), 0);
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    while let Some(byte) = text.get(index) {
        match (byte, digit(index + 1), digit(index + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                index += 3;
            }
            _ => {
                decoded.push(*byte);
                index += 1;
            }
        }
    }
    decoded
}

/// The chunks of a value that was sent in several cookies.
#[derive(Debug, PartialEq, Eq)]
pub enum Joined {
    /// No cookie is a part of the value.
    Absent,
    /// The chunks are not exactly one each of 0, 1 and so on.
    Unusable,
    /// The value.
    Value(Vec<u8>),
}

/// Joins parts, each with what follows the name of its cookie. A cookie that is not split counts before chunks.
#[must_use]
pub fn join_chunks(parts: &[(&[u8], &[u8])]) -> Joined {
    let find = |suffix: &str| parts.iter().filter(|(own, _)| *own == suffix.as_bytes()).collect::<Vec<_>>();
    if let Some((_, whole)) = find("").first() {
        return Joined::Value(whole.to_vec());
    }
    let chunks: Vec<_> = (0..100).map(|index| find(&format!(".{index}"))).collect();
    let count = 100 - chunks.iter().rev().take_while(|found| found.is_empty()).count();
    if count == 0 {
        Joined::Absent
    } else if chunks[..count].iter().all(|found| found.len() == 1) {
        Joined::Value(chunks[..count].iter().flat_map(|found| found[0].1.to_vec()).collect())
    } else {
        Joined::Unusable
    }
}
