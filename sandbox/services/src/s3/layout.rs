//! The file of an object's bytes, with a readable name for any key.
//!
//! A key may hold anything: `..`, a leading `/`, 1,024 bytes without a slash, `a` beside `a/b`, `John` beside
//! `john` on a disk that takes them for one, letters that a disk normalises. So a key that is a harmless
//! relative path is its own file name, and any other, or one whose place is taken, gets a readable name with `~`
//! and a hash of the key. No plain name has a `~`, so the two kinds never meet.

use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Disks take names of 255 bytes; this leaves room for the hash.
const COMPONENT_BYTES: usize = 150;
/// Paths on macOS have at most 1,024 bytes, those of the data directory included.
const PATH_BYTES: usize = 512;
/// 64 bits: enough to tell a bucket's keys apart, short enough to read past.
const HASH_BYTES: usize = 8;
const EXTENSION_BYTES: usize = 10;

/// The files of a bucket, folded to what a disk that ignores case would take for the same.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeSet<String>);

impl Files {
    pub(crate) fn take(&mut self, file: &str) {
        self.0.insert(file.to_ascii_lowercase());
    }

    pub(crate) fn release(&mut self, file: &str) {
        self.0.remove(&file.to_ascii_lowercase());
    }

    /// True for the file of some key.
    pub(crate) fn is_taken(&self, file: &str) -> bool {
        self.0.contains(&file.to_ascii_lowercase())
    }

    /// A file for a new key: the first of the key's names that is free.
    pub(crate) fn place(&self, key: &str, is_blocked: impl Fn(&str) -> bool) -> String {
        let names = [plain(key), hashed_in_place(key)].into_iter().flatten();
        let free = |name: &String| self.is_free(name) && !is_blocked(name);
        names.into_iter().find(free).unwrap_or_else(|| hashed(key, key))
    }

    fn is_free(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let below = format!("{name}/");
        let is_directory = self.0.range(below.clone()..).next().is_some_and(|file| file.starts_with(&below));
        let in_a_file = name.match_indices('/').any(|(slash, _)| self.0.contains(&name[..slash]));
        !is_directory && !in_a_file && !self.0.contains(&name)
    }
}

/// The key itself, if it is a harmless path.
pub(crate) fn plain(key: &str) -> Option<String> {
    let harmless = key.len() <= PATH_BYTES && key.split('/').all(is_plain);
    harmless.then(|| key.to_owned())
}

/// A hashed name in the key's own directory, if that is a harmless path.
fn hashed_in_place(key: &str) -> Option<String> {
    let (directory, name) = key.rsplit_once('/')?;
    Some(format!("{}/{}", plain(directory)?, hashed(key, name)))
}

/// `name` made readable, with a hash of `key` before its extension.
fn hashed(key: &str, name: &str) -> String {
    let hash = hex::encode(&Sha256::digest(key)[..HASH_BYTES]);
    let readable: String =
        name.chars().map(|c| if c.is_alphanumeric() || is_plain_character(c) { c } else { '-' }).collect();
    let (stem, extension) = match readable.rsplit_once('.') {
        Some((stem, extension))
            if (1..=EXTENSION_BYTES).contains(&extension.len())
                && extension.chars().all(|c| c.is_ascii_alphanumeric()) =>
        {
            (stem, format!(".{extension}"))
        }
        _ => (readable.as_str(), String::new()),
    };
    // A dot in front would hide the file.
    let stem = cut(stem.trim_start_matches('.'), COMPONENT_BYTES);
    format!("{stem}~{hash}{extension}")
}

fn is_plain(component: &str) -> bool {
    !component.is_empty()
        && component.len() <= COMPONENT_BYTES
        && !component.starts_with('.')
        && component.chars().all(is_plain_character)
}

/// ASCII only: two disks may disagree on whether two spellings of `é` are the same name.
fn is_plain_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || " !-_.*'()@+,=&$;".contains(c)
}

/// The start of `text`, at most `bytes` long.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(keys: &[&str]) -> Vec<String> {
        let mut files = Files::default();
        let mut place = |key: &&str| {
            let file = files.place(key, |_| false);
            files.take(&file);
            file
        };
        keys.iter().map(&mut place).collect()
    }

    #[test]
    fn a_harmless_key_is_its_own_file_name() {
        let keys = ["annual report_2023.pdf", "reports/2023/09/01/report-0a1b.json"];
        assert_eq!(placed(&keys), keys);
    }

    #[test]
    fn no_key_leaves_the_bucket_or_hides_or_outgrows_the_disk() {
        let long = "x".repeat(1_024);
        let deep = "a/".repeat(512);
        for key in
            ["../up", "/root", "a//b", "a/../b", ".", "..", ".hidden", "a/", "\0", "C:\\x", "~", &long, &deep]
        {
            let file = &placed(&[key])[0];
            assert!(file.len() <= PATH_BYTES, "{key}: {file}");
            for part in file.split('/') {
                assert!(!part.is_empty() && part.len() <= 255 && !part.starts_with('.'), "{key}: {file}");
                assert!(!part.contains(['\0', '\\', ':']), "{key}: {file}");
            }
        }
    }

    #[test]
    fn keys_that_a_disk_could_take_for_one_have_files_of_their_own() {
        for keys in [
            ["John", "john"],
            ["john", "John"],
            ["a", "a/b"],
            ["a/b", "a"],
            ["A/b", "a"],
            ["é.json", "e\u{301}.json"],
            ["a b~c", "a b-c"],
            ["../x", "..-x"],
        ] {
            let files = placed(&keys);
            let [first, second] = [&files[0], &files[1]].map(|file| file.to_lowercase());
            assert_ne!(first, second, "{keys:?}");
            let nested = first.starts_with(&format!("{second}/")) || second.starts_with(&format!("{first}/"));
            assert!(!nested, "{keys:?}: {files:?}");
        }
    }

    #[test]
    fn a_key_that_looks_like_a_hashed_name_does_not_take_it() {
        let hashed = &placed(&["é.json"])[0];
        let files = placed(&[hashed, "é.json"]);
        assert_ne!(files[0], files[1]);
    }

    #[test]
    fn a_hashed_name_stays_readable() {
        let file = &placed(&["reports/José_1.json"])[0];
        assert!(file.starts_with("reports/José_1~") && file.ends_with(".json"), "{file}");
    }
}
