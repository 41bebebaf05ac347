//! Every interleaving of a few commands on a model of the parameter, with kills, lost answers and late writes.

use super::history::{Kind, Plan, Version, without};
use super::writer::{Change, Latest, Write, Writer};
use crate::system::tokens::{Token, of_caller};
use secrecy::ExposeSecret;
use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

type Names = BTreeSet<String>;

fn names(tokens: &[Token]) -> Names {
    tokens.iter().map(|token| token.expose_secret().to_owned()).collect()
}

fn hash(tokens: &[Token], key: &mut DefaultHasher) {
    tokens.iter().for_each(|token| token.expose_secret().hash(key));
    tokens.len().hash(key);
}

/// SSM's parameter. It takes every write.
#[derive(Clone)]
struct Parameter {
    versions: Vec<Version>,
    values: Vec<Vec<Token>>,
    /// The tokens that were added and removed on purpose.
    added: Names,
    removed: Names,
    /// A write without a description keeps the one before. AWS doesn't say, so both are tried.
    inherits: bool,
    /// As every command reads it. Computed once a version, which takes most of the time.
    latest: Rc<Latest>,
    /// A hash of all versions.
    key: u64,
}

impl Parameter {
    fn new(inherits: bool) -> Self {
        let latest = Rc::new(Latest { version: 0, value: Vec::new(), state: Vec::new() });
        let (added, removed) = (Names::new(), Names::new());
        Self { versions: Vec::new(), values: Vec::new(), added, removed, inherits, latest, key: 0 }
    }

    fn put(&mut self, tokens: Vec<Token>, description: Option<String>) {
        let has_unnamed = |tokens: &[Token]| !of_caller(tokens, None).is_empty();
        assert!(has_unnamed(&tokens) || !has_unnamed(&self.latest.value), "an unnamed token stays");
        assert!(
            of_caller(&tokens[..1], None).len() == 1 || !has_unnamed(&tokens),
            "the first line is an unnamed one"
        );
        let before = self.versions.last().and_then(|version| version.description.clone());
        let description = description.or_else(|| before.filter(|_| self.inherits));
        let number = i64::try_from(self.versions.len()).unwrap() + 1;
        let mut key = DefaultHasher::new();
        (self.key, &description).hash(&mut key);
        hash(&tokens, &mut key);
        self.key = key.finish();
        self.versions.push(Version { number, description });
        self.values.push(tokens);
        self.latest = Rc::new(self.read());
    }

    fn read(&self) -> Latest {
        let value = |version: i64| match usize::try_from(version - 1) {
            Ok(n) => self.values[n].as_slice(),
            Err(_) => &[],
        };
        let version = self.versions.last().map_or(0, |version| version.number);
        Latest { version, value: value(version).to_vec(), state: Plan::of(&self.versions).state(value) }
    }

    fn mean(&mut self, before: &[Token], after: &[Token]) {
        self.added.extend(names(&without(after, before)));
        self.removed.extend(names(&without(before, after)));
    }

    /// The tokens that have to work.
    fn expected(&self) -> Names {
        self.added.difference(&self.removed).cloned().collect()
    }
}

/// A write that is on its way to SSM.
#[derive(Clone)]
struct Sent {
    write: Write,
    /// The state that it was computed from.
    state: Vec<Token>,
}

impl Sent {
    fn land(self, parameter: &mut Parameter) {
        let Self { write: Write { mark, tokens }, state } = self;
        if mark.kind == Kind::Change {
            parameter.mean(&state, &tokens);
        }
        parameter.put(tokens, Some(mark.describe(None)));
    }
}

#[derive(Clone)]
struct Command {
    writer: Writer,
    /// It settles first, and then removes all tokens but the newest.
    retires: bool,
    sent: Option<Sent>,
    writes: usize,
    ended: bool,
}

#[derive(Clone)]
struct World {
    /// Most steps leave it as it is.
    parameter: Rc<Parameter>,
    commands: Vec<Command>,
    /// Writes whose command has given up waiting.
    late: Vec<Sent>,
    /// How often a person may still put a token in front by hand.
    hands: usize,
    /// How many writes may still be late or the last of their command.
    troubles: usize,
    /// True if a write may need the next command to be repaired.
    cut_off: bool,
}

