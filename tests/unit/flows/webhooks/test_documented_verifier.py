"""The verifier that the documentation gives works as it stands."""

import re
from pathlib import Path
from time import time
from typing import Any

import pytest

from flows.webhooks.signing import headers, new_secret

PAGE = Path(__file__).parents[4] / "docs" / "webhooks.md"


@pytest.fixture
def verify() -> Any:
    """The function in the page's block of Python."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.S)
    names: dict[str, Any] = {}
    exec(block, names)
    return names["verify"]


def test_the_documented_verifier(verify: Any) -> None:
    """It takes what we sign, with any of two secrets, and nothing else."""
    old, new, body = new_secret(), new_secret(), '{"x":"ü"}'.encode()
    signed = headers([new, old], "msg_1", int(time()), body)
    verify(old, signed, body)
    verify(new, signed, body)
    for secret, sent, what in (
        (new_secret(), signed, body),
        (new, signed, body + b" "),
        (new, headers([new], "msg_1", int(time()) - 301, body), body),
        (new, headers([new], "msg_1", int(time()) + 301, body), body),
    ):
        with pytest.raises(ValueError, match=r"too old|not signed"):
            verify(secret, sent, what)
