"""A served programme in its own process, as an agency meets it: over HTTP, and killable."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

TENPRINT = str(Path(sys.executable).with_name("tenprint"))


def run(data: Path, *arguments: str, key: str | None = None, check: bool = True) -> dict[str, Any]:
    """One command with --json; its answer."""
    env = {**os.environ, "TENPRINT_DATA": str(data)}
    env.pop("TENPRINT_KEY", None)
    if key:
        env["TENPRINT_KEY"] = key
    done = subprocess.run(
        [TENPRINT, *arguments, "--json"], capture_output=True, text=True, env=env, check=False, timeout=600
    )
    if check and done.returncode:
        raise AssertionError(f"tenprint {' '.join(arguments)} -> {done.returncode}\n{done.stdout}\n{done.stderr}")
    return dict(json.loads(done.stdout))


def grant(data: Path, role: str, *oris: str, kind: str = "person") -> str:
    options = [x for ori in oris for x in ("--ori", ori)]
    return str(run(data, "access", "grant", "--kind", kind, "--label", f"test {role}", "--role", role, *options)["key"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Service:
    """``tenprint serve`` on a data directory."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Service:
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        self.process = subprocess.Popen(
            [TENPRINT, "serve", "--data", str(self.data), "--port", str(self.port)], stdout=log, stderr=log
        )
        log.close()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health", timeout=2).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.1)
            if self.process.poll() is not None:
                break
        raise AssertionError((self.data.parent / f"{self.data.name}.log").read_text()[-3000:])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """Power off: no goodbye."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def client(self, key: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=120)


def wait_until(question: Any, *, within_s: float, step_s: float = 0.3) -> Any:
    """Ask until the answer is true."""
    deadline = time.monotonic() + within_s
    while True:
        answer = question()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(step_s)
