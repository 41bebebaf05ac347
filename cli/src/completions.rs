//! `mailroom completions`: what a shell needs to complete the command line.

use crate::args::Args;
use clap::CommandFactory;
use clap_complete::Shell;

const HELP: &str = "\
For this shell only:
  source <(mailroom completions bash)
For every one:
  mailroom completions bash > ~/.local/share/bash-completion/completions/mailroom
  mailroom completions zsh > \"${fpath[1]}/_mailroom\"
  mailroom completions fish > ~/.config/fish/completions/mailroom.fish";

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(options: &Options) {
    clap_complete::generate(
        options.shell,
        &mut <Args as CommandFactory>::command(),
        "mailroom",
        &mut std::io::stdout(),
    );
}
