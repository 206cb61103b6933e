"""Whether a port is free is known before anything starts, and who finds it taken is told the option."""

import socket

import pytest

from deploy.ports import Taken, check_free
from tests.services import free_port


def test_a_taken_port_names_the_option_that_chooses_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Taken, match=f"port {port} is taken; choose another with --mqtt-port"):
            check_free("127.0.0.1", port, "--mqtt-port")
        with pytest.raises(Taken):
            check_free("0.0.0.0", port, "--port")


def test_a_free_port_is_free_also_right_after_a_connection_on_it_was_closed():
    port = free_port()
    check_free("127.0.0.1", port, "--port")
    with (
        socket.create_server(("127.0.0.1", port)) as server,
        socket.create_connection(("127.0.0.1", port)) as client,
    ):
        accepted, _ = server.accept()
        accepted.close()
        client.recv(1)
    check_free("127.0.0.1", port, "--port")
