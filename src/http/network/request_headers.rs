//! Header fields that the operator adds to requests. Their values are secrets: no text and no `Debug` output contains them.

use std::fmt::{Debug, Formatter};
use std::path::{Path, PathBuf};

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName,
    HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, PROXY_AUTHORIZATION, RANGE,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

use super::file::{absolute_path, file_name, read_file};
use crate::error::{Error, Result};
use crate::http::failure::RequestFailure;

/// The longest value of a header field, in bytes.
const MAX_VALUE_BYTES: usize = 65_536;

/// Fields that belong to the client: the framing of the request, its connection, its condition, and its compression.
const OF_THE_CLIENT: [HeaderName; 17] = [
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    IF_RANGE,
    IF_UNMODIFIED_SINCE,
    PROXY_AUTHORIZATION,
    RANGE,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Header fields, each with a value or the file that has it.
#[derive(Default)]
pub struct RequestHeaders(Vec<(HeaderName, HeaderSource)>);

enum HeaderSource {
    Value(HeaderValue),
    File(PathBuf),
}

impl RequestHeaders {
    /// Adds a field with a value.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the name is not that of a field that may be added, or the value is not one (RFC 9110
    /// §5.5).
    pub fn add_value(&mut self, name: &str, value: &str) -> Result<()> {
        let name = self.new_name(name)?;
        let value = field_value(value.trim_matches([' ', '\t']).as_bytes())
            .map_err(|requirement| Error::Configuration(format!("The value of the header {name} {requirement}.")))?;
        self.0.push((name, HeaderSource::Value(value)));
        Ok(())
    }

    /// Adds a field whose value is the content of a file at the time of each request, without white space around it.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the name is not that of a field that may be added, or the path cannot be one.
    pub fn add_file(&mut self, name: &str, path: &Path) -> Result<()> {
        let name = self.new_name(name)?;
        let path = absolute_path(path)
            .ok_or_else(|| Error::Configuration(format!("The path of the header {name} must be that of a file.")))?;
        self.0.push((name, HeaderSource::File(path)));
        Ok(())
    }

    /// Returns true if no field was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true if a value must be read from a file.
    pub(crate) fn has_files(&self) -> bool {
        self.0.iter().any(|(_, source)| matches!(source, HeaderSource::File(_)))
    }

    /// Returns the fields with their current values.
    ///
    /// # Errors
    /// [`RequestFailure`] if a file does not contain a value. The reason names the file, never its content.
    pub(crate) fn read(&self) -> std::result::Result<HeaderMap, RequestFailure> {
        let read = |(name, source): &(HeaderName, HeaderSource)| match source {
            HeaderSource::Value(value) => Ok((name.clone(), value.clone())),
            HeaderSource::File(path) => Ok((name.clone(), read_value(name, path)?)),
        };
        self.0.iter().map(read).collect()
    }

    fn new_name(&self, name: &str) -> Result<HeaderName> {
        let error = |problem: String| Error::Configuration(format!("headers must {problem}."));
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return Err(error("have names of letters, digits and hyphens, such as Authorization".to_owned()));
        };
        if name == PROXY_AUTHORIZATION {
            return Err(error(
                "not contain proxy-authorization; name user and password in the URL of proxy".to_owned(),
            ));
        }
        if OF_THE_CLIENT.contains(&name) || ["keep-alive", "proxy-connection"].contains(&name.as_str()) {
            return Err(error(format!("not contain {name}, which belongs to the HTTP client")));
        }
        if self.0.iter().any(|(other, _)| *other == name) {
            return Err(error(format!("contain {name} once, regardless of upper and lower case")));
        }
        Ok(name)
    }
}

