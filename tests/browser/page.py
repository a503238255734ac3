"""One page of the browser: what a person does with keys, what is to be seen, and what a screen reader gets."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from .chromium import Browser, BrowserError

_WAIT_S = 20
# Looks through shadow roots, which Home Assistant's frontend is made of. `all` gives what is displayed or not, in document order.
HELPERS = """
window.all = (selector, root = document) => {
  const found = [...root.querySelectorAll(selector)];
  for (const element of root.querySelectorAll("*")) if (element.shadowRoot) found.push(...all(selector, element.shadowRoot));
  return found;
};
window.one = (selector, root) => all(selector, root)[0] ?? null;
window.card = () => all("shelfsight-card").find((each) => each.isConnected && each.getClientRects().length) ?? null;
window.part = (selector) => card()?.shadowRoot.querySelector(selector) ?? null;
window.focused = () => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
};
window.said = (selector) => part(selector)?.textContent ?? null;
"""
_KEYS = {
    "Tab": (9, ""), "Enter": (13, "\r"), "Space": (32, " "), "Escape": (27, ""),
}  # fmt: skip
_SHIFT = 8


@dataclass(slots=True)
class Page:
    """A page; `mishaps` is every script error and dialog so far."""

    browser: Browser
    session: str = ""
    mishaps: list[str] = field(default_factory=list)

    # --- what happens in it -------------------------------------------------------------------------------------------

    def noted(self, method: str, params: dict[str, Any]) -> None:
        """Keep what should not happen."""
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.mishaps.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Page.javascriptDialogOpening":
            self.mishaps.append(f"a dialog: {params['message']}")

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """A command of the DevTools protocol for this page."""
        return await self.browser.command(method, self.session, **params)

    async def script(self, source: str, **values: Any) -> Any:
        """The value of an expression, waited for where it is a promise; `values` are constants in it.

        Raises:
            BrowserError: it failed.
        """
        constants = "".join(f"const {name} = {json.dumps(value)};" for name, value in values.items())
        told = await self.command(
            "Runtime.evaluate",
            expression=f"(async () => {{ {constants} return ({source}); }})()",
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in told:
            details = told["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description") or details["text"])
        return told["result"].get("value")

    async def until(self, source: str, timeout_s: float = _WAIT_S, **values: Any) -> Any:
        """Wait until an expression is true, frame by frame of the page; its value."""
        waiting = (
            "new Promise((resolve) => { const end = performance.now() + limit; const look = () => { let value;"
            f" try {{ value = ({source}); }} catch (error) {{ value = null; }}"
            " if (value || performance.now() > end) resolve(value instanceof Node ? true : value); else setTimeout(look, 20); }; look(); })"
        )
        value = await self.script(waiting, limit=timeout_s * 1000, **values)
        if not value:
            raise AssertionError(f"not within {timeout_s:g} s: {source} {values or ''}; {await self.story()}")
        return value

    async def story(self) -> str:
        """What is there, for messages of tests that fail."""
        there = "card()?.shadowRoot.querySelector('ha-card').innerText ?? all('hui-error-card, ha-alert, hui-card').map((one) => one.localName + one.innerText)"
        known = "[...document.querySelectorAll('#ha-launch-screen')].length + ' ' + customElements.get('shelfsight-card')?.name"
        return f"shown: {await self.script(there)}; {await self.script(known)}; {await self.script('document.title')}; {self.mishaps}"

    async def at_rest(self) -> None:
        """Wait until Home Assistant's own picture of loading has faded: it lies over what is there already."""
        await self.until("!document.querySelector('#ha-launch-screen')")

    async def open(self, url: str) -> None:
        """Go there."""
        await self.command("Page.navigate", url=url)

    # --- what the person does -----------------------------------------------------------------------------------------

    async def key(self, name: str, shift: bool = False) -> None:
        """Press and let go of a key."""
        code, text = _KEYS[name]
        key = " " if name == "Space" else name
        common = {"key": key, "code": name, "windowsVirtualKeyCode": code, "modifiers": _SHIFT if shift else 0}
        await self.command("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        await self.command("Input.dispatchKeyEvent", type="keyUp", **common)

    async def write(self, text: str) -> None:
        """Type a text into what has the focus."""
        for character in text:
            await self.command("Input.dispatchKeyEvent", type="char", text=character)

    # --- how it is looked at ------------------------------------------------------------------------------------------

    async def view(
        self, width: int = 1000, height: int = 1000, scale: float = 1, dark: bool = False, still: bool = False
    ) -> None:
        """The window's size in CSS pixels, how many of the screen's one of them takes, and what the person prefers."""
        await self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
        ]
        await self.command("Emulation.setEmulatedMedia", features=features)

    async def photograph(self, path: Path, area: dict[str, float] | None = None) -> None:
        """Save what is to be seen as PNG: the window, or a part of it (x, y, width, height in CSS pixels)."""
        await self.at_rest()
        told = await self.command("Page.captureScreenshot", format="png")
        width = await self.script("innerWidth")
        await asyncio.to_thread(_save, base64.b64decode(told["data"]), path, area, width)

    async def heard(self, element: str) -> list[tuple[str, str]]:
        """Role and name of everything in an element that a screen reader gets, in its order; texts within others left out."""
        found = await self.command("Runtime.evaluate", expression=element)
        described = await self.command("DOM.describeNode", objectId=found["result"]["objectId"])
        told = await self.command("Accessibility.queryAXTree", objectId=found["result"]["objectId"])
        assert described["node"]
        left_out = {"none", "generic", "StaticText", "InlineTextBox", "LineBreak"}
        return [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in told["nodes"]
            if not node["ignored"] and node["role"]["value"] not in left_out
        ]

    async def count_alive(self, constructor: str) -> int:
        """How many objects of a class are alive, after a collection of garbage."""
        await self.command("HeapProfiler.collectGarbage")
        prototype = await self.command("Runtime.evaluate", expression=f"{constructor}.prototype")
        told = await self.command("Runtime.queryObjects", prototypeObjectId=prototype["result"]["objectId"])
        length = await self.command(
            "Runtime.callFunctionOn",
            objectId=told["objects"]["objectId"],
            functionDeclaration="function () { return this.length; }",
            returnByValue=True,
        )
        await self.command("Runtime.releaseObject", objectId=told["objects"]["objectId"])
        number: int = length["result"]["value"]
        return number


def _save(png: bytes, path: Path, area: dict[str, float] | None, window_width: int) -> None:
    """Cut out here: the browser forgets the size of its pixels when it is asked for a part."""
    with Image.open(io.BytesIO(png)) as picture:
        scale = picture.width / window_width
        if area is not None:
            left, top = area["x"] * scale, area["y"] * scale
            picture = picture.crop((left, top, left + area["width"] * scale, top + area["height"] * scale))
        picture.convert("RGB").quantize(256).save(path, optimize=True)  # a third of the size, and nobody sees it


@asynccontextmanager
async def page(browser: Browser, origin: str, kept: dict[str, str]) -> AsyncIterator[Page]:
    """A page that finds `kept` in its local storage wherever it opens `origin`; closed when the block is left."""
    made = Page(browser)
    async with browser.session(made.noted) as made.session:
        for domain in ("Page", "Runtime", "DOM", "Accessibility"):
            await made.command(f"{domain}.enable")
        keeping = f"if (location.origin === {json.dumps(origin)}) Object.assign(localStorage, {json.dumps(kept)});"
        for source in (HELPERS, keeping):
            await made.command("Page.addScriptToEvaluateOnNewDocument", source=source)
        await made.view()
        yield made
