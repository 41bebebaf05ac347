//! The file that keeps deleted letters.

use super::super::DeadLetter;
use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::{Message, MessageAttributeValue};
use aws_smithy_types::base64;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// For its owner alone: it holds people's mail.
const MODE: u32 = 0o600;
/// The start of each line.
const START: &[u8] = br#"{"message_id":""#;

/// A whole letter, with everything to make it again. Once released, the names stay.
#[derive(Serialize)]
pub(crate) struct SavedLine {
    #[serde(flatten)]
    letter: DeadLetter,
    attributes: BTreeMap<String, Attribute>,
    system_attributes: BTreeMap<String, String>,
    body: String,
}

/// A message attribute of SQS.
#[derive(Serialize)]
struct Attribute {
    data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    string: Option<String>,
    /// In base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<String>,
}

impl SavedLine {
    pub(crate) fn of(message: &Message) -> Self {
        let attributes = message.message_attributes().into_iter().flatten();
        let system_attributes = message.attributes().into_iter().flatten();
        Self {
            letter: DeadLetter::of(message),
            attributes: attributes.map(|(name, value)| (name.clone(), value.into())).collect(),
            system_attributes: system_attributes
                .map(|(name, value)| (name.as_str().to_owned(), value.clone()))
                .collect(),
            body: message.body().unwrap_or_default().to_owned(),
        }
    }
}

impl From<&MessageAttributeValue> for Attribute {
    fn from(value: &MessageAttributeValue) -> Self {
        Self {
            data_type: value.data_type().to_owned(),
            string: value.string_value().map(str::to_owned),
            binary: value.binary_value().map(base64::encode),
        }
    }
}

pub(crate) struct SavedFile {
    path: PathBuf,
    file: File,
}

