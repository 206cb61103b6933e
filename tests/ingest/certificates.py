"""A certificate authority and a server certificate for localhost, made for one test."""

import subprocess


def make_certificates(folder):
    """Paths of the authority's certificate, and of the server's certificate and key."""
    ca, ca_key = folder / "ca.crt", folder / "ca.key"
    certificate, key = folder / "server.crt", folder / "server.key"
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", ca_key, "-out", ca)
    sign = (
        "-CA",
        ca,
        "-CAkey",
        ca_key,
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=CA:FALSE",
    )
    run(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=localhost",
        *sign,
        "-keyout",
        key,
        "-out",
        certificate,
    )
    return ca, certificate, key


def run(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
