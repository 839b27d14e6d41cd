"""Messages are signed so that any verifier of Standard Webhooks takes them."""

import pytest

from flows.webhooks.signing import BadSignature, headers, key_of, new_secret, signature, verify

#: The published example of the specification's libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
EXPECTED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + "AAECAwQF" * 8


def test_the_published_example() -> None:
    """A signature is to the letter what the reference implementations make."""
    assert signature(SECRET, ID, AT, BODY) == EXPECTED
    assert signature(SECRET.removeprefix("whsec_"), ID, AT, BODY) == EXPECTED


def test_a_message_has_three_headers() -> None:
    """With two secrets in force there are two signatures, the current secret's first."""
    made = headers([SECRET, OTHER], ID, AT, BODY)
    assert made == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": f"{EXPECTED} {signature(OTHER, ID, AT, BODY)}",
    }


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_either_secret_verifies(secret: str) -> None:
    """While one secret takes over, who knows the old one or the new one can verify."""
    verify(secret, headers([OTHER, SECRET], ID, AT, BODY), BODY, AT + 299)


@pytest.mark.parametrize(
    ("changed", "body", "now_s", "reason"),
    [
        ({}, BODY + b" ", AT, "no signature fits"),
        ({"webhook-id": "msg_other"}, BODY, AT, "no signature fits"),
        ({"webhook-timestamp": str(AT + 1)}, BODY, AT, "no signature fits"),
        ({"webhook-signature": "v1," + "A" * 44}, BODY, AT, "no signature fits"),
        ({"webhook-signature": EXPECTED.replace("v1", "v2")}, BODY, AT, "no signature fits"),
        ({"webhook-signature": "v1,ü"}, BODY, AT, "no signature fits"),
        ({"webhook-signature": EXPECTED[:-2]}, BODY, AT, "no signature fits"),
        ({}, BODY, AT + 301, "webhook-timestamp is more than 300 s away from now"),
        ({}, BODY, AT - 301, "webhook-timestamp is more than 300 s away from now"),
        ({"webhook-timestamp": "soon"}, BODY, AT, "webhook-timestamp is no number"),
    ],
)
def test_what_was_changed_is_refused(changed: dict[str, str], body: bytes, now_s: float, reason: str) -> None:
    """Id, time and body are all signed, and an old message cannot be sent again by somebody else."""
    sent = headers([SECRET], ID, AT, BODY) | changed
    with pytest.raises(BadSignature, match=reason):
        verify(SECRET, sent, body, now_s)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_every_header_is_needed(missing: str) -> None:
    """A message without one of the three is refused."""
    sent = headers([SECRET], ID, AT, BODY)
    del sent[missing]
    with pytest.raises(BadSignature, match=f"{missing} is missing"):
        verify(SECRET, sent, BODY, AT)


def test_secrets_are_made_by_chance() -> None:
    """A new secret is whsec_ and 32 bytes, and never the same."""
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {(secret[:6], len(key_of(secret))) for secret in made} == {("whsec_", 32)}


@pytest.mark.parametrize("secret", ["whsec_AAAA", "whsec_" + "AAAA" * 22, "whsec_!", "", "whsec_ä"])
def test_what_is_no_secret(secret: str) -> None:
    """Too short, too long and no base64 are refused, without being quoted."""
    with pytest.raises(ValueError, match="a secret") as caught:
        key_of(secret)
    assert secret[6:] == "" or secret[6:] not in str(caught.value)
