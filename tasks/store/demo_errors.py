"""Errors that demo people run into: what the tool says, what the cause was, and what helps.

``{name}`` in a message stands for a name in their code, one of NAMES.
"""

from dataclasses import dataclass

NAMES = ("user", "items", "order", "profile", "settings", "cart", "total", "rows", "invoice", "token")


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """One kind of error. ``doing`` is what somebody who meets it would say they are doing."""

    id: str
    skill_id: str
    language: str
    doing: str
    message: str
    fix: str


USE_EFFECT_LOOP = ErrorCase(
    "react-maximum-update-depth",
    "react-hooks",
    "JavaScript",
    "debugging React useEffect infinite loop",
    "Warning: Maximum update depth exceeded. This can happen when a component calls setState inside "
    "useEffect, but useEffect either doesn't have a dependency array, or one of the dependencies changes "
    "on every render.",
    "Add a dependency array to useEffect: useEffect(() => {...}, [dependency]); without it every render runs "
    "the effect, and its setState causes the next render.",
)

_PYTHON = (
    ("python-key-error", "python-basics", "reading a JSON answer into a dict",
     "KeyError: '{name}'",
     "The key is missing in some answers: use data.get('{name}') and decide what a missing one means."),
    ("python-none-subscript", "python-basics", "looking up a record",
     "TypeError: 'NoneType' object is not subscriptable",
     "The lookup returned None when nothing matched; check for None before indexing the result."),
    ("python-index-error", "python-basics", "looping over pairs of a list",
     "IndexError: list index out of range",
     "The loop ran one step too far; iterate with zip({name}, {name}[1:]) instead of index arithmetic."),
    ("python-mutable-default", "python-data-model", "writing a class with a list attribute",
     "ValueError: mutable default <class 'list'> for field {name} is not allowed: use default_factory",
     "Declare it with field(default_factory=list), so that every instance gets a list of its own."),
    ("python-unhashable", "python-data-model", "using parameters as a cache key",
     "TypeError: unhashable type: 'list'",
     "Turn the list into a tuple before it becomes a key, or make the dataclass frozen."),
    ("python-module-not-found", "python-packaging", "running tests from another folder",
     "ModuleNotFoundError: No module named '{name}'",
     "Install the project into the virtual environment with pip install -e . and run the tests from there."),
    ("python-never-awaited", "python-asyncio", "calling an async client",
     "RuntimeWarning: coroutine 'fetch_{name}' was never awaited",
     "Write await in front of the call, or hand the coroutine to a TaskGroup."),
    ("flask-outside-context", "python-web-flask", "reading the configuration in a worker",
     "RuntimeError: Working outside of application context.",
     "Wrap the work in with app.app_context(): or pass the value that is needed instead of current_app."),
    ("pandas-setting-with-copy", "data-wrangling-pandas", "cleaning a column",
     "SettingWithCopyWarning: A value is trying to be set on a copy of a slice from a DataFrame.",
     "Select rows and column in one step: df.loc[mask, '{name}'] = value."),
    ("pytest-fixture-not-found", "python-testing", "sharing a fixture between test files",
     "fixture '{name}' not found",
     "Move the fixture to conftest.py beside the tests; pytest finds it there without an import."),
)  # fmt: skip

_JAVASCRIPT = (
    ("js-undefined-property", "javascript-fundamentals", "rendering data that is still loading",
     "TypeError: Cannot read properties of undefined (reading '{name}')",
     "The data was not there yet: guard with optional chaining (data?.{name}) or render after loading."),
    ("js-not-a-function", "javascript-fundamentals", "filtering an API answer",
     "TypeError: {name}.map is not a function",
     "The answer is an object that holds the array; take the array out of it first."),
    ("js-before-initialization", "javascript-fundamentals", "splitting a file into functions",
     "ReferenceError: Cannot access '{name}' before initialization",
     "A const is used above its declaration; move the declaration up, or the use into a function."),
    ("js-unhandled-rejection", "javascript-async", "loading several resources",
     "Uncaught (in promise) TypeError: Failed to fetch",
     "Await the call inside try/catch and show the failure; Promise.allSettled keeps what did load."),
    ("js-await-in-sync", "javascript-async", "turning callbacks into async functions",
     "SyntaxError: await is only valid in async functions and the top level bodies of modules",
     "Mark the enclosing function async, also the callback that is passed to map."),
    ("js-cors", "fetch-and-browser-apis", "calling an API from the browser",
     "Access to fetch has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present",
     "The server has to allow the origin; a proxy of the development server does it while developing."),
    ("js-esm-import", "javascript-modules-and-tooling", "switching a package to modules",
     "SyntaxError: Cannot use import statement outside a module",
     'Set "type": "module" in package.json, or name the file .mjs.'),
    ("node-address-in-use", "nodejs-fundamentals", "starting the API twice",
     "Error: listen EADDRINUSE: address already in use :::3000",
     "An older process still holds the port; end it, or take the port from the environment."),
    ("node-headers-sent", "nodejs-apis", "returning early from a route",
     "Error [ERR_HTTP_HEADERS_SENT]: Cannot set headers after they are sent to the client",
     "Return after the first res.json(), so that the handler does not answer twice."),
)  # fmt: skip

_TYPESCRIPT = (
    ("ts-possibly-undefined", "typescript-fundamentals", "turning on strict mode",
     "error TS2532: Object is possibly 'undefined'.",
     "Narrow before use: return early when {name} is undefined instead of writing {name}!."),
    ("ts-missing-property", "typescript-fundamentals", "typing component props",
     "error TS2741: Property '{name}' is missing in type '{}' but required in type 'Props'.",
     "Pass {name}, or make it optional and give it a default where it is destructured."),
    ("ts-not-assignable-generic", "typescript-advanced", "writing a generic helper",
     "error TS2322: Type 'string' is not assignable to type 'T'.",
     "T may be narrower than string: return the argument's own type, or constrain T and map it explicitly."),
)  # fmt: skip

