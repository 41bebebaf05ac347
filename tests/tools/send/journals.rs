//! The journals of `send`: whose they are, and files that are none.

use super::{emails, lines};
use crate::check::proxy::at;
use crate::harness::{Ours, Said, Setup, System};
use crate::tools::{argument, file, found};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

async fn send(system: &System, path: &Path, journal: Option<&Path>) -> Said {
    let mut arguments = vec!["send", argument(path), "--json"];
    if let Some(journal) = journal {
        arguments.extend(["--journal", argument(journal)]);
    }
    system.run(&arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_stack_at_the_same_address_is_sent_every_line_and_the_old_journal_is_kept() {
    let (directory, path) = file(&lines(&emails(5)));
    let (beside, named) = (path.with_extension("ndjson.sent"), directory.path().join("journal"));
    let first = Ours::start().await;
    assert_eq!(found(&send(&first, &path, None).await, 0)["accepted"], 5);
    assert_eq!(found(&send(&first, &path, Some(&named)).await, 0)["accepted"], 5);
    let kept = [&beside, &named].map(|journal| std::fs::read(journal).unwrap());
    assert_eq!(std::fs::metadata(&beside).unwrap().permissions().mode() & 0o777, 0o600);

    let second = Ours::start_with(at(&first.url)).await;
    let said = send(&second, &path, None).await;
    let report = found(&said, 0);
    assert_eq!((report["accepted"].as_u64(), report["accepted_before"].as_u64()), (Some(5), Some(0)));
    let aside = path.with_extension("ndjson.sent.1");
    assert_eq!(report["journal_set_aside"], argument(&aside));
    assert!(said.stderr.contains("earlier stack") && said.stderr.contains(argument(&aside)), "{said:#?}");
    assert_eq!(std::fs::read(&aside).unwrap(), kept[0]);
    assert_eq!(found(&send(&second, &path, None).await, 0)["accepted_before"], 5);

    let posted = first.calls("SendMessageBatch");
    let said = send(&second, &path, Some(&named)).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    for word in ["earlier stack", &first.url, "--journal", "delete"] {
        assert!(said.stderr.contains(word), "{word}: {said:#?}");
    }
    assert_eq!((std::fs::read(&named).unwrap(), first.calls("SendMessageBatch")), (kept[1].clone(), posted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_keeps_its_data_keeps_its_journals() {
    let (directory, path) = file(&lines(&emails(5)));
    let data = directory.path().join("data");
    for (accepted, before) in [(5, 0), (0, 5)] {
        let system = Ours::start_with(Setup::usual().data(&data)).await;
        let report = found(&send(&system, &path, None).await, 0);
        assert_eq!(
            (report["accepted"].as_u64(), report["accepted_before"].as_u64()),
            (Some(accepted), Some(before))
        );
        system.stack.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_a_journal_is_refused_and_stays_as_it_was() {
    let (directory, path) = file(&lines(&emails(2)));
    let system = Ours::start().await;
    let [notes, link] = ["notes", "link"].map(|name| directory.path().join(name));
    std::fs::write(&notes, "no line feed").unwrap();
    symlink(directory.path().join("target"), &link).unwrap();
    let input = std::fs::read(&path).unwrap();
    for (journal, word) in
        [(&notes, "notes is not a journal"), (&link, "symbolic link"), (&path, "the input itself")]
    {
        let said = send(&system, &path, Some(journal)).await;
        assert!(said.code == Some(1) && said.stderr.contains(word), "{word}: {said:#?}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), input);
    assert_eq!(std::fs::read(&notes).unwrap(), b"no line feed");
    assert!(!directory.path().join("target").exists());
    assert_eq!(system.calls("SendMessageBatch"), 0);
}
