"""The phone's modules under the strictest content security policy: nothing inline, nothing made of text, nothing from elsewhere.

Home Assistant's own page sends no such policy, so here the modules stand on a page of this test, with a Home Assistant that is played.
"""

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest

from custom_components.shelfsight.dashboard import FOLDER

from .page import page
from .phone_stage import PhoneStage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; media-src blob:; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_BOOT = """
import "/shelfsight/digest/phone/panel.js";
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
const made = document.createElement("shelfsight-phone-digest");
made.style.height = "100vh";
made.hass = {
  language: "en", states: {}, devices: {}, entities: {}, connection: new EventTarget(), auth: {},
  callWS: async () => ({ phones: [], may_add: true }),
};
document.body.append(made);
window.made = made;
window.inside = (selector) => made.shadowRoot.querySelector(selector);
"""


async def _serve_page(_request: web.Request) -> web.Response:
    html = "<!doctype html><html lang=en><title>Phone</title><body><script type=module src=/boot.js></script>"
    return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _POLICY})


async def _serve_boot(_request: web.Request) -> web.Response:
    return web.Response(text=_BOOT, content_type="text/javascript")


async def test_the_strictest_policy_is_kept(phones: PhoneStage) -> None:
    app = web.Application()
    app.router.add_get("/", _serve_page)
    app.router.add_get("/boot.js", _serve_boot)
    app.router.add_static("/shelfsight/digest", FOLDER)
    async with TestServer(app) as server:
        origin = f"http://127.0.0.1:{server.port}"
        async with page(phones.browser, origin, {}) as shown:
            await shown.open(origin)
            await shown.until("inside('.state')?.textContent === 'Not set up'")
            place = await shown.script("(({x, y}) => ({x: x + 4, y: y + 4}))(inside('h1').getBoundingClientRect())")
            for kind in ("mousePressed", "mouseReleased"):
                await shown.command("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)
            await shown.until("made._session._mouth.unlocked && made._session._headset._sound?.readyState > 1")
            await shown.until("!made._session._mouth.talking", 15)
            await shown.script("inside('.toggle').click()")
            await shown.until("getComputedStyle(inside('.big')).borderTopLeftRadius === '28px'")
            assert await shown.script("violations") == []
            assert shown.mishaps == []
            # It would be seen: the same page may not do what the policy forbids.
            await shown.script(
                "document.body.append(Object.assign(document.createElement('img'), {src: 'https://example.org/x.png'})), 0"
            )
            await shown.until("violations.length === 1")
