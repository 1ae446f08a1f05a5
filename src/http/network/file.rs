//! Files that the operator names: read at each use, because an orchestrator replaces them.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf, absolute};

use crate::http::failure::RequestFailure;

/// Returns `path` as an absolute path, so that a change of the working directory does not matter. `None` if it cannot be the
/// path of a file.
pub(crate) fn absolute_path(path: &Path) -> Option<PathBuf> {
    let has_nul = path.as_os_str().as_encoded_bytes().contains(&0);
    if has_nul { None } else { absolute(path).ok() }
}

/// Returns the content of the file `path`, at most `max_bytes`. Errors name the file and its `purpose`.
///
/// # Errors
/// [`RequestFailure`] if the file cannot be read, is longer, or is not a regular file: reading a pipe could wait without
/// end.
pub(crate) fn read_file(path: &Path, purpose: &str, max_bytes: usize) -> Result<Vec<u8>, RequestFailure> {
    let name = file_name(path, purpose);
    let invalid = |requirement: String| RequestFailure::new(format!("{name} {requirement}"));
    let content = read_regular_file(path, max_bytes).map_err(|error| invalid(remedy(error.kind()).to_owned()))?;
    let content = content.ok_or_else(|| invalid("must be a regular file".to_owned()))?;
    if content.len() > max_bytes {
        return Err(invalid(format!("must be at most {max_bytes} bytes long")));
    }
    Ok(content)
}

/// Returns the words for the file `path` in the reason of a failure. Control characters of the path are escaped.
///
/// A path that leads nowhere may be a secret that was passed in place of the path of its file. Of such a path, only a
/// directory that exists is named.
pub(crate) fn file_name(path: &Path, purpose: &str) -> String {
    if may_exist(path) {
        return format!("the file {:?} of {purpose}", path.to_string_lossy());
    }
    match path.parent().filter(|directory| directory.is_dir()) {
        Some(directory) => format!("the file of {purpose} in {:?}", directory.to_string_lossy()),
        None => format!("the file of {purpose}"),
    }
}

/// Returns true if there is something at `path`, or in a directory on the way to it that this process may not search.
fn may_exist(path: &Path) -> bool {
    path.symlink_metadata().map_or_else(|error| error.kind() == ErrorKind::PermissionDenied, |_| true)
}

/// Returns the first `max_bytes` + 1 bytes of a file, or `None` if it is not a regular file.
fn read_regular_file(path: &Path, max_bytes: usize) -> Result<Option<Vec<u8>>, Error> {
    if !path.metadata()?.is_file() {
        return Ok(None);
    }
    let mut content = Vec::new();
    File::open(path)?.take(max_bytes as u64 + 1).read_to_end(&mut content)?;
    Ok(Some(content))
}

fn remedy(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "must exist; create it, or correct the path",
        ErrorKind::PermissionDenied => "must be readable for this process; check the permissions",
        _ => "must be readable; check the path and the file system",
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::Path;

    use super::{absolute_path, file_name, read_file, remedy};

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let path = std::env::temp_dir().join(format!("fastjose-file-{}", std::process::id()));
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_file(&path, "a test", 5).unwrap(), b"12345");
        let failure = read_file(&path, "a test", 4).unwrap_err();
        assert_eq!(failure.reason, format!("the file {path:?} of a test must be at most 4 bytes long"));
        std::fs::remove_file(&path).unwrap();
        assert!(read_file(&path, "a test", 5).unwrap_err().reason.contains("must exist"));
    }

    #[test]
    fn a_path_that_is_not_a_regular_file_is_refused() {
        for path in ["/", "/dev/null"] {
            let failure = read_file(Path::new(path), "a test", 5).unwrap_err();
            assert!(failure.reason.ends_with("must be a regular file"), "{path}");
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_is_not_named() {
        let directory = std::env::temp_dir();
        assert_eq!(file_name(&directory, "a test"), format!("the file {directory:?} of a test"));
        for (path, expected) in [
            ("eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0", format!("the file of a test in {directory:?}")),
            ("LS0tLS1CRUdJTiBQ/UklWQVRFIEtFWS0tLS0t", "the file of a test".to_owned()),
            (&"LS0tLS1CRUdJ".repeat(1_000), format!("the file of a test in {directory:?}")),
        ] {
            let path = directory.join(path);
            assert_eq!(file_name(&path, "a test"), expected);
            assert!(read_file(&path, "a test", 5).unwrap_err().reason.starts_with(&expected));
        }
    }

    #[test]
    fn a_path_becomes_absolute() {
        assert!(absolute_path(Path::new("a/b")).unwrap().is_absolute());
        assert_eq!(absolute_path(Path::new("a\0b")), None);
        assert_eq!(absolute_path(Path::new("")), None);
    }

    #[test]
    fn remedy_depends_on_the_kind_of_the_error() {
        for (kind, expected) in [
            (ErrorKind::NotFound, "must exist; create it, or correct the path"),
            (ErrorKind::PermissionDenied, "must be readable for this process; check the permissions"),
            (ErrorKind::Other, "must be readable; check the path and the file system"),
        ] {
            assert_eq!(remedy(kind), expected);
        }
    }
}