impl Debug for RequestHeaders {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

fn read_value(name: &HeaderName, path: &Path) -> std::result::Result<HeaderValue, RequestFailure> {
    let purpose = format!("the header {name}");
    let content = read_file(path, &purpose, MAX_VALUE_BYTES)?;
    let content = content.trim_ascii();
    let is_bare_token = *name == AUTHORIZATION && !content.is_empty() && !content.contains(&b' ');
    let value = if is_bare_token { field_value(&[b"Bearer ", content].concat()) } else { field_value(content) };
    value.map_err(|requirement| RequestFailure::new(format!("{} {requirement}", file_name(path, &purpose))))
}

/// Returns the value of a field, marked as a secret.
///
/// # Errors
/// The requirement that the value does not satisfy.
fn field_value(value: &[u8]) -> std::result::Result<HeaderValue, &'static str> {
    if value.is_empty() {
        return Err("must not be empty");
    }
    if value.len() > MAX_VALUE_BYTES {
        return Err("must be at most 65,536 bytes long");
    }
    if value.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Err("must be one line, without line feeds");
    }
    if !value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
        return Err("must consist of visible ASCII characters and spaces");
    }
    let mut value = HeaderValue::from_bytes(value).map_err(|_| "must be the value of a header")?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{MAX_VALUE_BYTES, RequestHeaders};

    #[test]
    fn a_value_is_visible_ascii_on_one_line() {
        for value in ["a", "Bearer a.b", " a\tb ", "~!"] {
            assert!(RequestHeaders::default().add_value("X-Key", value).is_ok(), "{value:?}");
        }
        for value in
            ["", " ", "secret\n", "\nsecret", "a\r\nHost: b", "secret\0", "sécret", "secret\u{7f}", &"s".repeat(65_537)]
        {
            let error = RequestHeaders::default().add_value("X-Key", value).unwrap_err().to_string();
            assert!(error.starts_with("The value of the header x-key must"), "{error}");
            assert!(!error.contains("cret"), "{error}");
        }
    }

    #[test]
    fn a_field_of_the_client_or_a_second_one_of_a_name_is_refused() {
        for name in [
            "Host",
            "content-length",
            "Transfer-Encoding",
            "CONNECTION",
            "Proxy-Authorization",
            "If-None-Match",
            "Accept-Encoding",
            "Keep-Alive",
            "",
            "a b",
            "a:",
            "ä",
            "a\n",
        ] {
            assert!(RequestHeaders::default().add_value(name, "secret").is_err(), "{name:?}");
            assert!(RequestHeaders::default().add_file(name, Path::new("/secret")).is_err(), "{name:?}");
        }
        let mut headers = RequestHeaders::default();
        headers.add_value("Authorization", "secret").unwrap();
        assert!(headers.add_file("authorization", Path::new("/a")).is_err());
    }

    #[test]
    fn no_debug_output_contains_a_value() {
        let mut headers = RequestHeaders::default();
        headers.add_value("X-Key", "secret").unwrap();
        assert_eq!(format!("{headers:?}"), "[\"x-key\"]");
        assert!(!format!("{:?}", headers.read().unwrap()).contains("secret"));
    }

    #[test]
    fn a_file_has_the_value_or_a_bare_token() {
        let path = std::env::temp_dir().join(format!("fastjose-header-{}", std::process::id()));
        let read = |name: &str, content: &str| {
            std::fs::write(&path, content).unwrap();
            let mut headers = RequestHeaders::default();
            headers.add_file(name, &path).unwrap();
            let read = headers.read().map_err(|failure| failure.reason)?;
            Ok::<_, String>(read.get(name).unwrap().to_str().unwrap().to_owned())
        };
        for (name, content, expected) in [
            ("authorization", "a.b.c\n", "Bearer a.b.c"),
            ("authorization", " Basic abc", "Basic abc"),
            ("x-key", "abc", "abc"),
            ("x-key", "a b\n", "a b"),
        ] {
            assert_eq!(read(name, content).as_deref(), Ok(expected), "{name} {content}");
        }
        for name in ["authorization", "x-key"] {
            let expected = format!("the file {path:?} of the header {name} must not be empty");
            assert_eq!(read(name, " \n"), Err(expected));
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn the_longest_value_is_accepted() {
        let add = |bytes: usize| RequestHeaders::default().add_value("X-Key", &"s".repeat(bytes));
        assert!(add(MAX_VALUE_BYTES).is_ok());
        assert!(add(MAX_VALUE_BYTES + 1).unwrap_err().to_string().contains("must be at most 65,536 bytes long"));
    }
}
