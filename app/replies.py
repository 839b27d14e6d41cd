"""What a client gets: the answer or its job, with headers that tell where it came from."""

import json

from flask import Response

from app.ask import Ask
from app.idempotency import REPLAYED
from app.job_view import job_problem, job_response
from app.preferences import Preference
from tasks.job_json import job_url
from tasks.store.base import Answer, Job, State

#: Where an answer came from, as ``X-Cache`` says it.
HIT = "hit"  #: From the cache.
STALE = "stale"  #: From the cache, past its time, since nothing better was to be had.
MISS = "miss"  #: Computed by a job for this request.
SHARED = "shared"  #: By the job of another request.
LOCAL = "local"  #: Computed in the front itself, without a job.


def reply_text(
    ask: Ask, answer: Answer, source: str, *, replayed: bool = False, reason: str = ""
) -> Response:
    """200 with an answer as it was written; with a ``reason`` it is marked as degraded."""
    text = _degraded(answer.text, reason) if reason else answer.text
    headers = {"X-Cache": source, "X-Job-Id": answer.job_id, "Server-Timing": ask.timing.header()}
    response = _json(text, ask.preference, headers)
    return _marked(response, replayed)


def reply_job(ask: Ask, job: Job, source: str, *, replayed: bool = False) -> Response:
    """200 with the result of a job, its problem, or 202 with the job where it has not ended."""
    headers = {"X-Cache": source, "X-Job-Id": job.id, "Server-Timing": ask.timing.header(job.stages)}
    if ask.preference.wait_s != 0:  # Who does not wait gets the job, also when it happens to be done.
        if job.state is State.SUCCEEDED and job.result is not None:
            return _marked(_json(job.result, ask.preference, headers), replayed)
        if job.state.ended:
            return _marked(with_preference(job_problem(job, headers), ask.preference), replayed)
    response = job_response(job, status=202)
    response.headers.update(headers | {"Location": job_url(job.id), "Retry-After": "1"})
    return _marked(with_preference(response, ask.preference), replayed)


def reply_local(ask: Ask, job: Job, accepted_id: str | None) -> Response:
    """200 with an answer that was computed here, or its problem; ``accepted_id`` is the job that goes on."""
    headers = {"X-Cache": LOCAL, "Server-Timing": ask.timing.header(job.stages)}
    if accepted_id is not None:
        headers |= {"X-Job-Id": accepted_id}
    if job.result is None:
        return with_preference(job_problem(job, headers), ask.preference)
    return _json(job.result, ask.preference, headers)


def with_preference(response: Response, preference: Preference) -> Response:
    """The response, saying which preferences it honours and that others may get another one."""
    if confirmed := preference.confirmed(response.status_code):
        response.headers["Preference-Applied"] = confirmed
    response.headers["Vary"] = "Prefer"
    return response


def _json(text: str, preference: Preference, headers: dict[str, str]) -> Response:
    response = Response(text, content_type="application/json")
    response.headers.update(headers)
    return with_preference(response, preference)


def _marked(response: Response, replayed: bool) -> Response:
    if replayed:
        response.headers[REPLAYED] = "true"
    return response


def _degraded(text: str, reason: str) -> str:
    body = json.loads(text)
    body |= {"degraded": True, "degradedReasons": [*body["degradedReasons"], reason]}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
