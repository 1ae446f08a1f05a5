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
