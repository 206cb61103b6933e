"""Ports: whether they can be listened on, asked before anything is started."""

import errno
import socket


class Taken(Exception):
    """Raised when a port cannot be listened on; the text says how to choose another."""


def check_free(host: str, port: int, option: str) -> None:
    """Raise Taken when nobody could listen there; `option` is what chooses another port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: what is left of connections that were closed a moment ago is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            what = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise Taken(f"port {port} {what}; choose another with {option}") from error


def answers(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
