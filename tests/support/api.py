"""A client of the REST API for tests: what a script of a user would be, and no more."""

import time
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]


class ApiError(AssertionError):
    """An answer with the error shape; ``code`` and ``error`` as the API gave them."""

    def __init__(self, status: int, error: Json) -> None:
        super().__init__(f"HTTP {status}: {error}")
        self.status = status
        self.error = error
        self.code = error.get("code", "")


@dataclass
class Api:
    """Calls as one user. A manager that is being restarted is waited for."""

    url: str
    ca: str
    token: str = ""
    patience: float = 60.0
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        import ssl

        self._client = httpx.Client(
            base_url=f"{self.url}/api/v1",
            verify=ssl.create_default_context(cafile=self.ca),
            timeout=60,
            trust_env=False,
        )

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request, ``body`` as JSON or, if it is bytes, as it is; connection errors are retried until ``patience`` ends (only while nothing
        was answered, so a retried POST needs its idempotency key)."""
        deadline = time.monotonic() + self.patience
        sent = {k.replace("_", "-"): v for k, v in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        raw = isinstance(body, bytes)
        how: Json = {"content": body} if raw else {"json": body}
        while True:
            try:
                return self._client.request(method, path, headers=sent, **how)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Json:
        response = self.request(method, path, body, **headers)
        if response.status_code >= 400:
            raise ApiError(response.status_code, response.json()["error"])
        return response.json() if response.content else {}

    def items(self, path: str) -> list[Json]:
        found: list[Json] = self("GET", path)["items"]
        return found

    def sign_in(self, name: str, password: str) -> None:
        self.token = self("POST", "/sessions", {"name": name, "password": password})["token"]

    def ended(self, job: str, timeout: float = 120) -> Json:
        """The job once it has ended or is held."""
        deadline = time.monotonic() + timeout
        while True:
            found = self("GET", f"/jobs/{job}/wait?timeout=5")
            if found["state"] not in ("queued", "running"):
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"job {job} goes on: {found}")

    def do(self, method: str, path: str, body: Any = None, **headers: str) -> Json:
        """Ask for an operation and wait until it is done; raises AssertionError if it is not."""
        job = self.ended(self(method, path, body, **headers)["id"])
        assert job["state"] == "done", job
        return job
