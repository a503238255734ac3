/** What a person can do in the card: ask in writing, and the buttons. Both say in words what went wrong. */

import { icon, make, setAttribute, setText } from "./dom.js";
import { filled } from "./texts.js";

const LONGEST_QUESTION = 500; // as the action has it
const CONNECTION_LOST = 3; // the code of Home Assistant's own connection for it
const ICONS = { ask: "mdi:microphone", describe: "mdi:image-text", stop: "mdi:stop-circle-outline" };

/**
 * An error of an action, in words, and where Home Assistant has them in the person's language.
 *
 * @returns {Promise<string>}
 */
export async function wordsOf(hass, error, texts) {
  if (error === CONNECTION_LOST || error?.code === CONNECTION_LOST || error?.error?.code === CONNECTION_LOST) return texts.lost;
  if (error?.translation_domain && error.translation_key) {
    // Words that cannot be fetched now are no reason to say nothing.
    const localize = await hass.loadBackendTranslation("exceptions", error.translation_domain).catch(() => () => "");
    const key = `component.${error.translation_domain}.exceptions.${error.translation_key}.message`;
    const words = localize(key, error.translation_placeholders ?? {});
    if (words) return words;
  }
  return filled(texts.failed, { reason: error?.message ?? "?" });
}

/**
 * Where it is said what is being done, and what did not work. Both are there from the beginning: a screen reader only speaks of
 * changes in what it has seen before.
 */
export class Notice {
  constructor() {
    this._doing = make("p", { class: "doing", role: "status" });
    this._trouble = make("p", { class: "trouble", role: "alert", id: "trouble" });
    this._wrong = null;
    this.element = make("div", { class: "notice" }, this._doing, this._trouble);
  }

  doing(text) {
    this._say(text, "", null);
  }

  /** @param {HTMLElement | null} field what has to be filled in otherwise */
  trouble(text, field = null) {
    this._say("", text, field);
  }

  /** The person fills in what was wrong: it is not wrong any more, and its words stay to be read. */
  relent() {
    this._mark(null);
  }

  _say(doing, trouble, field) {
    setText(this._doing, doing);
    setText(this._trouble, trouble);
    this._mark(field);
  }

  _mark(field) {
    for (const [name, value] of [["aria-invalid", "true"], ["aria-describedby", this._trouble.id]]) {
      if (this._wrong) setAttribute(this._wrong, name, null);
      if (field) setAttribute(field, name, value);
    }
    this._wrong = field;
  }
}

/** A question in writing. While one is on its way the field can be read and left, and nothing is sent twice. */
export class Writing {
  /** @param {(question: string) => Promise<boolean>} ask whether it was answered */
  constructor(ask, notice) {
    this._ask = ask;
    this._notice = notice;
    this._texts = {};
    this._hindrance = null;
    this._asking = false;
    this._label = make("label", { for: "question" });
    this._field = make("input", { id: "question", type: "text", maxlength: LONGEST_QUESTION, autocomplete: "off", enterkeyhint: "send" });
    this._field.addEventListener("input", () => this._notice.relent());
    this._words = make("span");
    this._button = make("button", { type: "submit", class: "strong" }, icon("mdi:send"), this._words);
    const row = make("div", { class: "row" }, this._field, this._button);
    this.element = make("form", { novalidate: true }, this._label, row);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this._submit();
    });
  }

  show(hindrance, texts) {
    this._hindrance = hindrance;
    this._texts = texts;
    setText(this._label, texts.question);
    setText(this._words, texts.ask);
    this._mark();
  }

  _mark() {
    setAttribute(this._button, "aria-disabled", this._hindrance !== null || this._asking ? "true" : null);
  }

  async _submit() {
    const question = this._field.value.trim();
    if (this._asking) return;
    if (this._hindrance !== null) {
      this._notice.trouble(this._texts[this._hindrance]);
      return;
    }
    if (!question) {
      this._notice.trouble(this._texts.question_missing, this._field);
      this._field.focus();
      return;
    }
    this._asking = true;
    this._mark();
    const written = this._field.value;
    try {
      if ((await this._ask(question)) && this._field.value === written) this._field.value = "";
    } finally {
      this._asking = false;
      this._mark();
    }
  }
}

/** The wearable's buttons at home. One that cannot be used now stays where it is, can be found, and says why. */
export class Buttons {
  /** @param {(role: string, entityId: string) => void} press */
  constructor(press, notice) {
    this._press = press;
    this._notice = notice;
    this._texts = {};
    this._shown = new Map();
    this.element = make("div", { class: "buttons", role: "group" });
  }

  /** @param {{role: string, entityId: string, usable: boolean}[]} buttons */
  show(buttons, texts) {
    this._texts = texts;
    this.element.hidden = buttons.length === 0;
    setAttribute(this.element, "aria-label", texts.buttons);
    const wanted = buttons.map((button) => button.role);
    if (wanted.join() !== [...this._shown.keys()].join()) {
      this._shown = new Map(wanted.map((role) => [role, this._make(role)]));
      this.element.replaceChildren(...[...this._shown.values()].map((one) => one.element));
    }
    for (const button of buttons) {
      const one = this._shown.get(button.role);
      one.button = button;
      setText(one.words, texts[`button_${button.role}`]);
      setAttribute(one.element, "aria-disabled", button.usable ? null : "true");
    }
  }

  _make(role) {
    const words = make("span");
    const one = { words, element: make("button", { type: "button" }, icon(ICONS[role]), words), button: null };
    one.element.addEventListener("click", () => {
      if (one.button.usable) this._press(role, one.button.entityId);
      else this._notice.trouble(this._texts.unusable);
    });
    return one;
  }
}
