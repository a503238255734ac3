/** The panel's element: Home Assistant's state in, the session beside it, and what is to be seen. */

import { findDevice, viewOf } from "../model.js";
import { nearestLanguage } from "../texts.js";
import { Session } from "./session.js";
import { styleSheet } from "./styles.js";
import { Talk } from "./talk.js";
import { View } from "./view.js";

const DOMAIN = "shelfsight";
const IDLE = "idle";

async function loadTexts(language) {
  const response = await fetch(new URL(`./texts/${nearestLanguage(language)}.json`, import.meta.url));
  if (!response.ok) throw new Error(`no texts: ${response.status}`);
  return response.json();
}

export class PhonePage extends HTMLElement {
  static firmware = "";

  constructor() {
    super();
    this._hass = null;
    this._session = null;
    this._texts = null;
    this._language = null;
    this._talk = new Talk();
    this._leaving = null;
    this._drawing = 0;
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styleSheet()];
  }

  /** Home Assistant's state: set by the frontend, whenever anything in it changes. */
  set hass(hass) {
    this._hass = hass;
    if (this._session === null && this.isConnected) this._begin();
    else this._draw();
  }

  get hass() {
    return this._hass;
  }

  set narrow(narrow) {
    this.toggleAttribute("narrow", Boolean(narrow));
  }

  /** Ends when this page does. */
  get leaving() {
    return this._leaving;
  }

  connectedCallback() {
    if (this._hass && this._session === null) this._begin();
  }

  disconnectedCallback() {
    this._leaving?.abort();
    this._session?.close();
    this._session = null;
    this.shadowRoot.replaceChildren();
  }

  async _begin() {
    const session = (this._session = new Session(() => this._hass, () => this._draw()));
    this._leaving = new AbortController();
    const options = { signal: this._leaving.signal };
    document.addEventListener("visibilitychange", () => session.seen(!document.hidden), options);
    window.addEventListener("pagehide", () => session.seen(false), options);
    for (const event of ["online", "offline"]) window.addEventListener(event, () => session.networkChanged(), options);
    navigator.connection?.addEventListener?.("change", () => session.networkChanged(), options);
    const { connection } = this._hass;
    const disconnected = () => session.disconnected(connection);
    connection.addEventListener("disconnected", disconnected);
    options.signal.addEventListener("abort", () => connection.removeEventListener("disconnected", disconnected));
    this._language = this._hass.language;
    try {
      this._texts = await loadTexts(this._language);
      if (this._session !== session) return;
      this._view = new View(this, session, this._texts, this._talk);
      this.shadowRoot.replaceChildren(this._view.element);
      this._draw();
      await session.begin(PhonePage.firmware);
    } catch (error) {
      if (this._session !== session) return;
      console.error("Shelfsight:", error);
      this._broken();
    }
  }

  /** The page could not begin: there may be no words to say so with but these. */
  _broken() {
    const text = this._texts?.broken ?? "Shelfsight could not begin. Please reload this page.";
    this.shadowRoot.replaceChildren(Object.assign(document.createElement("p"), { role: "alert", className: "broken", textContent: text }));
  }

  /** Draw once, however much has changed. */
  _draw() {
    if (this._drawing || !this._view || this._session === null) return;
    this._drawing = requestAnimationFrame(() => {
      this._drawing = 0;
      if (this._session === null) return;
      const known = this._known();
      if (known.answer) this._talk.see(known.answer.last_updated, known.view.asked, known.view.said);
      if (known.state?.state === IDLE) this._session.phone?.homeIsIdle();
      this._view.show(known);
    });
  }

  /** What Home Assistant knows of this phone: its device, what the card would show of it, and two of its states. */
  _known() {
    const hass = this._hass;
    const of = (one) => one.identifiers?.some(([domain, id]) => domain === DOMAIN && id === this._session.id);
    const named = this._session.id && Object.values(hass.devices).find(of);
    if (!named) return { hass, deviceId: null, view: null, answer: null, state: null };
    const device = findDevice(hass, { device_id: named.id });
    const view = viewOf(hass, {}, device, this._texts);
    return { hass, deviceId: named.id, view, answer: hass.states[device.ids.answer], state: hass.states[device.ids.state] };
  }
}
