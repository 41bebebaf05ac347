//! Hostile senders.

/// Paths, markup, control characters, look-alikes, and more than fits a key.
pub(crate) fn hostile_senders() -> Vec<String> {
    let mut senders: Vec<_> = [
        "../../etc/passwd",
        "/",
        "a/b",
        "a\\b",
        ".",
        "..",
        "a\u{0}b",
        "a\nb",
        "<script>alert(1)</script>",
        "%2e%2e%2f",
        "John doe",
        "john doe",
        "é",
        "e\u{301}",
        "\u{202e}evil",
        "👍",
        "a?b#c",
        "a+b&c=d",
        "-",
        "~",
        "'; DROP TABLE emails; --",
        "\u{feff}",
        "a\u{ffff}b",
        "a-b",
        "COM1",
        ".sandbox",
        " lead",
        "trail ",
    ]
    .map(str::to_owned)
    .into();
    senders.extend(["x".repeat(5_000), "山".repeat(300)]);
    senders
}
