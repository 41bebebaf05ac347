use super::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use tempfile::TempDir;

/// No file of these tests is the input.
fn no_input() -> FileId {
    FileId::of(&fs::metadata("/").unwrap())
}

fn head(url: &str, id: &str) -> Head {
    Head { url: url.into(), stack_id: id.into() }
}

fn here() -> Head {
    head("http://here", "stack/1")
}

/// A directory and the name of a journal in it.
fn place() -> (TempDir, Place) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    (directory, Place { path, named: true })
}

fn open(place: &Place, head: &Head) -> Result<Journal> {
    Journal::open(place, no_input(), head)
}

fn refused(place: &Place, head: &Head) -> String {
    format!("{:#}", open(place, head).err().unwrap())
}

fn line(number: u64) -> Line {
    Line::new(number, format!("line {number}").into_bytes(), 0)
}

/// A journal of this many lines.
fn written(place: &Place, lines: u64) -> Vec<u8> {
    let mut journal = open(place, &here()).unwrap();
    for number in 1..=lines {
        journal.add(&line(number), &"receipt".into()).unwrap();
    }
    fs::read(&place.path).unwrap()
}

#[test]
fn wherever_a_crash_cuts_it_the_whole_lines_are_known_and_others_follow_them() {
    let (_directory, place) = place();
    let whole = written(&place, 2);
    for cut in 0..=whole.len() {
        fs::write(&place.path, &whole[..cut]).unwrap();
        let mut journal = open(&place, &here()).unwrap();
        let known = journal.accepted_before().len();
        // A line without its line feed is whole.
        let feeds = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        let without_feed = usize::from(whole.get(cut) == Some(&b'\n') && feeds > 0);
        assert_eq!(known, (feeds + without_feed).saturating_sub(1), "cut at {cut}");
        journal.add(&line(3), &"receipt".into()).unwrap();
        drop(journal);
        let known_then = open(&place, &here()).unwrap().accepted_before();
        assert!(known_then.len() == known + 1 && known_then.contains(&line(3).digest), "cut at {cut}");
    }
}

#[test]
fn a_file_of_something_else_stays_byte_for_byte() {
    let (_directory, place) = place();
    let journal = written(&place, 2);
    let damaged = [&journal, b"my own note".as_slice()].concat();
    let in_the_middle = [&journal, b"\n".as_slice(), &journal].concat();
    for text in [
        b"no line feed".as_slice(),
        b"{\"email_subject\": \"...\"}",
        b"{\"email_subject\": \"...\"}\n{\"email_subj",
        b"\n",
        b"\xff\0\xff",
        b"{\"url\":\"http://here\"}\n",
        b"{\"url\":\"http://elsewhere\",\"stack_id\":\"stack/1\"",
        b"{\"url\":\"http://there\",\"stack_id\":\"stack/2\"}\n{\"li",
        &damaged,
        &in_the_middle,
    ] {
        fs::write(&place.path, text).unwrap();
        fs::set_permissions(&place.path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = refused(&place, &here());
        assert!(error.contains("--journal"), "{}: {error}", text.escape_ascii());
        assert_eq!(fs::read(&place.path).unwrap(), text, "{}", text.escape_ascii());
        let mode = fs::metadata(&place.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{}", text.escape_ascii());
    }
}

#[test]
fn a_journal_of_another_stack_is_refused_with_what_to_do() {
    let (_directory, place) = place();
    written(&place, 1);
    let earlier = refused(&place, &head("http://here", "stack/2"));
    assert!(
        ["earlier stack", "stack/1", "stack/2", "--journal", "delete"]
            .iter()
            .all(|word| earlier.contains(word))
    );
    let another = refused(&place, &head("http://there", "stack/2"));
    assert!(another.contains("another stack, stack/1 at http://here: name another"), "{another}");
    // The address of a stack may change.
    assert_eq!(open(&place, &head("http://there", "stack/1")).unwrap().accepted_before().len(), 1);

    fs::write(&place.path, "{\"url\":\"http://here\"}\n").unwrap();
    assert!(refused(&place, &here()).contains("older version"));
    fs::write(&place.path, "{\"url\":\"\\u001b[2J\",\"stack_id\":\"\\u001b\"}\n").unwrap();
    assert!(!refused(&place, &here()).contains('\u{1b}'));
}

#[test]
fn the_journal_beside_the_input_gives_way_to_that_of_a_new_stack_at_the_same_address() {
    let (directory, mut place) = place();
    place.named = false;
    let mut kept = Vec::new();
    for (id, name) in [("stack/1", None), ("stack/2", Some("journal.1")), ("stack/3", Some("journal.2"))] {
        let mut journal = open(&place, &head("http://here", id)).unwrap();
        assert_eq!(journal.accepted_before().len(), 0, "{id}");
        let aside = name.map(|name| directory.path().join(name));
        assert_eq!(journal.set_aside, aside);
        assert!(
            aside.is_none_or(|aside| fs::read(aside).unwrap() == kept),
            "what is set aside stays as it was"
        );
        journal.add(&line(1), &id.into()).unwrap();
        kept = fs::read(&place.path).unwrap();
    }
    // The other stack may still run elsewhere.
    assert!(refused(&place, &head("http://there", "stack/4")).contains("--journal"));
    assert_eq!(fs::read(&place.path).unwrap(), kept);
}

#[test]
fn a_link_the_input_and_what_is_no_file_are_refused() {
    let (directory, place) = place();
    let target = directory.path().join("target");
    for text in [None, Some(""), Some("mine\n")] {
        if let Some(text) = text {
            fs::write(&target, text).unwrap();
        }
        symlink(&target, &place.path).unwrap();
        assert!(refused(&place, &here()).contains("symbolic link"), "{text:?}");
        assert_eq!(fs::read_to_string(&target).ok().as_deref(), text);
        fs::remove_file(&place.path).unwrap();
    }
    fs::create_dir(&place.path).unwrap();
    assert!(refused(&place, &here()).contains("regular file"));
    fs::remove_dir(&place.path).unwrap();

    // By another name too, and while it is empty.
    fs::write(&target, "").unwrap();
    fs::hard_link(&target, &place.path).unwrap();
    let input = FileId::of(&fs::metadata(&target).unwrap());
    let error = Journal::open(&place, input, &here()).err().unwrap().to_string();
    assert!(error.contains("the input itself"), "{error}");
    assert_eq!(fs::read(&target).unwrap(), b"");
}

#[test]
fn a_journal_is_for_its_owner_alone() {
    let (_directory, place) = place();
    let mode = || fs::metadata(&place.path).unwrap().permissions().mode() & 0o777;
    written(&place, 1);
    assert_eq!(mode(), 0o600);
    for text in [fs::read(&place.path).unwrap(), Vec::new()] {
        fs::write(&place.path, text).unwrap();
        fs::set_permissions(&place.path, fs::Permissions::from_mode(0o644)).unwrap();
        open(&place, &here()).unwrap();
        assert_eq!(mode(), 0o600);
    }
}

#[test]
fn two_runs_do_not_share_a_journal() {
    let (_directory, place) = place();
    let first = open(&place, &here()).unwrap();
    assert!(refused(&place, &here()).contains("in use"));
    drop(first);
    open(&place, &here()).unwrap();
}
