"""A single request, for what a fault asks beside its load."""

import time

import requests

from tests.faults.load import Answer, Ask


def send(url: str, ask: Ask, *, timeout_s: float = 10.0, method: str = "POST") -> Answer:
    """The answer; status 0 and why when there was none."""
    due = time.monotonic()
    body = dict(ask.body) if method in ("POST", "PUT") else None
    try:
        got = requests.request(
            method, url + ask.path, json=body, headers=dict(ask.headers), timeout=timeout_s
        )
    except requests.RequestException as error:
        return Answer(due, time.monotonic() - due, 0, error=f"{type(error).__name__}: {error}")
    headers = {name.lower(): value for name, value in got.headers.items()}
    return Answer(due, time.monotonic() - due, got.status_code, headers, got.text)
