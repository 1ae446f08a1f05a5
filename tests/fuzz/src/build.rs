//! Collects the source of the product, so that its own words in an error text are distinguished from those of an input.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let source = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../src");
    println!("cargo::rerun-if-changed={}", source.display());
    let mut texts = String::new();
    collect(&source, &mut texts);
    fs::write(PathBuf::from(env::var("OUT_DIR").unwrap()).join("source.txt"), texts).unwrap();
}

/// Appends the files of `folder`, each string on one line as the compiler joins it.
fn collect(folder: &Path, texts: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut parts = text.split("\\\n");
            texts.push_str(parts.next().unwrap_or_default());
            parts.for_each(|part| texts.push_str(part.trim_start()));
            texts.push('\n');
        }
    }
}
