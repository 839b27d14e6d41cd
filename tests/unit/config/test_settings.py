"""What the environment may say, and what is refused."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from config.settings import OperatorLogin, Settings, SettingsError

KEY = "0123456789abcdef"


def refusal(**env: str) -> str:
    """The words with which an environment is refused."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(env)
    return str(caught.value)


def as_dict(settings: Settings) -> dict[str, Any]:
    """Every field of the settings."""
    return {field.name: getattr(settings, field.name) for field in fields(settings)}


@pytest.mark.parametrize(
    "env",
    [
        {},
        dict.fromkeys(("PORT", "HOST", "DATA_DIR", "REDIS_URL", "DATABASE_URL", "LOG_LEVEL", "API_KEYS"), ""),
    ],
)
def test_nothing_has_to_be_set(env: Mapping[str, str]) -> None:
    """Without any variable the service is the embedded one; an empty variable counts as unset."""
    data_dir = Path.cwd() / ".data"
    assert as_dict(Settings.from_env(env)) == {
        "host": "127.0.0.1",
        "port": 3005,
        "data_dir": data_dir,
        "redis_url": None,
        "database_url": f"sqlite:///{data_dir}/learning.db",
        "log_level": "INFO",
        "streams_port": 3007,
        "streams_url": None,
        "max_streams": 4000,
        "max_connections": 4000,
        "flower_port": 5555,
        "operator_login": None,
        "memory_service_port": 3003,
        "pbml_service_port": 3006,
        "entitlements_service_port": 3008,
        "upstream_token": None,
        "web_threads": 32,
        "interactive_workers": 1,
        "llm_concurrency": 1,
        "llm_slots": 1,
        "drafts_per_hour": 0,
        "flows_file": None,
        "metrics_dir": None,
        "memory_service_url": None,
        "pbml_service_url": None,
        "entitlements_url": None,
        "entitlements_token": None,
        "entitlements_file": None,
        "entitlements_stale_s": 900,
        "entitlements_void_s": 86_400,
        "ollama_url": None,
        "qwen_model": "qwen3:4b",
        "llm_api": "ollama",
        "qdrant_url": None,
        "qdrant_api_key": None,
        "qdrant_collection": "learning-memories",
        "embedding_url": None,
        "embedding_token": None,
        "embedding_model": None,
        "embedding_api": "",
        "embedding_query_prefix": None,
        "embedding_document_prefix": None,
        "memory_vectors_ms": 25,
        "webhook_allowed_networks": (),
        "webhook_allow_http": False,
        "api_keys": {},
    }


