/** What is to be seen, heard by a screen reader and touched: one large button, its state beside it, and the rest behind "More". */

import { make, setAttribute, setText } from "../dom.js";
import { More } from "./more.js";
import { Setup } from "./setup.js";

const OWN_KEYS = ["Space", "Enter", "NumpadEnter"];
const MEDIA_KEYS = ["MediaPlayPause", "HeadsetHook"];
/** Where keys have a meaning of their own. */
const INTERACTIVE = "a, button, input, select, textarea, summary, [contenteditable], [role=button], [tabindex]:not([tabindex='-1'])";

export class View {
  /** @param {HTMLElement} page @param {import("./session.js").Session} session @param {import("./talk.js").Talk} talk */
  constructor(page, session, texts, talk) {
    this._session = session;
    this._texts = texts;
    this._verb = make("span", { class: "verb" });
    this._hint = make("span", { class: "hint" });
    this._mark = make("span", { class: "mark", "aria-hidden": "true" });
    const face = make("span", { class: "face" }, this._verb, this._hint, this._mark);
    this._button = make("button", { type: "button", class: "big", "aria-describedby": "state" }, face);
    this._state = make("p", { class: "state", id: "state", role: "status" });
    this._sentence = make("p", { class: "sentence", role: "alert" });
    this._said = make("p", { class: "said" });
    this._lights = make("p", { class: "lights" });
    this._words = make("div", { class: "words" }, this._state, this._sentence, this._said, this._lights);
    this._setup = new Setup(session, texts);
    this._more = new More(session, texts, talk);
    const menu = make("button", { type: "button", class: "menu" }, texts.menu);
    menu.addEventListener("click", () => {
      page.dispatchEvent(new CustomEvent("hass-toggle-menu", { bubbles: true, composed: true, detail: {} }));
    });
    const bar = make("div", { class: "bar" }, menu, make("h1", {}, "Shelfsight"), this._more.toggle);
    const stage = make("div", { class: "stage" }, this._button, this._words, this._setup.element);
    const scroll = make("div", { class: "scroll" }, stage, this._more.element);
    this.element = make("section", { class: "page", "aria-label": "Shelfsight" }, scroll, bar);
    this._follow(page);
  }

  _follow(page) {
    const { hands } = this._session;
    const button = this._button;
    let touched = false;
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      touched = true;
      button.setPointerCapture(event.pointerId);
      hands.down("pointer");
    });
    for (const event of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(event, () => hands.up("pointer"));
    // A screen reader's double tap may come as a click alone.
    button.addEventListener("click", (event) => {
      event.preventDefault();
      if (!touched && event.detail === 0 && !this._keyed) hands.tap();
      touched = this._keyed = false;
    });
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    this._keyed = false;
    const { signal } = page.leaving;
    for (const event of ["pointerup", "keydown"]) page.addEventListener(event, () => this._session.touched(), { signal });
    window.addEventListener("keydown", (event) => this._key(event, true), { signal });
    window.addEventListener("keyup", (event) => this._key(event, false), { signal });
  }

  /** Space and Enter are the button wherever they mean nothing else; a headset's key is it anywhere. */
  _key(event, down) {
    const media = MEDIA_KEYS.includes(event.key);
    const [target] = event.composedPath();
    const elsewhere = target instanceof Element && target !== this._button && target.closest(INTERACTIVE);
    if (!media && (!OWN_KEYS.includes(event.code) || elsewhere || event.ctrlKey || event.altKey || event.metaKey || this._button.hidden)) return;
    event.preventDefault();
    if (event.repeat) return;
    this._keyed = true;
    if (down) this._session.hands.down(event.code || event.key);
    else this._session.hands.up(event.code || event.key);
  }

  /** @param {{hass: object, deviceId: string | null, view: object | null}} known what Home Assistant knows of this phone */
  show(known) {
    const { _session: session, _texts: texts } = this;
    const { state, capturing } = session;
    const listens = state === "listening" && !session.stoppable ? "following" : state;
    setAttribute(this.element, "data-state", state);
    setText(this._verb, texts[`verb_${listens}`] ?? texts.verb_ready);
    setText(this._hint, texts[`hint_${listens}`] ?? "");
    setText(this._state, texts[`state_${state}`]);
    setText(this._sentence, session.sentence === null ? "" : session.phrases.texts[session.sentence] ?? "");
    setAttribute(this._sentence, "data-trouble", session.troubled);
    setText(this._said, state === "ready" && session.sentence === null ? known.view?.said ?? "" : "");
    setText(this._lights, `${texts[`microphone_${capturing.microphone ? "on" : "off"}`]} · ${texts[`camera_${capturing.camera ? "on" : "off"}`]}`);
    setAttribute(this._lights, "data-on", capturing.microphone || capturing.camera);
    this._button.hidden = state === "setup";
    this._setup.show(state === "setup");
    this._more.show(known);
  }
}
