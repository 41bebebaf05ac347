"""Runs moto on a free port of loopback, and prints its URL, for as long as standard input stays open.

Whoever starts it holds the other end. However that process ends, kill -9 included, the system closes it: no server
outlives its tests.

It answers one request at a time. For If-None-Match moto looks first and writes then; S3 does both at once, and two
writers of one name are never both told that they won.
"""

import logging
import sys
from threading import Lock, Thread

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

moto = DomainDispatcherApplication(create_backend_app)
turn = Lock()


def one_at_a_time(environ, start_response):
    with turn:
        return moto(environ, start_response)


logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not a line for every request
# Connections have a thread each: a client may open one and have nothing to say.
server = make_server("127.0.0.1", 0, one_at_a_time, threaded=True, request_handler=MotoRequestHandler)
Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
