//! `mailroom completions`, and what `--help` says.

use crate::harness::mailroom;

const COMMANDS: [&str; 9] = ["up", "demo", "send", "dlq", "audit", "check", "token", "status", "plan"];

#[tokio::test]
async fn every_shell_gets_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let output = mailroom(&["completions", shell]).await.output().await.unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[tokio::test]
async fn bash_takes_its_completions() {
    let script = mailroom(&["completions", "bash"]).await.output().await.unwrap().stdout;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("completions");
    std::fs::write(&path, script).unwrap();
    for (words, expected) in [("mailroom st", "status"), ("mailroom up --chao", "--chaos")] {
        let complete = format!(
            "source \"$1\" && COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) && \
             _mailroom mailroom \"${{COMP_WORDS[COMP_CWORD]}}\" && echo \"${{COMPREPLY[@]}}\""
        );
        let output = tokio::process::Command::new("bash")
            .args(["-c", &complete, "-", path.to_str().unwrap()])
            .output();
        let output = output.await.unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{output:?}");
    }
}

#[tokio::test]
async fn help_names_every_command_and_every_exit_code() {
    let help = String::from_utf8(mailroom(&["--help"]).await.output().await.unwrap().stdout).unwrap();
    for word in COMMANDS.iter().chain(&["Exit codes", "130", "mailroom demo"]) {
        assert!(help.contains(word), "{word}: {help}");
    }
}
