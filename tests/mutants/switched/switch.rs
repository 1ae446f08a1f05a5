//! Turns one mutant of the switched core on: the one that `FASTJOSE_MUTANT` numbers.
//!
//! A process that has the variable, or `FASTJOSE_MUTANTS_REACHED`, reads both when it first reaches a mutant. A process
//! that has neither looks again each time, so that one that is forked from it may be given them.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const MOST: usize = 8192;
const NONE: u32 = u32::MAX;
const UNREAD: u32 = NONE - 1;

static ACTIVE: AtomicU32 = AtomicU32::new(UNREAD);
static RECORDS: AtomicBool = AtomicBool::new(false);
static SEEN: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];
static REACHED: Mutex<Option<File>> = Mutex::new(None);

/// Returns whether the mutant `number` is on. Records that it was reached, once for each process, if
/// `FASTJOSE_MUTANTS_REACHED` names a file.
pub fn is(number: u32) -> bool {
    let mut active = ACTIVE.load(Ordering::Acquire);
    if active == UNREAD {
        active = read_variables();
    }
    if RECORDS.load(Ordering::Relaxed) && !SEEN[number as usize].swap(true, Ordering::Relaxed) {
        record(number);
    }
    active == number
}

fn read_variables() -> u32 {
    let active = std::env::var("FASTJOSE_MUTANT").ok().and_then(|number| number.parse().ok());
    let path = std::env::var_os("FASTJOSE_MUTANTS_REACHED");
    if active.is_none() && path.is_none() {
        return NONE;
    }
    let Ok(mut reached) = REACHED.lock() else { return NONE };
    if reached.is_none() {
        *reached = path.and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok());
        RECORDS.store(reached.is_some(), Ordering::Relaxed);
    }
    let active = active.unwrap_or(NONE);
    ACTIVE.store(active, Ordering::Release);
    active
}

fn record(number: u32) {
    if let Ok(mut reached) = REACHED.lock()
        && let Some(file) = reached.as_mut()
    {
        let _ = writeln!(file, "{number}");
    }
}

/// The iterator of a mutant, or the one that the function returns without it.
pub enum Either<A, B> {
    /// The iterator of the mutant.
    First(A),
    /// The iterator of another mutant, or of the function.
    Second(B),
}

impl<A: Iterator, B: Iterator<Item = A::Item>> Iterator for Either<A, B> {
    type Item = A::Item;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::First(first) => first.next(),
            Self::Second(second) => second.next(),
        }
    }
}