def test_everything_can_be_set() -> None:
    """Every setting comes from the variable that is named after it."""
    env = {
        "HOST": "0.0.0.0",
        "PORT": "8080",
        "DATA_DIR": "/srv/learning",
        "REDIS_URL": "redis://redis:6379/2",
        "DATABASE_URL": "postgresql+psycopg://db/learning",
        "LOG_LEVEL": "WARNING",
        "STREAMS_PORT": "3008",
        "STREAMS_URL": "https://learning.example.com/",
        "MAX_STREAMS": "10",
        "MAX_CONNECTIONS": "20",
        "FLOWER_PORT": "5556",
        "OPERATOR_LOGIN": "user:pass:word",
        "MEMORY_SERVICE_PORT": "4003",
        "PBML_SERVICE_PORT": "4006",
        "UPSTREAM_TOKEN": "a-token-of-upstreams",
        "ENTITLEMENTS_SERVICE_PORT": "4007",
        "ENTITLEMENTS_TOKEN": "a-token-of-the-source",
        "ENTITLEMENTS_FILE": "/srv/entitlements.csv",
        "ENTITLEMENTS_STALE_S": "600",
        "ENTITLEMENTS_VOID_S": "3600",
        "WEB_THREADS": "8",
        "INTERACTIVE_WORKERS": "2",
        "LLM_CONCURRENCY": "3",
        "LLM_SLOTS": "2",
        "DRAFTS_PER_HOUR": "5",
        "FLOWS_FILE": "/etc/flows.json",
        "PROMETHEUS_MULTIPROC_DIR": "/tmp/metrics",
        "MEMORY_SERVICE_URL": "http://memory:3003",
        "PBML_SERVICE_URL": "https://pbml.example.com/base/",
        "OLLAMA_URL": "http://[::1]:11434",
        "QWEN_MODEL": "Qwen/Qwen3-Reranker-0.6B",
        "LLM_API": "OpenAI",
        "QDRANT_URL": "http://qdrant:6333/",
        "QDRANT_API_KEY": "a-key-of-the-qdrant",
        "QDRANT_COLLECTION": "team_a",
        "EMBEDDING_URL": "http://embeddings:8080",
        "EMBEDDING_TOKEN": "a-token-of-embeddings",
        "EMBEDDING_MODEL": "nomic-ai/nomic-embed-text-v1.5",
        "EMBEDDING_API": "openai",
        "EMBEDDING_QUERY_PREFIX": "ask: ",
        "EMBEDDING_DOCUMENT_PREFIX": "none",
        "MEMORY_VECTORS_MS": "60",
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8, fd00::/8",
        "WEBHOOK_ALLOW_HTTP": "yes",
        "API_KEYS": f"acme:{KEY}",
        "UNHEARD_OF": "x",
    }
    assert as_dict(Settings.from_env(env)) == {
        "host": "0.0.0.0",
        "port": 8080,
        "data_dir": Path("/srv/learning"),
        "redis_url": "redis://redis:6379/2",
        "database_url": "postgresql+psycopg://db/learning",
        "log_level": "WARNING",
        "streams_port": 3008,
        "streams_url": "https://learning.example.com",
        "max_streams": 10,
        "max_connections": 20,
        "flower_port": 5556,
        "operator_login": OperatorLogin("user", "pass:word"),
        "memory_service_port": 4003,
        "pbml_service_port": 4006,
        "upstream_token": "a-token-of-upstreams",
        "entitlements_service_port": 4007,
        "entitlements_url": None,
        "entitlements_token": "a-token-of-the-source",
        "entitlements_file": Path("/srv/entitlements.csv"),
        "entitlements_stale_s": 600,
        "entitlements_void_s": 3600,
        "web_threads": 8,
        "interactive_workers": 2,
        "llm_concurrency": 3,
        "llm_slots": 2,
        "drafts_per_hour": 5,
        "flows_file": Path("/etc/flows.json"),
        "metrics_dir": Path("/tmp/metrics"),
        "memory_service_url": "http://memory:3003",
        "pbml_service_url": "https://pbml.example.com/base",
        "ollama_url": "http://[::1]:11434",
        "qwen_model": "Qwen/Qwen3-Reranker-0.6B",
        "llm_api": "openai",
        "qdrant_url": "http://qdrant:6333",
        "qdrant_api_key": "a-key-of-the-qdrant",
        "qdrant_collection": "team_a",
        "embedding_url": "http://embeddings:8080",
        "embedding_token": "a-token-of-embeddings",
        "embedding_model": "nomic-ai/nomic-embed-text-v1.5",
        "embedding_api": "openai",
        "embedding_query_prefix": "ask: ",
        "embedding_document_prefix": "",
        "memory_vectors_ms": 60,
        "webhook_allowed_networks": (ip_network("127.0.0.0/8"), ip_network("fd00::/8")),
        "webhook_allow_http": True,
        "api_keys": {KEY: "acme"},
    }


def test_the_database_lies_in_the_data_folder() -> None:
    """Whoever moves the data folder moves the database with it."""
    assert Settings.from_env({"DATA_DIR": "/srv/x"}).database_url == "sqlite:////srv/x/learning.db"


@pytest.mark.parametrize(
    ("variable", "field"),
    [
        ("DATA_DIR", "data_dir"),
        ("FLOWS_FILE", "flows_file"),
        ("PROMETHEUS_MULTIPROC_DIR", "metrics_dir"),
        ("ENTITLEMENTS_FILE", "entitlements_file"),
    ],
)
def test_paths_are_absolute(variable: str, field: str) -> None:
    """A relative path is taken from the folder in which the process was started."""
    assert getattr(Settings.from_env({variable: "some/place"}), field) == Path.cwd() / "some" / "place"


