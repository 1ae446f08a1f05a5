//! The secret of a client: in the configuration, or in a file that an orchestrator replaces.

use std::path::PathBuf;

use crate::http::failure::RequestFailure;
use crate::http::network::file::read_file;

/// The longest secret, in bytes.
const MAX_SECRET_BYTES: usize = 4_096;

/// A secret. It has no `Debug`, so that no log can contain it.
pub enum SecretSource {
    /// The secret itself.
    Value(Box<str>),
    /// The absolute path of the file that contains the secret. It is read at each request.
    File(PathBuf),
}

impl SecretSource {
    /// Returns the secret as it is now, without white space around it if it is in a file.
    pub(super) fn read(&self) -> Result<String, RequestFailure> {
        match self {
            Self::Value(secret) => Ok(secret.to_string()),
            Self::File(path) => {
                let content = read_file(path, "client_secret", MAX_SECRET_BYTES)?;
                let secret = std::str::from_utf8(&content).map(str::trim).unwrap_or_default();
                if secret.is_empty() {
                    return Err("the file of client_secret must contain the secret, in UTF-8".into());
                }
                Ok(secret.to_owned())
            }
        }
    }
}
