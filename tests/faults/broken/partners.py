"""Receivers of webhooks that misbehave, and a source of entitlements that is away."""

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.fakes.upstream_server import Call
from tests.faults.load import Ask, learning_path
from tests.faults.processes import until
from tests.faults.registry import fault
from tests.faults.trial import Trial

INSIDE = (
    "http://10.0.0.1/hook",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]:9/hook",
    "http://192.168.0.1/hook",
)
ORGANISATION, PERSON = "corp-123", "enterprise-user-001"
ENTITLEMENTS = f"/api/entitlements/{ORGANISATION}"


@fault(
    29, "webhook receiver fails, dawdles, redirects", "tried again, signed, same id; no way inside", once=True
)
def receiver_misbehaves(trial: Trial) -> None:
    """A 500, a redirect and silence before each message is taken; and addresses that nobody may call."""
    for address in INSIDE:
        refused = trial.ask(_with_callback(address))
        trial.expect(refused.status == 422, f"{address}: {refused.status}")
    secret = (
        trial.ask(Ask("/api/webhooks/secret"), method="GET").body.get("secrets", [{}])[0].get("secret", "")
    )
    trial.expect(secret.startswith("whsec_"), "no secret to check signatures with")
    if not secret:
        return
    trial.fleet.start("webhooks")
    for mode in ("status", "redirect", "hang"):
        receiver, path = trial.outside.receiver, f"/hook-{mode}-{uuid4().hex}"
        receiver.behave(mode, times=1)
        asked = trial.ask(_with_callback(receiver.url + path))
        trial.expect(asked.accepted, f"{mode}: a callback is not taken: {asked.status} {asked.text[:100]}")
        if not asked.accepted:
            continue
        took_s = until(f"{mode}: told twice", lambda path=path: len(_told(trial, path)) >= 2, 45.0)
        told = _told(trial, path)
        trial.note(f"{mode}: told again after {took_s:.1f} s")
        ids = {call.headers.get("webhook-id") for call in told}
        trial.expect(len(ids) == 1, f"{mode}: {len(ids)} ids for one message")
        trial.expect(all(_is_signed(call, secret) for call in told), f"{mode}: a signature is wrong")
        trial.expect(not _told(trial, "/elsewhere"), f"{mode}: a redirect was followed")
        time.sleep(1)
        trial.expect(len(_told(trial, path)) == 2, f"{mode}: told again though it was taken")
    trial.settle()


def _with_callback(url: str) -> Ask:
    asked = learning_path(0)
    return Ask(asked.path, {**asked.body, "callbackUrl": url}, {"Prefer": "wait=5"})


def _told(trial: Trial, path: str) -> list[Call]:
    return [call for call in trial.outside.receiver.calls if call.path == path]


def _is_signed(call: Call, secret: str) -> bool:
    """By Standard Webhooks: HMAC-SHA256 of id, time and body."""
    headers = {name.lower(): value for name, value in call.headers.items()}
    signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + call.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return expected in headers.get("webhook-signature", "").split()


@fault(
    30,
    "source of entitlements away",
    "last word kept and dated; never a course that nobody confirmed",
    once=True,
)
def source_away(trial: Trial) -> None:
    """Let the source speak for one organisation, then take it away; another it has never spoken for."""
    _speak(trial)
    refreshed = trial.ask(Ask(f"{ENTITLEMENTS}/refresh"))
    trial.expect(refreshed.status == 200, f"refresh: {refreshed.status} {refreshed.text[:100]}")
    shown = _courses(trial, ORGANISATION)
    trial.expect(shown == {"Advanced TypeScript"}, f"shown while the source speaks: {sorted(shown)}")
    trial.outside.way_to_source.mode = "refuse"
    failed = trial.ask(Ask(f"{ENTITLEMENTS}/refresh"))
    trial.expect(
        failed.status in (502, 503) and failed.is_problem, f"refresh of a source away: {failed.status}"
    )
    kept = _courses(trial, ORGANISATION)
    trial.expect(kept == shown, f"shown when it is away: {sorted(kept)}")
    status = trial.ask(Ask(ENTITLEMENTS), method="GET").body
    trial.expect(
        status.get("asOf") and status.get("lastError"), "neither age nor error of the last word is told"
    )
    unconfirmed = _courses(trial, "enterprise-789")
    trial.expect(not unconfirmed, f"shown though no source has ever confirmed them: {sorted(unconfirmed)}")
    trial.settle()


def _speak(trial: Trial) -> None:
    ends = datetime.now(UTC) + timedelta(days=14)
    trial.outside.source.answers[f"/organisations/{ORGANISATION}/entitlements"] = {
        "organisation": ORGANISATION,
        "asOf": datetime.now(UTC).isoformat(),
        "contracts": [
            {
                "id": "typescript",
                "course": "Advanced TypeScript",
                "skill": "typescript-advanced",
                "seats": 5,
                "seatsUsed": 1,
                "expiresAt": ends.isoformat(),
                "seatHolders": [],
            }
        ],
        "trainings": [],
    }


def _courses(trial: Trial, organisation: str) -> set[str]:
    """The courses under contract that a person of an organisation is shown."""
    body = {"userId": PERSON, "orgId": organisation}
    answer = trial.ask(Ask("/api/recommendations/contract-aware", body, {"Prefer": "wait=5"}))
    trial.expect(answer.status == 200, f"contract-aware: {answer.status}")
    return {item["course"] for item in answer.body.get("recommendations", ())}