impl World {
    fn nexts(&self) -> Vec<Self> {
        let mut nexts = Vec::new();
        for n in 0..self.commands.len() {
            let command = &self.commands[n];
            if command.ended {
                continue;
            }
            nexts.push(self.with(|world| world.run(n)));
            if self.troubles > 0 && command.sent.is_some() {
                nexts.push(self.with(|world| world.kill_after_the_write(n)));
                nexts.push(self.with(|world| world.delay(n)));
            }
        }
        let land = |world: &mut Self, n| world.late.remove(n).land(Rc::make_mut(&mut world.parameter));
        nexts.extend((0..self.late.len()).map(|n| self.with(|world| land(world, n))));
        // Writing by hand is promised to work only while no command writes.
        let quiet = self.late.is_empty() && self.commands.iter().all(|command| command.sent.is_none());
        if self.hands > 0 && quiet {
            nexts.push(self.with(Self::write_by_hand));
        }
        nexts
    }

    fn with(&self, step: impl FnOnce(&mut Self)) -> Self {
        let mut world = self.clone();
        step(&mut world);
        world
    }

    /// Reads and decides, or writes. A command that doesn't get the answer goes on as if it had: it reads.
    fn run(&mut self, n: usize) {
        let command = &mut self.commands[n];
        if let Some(sent) = command.sent.take() {
            return sent.land(Rc::make_mut(&mut self.parameter));
        }
        let latest = Rc::clone(&self.parameter.latest);
        match command.writer.next(&self.parameter.versions, &latest) {
            Some(write) => command.sent = Some(Sent { write, state: latest.state.clone() }),
            None if command.retires => command.retire(&latest.value),
            None => command.ended = true,
        }
        command.writes += 1;
        assert!(command.writes < 12, "a command ends");
    }

    fn delay(&mut self, n: usize) {
        (self.troubles, self.cut_off) = (self.troubles - 1, true);
        self.late.extend(self.commands[n].sent.take());
    }

    /// Before its write, a command that is killed is one that was never started.
    fn kill_after_the_write(&mut self, n: usize) {
        self.run(n);
        (self.troubles, self.cut_off) = (self.troubles - 1, true);
        self.commands[n].ended = true;
    }

    fn write_by_hand(&mut self) {
        self.hands -= 1;
        let parameter = Rc::make_mut(&mut self.parameter);
        let before = Rc::clone(&parameter.latest);
        let tokens = [&[Token::from("by hand")], before.value.as_slice()].concat();
        parameter.mean(&before.value, &tokens);
        parameter.put(tokens, None);
    }

    /// All that later steps depend on.
    fn key(&self) -> u64 {
        let mut key = DefaultHasher::new();
        self.parameter.key.hash(&mut key);
        let commands = self.commands.iter();
        for sent in commands.clone().map(|command| command.sent.as_ref()).chain(self.late.iter().map(Some)) {
            sent.is_some().hash(&mut key);
            if let Some(Sent { write, .. }) = sent {
                (write.mark.base, &write.mark.id).hash(&mut key);
                hash(&write.tokens, &mut key);
            }
        }
        let ended: Vec<_> =
            commands.map(|command| (command.ended, command.writer.changed, command.retires)).collect();
        (ended, self.late.len(), self.hands, self.troubles, self.cut_off).hash(&mut key);
        key.finish()
    }

    /// The promise.
    fn check(&self) {
        let (mut end, expected) = (self.clone(), self.parameter.expected());
        let told = || {
            let versions = self.parameter.versions.iter().zip(&self.parameter.values);
            let versions = versions.map(|(version, value)| (&version.description, names(value)));
            versions.map(|version| format!("{version:?}\n")).collect::<String>()
        };
        if !self.cut_off {
            assert_eq!(names(&end.parameter.latest.value), expected, "once all have ended\n{}", told());
        }
        end.commands.push(command("next", None));
        while !end.commands.last().unwrap().ended {
            end.run(self.commands.len());
        }
        assert_eq!(names(&end.parameter.latest.value), expected, "after the next command\n{}", told());
    }
}

impl Command {
    fn retire(&mut self, tokens: &[Token]) {
        self.retires = false;
        match tokens {
            [newest, old @ ..] if !old.is_empty() => {
                let change = Change::Remove { keep: newest.clone(), old: old.to_vec() };
                self.writer = Writer::new(Some(change), "retire".to_owned());
            }
            _ => self.ended = true,
        }
    }
}

fn command(id: &str, change: Option<Change>) -> Command {
    Command {
        writer: Writer::new(change, id.to_owned()),
        retires: false,
        sent: None,
        writes: 0,
        ended: false,
    }
}

fn retire() -> Command {
    Command { retires: true, ..command("before", None) }
}

/// Goes through every interleaving, and counts the ends.
fn explore(world: &World, seen: &mut HashSet<u64>) -> u64 {
    if !seen.insert(world.key()) {
        return 0;
    }
    let nexts = world.nexts();
    if nexts.is_empty() {
        world.check();
        return 1;
    }
    nexts.iter().map(|world| explore(world, seen)).sum()
}

