//! Turns one mutant of the switched core on: the one that `FASTJOSE_MUTANT` numbers.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{LazyLock, Mutex};

static ACTIVE: LazyLock<u32> =
    LazyLock::new(|| std::env::var("FASTJOSE_MUTANT").ok().and_then(|number| number.parse().ok()).unwrap_or(u32::MAX));

static REACHED: LazyLock<Option<Mutex<(File, HashSet<u32>)>>> = LazyLock::new(|| {
    let path = std::env::var_os("FASTJOSE_MUTANTS_REACHED")?;
    let file = OpenOptions::new().create(true).append(true).open(path).ok()?;
    Some(Mutex::new((file, HashSet::new())))
});

/// Returns whether the mutant `number` is on. Records that it was reached, once for each process, if
/// `FASTJOSE_MUTANTS_REACHED` names a file.
pub fn is(number: u32) -> bool {
    if let Some(reached) = &*REACHED
        && let Ok(mut reached) = reached.lock()
        && reached.1.insert(number)
    {
        let _ = writeln!(reached.0, "{number}");
    }
    *ACTIVE == number
}
