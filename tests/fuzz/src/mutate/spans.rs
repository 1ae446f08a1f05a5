//! Finds the values of JSON, and the members and elements that a mutation may repeat or remove.

use std::ops::Range;

/// Nesting beyond which values are not found.
const MAX_DEPTH: usize = 20;

/// The places in a text of JSON.
#[derive(Default)]
pub struct Spans {
    /// Values.
    pub values: Vec<Range<usize>>,
    /// Members with their names, and elements of arrays.
    pub items: Vec<Range<usize>>,
    /// Ends of objects: where a member can be appended.
    pub ends: Vec<usize>,
}

/// Returns the places that are found before the text stops being JSON.
pub fn find_spans(text: &[u8]) -> Spans {
    let mut finder = Finder { text, at: 0, spans: Spans::default() };
    let _ = finder.find_value(0);
    finder.spans
}

struct Finder<'t> {
    text: &'t [u8],
    at: usize,
    spans: Spans,
}

impl Finder<'_> {
    fn find_value(&mut self, depth: usize) -> Option<()> {
        let first = self.skip_space()?;
        let start = self.at;
        match first {
            b'{' | b'[' if depth < MAX_DEPTH => self.find_items(first == b'{', depth)?,
            b'"' => self.skip_string()?,
            _ => self.skip_scalar()?,
        }
        self.spans.values.push(start..self.at);
        Some(())
    }

    fn find_items(&mut self, is_object: bool, depth: usize) -> Option<()> {
        let end = if is_object { b'}' } else { b']' };
        self.at += 1;
        while self.skip_space()? != end {
            let start = self.at;
            if is_object {
                self.skip_string()?;
                if self.skip_space()? != b':' {
                    return None;
                }
                self.at += 1;
            }
            self.find_value(depth + 1)?;
            self.spans.items.push(start..self.at);
            match self.skip_space()? {
                b',' => self.at += 1,
                other if other == end => break,
                _ => return None,
            }
        }
        if is_object {
            self.spans.ends.push(self.at);
        }
        self.at += 1;
        Some(())
    }

    fn skip_space(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn skip_string(&mut self) -> Option<()> {
        if *self.text.get(self.at)? != b'"' {
            return None;
        }
        loop {
            self.at += 1;
            match *self.text.get(self.at)? {
                b'\\' => self.at += 1,
                b'"' => break,
                _ => {}
            }
        }
        self.at += 1;
        Some(())
    }

    fn skip_scalar(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        self.at += length;
        (length > 0).then_some(())
    }
}