/// These commands on a parameter with these tokens, one a version.
fn explore_all(first: &[&[&str]], commands: &[Command], hands: usize, troubles: usize) {
    // Only a write by hand has no description.
    let inheritance: &[bool] = if hands > 0 { &[false, true] } else { &[false] };
    for inherits in inheritance {
        let mut parameter = Parameter::new(*inherits);
        for value in first {
            let value: Vec<_> = value.iter().map(|token| Token::from(*token)).collect();
            let before = Rc::clone(&parameter.latest);
            parameter.mean(&before.value, &value);
            parameter.put(value, None);
        }
        let (parameter, commands) = (Rc::new(parameter), commands.to_vec());
        let world = World { parameter, commands, late: Vec::new(), hands, troubles, cut_off: false };
        let mut seen = HashSet::new();
        println!("{} ends, {} states", explore(&world, &mut seen), seen.len());
    }
}

fn add(token: &str) -> Command {
    command(token, Some(Change::Add(token.into())))
}

/// A token that names this caller.
fn named(caller: &str, digit: char) -> String {
    format!("mailroom_{caller}_{}", digit.to_string().repeat(64))
}

/// A command that has found these tokens of a caller before the model begins.
fn revoke(id: &str, tokens: &[&str]) -> Command {
    command(id, Some(Change::Revoke(tokens.iter().map(|token| Token::from(*token)).collect())))
}

/// A command that has found these tokens before the model begins.
fn remove(id: &str, keep: &str, old: &str) -> Command {
    command(id, Some(Change::Remove { keep: keep.into(), old: vec![old.into()] }))
}

const OLD: [&[&str]; 1] = [&["old"]];
const UNDER_WAY: [&[&str]; 2] = [&["old"], &["new", "old"]];

#[test]
fn two_commands_and_a_person_lose_no_addition_and_undo_no_removal() {
    explore_all(&[], &[add("a"), add("b")], 1, 1);
    explore_all(&OLD, &[add("a"), add("b")], 1, 1);
    explore_all(&UNDER_WAY, &[remove("one", "new", "old"), remove("two", "new", "old")], 1, 1);
    explore_all(&UNDER_WAY, &[remove("one", "new", "old"), add("a")], 1, 1);
    explore_all(&OLD, &[add("a"), add("b")], 0, 2);
}

#[test]
fn three_commands_lose_no_addition_and_undo_no_removal() {
    explore_all(&OLD, &[add("a"), add("b"), retire()], 0, 0);
    explore_all(&OLD, &[add("a"), add("b"), add("c")], 0, 0);
    explore_all(&OLD, &[add("a"), add("b"), remove("one", "a", "old")], 0, 0);
    explore_all(&UNDER_WAY, &[remove("one", "new", "old"), add("a"), add("b")], 0, 0);
}

#[test]
fn commands_for_callers_touch_no_other_token_and_revoked_ones_stay_removed() {
    let (x, newer, y) = (named("x", '0'), named("x", '1'), named("y", '0'));
    let (x, newer, y) = (x.as_str(), newer.as_str(), y.as_str());
    let callers: [&[&str]; 1] = [&["old", x, y]];
    let rotating: [&[&str]; 2] = [callers[0], &["old", newer, x, y]];
    explore_all(&OLD, &[add(x), add(y)], 1, 1);
    explore_all(&callers, &[add(newer), revoke("y", &[y])], 1, 1);
    explore_all(&callers, &[add(newer), revoke("x", &[x])], 1, 1);
    explore_all(&callers, &[revoke("x", &[x]), revoke("y", &[y])], 1, 1);
    explore_all(&callers, &[revoke("x", &[x]), add("new")], 1, 1);
    explore_all(&rotating, &[remove("one", newer, x), revoke("y", &[y])], 1, 1);
    explore_all(&rotating, &[remove("one", newer, x), revoke("x", &[newer, x])], 1, 1);
    explore_all(&[&["old"], &["new", "old", x]], &[remove("one", "new", "old"), revoke("x", &[x])], 1, 1);
    explore_all(&callers, &[add("new"), retire(), revoke("x", &[x])], 0, 0);
}

#[test]
fn without_an_unnamed_token_no_caller_is_revoked() {
    let (x, y) = (named("x", '0'), named("y", '0'));
    explore_all(&[&[&x, &y]], &[revoke("x", &[&x]), revoke("y", &[&y])], 0, 1);
    let tokens = |lines: &[&str]| lines.iter().map(|line| Token::from(*line)).collect::<Vec<_>>();
    let change = Change::Revoke(tokens(&[&x]));
    assert!(change.apply(&tokens(&[&x, &y])).is_none());
    assert_eq!(names(&change.apply(&tokens(&["old", &x, &y])).unwrap()), ["old".to_owned(), y].into());
}
