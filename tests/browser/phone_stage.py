"""What the phone's suite works with: a real Home Assistant, a Live server, a browser whose microphone and camera are files."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import time
from typing import Any

import numpy as np

from demo.house import House, house
from demo.processes import in_use, running
from local_live.brain import Answer, Brain
from local_live.espeak import Utterance
from local_live.server import serve
from tests.rig.coded_sound import tones
from tests.rig.live import Live, LiveLog

from .chromium import Browser, chromium
from .page import HELPERS, Page, page
from .phone_hearing import Heard
from .phone_relay import Relay
from .phone_senses import QUESTION, write_film, write_question
from .staging import HISTORY, Oracle, _shelves, add_entry, sign_in

NAME = "My phone"
NO_HTTPS = "shelfsight.test"
"""A name of this machine that is not localhost: pages from there are not secure."""
ANSWER = 7
# Beside Home Assistant's own: what the page plays is also recorded, and a fake microphone speaks no more often than is wanted (it would
# begin its file anew each time it is opened). Nothing of the page knows of either.
HOOKS = """
window.phone = () => all("*").find((one) => one.localName.startsWith("shelfsight-phone-")) ?? null;
window.inside = (selector) => phone()?.shadowRoot.querySelector(selector) ?? null;
window.told = (selector) => inside(selector)?.textContent ?? null;
window.recorded = [];
window.speaks = Infinity;
(() => {
  const code = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    process([input]) { if (input[0]) this.port.postMessage([currentTime, input[0].slice()]); return true; } });`;
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...more) {
    if (target instanceof AudioDestinationNode && target.context instanceof AudioContext && target.context.audioWorklet) {
      const { context } = target;
      context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: "text/javascript" }))).then(() => {
        const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
        recorder.port.onmessage = ({ data: [time, samples] }) => {
          const { contextTime, performanceTime } = context.getOutputTimestamp();
          recorded.push({ at: performance.timeOrigin + performanceTime + (time - contextTime) * 1000, samples, rate: context.sampleRate });
        };
        connect.call(this, recorder);
      });
    }
    return connect.call(this, target, ...more);
  };
  const media = navigator.mediaDevices;
  if (!media) return;
  const open = media.getUserMedia.bind(media);
  window.opened = [];
  media.getUserMedia = async (wanted) => {
    const heard = wanted.audio ? --speaks >= 0 : true;
    const stream = await (heard ? open(wanted) : new AudioContext().createMediaStreamDestination().stream);
    opened.push(...stream.getTracks());
    return stream;
  };
})();
"""
_BUTTON = "(({x, y, width, height}) => ({x: x + width / 2, y: y + height / 2}))(inside('.big').getBoundingClientRect())"
STATE = "told('.state')"
SENTENCE = "told('.sentence')"
LIGHTS = "told('.lights')"
OFF = "Microphone off · Camera off"


@dataclass(slots=True)
class PhonePage:
    """The page, and what a person does with it."""

    page: Page
    stage: PhoneStage

    async def script(self, source: str, **values: Any) -> Any:
        """As `Page.script`."""
        return await self.page.script(source, **values)

    async def until(self, source: str, timeout_s: float = 20, **values: Any) -> Any:
        """As `Page.until`; what fails tells what is there."""
        try:
            return await self.page.until(source, timeout_s, **values)
        except AssertionError as error:
            raise AssertionError(f"{error}; {await self.shown()}; {self.stage.relay.went[-12:]}") from None

    async def shown(self) -> list[str]:
        """The texts at the top."""
        shown: list[str] = await self.page.script(f"[{STATE}, {SENTENCE}, told('.said'), {LIGHTS}]")
        return shown

    async def ready(self) -> None:
        """Wait until the phone can be asked."""
        await self.until(f"{STATE} === 'Ready'", 30)
        await self.page.at_rest()

    async def speaks(self, times: int = 1) -> None:
        """The person will speak so often, each time when the microphone is opened."""
        await self.script("window.speaks = times, 0", times=times)

    async def _mouse(self, kind: str) -> float:
        place = await self.script(_BUTTON)
        at_s = time.time()
        await self.page.command("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)
        return at_s

    async def down(self) -> float:
        """Touch the button; when."""
        return await self._mouse("mousePressed")

    async def up(self) -> float:
        """Let go; when."""
        return await self._mouse("mouseReleased")

    async def tap(self) -> float:
        """Touch and let go; when it was touched."""
        at_s = await self.down()
        await self.up()
        return at_s

    async def unlock(self) -> None:
        """Let the page be heard, by a touch of a place without a meaning."""
        place = await self.script(
            "(({x, y, width, height}) => ({x: x + width / 2, y: y + height / 2}))(inside('h1').getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.page.command("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    async def ask(self) -> float:
        """Ask once aloud, by a tap; when."""
        await self.speaks()
        return await self.tap()

    async def answered(self, timeout_s: float = 30) -> None:
        """Wait until an answer was said to its end."""
        await self.until(f"{STATE} === 'Answering'", timeout_s)
        await self.until(f"{STATE} === 'Ready' && {LIGHTS} === off", timeout_s, off=OFF)

    async def heard(self, since_s: float = 0.0) -> Heard:
        """What came out of the page from then on."""
        await self.script("new Promise((resolve) => setTimeout(resolve, 100))")
        told = await self.script(
            """
            (() => {
              const parts = recorded.filter((one) => one.at >= since);
              const whole = new Float32Array(parts.reduce((sum, one) => sum + one.samples.length, 0));
              let at = 0;
              for (const { samples } of parts) { whole.set(samples, at); at += samples.length; }
              const bytes = new Uint8Array(whole.buffer);
              let text = "";
              for (let from = 0; from < bytes.length; from += 32768) text += String.fromCharCode(...bytes.subarray(from, from + 32768));
              return { sound: btoa(text), began: parts[0]?.at ?? since, rate: parts[0]?.rate ?? 48000 };
            })()
            """,
            since=since_s * 1000,
        )
        samples = np.frombuffer(base64.b64decode(told["sound"]), "<f4")
        return Heard(samples, round(told["rate"]), told["began"] / 1000)

    async def goes_to(self, path: str) -> str:
        """Wait until the window is at another page, which no script of this one can wait for; its address."""
        async with asyncio.timeout(20):
            while True:
                url: str = (await self.page.command("Target.getTargetInfo"))["targetInfo"]["url"]
                if path in url:
                    return url
                await asyncio.sleep(0.1)

    async def tracks_live(self) -> int:
        """How many tracks of camera and microphone are not ended."""
        live: int = await self.script("opened.filter((track) => track.readyState === 'live' && track.label).length")
        return live


@dataclass(slots=True)
class Mind:
    """Who answers: a brain for the next sessions, and a voice."""

    brain: Callable[[], Brain]
    voice: Callable[[str], Utterance]

    def make_brain(self) -> Brain:
        """For the server, which asks for each session."""
        return self.brain()

    def say(self, text: str) -> Utterance:
        """For the server."""
        return self.voice(text)


@dataclass(slots=True)
class PhoneStage:
    """Everything, running."""

    folder: Path
    home: House
    relay: Relay
    browser: Browser
    oracle: Oracle
    answer: Answer
    live: Live
    mind: Mind
    question_s: float
    """How long after the microphone is opened the question is over."""
    cameras_entry: str
    phone_id: str
    tokens: str
    programs: AsyncExitStack

    async def switch(self, key: str, on: bool) -> None:
        """One of the phone's switches in Home Assistant."""
        entity = await self.home.entity(f"{key}")
        await self.home.post(f"/api/services/switch/turn_{'on' if on else 'off'}", {"entity_id": entity})

    async def allow(self, phone: PhonePage, allowed: bool) -> None:
        """What the browser says to camera and microphone from now on."""
        context = (await phone.page.command("Target.getTargetInfo"))["targetInfo"]["browserContextId"]
        for name in ("microphone", "camera"):
            await self.browser.command(
                "Browser.setPermission", permission={"name": name}, setting="granted" if allowed else "denied",
                origin=self.relay.url, browserContextId=context,
            )  # fmt: skip

    @asynccontextmanager
    async def tab_beside(self, first: PhonePage) -> AsyncIterator[PhonePage]:
        """A second tab, which shares with the first what tabs of one browser share."""
        context = (await first.page.command("Target.getTargetInfo"))["targetInfo"]["browserContextId"]
        made = await self.browser.command("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.browser.command("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        tab = Page(self.browser, attached["sessionId"])
        for domain in ("Page", "Runtime"):
            await tab.command(f"{domain}.enable")
        for source in (HELPERS, HOOKS):
            await tab.command("Page.addScriptToEvaluateOnNewDocument", source=source)
        await tab.open(f"{self.relay.url}/shelfsight")
        yield PhonePage(tab, self)
        await self.browser.command("Target.closeTarget", targetId=made["targetId"])

    async def restart(self) -> None:
        """Home Assistant is started anew, with what is in its folder now."""
        config = self.folder / "house" / "config"
        await self.home.program.stop()
        arguments = ["-m", "homeassistant", "--config", config, "--skip-pip", "--log-no-color"]
        starting = running("home assistant again", arguments, self.folder / "house", cwd=config)
        self.home.program = await self.programs.enter_async_context(starting)
        async with asyncio.timeout(90):
            while not in_use(int(self.home.url.rpartition(":")[2])):  # noqa: ASYNC110  # another process: nothing tells of it
                await asyncio.sleep(0.2)

    @asynccontextmanager
    async def showing(
        self, path: str = "/shelfsight", *, allowed: bool = True, language: str = "en", tokens: str | None = None,
        kept: dict[str, str] | None = None, origin: str | None = None, **view: Any,
    ) -> AsyncIterator[PhonePage]:  # fmt: skip
        """The phone's page of somebody who is signed in; `allowed` is what the browser says to camera and microphone."""
        origin = origin or self.relay.url
        # The sign-in stays that of the address where it was made.
        mine = json.dumps({**json.loads(tokens or self.tokens), "hassUrl": origin})
        storage = {"hassTokens": mine, "selectedLanguage": f'"{language}"'}
        async with page(self.browser, origin, {**storage, **(kept or {})}) as shown:
            phone = PhonePage(shown, self)
            self.browser._listeners[shown.session] = lambda method, params: _note_ours(shown, method, params)
            if origin == self.relay.url:
                await self.allow(phone, allowed)
            await shown.command("Page.addScriptToEvaluateOnNewDocument", source=HOOKS)
            await shown.view(**{"width": 400, "height": 800, **view})
            await shown.open(f"{origin}{path}")
            yield phone
            assert shown.mishaps == [], shown.mishaps


def _note_ours(page: Page, method: str, params: dict[str, Any]) -> None:
    """What should not happen in our code; Home Assistant's frontend has errors of its own while the network is cut."""
    if method != "Runtime.exceptionThrown" or "/shelfsight/" in json.dumps(params):
        page.noted(method, params)


def usual_voice(_text: str) -> Utterance:
    """Says a number in tones, three times."""
    return tones(str(ANSWER), 3)


@asynccontextmanager
async def phone_stage(folder: Path) -> AsyncIterator[PhoneStage]:
    """Start all of it."""
    jpeg, answer = _shelves()
    oracle, log, key = Oracle(answer, asyncio.Event()), LiveLog(), "key-of-the-phones-suite"
    oracle.thinks.set()
    mind = Mind(lambda: oracle, usual_voice)
    question_s = await asyncio.to_thread(write_question, folder / "question.wav", QUESTION)
    await write_film(folder / "shelf.mjpeg", jpeg)
    senses = (
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={folder / 'question.wav'}",
        f"--use-file-for-fake-video-capture={folder / 'shelf.mjpeg'}",
        f"--host-resolver-rules=MAP {NO_HTTPS} 127.0.0.1",
    )
    server = await serve(
        "127.0.0.1",
        0,
        folder / "oracle",
        mind.make_brain,
        key=key,
        voice=mind.say,
        max_sessions=16,
    )
    async with (
        server,
        house(folder / "house", components=[HISTORY]) as home,
        chromium(folder / "chromium", *senses) as browser,
        AsyncExitStack() as programs,
    ):
        relay = Relay(int(home.url.rpartition(":")[2]))
        await relay.open()
        live = Live(server, log, key)
        cameras = await add_entry(home, live, "cameras")
        async with home.socket() as call:
            phone_id = (await call("shelfsight/phone/add", name=NAME))["wearable_id"]
        tokens = await sign_in(home)
        stage = PhoneStage(
            folder, home, relay, browser, oracle, answer, live, mind, question_s, cameras, phone_id, tokens, programs
        )
        # A fake microphone says its question whenever it is opened: nobody follows up here unless a test wants that.
        await stage.switch("follow_up", False)
        try:
            yield stage
        finally:
            await relay.cut()


def tell(figures: str) -> None:
    """Figures are part of this suite's result."""
    print(f"\n{figures}")  # noqa: T201  # pytest -s shows it
