//! Asks, and keeps what is answered.

use super::redaction::Redaction;
use super::{Exchange, Question, Recording, Reply};
use crate::system::{Answer, FrontDoor};
use anyhow::Result;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The answers of one run, in the order in which they came.
#[derive(Default)]
pub(crate) struct Recorder {
    exchanges: RefCell<Vec<Exchange>>,
    redaction: RefCell<Redaction>,
}

impl Recorder {
    /// This value is one of this run alone, or not for anybody's eyes: it becomes `<placeholder>`.
    pub(crate) fn hide(&self, value: &str, placeholder: &str) {
        self.redaction.borrow_mut().add(value, placeholder);
    }

    /// The text as it may be shown.
    pub(crate) fn redacted(&self, text: &str) -> String {
        self.redaction.borrow().text(text)
    }

    /// Asks a front door, over a connection of its own: the load balancer closes one over which too much came, and one
    /// that was idle for a minute, and what is then asked over it gets no answer.
    pub(crate) async fn ask(
        &self,
        door: &FrontDoor,
        probe: &'static str,
        question: &Question<'_>,
    ) -> Result<Answer> {
        let answer = FrontDoor::new(door.url())?.ask(question.method, question.path, question.body).await?;
        let mut headers = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in &answer.headers {
            headers.entry(name.clone()).or_default().push(value.clone());
        }
        let reply = Reply { status: answer.status, headers, body: Reply::body(&answer.body) };
        self.keep(probe, question.method, question.path, question.kind, reply);
        Ok(answer)
    }

    /// Keeps what was answered elsewhere.
    pub(crate) fn keep(&self, probe: &str, method: &str, path: &str, sent: &str, answer: Reply) {
        let [probe, method, path, sent] = [probe, method, path, sent].map(str::to_owned);
        self.exchanges.borrow_mut().push(Exchange { probe, method, path, sent, answer });
    }

    /// At the end, when everything is known that has to be hidden.
    pub(crate) fn into_recording(self) -> Recording {
        let redaction = self.redaction.into_inner();
        let exchanges = self.exchanges.into_inner().into_iter();
        Recording { exchanges: exchanges.map(|exchange| redaction.exchange(exchange)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_connection_that_is_closed_after_its_answer_harms_no_later_question() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = FrontDoor::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let server = async {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut request = vec![0; 4_096];
                    assert!(client.read(&mut request).await.unwrap() > 0, "nothing is asked");
                    client.write_all(b"HTTP/1.1 413 .\r\ncontent-length: 0\r\n\r\n").await.unwrap();
                    // Whatever is asked next over this connection: it is closed then.
                    let _more = client.read(&mut request).await.unwrap();
                });
            }
        };
        let recorder = Recorder::default();
        let asking = async {
            for _ in 0..3 {
                let question = Question::post("nothing", "{}");
                assert_eq!(recorder.ask(&door, "contract", &question).await.unwrap().status, 413);
            }
        };
        tokio::select! {
            () = asking => {}
            () = server => unreachable!("it serves for ever"),
        }
        assert_eq!(recorder.exchanges.borrow().len(), 3);
    }
}
