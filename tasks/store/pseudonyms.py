"""How a person is called where their id is not needed: in the log of decisions.

Whoever reads that log cannot tell who is meant without the key of the organisation, which no
export of the log holds.
"""

import hmac

LENGTH = 32  #: 128 bits: no two people share one.


def pseudonym(key: str, user_id: str) -> str:
    """The pseudonym of a person: HMAC-SHA256 of the id under the organisation's ``pseudonym_key``.

    Always the same for the same person, so that erasure finds it; hexadecimal.
    """
    return hmac.new(bytes.fromhex(key), user_id.encode(), "sha256").hexdigest()[:LENGTH]
