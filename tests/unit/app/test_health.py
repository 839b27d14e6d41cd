"""Is the service well: for probes, for people, for Prometheus."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry, Counter

from app.health import Health
from flows.errors import PortUnavailable, StoreUnavailable

URL = "/api/recommendations/learning-path"

MakeClient = Callable[..., FlaskClient]


def well() -> Mapping[str, Any]:
    return {"version": "8.0.1"}


def no_redis() -> Mapping[str, Any]:
    raise StoreUnavailable("redis does not answer")


def no_database() -> Mapping[str, Any]:
    raise PortUnavailable("the database does not answer")


def no_workers() -> Mapping[str, Any]:
    raise PortUnavailable("no worker was seen")


def without_ms(report: dict[str, Any]) -> dict[str, Any]:
    """The report less its times, which must be there and be no negative numbers."""
    times = [dependency.pop("ms") for dependency in report["dependencies"].values()]
    assert all(isinstance(ms, float) and ms >= 0 for ms in times)
    return report


def test_all_is_well() -> None:
    """With every dependency there the report is ok, with what each had to say."""
    health = Health({"redis": well, "flows": dict}, {"learning-service": "0.1.0", "python": "3.11"})
    assert without_ms(health.report()) == {
        "status": "ok",
        "dependencies": {"redis": {"status": "ok", "version": "8.0.1"}, "flows": {"status": "ok"}},
        "versions": {"learning-service": "0.1.0", "python": "3.11"},
    }


def test_one_dependency_is_away() -> None:
    """One that does not answer makes the whole unavailable, and is named with its reason."""
    health = Health({"redis": no_redis, "broker": well, "database": no_database}, {})
    assert without_ms(health.report()) == {
        "status": "unavailable",
        "dependencies": {
            "redis": {"status": "unavailable", "detail": "redis does not answer"},
            "broker": {"status": "ok", "version": "8.0.1"},
            "database": {"status": "unavailable", "detail": "the database does not answer"},
        },
        "versions": {},
    }


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/startup"])
def test_probes_of_a_healthy_service(make_client: MakeClient, path: str) -> None:
    """With all dependencies there a probe answers 200 with the whole report."""
    response = make_client(checks={"redis": well}).get(path)
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert without_ms(response.get_json()) == {
        "status": "ok",
        "dependencies": {"redis": {"status": "ok", "version": "8.0.1"}},
        "versions": {"learning-service": "9.9.9"},
    }


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/health/startup"])
def test_probes_of_a_service_that_cannot_work(make_client: MakeClient, path: str) -> None:
    """With a dependency away a probe answers 503 and says which."""
    response = make_client(checks={"redis": well, "database": no_database}).get(path)
    report = without_ms(response.get_json())
    assert (response.status_code, report["status"]) == (503, "unavailable")
    assert report["dependencies"] == {
        "redis": {"status": "ok", "version": "8.0.1"},
        "database": {"status": "unavailable", "detail": "the database does not answer"},
    }


def test_without_workers_a_front_still_serves(make_client: MakeClient) -> None:
    """A service whose workers are away is not well, but its front stays ready: the cache answers."""
    client = make_client(checks={"redis": well, "workers": no_workers})
    whole, ready, startup = (client.get(path) for path in ("/health", "/health/ready", "/health/startup"))
    assert (whole.status_code, ready.status_code, startup.status_code) == (503, 200, 200)
    assert whole.get_json()["dependencies"]["workers"]["detail"] == "no worker was seen"
    assert ready.get_json()["dependencies"].keys() == {"redis"}


def test_a_process_lives_without_its_dependencies(make_client: MakeClient) -> None:
    """The liveness probe asks nobody: a restart of this process would mend nothing."""
    response = make_client(checks={"redis": no_redis, "database": no_database}).get("/health/live")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_dependencies_are_asked_each_time(make_client: MakeClient) -> None:
    """A dependency that comes back is seen by the next probe."""
    answers = iter([no_redis, well])
    client = make_client(checks={"redis": lambda: next(answers)()})
    assert [client.get("/health/ready").status_code for _ in range(2)] == [503, 200]


def test_metrics_are_text_for_prometheus(make_client: MakeClient) -> None:
    """Requests are counted and timed, by endpoint and status, failed ones too."""
    client = make_client(registry=CollectorRegistry())
    client.get("/health/live")
    client.get("/health/live")
    client.post(URL, json={})
    response = client.get("/metrics")
    lines = response.get_data(as_text=True).splitlines()
    assert (response.status_code, response.content_type.partition(";")[0]) == (200, "text/plain")
    assert 'flask_http_request_total{method="GET",status="200"} 2.0' in lines
    assert 'flask_http_request_total{method="POST",status="422"} 1.0' in lines
    labels = 'endpoint="operations.live",method="GET",status="200"'
    assert f"flask_http_request_duration_seconds_count{{{labels}}} 2.0" in lines


def test_metrics_of_the_service_are_shown_too(make_client: MakeClient) -> None:
    """Whatever else counts into the process's registry is there to be scraped."""
    registry = CollectorRegistry()
    Counter("pigeons", "Seen from the window.", registry=registry).inc(3)
    text = make_client(registry=registry).get("/metrics").get_data(as_text=True)
    assert "pigeons_total 3.0" in text.splitlines()


def test_metrics_do_not_name_who_asked_for_what(make_client: MakeClient) -> None:
    """Paths with ids in them are one endpoint, so that metrics do not grow with the jobs."""
    client = make_client(registry=CollectorRegistry())
    for job_id in ("one", "two", "three"):
        client.get(f"/api/jobs/{job_id}")
    lines = client.get("/metrics").get_data(as_text=True).splitlines()
    labels = 'endpoint="jobs.get",method="GET",status="404"'
    assert f"flask_http_request_duration_seconds_count{{{labels}}} 3.0" in lines


def test_the_way_in(client: FlaskClient) -> None:
    """The root says what this is and where to read on."""
    body = client.get("/").get_json()
    assert (body["service"], body["docs"], body["openapi"]) == ("learning-service", "/docs/", "/openapi.json")
    assert client.get(body["docs"]).status_code == client.get(body["openapi"]).status_code == 200
