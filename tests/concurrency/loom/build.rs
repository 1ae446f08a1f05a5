//! Copies the modules of the core that the models check. In the copies, paths of the standard library and of crates lead to
//! the stand-ins of this crate; the rest is the text of the product.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The modules, below `src` of the product.
const MODULES: &[&str] = &[
    "error.rs",
    "http/lookups/answer_cache.rs",
    "http/lookups/flights.rs",
    "http/lookups/shared_lookups.rs",
    "http/lookups/slots.rs",
    "jwks/fetch_policy.rs",
    "jwks/fetch_state.rs",
    "jwks/location/fetched_keys.rs",
    "jwks/location/key_answer.rs",
    "jwks/per_kid/fetch_rounds.rs",
    "jwks/per_kid/key_table.rs",
    "jwks/per_kid/wanted_kids.rs",
    "jwks/refresh_policy.rs",
    "jwks/refresher.rs",
    "jwks/set_state.rs",
    "jwks/snapshot.rs",
    "jwks/wait_time.rs",
    "jwks/waiter_slot.rs",
    "jws/header_cache.rs",
    "jwt/key_origin.rs",
    "jwt/revocation/fingerprint.rs",
    "jwt/revocation/lifetime.rs",
    "jwt/revocation/sharded_map.rs",
    "jwt/token_cache.rs",
    "process/fork_local.rs",
    "process/per_process.rs",
    "python/convert/interned_strings.rs",
];

/// The beginnings of paths in the product, each with its stand-in.
const PATHS: &[(&str, &str)] = &[
    ("std::sync::", "crate::stand_ins::sync::"),
    ("tokio::", "crate::stand_ins::tokio::"),
    ("arc_swap::", "crate::stand_ins::arc_swap::"),
    ("futures_util::", "crate::stand_ins::futures_util::"),
    ("aws_lc_rs::", "crate::stand_ins::aws_lc_rs::"),
    ("reqwest::", "crate::stand_ins::reqwest::"),
    ("pyo3::", "crate::stand_ins::pyo3::"),
];

/// A limit that is too large for a model, with the one of the models.
const LIMIT: (&str, &str) = ("MAX_OTHER_KIDS: usize = 256;", "MAX_OTHER_KIDS: usize = 8;");

fn main() {
    println!("cargo::rerun-if-env-changed=FASTJOSE_SOURCE");
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap());
    let source = env::var("FASTJOSE_SOURCE").map_or(manifest.join("../../../src"), PathBuf::from);
    let copies = PathBuf::from(env::var("OUT_DIR").unwrap());
    for module in MODULES {
        let path = source.join(module);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        write(&copies.join(module), &rewrite(&text));
    }
}

/// Returns the text without the module's unit tests, and with the paths of the stand-ins. The lines keep their numbers.
fn rewrite(text: &str) -> String {
    let tests = ["\n#[cfg(test)]\nmod ", "\n#[cfg(test)]\npub(super) mod "];
    let code = tests.iter().fold(text, |text, begin| text.split(begin).next().unwrap_or_default());
    let code = PATHS.iter().fold(code.replace("//!", "//"), |code, (path, other)| code.replace(path, other));
    code.replace(LIMIT.0, LIMIT.1) + "\n"
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
