/** Which phone this is: chosen among several, or added. */

import { make, setText } from "../dom.js";
import { wordsOf } from "../acting.js";
import { addPhone } from "./account.js";

export class Setup {
  /** @param {import("./session.js").Session} session */
  constructor(session, texts) {
    this._session = session;
    this._texts = texts;
    this._choices = make("div", { class: "choices" });
    this._name = make("input", { id: "name", type: "text", maxlength: 40, autocomplete: "off", value: texts.phone_name });
    this._form = make(
      "form",
      { novalidate: true },
      make("label", { for: "name" }, texts.name_label),
      this._name,
      make("button", { type: "submit", class: "strong" }, texts.add),
    );
    this._trouble = make("p", { class: "trouble", role: "alert", id: "setup-trouble" });
    this._again = make("button", { type: "button", class: "strong" }, texts.again);
    this._again.addEventListener("click", () => this._doing(() => this._session.choose()));
    this._form.addEventListener("submit", (event) => {
      event.preventDefault();
      this._doing(() => this._add());
    });
    this.element = make("div", { class: "setup", hidden: true }, this._choices, this._form, this._trouble, this._again);
    this._shown = null;
  }

  show(shown) {
    this.element.hidden = !shown;
    const { phones, mayAdd } = this._session;
    if (!shown || this._shown === phones) return;
    this._shown = phones;
    this._choices.replaceChildren(...phones.map((phone) => this._choice(phone)));
    this._form.hidden = !mayAdd;
    this._again.hidden = mayAdd;
  }

  _choice({ wearable_id: id, name }) {
    const button = make("button", { type: "button", class: "strong" }, name);
    button.addEventListener("click", () => this._doing(() => this._be(id)));
    return button;
  }

  async _add() {
    const added = await addPhone(this._session.hass, this._name.value);
    this._session.phones = [...this._session.phones, added];
    await this._be(added.wearable_id);
  }

  _be(id) {
    this._session.press(); // the touch lets the page be heard
    return Promise.race([this._session.be(id, true), Promise.resolve()]); // it lasts for as long as the phone is one
  }

  async _doing(what) {
    setText(this._trouble, "");
    try {
      await what();
    } catch (error) {
      setText(this._trouble, await wordsOf(this._session.hass, error, this._texts));
    }
  }
}
