//! What can become of a message that is received or deleted.

use std::fmt;

/// One way for a standard queue to be less than exact: all of them are what AWS says to expect of one ("Amazon SQS
/// at-least-once delivery", "Amazon SQS standard queues"). They strike receivers in this process, such as the event
/// source mapping, and those that come over HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeliveryFault {
    /// What is received stays visible, so that another receive gets it, too. The first receipt handle is then an old
    /// one.
    Duplicate,
    /// The newest messages are received first.
    Reorder,
    /// `DeleteMessage` says yes and deletes nothing, as for the handle of an older receive: the message comes again when
    /// its visibility timeout ends.
    ExpiredReceipt,
}

impl fmt::Display for DeliveryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duplicate => "delivered twice",
            Self::Reorder => "newest first",
            Self::ExpiredReceipt => "receipt handle expired",
        })
    }
}
