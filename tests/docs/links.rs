//! Every link from one file of the documentation to another leads somewhere.

use crate::harness::root;
use std::path::{Path, PathBuf};

/// The pages: those at the top and in the directories that have some.
fn pages() -> Vec<PathBuf> {
    let directories = ["", "docs", "grafana", "queries", "budget", "replica", "delivery", "sandbox"]
        .map(|directory| root().join(directory));
    let files = directories.iter().filter(|directory| directory.is_dir());
    let files = files.flat_map(|directory| std::fs::read_dir(directory).unwrap());
    let files = files.map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The targets of a page's links that stay in the repository: file and heading.
fn links(text: &str) -> Vec<(&str, Option<&str>)> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let inside = targets.filter(|target| !target.contains("://"));
    inside
        .map(|target| target.split_once('#').map_or((target, None), |(file, of)| (file, Some(of))))
        .collect()
}

/// A heading as GitHub makes an anchor of it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter_map(|c| {
            if c == ' ' { Some('-') } else { Some(c).filter(|c| c.is_alphanumeric() || "-_".contains(*c)) }
        })
        .collect()
}

fn fault(page: &Path, file: &str, heading: Option<&str>) -> Option<String> {
    let target = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    if !target.exists() {
        return Some(format!("{}: no {file}", page.display()));
    }
    let heading = heading?;
    let text = std::fs::read_to_string(&target).unwrap();
    let mut headings = text.lines().filter(|line| line.starts_with('#')).map(anchor);
    (!headings.any(|anchor| anchor == heading)).then(|| format!("{}: no {file}#{heading}", page.display()))
}

#[test]
fn every_link_within_the_repository_leads_somewhere() {
    let mut faults = Vec::new();
    let mut links_seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for (file, heading) in links(&text) {
            links_seen += 1;
            faults.extend(fault(&page, file, heading));
        }
    }
    assert!(links_seen > 30, "only {links_seen} links: are these still the pages?");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