@pytest.mark.parametrize("level", ["debug", "Info", "WARNING", "error"])
def test_a_log_level_may_be_in_any_case(level: str) -> None:
    """Log levels are read in any case and kept in capitals."""
    assert Settings.from_env({"LOG_LEVEL": level}).log_level == level.upper()


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("PORT", "1", "port", 1),
        ("PORT", "65535", "port", 65535),
        ("FLOWER_PORT", "65535", "flower_port", 65535),
        ("WEB_THREADS", "2", "web_threads", 2),
        ("INTERACTIVE_WORKERS", "1", "interactive_workers", 1),
        ("LLM_CONCURRENCY", "1", "llm_concurrency", 1),
    ],
)
def test_numbers_at_their_bounds_are_taken(variable: str, value: str, field: str, expected: int) -> None:
    """The bounds themselves are allowed."""
    assert getattr(Settings.from_env({variable: value}), field) == expected


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("PORT", "0", "must be a port, 1 to 65535"),
        ("PORT", "65536", "must be a port, 1 to 65535"),
        ("FLOWER_PORT", "-1", "must be a port, 1 to 65535"),
        ("PORT", "http", "must be a whole number"),
        ("WEB_THREADS", "1", "must be at least 2"),
        ("WEB_THREADS", "2.5", "must be a whole number"),
        ("INTERACTIVE_WORKERS", "0", "must be at least 1"),
        ("LLM_CONCURRENCY", "0", "must be at least 1"),
        ("LLM_SLOTS", "0", "must be at least 1"),
        ("LOG_LEVEL", "LOUD", "must be one of DEBUG, INFO, WARNING, ERROR"),
        ("LLM_API", "grpc", "must be one of ollama, openai, llamacpp"),
        ("EMBEDDING_API", "llamacpp", "must be one of ollama, openai"),
        ("EMBEDDING_MODEL", "two words", "must be the name of a model: up to 128 characters without spaces"),
        ("EMBEDDING_QUERY_PREFIX", "q" * 257, "must be up to 256 characters on one line, or none"),
        ("QDRANT_COLLECTION", "a/b", "must be up to 64 letters, digits, - and _"),
        ("QDRANT_URL", "qdrant:6333", "must be an address such as http://host:8080"),
        ("MEMORY_VECTORS_MS", "9", "must be at least 10"),
        ("QWEN_MODEL", "qwen 3", "must be the name of a model: up to 128 characters without spaces"),
        ("QWEN_MODEL", "q" * 129, "must be the name of a model: up to 128 characters without spaces"),
        ("OLLAMA_URL", "ollama:11434", "must be an address such as http://host:8080"),
        ("OLLAMA_URL", "//ollama:11434", "must be an address such as http://host:8080"),
        ("PBML_SERVICE_URL", "http://", "must be an address such as http://host:8080"),
        ("PBML_SERVICE_URL", "file:///etc/passwd", "must be an address such as http://host:8080"),
        ("PBML_SERVICE_URL", "http://host:0", "must be an address such as http://host:8080"),
        ("MEMORY_SERVICE_URL", "http://host/?a=b", "must end with the path, and have no spaces"),
        ("MEMORY_SERVICE_URL", "http://host/#a", "must end with the path, and have no spaces"),
        ("MEMORY_SERVICE_URL", "http://host/a b", "must end with the path, and have no spaces"),
        ("MEMORY_SERVICE_URL", "http://host:70000", "Port out of range 0-65535"),
    ],
)
def test_a_wrong_value_is_refused_with_its_variable(variable: str, value: str, problem: str) -> None:
    """The refusal says which variable has which value, and what is wrong with it."""
    assert refusal(**{variable: value}) == f"{variable}='{value}': {problem}"


def test_every_organisation_may_have_several_keys() -> None:
    """Keys are listed as organisation:key with commas between; a key itself may have colons."""
    text = f"acme:{KEY}-1, acme:{KEY}-2,other:with:colons:{KEY}"
    assert Settings.from_env({"API_KEYS": text}).api_keys == {
        f"{KEY}-1": "acme",
        f"{KEY}-2": "acme",
        f"with:colons:{KEY}": "other",
    }


@pytest.mark.parametrize(
    "text",
    ["acme", "acme:", "acme:too-short", f"acme:{KEY[1:]}", f":{KEY}", KEY, f"acme:{KEY},", f"acme:{KEY},b:c"],
)
def test_a_wrong_key_is_refused_without_being_shown(text: str) -> None:
    """A key has 16 characters or more and an organisation; what was given is secret."""
    expected = "API_KEYS: must be organisation:key pairs with keys of 16 characters or more"
    assert refusal(API_KEYS=text) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_loopback_anyone_may_ask(host: str) -> None:
    """Only where this machine alone can call is no key needed, and only as long as there is none."""
    assert Settings.from_env({"HOST": host}).open_to_anyone
    assert not Settings.from_env({"HOST": host, "API_KEYS": f"acme:{KEY}"}).open_to_anyone


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "learning.example.com"])
def test_elsewhere_there_must_be_keys(host: str) -> None:
    """A service that other machines can reach does not start without keys."""
    assert refusal(HOST=host) == (
        f"HOST={host} can be reached from other machines: set API_KEYS=organisation:key"
        " (at least one), or HOST=127.0.0.1"
    )
    assert not Settings.from_env({"HOST": host, "API_KEYS": f"acme:{KEY}"}).open_to_anyone


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_service_behind_the_front_is_open_on_loopback(host: str) -> None:
    """There it needs neither a token nor keys."""
    assert Settings.of_upstream({"HOST": host}).upstream_token is None