_REACT = (
    ("react-unique-key", "react-fundamentals", "rendering a list",
     'Warning: Each child in a list should have a unique "key" prop.',
     "Give each element key={{name}.id}: a stable id, not the array index."),
    ("react-uncontrolled", "react-fundamentals", "building a form with validation",
     "Warning: A component is changing an uncontrolled input to be controlled.",
     "Start the state with an empty string instead of undefined."),
    ("react-objects-not-valid", "react-fundamentals", "showing an API answer",
     "Error: Objects are not valid as a React child (found: object with keys {{name}}).",
     "Render a field of the object, or map over its entries."),
    ("react-invalid-hook-call", "react-hooks", "moving state into a helper",
     "Error: Invalid hook call. Hooks can only be called inside of the body of a function component.",
     "Call the hook at the top of the component or of a function whose name begins with use."),
    ("react-missing-dependency", "react-hooks", "fetching on mount",
     "React Hook useEffect has a missing dependency: '{name}'. Either include it or remove the array.",
     "Include {name}; if it is a function, define it inside the effect or wrap it in useCallback."),
    ("react-more-hooks", "react-hooks", "returning early while loading",
     "Error: Rendered more hooks than during the previous render.",
     "Put every hook above the first return, so that each render calls the same ones."),
    ("react-update-while-rendering", "react-state-management", "syncing two components",
     "Warning: Cannot update a component while rendering a different component.",
     "Move the state up to the common parent, or update it in the event handler."),
)  # fmt: skip

_DOCKER = (
    ("docker-no-such-file", "docker-basics", "writing a first Dockerfile",
     "COPY failed: file not found in build context or excluded by .dockerignore: stat {name}: not found",
     "COPY paths start at the build context; build from the project folder and check .dockerignore."),
    ("docker-port-allocated", "docker-basics", "starting a second container",
     "Bind for 0.0.0.0:8080 failed: port is already allocated",
     "Stop the container that holds the port (docker ps shows it) or publish another one with -p 8081:80."),
    ("docker-daemon", "docker-basics", "building on a new machine",
     "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
     "Start the daemon, and add yourself to the docker group instead of using sudo."),
    ("compose-host-not-found", "docker-compose", "connecting the API to its database",
     'could not translate host name "{name}" to address: Name or service not known',
     "A service is reached by its name in the Compose file, from services on the same network only."),
    ("docker-exec-format", "docker-images-in-production", "running an image on another machine",
     "exec /usr/local/bin/entrypoint: exec format error",
     "The image is built for another architecture: build it with --platform linux/amd64."),
    ("kubernetes-crash-loop", "kubernetes-basics", "deploying a first service",
     "Back-off restarting failed container {name} in pod (CrashLoopBackOff)",
     "kubectl logs --previous shows why it ended; here a variable of the ConfigMap was missing."),
    ("kubernetes-image-pull", "kubernetes-basics", "deploying from a private registry",
     'Failed to pull image "registry.local/{name}:latest": ErrImagePull',
     "Name an image pull secret in the service account, and a tag that exists."),
    ("broker-duplicate", "event-driven-architecture", "consuming events of another service",
     'ERROR:  duplicate key value violates unique constraint "processed_{name}_pkey"',
     "Delivery is at least once: skip events whose id is known, in the transaction that applies them."),
)  # fmt: skip

_SQL = (
    ("sql-group-by", "sql-fundamentals", "summing up per customer",
     'ERROR:  column "{name}.name" must appear in the GROUP BY clause or be used in an aggregate function',
     "Add the column to GROUP BY, or aggregate it."),
    ("sql-type-mismatch", "sql-fundamentals", "comparing ids from two systems",
     "ERROR:  operator does not exist: integer = text",
     "Cast one side, CAST({name}.id AS text), or give both columns the same type."),
    ("sql-unknown-column", "sql-fundamentals", "filtering by an alias",
     'ERROR:  column "{name}_count" does not exist',
     "WHERE is evaluated before aliases exist; repeat the expression, or filter in HAVING."),
    ("sql-foreign-key", "relational-modelling", "deleting old customers",
     'ERROR:  update or delete on table "{name}" violates foreign key constraint on table "orders"',
     "Delete what refers to them first, or declare ON DELETE CASCADE where that is meant."),
    ("sql-deadlock", "database-transactions", "running two imports at once",
     "ERROR:  deadlock detected",
     "Lock rows in the same order everywhere (ORDER BY id FOR UPDATE) and repeat the one that lost."),
    ("sql-slow-like", "databases-indexing", "searching by part of a name",
     "ERROR:  canceling statement due to statement timeout",
     "An index cannot serve LIKE '%...%': use a trigram index, or search by prefix."),
)  # fmt: skip

_BY_LANGUAGE = {
    "Python": _PYTHON,
    "JavaScript": (*_JAVASCRIPT, *_REACT),
    "TypeScript": _TYPESCRIPT,
    "Docker": _DOCKER,
    "SQL": _SQL,
}

ERRORS = (
    USE_EFFECT_LOOP,
    *(
        ErrorCase(id_, skill_id, language, doing, message, fix)
        for language, cases in _BY_LANGUAGE.items()
        for id_, skill_id, doing, message, fix in cases
    ),
)
