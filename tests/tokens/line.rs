//! A proxy between the functions and SSM.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// It gets through.
    Whole,
    /// It is refused.
    Refused,
    /// It gets this answer, byte for byte, and is closed.
    Answers(String),
}

/// A port that the functions take for SSM's.
pub(crate) struct Line {
    pub(crate) port: u16,
    state: watch::Sender<State>,
    ssm: Arc<OnceLock<String>>,
    task: JoinHandle<()>,
}

impl Line {
    pub(crate) async fn start() -> Self {
        let socket = bind("127.0.0.1:0".parse().expect("an address")).await;
        let address = socket.local_addr().expect("its address");
        let (state, states) = watch::channel(State::Whole);
        let ssm = Arc::default();
        let task = tokio::spawn(serve(socket, address, states, Arc::clone(&ssm)));
        Self { port: address.port(), state, ssm, task }
    }

    /// The address of SSM, known once the stack has started.
    pub(crate) fn leads_to(&self, endpoint_url: &str) {
        let address = endpoint_url.strip_prefix("http://").expect("a URL without TLS");
        self.ssm.set(address.to_owned()).expect("one end");
    }

    /// Also ends the connections that there are.
    pub(crate) fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A bound port that refuses connections until it listens. A process that is just starting holds this one's sockets for
/// a moment, so the port may not be free at once.
async fn bind(address: SocketAddr) -> TcpSocket {
    let free = async {
        loop {
            let socket = TcpSocket::new_v4().expect("a socket");
            socket.set_reuseaddr(true).expect("a port can be taken again at once");
            match socket.bind(address) {
                Ok(()) => return socket,
                Err(error) if error.kind() == ErrorKind::AddrInUse => sleep(Duration::from_millis(1)).await,
                Err(error) => panic!("{address}: {error}"),
            }
        }
    };
    timeout(Duration::from_secs(10), free).await.unwrap_or_else(|_| panic!("{address} is taken"))
}

async fn serve(
    mut socket: TcpSocket,
    address: SocketAddr,
    mut states: watch::Receiver<State>,
    ssm: Arc<OnceLock<String>>,
) {
    loop {
        if states.wait_for(|state| *state != State::Refused).await.is_err() {
            return;
        }
        let listener = socket.listen(64).expect("it can be listened to");
        let mut until = states.clone();
        tokio::select! {
            () = accept(&listener, &states, &ssm) => {}
            _ = until.wait_for(|state| *state == State::Refused) => {}
        }
        drop(listener);
        socket = bind(address).await;
    }
}

async fn accept(listener: &TcpListener, states: &watch::Receiver<State>, ssm: &Arc<OnceLock<String>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (mut states, ssm) = (states.clone(), Arc::clone(ssm));
        let state = states.borrow_and_update().clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = connection(stream, state, &ssm) => {}
                _ = states.changed() => {}
            }
        });
    }
}

async fn connection(mut stream: TcpStream, state: State, ssm: &OnceLock<String>) -> std::io::Result<()> {
    match state {
        State::Refused => {}
        State::Whole => {
            let mut upstream = TcpStream::connect(ssm.get().expect("where SSM is")).await?;
            copy_bidirectional(&mut stream, &mut upstream).await?;
        }
        State::Answers(answer) => {
            read_request(&mut stream).await?;
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
        }
    }
    Ok(())
}

/// Reads all of it: what is left unread would reset the connection before the answer is seen.
async fn read_request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(());
            }
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }
}
