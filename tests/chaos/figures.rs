//! What happened on the way.

use super::clients::Sent;
use super::plan::Plan;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The figures of one run.
pub(crate) struct Figures<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) sent: &'a [Sent],
    pub(crate) objects: usize,
    /// Messages in the dead-letter queue before the redrive, poison included.
    pub(crate) dead: usize,
    pub(crate) met: BTreeMap<(String, String), u64>,
    pub(crate) took: Duration,
}

impl fmt::Display for Figures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut answers = BTreeMap::<u16, usize>::new();
        for status in self.sent.iter().flat_map(|sent| &sent.answers) {
            *answers.entry(*status).or_default() += 1;
        }
        let hung_up: usize = self.sent.iter().map(|sent| sent.hung_up).sum();
        let poison = self.plan.poison.len();
        let faults: u64 = self.met.values().sum();
        writeln!(f, "{:>8}  emails accepted, in {:.0} s", self.sent.len(), self.took.as_secs_f64())?;
        for (status, count) in answers {
            writeln!(f, "{count:>8}  answers {status}")?;
        }
        writeln!(f, "{hung_up:>8}  times a client hung up before its answer")?;
        writeln!(f, "{poison:>8}  messages that are no emails")?;
        writeln!(f, "{:>8}  emails in the dead-letter queue, redriven", self.dead - poison)?;
        writeln!(f, "{faults:>8}  faults:")?;
        for ((operation, fault), count) in &self.met {
            writeln!(f, "{count:>18}  {operation}: {fault}")?;
        }
        writeln!(f, "{:>8}  objects, each stored once, whole and under its name", self.objects)?;
        write!(f, "{:>8}  lost", self.sent.len() - self.objects)
    }
}
