"""Runs moto on a free port of loopback, and prints its URL, for as long as standard input stays open.

Whoever starts it holds the other end. However that process ends, kill -9 included, the system closes it: no server
outlives its tests.
"""

import logging
import sys

from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not a line for every request
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"http://{host}:{port}", flush=True)
sys.stdin.read()