impl SavedFile {
    /// Opens or creates it, and keeps it from others. Its lines stay. A file with anything else in it is not touched.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        // The file that a link leads to is somebody else's choice. So is a device, on which nothing stays.
        let other = path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file());
        ensure!(!other, "--save: can't use {shown}: it is not a regular file");
        let open = OpenOptions::new().read(true).append(true).create(true).mode(MODE).open(path);
        let file = open.with_context(|| format!("--save: can't open {shown}"))?;
        let mut this = Self { path: path.to_owned(), file };
        let ours = this.is_ours().with_context(|| format!("--save: can't read {shown}"))?;
        ensure!(ours, "--save: can't use {shown}: it does not hold saved dead letters; name another file");
        this.prepare().with_context(|| this.failed())?;
        Ok(this)
    }

    /// True if the file is empty or starts as a saved line does, even if that was cut off.
    fn is_ours(&mut self) -> io::Result<bool> {
        let mut start = Vec::new();
        Read::by_ref(&mut self.file).take(START.len() as u64).read_to_end(&mut start)?;
        Ok(START.starts_with(&start))
    }

    fn prepare(&mut self) -> io::Result<()> {
        self.file.set_permissions(Permissions::from_mode(MODE))?;
        self.end_the_last_line()?;
        self.sync_directory()
    }

    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Appends lines. Afterwards they are on disk, and survive a power cut.
    pub(crate) fn append(&mut self, lines: impl Iterator<Item = SavedLine>) -> Result<()> {
        let mut text = String::new();
        for line in lines {
            text += &serde_json::to_string(&line).context("can't write a dead letter as JSON")?;
            text.push('\n');
        }
        if text.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.with_context(|| self.failed())
    }

    /// A run that was killed may have left half a line, which the next line must not continue. One that doesn't tell a
    /// letter's id goes.
    fn end_the_last_line(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() < START.len() as u64 {
            return self.file.set_len(0);
        }
        let mut last = [0];
        self.file.seek(SeekFrom::End(-1))?;
        self.file.read_exact(&mut last)?;
        if last == *b"\n" { Ok(()) } else { self.file.write_all(b"\n") }
    }

    /// A file whose name is not on disk is lost with the power.
    fn sync_directory(&self) -> io::Result<()> {
        let directory = self.path.parent().filter(|directory| !directory.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn failed(&self) -> String {
        format!("--save: can't write {}, so nothing more is deleted", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sqs::types::MessageSystemAttributeName;
    use serde_json::{Value, json};
    use std::os::unix::fs::symlink;

    #[test]
    fn a_line_has_the_whole_letter() {
        let binary =
            MessageAttributeValue::builder().data_type("Binary").binary_value(b"\xff\0".as_slice().into());
        let message = Message::builder()
            .message_id("id")
            .body("a\n\u{0}")
            .message_attributes("odd", binary.build().unwrap())
            .attributes(MessageSystemAttributeName::AwsTraceHeader, "Root=1")
            .build();
        let line = serde_json::to_value(SavedLine::of(&message)).unwrap();
        assert_eq!(line["body"], "a\n\u{0}");
        assert_eq!(line["attributes"]["odd"], json!({"data_type": "Binary", "binary": "/wA="}));
        assert_eq!(line["system_attributes"], json!({"AWSTraceHeader": "Root=1"}));
        assert_eq!((&line["message_id"], &line["reason"]), (&json!("id"), &json!("not_json")));
    }

    #[test]
    fn lines_are_appended_and_half_a_line_stays_apart() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("saved.ndjson");
        let save = |body: &str| {
            let message = Message::builder().body(body).build();
            SavedFile::open(&path).unwrap().append([SavedLine::of(&message)].into_iter()).unwrap();
        };
        save("first");
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"body\":\"ha").unwrap();
        save("second");
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().map(serde_json::from_str::<Value>).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!(lines[0].as_ref().unwrap()["body"], "first");
        assert_eq!(lines[2].as_ref().unwrap()["body"], "second");
        assert_eq!(mode(&path), MODE);
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    fn save(path: &Path) -> Result<()> {
        SavedFile::open(path)?.append([SavedLine::of(&Message::builder().body("a").build())].into_iter())
    }

    #[test]
    fn a_file_that_others_could_read_is_its_owners_alone_before_a_letter_is_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("saved.ndjson");
        for content in ["", "{\"mess", "{\"message_id\":\"a\"}\n"] {
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
            SavedFile::open(&path).unwrap();
            assert_eq!(mode(&path), MODE, "{content}");
            save(&path).unwrap();
        }
    }

    #[test]
    fn a_file_with_something_else_in_it_a_link_and_a_device_are_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let [foreign, link, dangling] =
            ["foreign", "link", "dangling"].map(|name| directory.path().join(name));
        std::fs::write(&foreign, "{\"message\":\"not ours\"}").unwrap();
        std::fs::set_permissions(&foreign, Permissions::from_mode(0o644)).unwrap();
        let target = directory.path().join("target");
        std::fs::write(&target, "").unwrap();
        symlink(&target, &link).unwrap();
        symlink(directory.path().join("nothing"), &dangling).unwrap();
        for path in [&foreign, &link, &dangling, Path::new("/dev/full"), directory.path()] {
            let error = save(path).unwrap_err().to_string();
            assert!(error.contains("--save: can't use") && error.contains(path.to_str().unwrap()), "{error}");
        }
        assert_eq!(std::fs::read_to_string(&foreign).unwrap(), "{\"message\":\"not ours\"}");
        assert_eq!((mode(&foreign), target.metadata().unwrap().len()), (0o644, 0));
        assert!(!directory.path().join("nothing").exists());
    }

    #[test]
    fn a_full_disk_is_an_error_that_names_the_file() {
        let file = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let mut saved = SavedFile { path: "away.ndjson".into(), file };
        let error = saved.append([SavedLine::of(&Message::builder().build())].into_iter()).unwrap_err();
        assert!(error.to_string().contains("can't write away.ndjson, so nothing more is deleted"), "{error}");
    }
}