def test_a_service_behind_the_front_needs_a_token_elsewhere() -> None:
    """Keys of callers are not its business, and do not stand in for the token."""
    for env in ({}, {"API_KEYS": f"acme:{KEY}"}):
        with pytest.raises(SettingsError, match=r"^HOST=0\.0\.0\.0 .* set UPSTREAM_TOKEN"):
            Settings.of_upstream({"HOST": "0.0.0.0", **env})
    assert Settings.of_upstream({"HOST": "0.0.0.0", "UPSTREAM_TOKEN": KEY}).upstream_token == KEY


def test_a_token_does_not_open_the_front() -> None:
    """The front beyond loopback needs keys, whatever else is set."""
    assert "set API_KEYS" in refusal(HOST="0.0.0.0", UPSTREAM_TOKEN=KEY)


@pytest.mark.parametrize(
    "token", ["fifteen-letters", "with a space in it", "schlüssel-schlüssel", "line\n" * 9]
)
def test_a_wrong_token_is_refused_without_being_shown(token: str) -> None:
    """A token has 16 visible characters or more, since it goes into a header as it is."""
    said = refusal(UPSTREAM_TOKEN=token)
    assert said == "UPSTREAM_TOKEN: must be 16 or more letters, digits and signs, without spaces"


def test_a_token_is_not_shown() -> None:
    """Neither in a log nor in a traceback."""
    assert KEY not in repr(Settings.from_env({"UPSTREAM_TOKEN": KEY}))


def test_an_address_with_a_password_is_refused_without_being_shown() -> None:
    """Addresses of other services end up in logs, so none may hold a secret."""
    assert refusal(OLLAMA_URL="http://me:secret@host:11434") == (
        "OLLAMA_URL: must not hold a user or password"
    )


def test_settings_do_not_change() -> None:
    """Settings are made once, and stay."""
    settings = Settings.from_env({})
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
    assert settings.port == 3005


def test_one_key_stands_for_one_organisation() -> None:
    """A key that two organisations share would let one act for the other; the key is not shown."""
    with pytest.raises(SettingsError, match="two organisations") as refused:
        Settings.from_env({"API_KEYS": "acme:0123456789abcdef,other:0123456789abcdef"})
    assert "0123456789abcdef" not in str(refused.value)


def test_keys_are_not_shown() -> None:
    """Settings that end up in a log do not take the keys along."""
    assert "0123456789abcdef" not in repr(Settings.from_env({"API_KEYS": "acme:0123456789abcdef"}))


@pytest.mark.parametrize(
    ("env", "address"),
    [
        ({}, "http://127.0.0.1:3007"),
        ({"HOST": "::1", "STREAMS_PORT": "4007"}, "http://[::1]:4007"),
        ({"STREAMS_URL": "https://learning.example.com/"}, "https://learning.example.com"),
        ({"HOST": "0.0.0.0", "API_KEYS": f"acme:{KEY}"}, None),
        (
            {"HOST": "0.0.0.0", "API_KEYS": f"acme:{KEY}", "STREAMS_URL": "https://learning.example.com"},
            "https://learning.example.com",
        ),
    ],
)
def test_where_streams_are(env: Mapping[str, str], address: str | None) -> None:
    """Clients are told an address only where it is known: as it was set, or on this machine."""
    assert Settings.from_env(env).streams_address == address


@pytest.mark.parametrize("text", ["operator", "operator:short", ":long-enough", "operator:long\nenough"])
def test_an_operator_has_a_name_and_a_password(text: str) -> None:
    """Both are needed, the password is no short one, and the message does not show it."""
    with pytest.raises(SettingsError, match="OPERATOR_LOGIN: must be user:password") as raised:
        Settings.from_env({"OPERATOR_LOGIN": text})
    assert text not in str(raised.value)
    assert "pass:word" not in repr(Settings.from_env({"OPERATOR_LOGIN": "user:pass:word"}))


def test_there_is_one_source_of_entitlements() -> None:
    """A service or a file; each alone is taken."""
    url, file = {"ENTITLEMENTS_URL": "http://source:3008/"}, {"ENTITLEMENTS_FILE": "x.json"}
    assert Settings.from_env(url).entitlements_url == "http://source:3008"
    assert Settings.from_env(file).entitlements_file == Path.cwd() / "x.json"
    assert (
        refusal(**url, **file) == "ENTITLEMENTS_URL and ENTITLEMENTS_FILE are both set: there is one source"
    )


def test_the_word_of_a_source_is_doubted_before_it_is_void() -> None:
    """Bounds of its age that contradict each other are refused."""
    assert refusal(ENTITLEMENTS_VOID_S="600") == (
        "ENTITLEMENTS_VOID_S=600: must be at least ENTITLEMENTS_STALE_S, which is 900"
    )
    assert Settings.from_env({"ENTITLEMENTS_VOID_S": "900"}).entitlements_void_s == 900
    assert KEY not in repr(Settings.from_env({"ENTITLEMENTS_TOKEN": KEY}))
