"""What makes two requests equal."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def fingerprint(*parts: str | Mapping[str, Any]) -> str:
    """A short digest of the parts; key order and spacing of mappings do not matter."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
