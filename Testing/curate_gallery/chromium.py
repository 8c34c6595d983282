"""Chromium driven through a pipe by its own protocol (CDP): no port, no library."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Enter": 13, "Escape": 27, "Home": 36,
         "End": 35, "PageDown": 34, "PageUp": 33}  # fmt: skip


def chromium() -> str | None:
    """The browser of this machine, if there is one."""
    return shutil.which("chromium") or shutil.which("google-chrome")


class Browser:
    """One page of a Chromium without a window. ``requests`` are all addresses that it asked for; ``failures`` what its
    scripts threw or its policy refused."""

    def __init__(self, size: tuple[int, int] = (1366, 768), dark: bool = False, profile: Path | None = None) -> None:
        self._own = None if profile else tempfile.TemporaryDirectory(prefix="chromium")
        folder = str(profile or self._own.name)  # type: ignore[union-attr]
        ask, self._write = os.pipe()
        self._read, answer = os.pipe()
        # The browser's ends are its 3 and 4, which either may be here.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (ask, answer)]
        command = [
            str(chromium()), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", NOWHERE,
            "--no-first-run", "--disable-background-networking", f"--user-data-dir={folder}",
            f"--window-size={size[0]},{size[1]}", "about:blank",
        ]  # fmt: skip
        shell = ["bash", "-c", f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}', "bash", *command]
        self._process = subprocess.Popen(shell, pass_fds=ends, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in (ask, answer, *ends):
            os.close(end)
        self._held, self._number, self._session = b"", 0, None
        self.requests: list[str] = []
        self.failures: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.resize(*size)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._session = None
            self.call("Browser.close")
            self._process.wait(20)
        except (OSError, EOFError, TimeoutError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        finally:
            os.close(self._write)
            os.close(self._read)
            if self._own:
                shutil.rmtree(self._own.name, ignore_errors=True)

    def call(self, method: str, timeout: float = 60, **given: Any) -> dict[str, Any]:
        """One command of the protocol; raises RuntimeError where the browser refuses it."""
        self._number += 1
        number, message = self._number, {"id": self._number, "method": method, "params": given}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + timeout
        while True:
            found = self._next(until)
            if found.get("id") == number:
                if "error" in found:
                    raise RuntimeError(f"{method}: {found['error']}")
                return found["result"]

    def _next(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._held:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            more = os.read(self._read, 1 << 20)
            if not more:
                raise EOFError("the browser ended")
            self._held += more
        line, _, self._held = self._held.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        self._note(found.get("method"), found.get("params", {}))
        return found

    def _note(self, event: str | None, about: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.failures.append(details.get("exception", {}).get("description") or details["text"])
        elif event == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.failures.append(about["entry"]["text"])
        elif event == "Page.javascriptDialogOpening":
            self._number += 1
            message = {"id": self._number, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
            os.write(self._write, json.dumps({**message, "sessionId": self._session}).encode() + b"\0")

    def go(self, address: str) -> None:
        """Open a page; its scripts may still be at work."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address)

    def ask(self, expression: str, timeout: float = 60) -> Any:
        """The value of an expression, or of its promise, as JSON has it; raises RuntimeError where it throws."""
        found = self.call(
            "Runtime.evaluate", timeout=timeout, expression=expression, returnByValue=True, awaitPromise=True,
            userGesture=True,
        )  # fmt: skip
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"].get("exception", {}).get("description")))
        return found["result"].get("value")

    def wait(self, expression: str, timeout: float = 60) -> Any:
        """Until an expression is true."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            try:
                if found := self.ask(expression):
                    return found
            except RuntimeError:
                pass  # the page is not there yet
            time.sleep(0.03)
        raise TimeoutError(f"never true: {expression}")

    def press(self, key: str, **more: Any) -> None:
        """A key, down and up."""
        about: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": _KEYS.get(key, ord(key[0].upper())), **more}
        if len(key) == 1:
            about["text"] = key
        self.call("Input.dispatchKeyEvent", type="keyDown", **about)
        about.pop("text", None)
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def click(self, selector: str) -> None:
        """In the middle of the first element that a selector finds."""
        box = self.ask(
            f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def resize(self, width: int, height: int) -> None:
        """The window's inner size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def picture(self, path: Path) -> None:
        """What is on the screen, as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
