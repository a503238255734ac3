/**
 * The card: `custom:shelfsight-card`.
 *
 * Home Assistant sets `hass` whenever anything in the house changes. What concerns the card is found by identity; everything else costs
 * a few comparisons and changes nothing in the document. The document is built once, and then only what is another is written.
 */

import { Buttons, Notice, Writing, wordsOf } from "./acting.js";
import { make, setAttribute, setText } from "./dom.js";
import { formOf } from "./form.js";
import { Latency } from "./latency.js";
import { devicesOf, findDevice, isOther, viewOf } from "./model.js";
import { Picture } from "./picture.js";
import { styleSheet } from "./styles.js";
import { loadTexts, nearestLanguage } from "./texts.js";
import { joined, pastTimes, timeOfState } from "./times.js";
import { written } from "./writing.js";

const ROWS = 8;
/** Longer than the action's own patience, which is told in words. */
const PATIENCE_S = 60;

export class ShelfsightCard extends HTMLElement {
  static getConfigForm() {
    return formOf(document.documentElement.lang || navigator.language);
  }

  static getStubConfig(hass) {
    const [first] = devicesOf(hass.entities);
    return first ? { device_id: first } : {};
  }

  constructor() {
    super();
    this._config = null;
    this._hass = null;
    this._texts = null;
    this._language = null;
    this._device = { deviceId: null, ids: {}, problem: null };
    this._times = [];
    this._timesOf = null;
    this._notice = new Notice();
    this._picture = new Picture();
    this._writing = new Writing((question) => this._askInWriting(question), this._notice);
    this._buttons = new Buttons((role, entityId) => this._pressButton(role, entityId), this._notice);
    this._latency = new Latency();
    this._build();
  }

  // --- what Home Assistant calls -----------------------------------------------------------------------------------------------

  /** @throws {Error} the configuration cannot be; Home Assistant shows the words */
  setConfig(config) {
    for (const key of ["device_id", "entity", "camera", "title"]) {
      if (config[key] != null && typeof config[key] !== "string") throw new Error(`${key}: text`);
    }
    for (const key of ["speak", "latency"]) {
      if (config[key] != null && typeof config[key] !== "boolean") throw new Error(`${key}: true / false`);
    }
    this._config = config;
    this._update(null);
  }

  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    const wordless = this._language === null;
    if (this.isConnected && (wordless || isOther(before, hass, this._device.ids))) this._update(before);
  }

  getCardSize() {
    return ROWS;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  connectedCallback() {
    this._update(null);
  }

  disconnectedCallback() {
    this._timesOf = null; // whatever is still asked for is not waited for
  }

  // --- what is shown -----------------------------------------------------------------------------------------------------------

  _build() {
    this._title = make("h1", { id: "title" }); // as the titles of Home Assistant's own cards
    this._state = make("span", { class: "state" });
    this._problem = make("p", { class: "problem" });
    this._askedLabel = make("h2");
    this._asked = make("p", { class: "asked" });
    this._saidLabel = make("h2");
    this._said = make("p", { class: "said" });
    // A new answer is spoken by screen readers when they are done with what they say, question and answer together.
    this._talk = make(
      "section",
      { class: "talk", "aria-live": "polite", "aria-atomic": "true" },
      ...[this._askedLabel, this._asked, this._saidLabel, this._said],
    );
    const head = make("div", { class: "head" }, this._title, this._state);
    const acting = [this._writing.element, this._buttons.element, this._notice.element];
    this._body = make("div", { class: "body" }, this._picture.element, this._talk, ...acting, this._latency.element);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styleSheet()];
    // A landmark: who hears the page gets here in one step.
    this._card = make("ha-card", { role: "region", "aria-labelledby": "title" }, head, this._problem, this._body);
    this._card.hidden = true; // until there are words
    root.append(this._card);
  }

  _update(before) {
    const hass = this._hass;
    if (!hass || !this._config || !this.isConnected) return;
    if (!before || before.entities !== hass.entities) this._device = findDevice(hass, this._config);
    if (this._language !== nearestLanguage(hass.locale.language)) this._learn(nearestLanguage(hass.locale.language));
    this._follow(hass);
    if (this._texts) this._show(hass);
  }

  _show(hass) {
    const texts = this._texts;
    const view = viewOf(hass, this._config, this._device, texts);
    this._card.hidden = false;
    setAttribute(this, "lang", this._language);
    setText(this._title, view.title);
    setText(this._problem, view.problem ? texts[`problem_${view.problem}`] : "");
    this._problem.hidden = !view.problem;
    this._body.hidden = this._state.hidden = Boolean(view.problem);
    if (view.problem) return;
    setText(this._state, view.state.text);
    setAttribute(this._state, "data-state", view.state.key);
    setText(this._askedLabel, texts.asked);
    setText(this._asked, view.asked ?? (view.said ? texts.asked_unknown : texts.nothing_yet));
    setText(this._saidLabel, texts.said);
    setText(this._said, view.said ?? texts.nothing_yet);
    this._picture.show(view.picture, texts);
    this._writing.show(view.writing.hindrance, texts);
    this._buttons.show(view.buttons, texts);
    this._latency.show(this._config.latency === false ? [] : this._times, written(hass), texts);
  }

  _learn(language) {
    this._language = language;
    loadTexts(language).then(
      (texts) => {
        if (this._language !== language) return;
        this._texts = texts;
        this._update(null);
      },
      () => {
        this._language = null; // asked for again with whatever changes next in the house
      },
    );
  }

  /** The history once for each sensor, then what its state tells. */
  _follow(hass) {
    const entityId = this._device.ids.firstAudio ?? null;
    const now = timeOfState(hass.states[entityId]);
    if (this._timesOf === entityId) {
      if (now) this._times = joined(this._times, [now]);
      return;
    }
    this._timesOf = entityId;
    this._times = now ? [now] : [];
    if (entityId === null) return;
    pastTimes(hass, entityId, Date.now()).then((past) => {
      if (this._timesOf !== entityId || !past.length) return;
      this._times = joined(past, this._times);
      this._update(null);
    });
  }

  // --- what the person does ----------------------------------------------------------------------------------------------------

  async _askInWriting(question) {
    const { data } = viewOf(this._hass, this._config, this._device, this._texts).writing;
    return this._act(this._texts.asking, "shelfsight", "ask", { question, timeout: PATIENCE_S, ...data });
  }

  _pressButton(role, entityId) {
    return this._act(this._texts[`doing_${role}`], "button", "press", { entity_id: entityId });
  }

  /** Do something, and say so, and what came of it if nothing did; whether it worked. */
  async _act(doing, domain, action, data) {
    const turn = (this._turn = {});
    this._notice.doing(doing);
    let trouble = null;
    try {
      await this._hass.callService(domain, action, data, undefined, false);
    } catch (error) {
      trouble = await wordsOf(this._hass, error, this._texts);
    }
    if (turn === this._turn) {
      if (trouble === null) this._notice.doing("");
      else this._notice.trouble(trouble);
    }
    return trouble === null;
  }
}
