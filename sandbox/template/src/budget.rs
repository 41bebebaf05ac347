//! How far references are followed: a template may refer to itself, or to so much that no machine holds it.

use super::error::{Fault, Located};
use std::cell::Cell;

/// Values evaluated inside each other, by nesting and by reference, before the latter are taken for a circle.
const DEEPEST: usize = 64;
/// Nodes and bytes that all values of a template may take together. The repository's takes 17,500.
const MOST: usize = 5_000_000;

/// What evaluating a template has taken so far.
#[derive(Default)]
pub(crate) struct Budget {
    depth: Cell<usize>,
    spent: Cell<usize>,
}

impl Budget {
    /// Follows what may lead on to other values, but not for ever.
    pub(crate) fn deeper<T>(
        &self,
        line: usize,
        follow: impl FnOnce() -> Result<T, Located>,
    ) -> Result<T, Located> {
        if self.depth.get() >= DEEPEST {
            return Err(Located::new(line, Fault::Circle));
        }
        self.depth.set(self.depth.get() + 1);
        let result = follow();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// Counts what a value takes. References multiply without a circle too.
    pub(crate) fn spend(&self, line: usize, amount: usize) -> Result<(), Located> {
        self.spent.set(self.spent.get().saturating_add(amount));
        if self.spent.get() > MOST { Err(Located::new(line, Fault::TooMuch)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{function, refusal};

    #[test]
    fn references_that_multiply_are_refused_in_time() {
        let conditions: String =
            (1..30).map(|n| format!("  C{n}: !And [!Condition C{0}, !Condition C{0}]\n", n - 1)).collect();
        let doubled = format!(
            "Conditions:\n  C0: !Equals [a, a]\n{conditions}Resources: {{Q: {{Type: AWS::SQS::Queue, Condition: C29}}}}"
        );
        let names: String = (1..30)
            .map(|n| format!("  Q{n}: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub \"${{Q{0}}}${{Q{0}}}\"}}}}\n", n - 1))
            .collect();
        let grown = format!("Resources:\n  Q0: {{Type: AWS::SQS::Queue}}\n{names}");
        let items = "x, ".repeat(10_000);
        let joined = function(&format!(
            "Environment: {{Variables: {{A: !Join [{}, [{items}]]}}}}",
            "y".repeat(10_000)
        ));
        for text in [doubled, grown, joined] {
            let refusal = refusal(&text);
            assert!(refusal.contains("multiplies beyond all measure"), "{refusal}");
        }
    }
}
