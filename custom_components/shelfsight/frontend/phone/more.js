/** What is not needed to ask aloud: a question in writing, the picture, what was said lately, and which phone this is. */

import { Notice, Writing, wordsOf } from "../acting.js";
import { make, setAttribute, setText } from "../dom.js";
import { Picture } from "../picture.js";
import { filled } from "../texts.js";
import { removePhone } from "./account.js";

export class More {
  /** @param {import("./session.js").Session} session @param {import("./talk.js").Talk} talk */
  constructor(session, texts, talk) {
    this._session = session;
    this._texts = texts;
    this._talk = talk;
    this._known = null;
    this._shownTurns = null;
    this.toggle = make("button", { type: "button", class: "toggle", "aria-expanded": "false", "aria-controls": "more" }, texts.more);
    this.toggle.addEventListener("click", () => this._open(this.element.hidden));
    this._notice = new Notice();
    this._writing = new Writing((question) => this._ask(question), this._notice);
    this._picture = new Picture();
    this._turns = make("ol", { class: "turns", "aria-labelledby": "turns" });
    this._clear = make("button", { type: "button" }, texts.clear);
    this._clear.addEventListener("click", () => this._clearTurns());
    this._none = make("p", { tabindex: "-1" }, texts.none);
    this._name = make("p");
    this._remove = make("button", { type: "button" }, texts.remove);
    this._remove.addEventListener("click", () => this._removePhone());
    const heading = (text, id) => make("h2", id ? { id } : {}, text);
    this._phone = make("div", { class: "this-phone" }, heading(texts.this_phone), this._name, this._remove);
    this.element = make(
      "div",
      { class: "more", id: "more", hidden: true },
      this._writing.element,
      this._notice.element,
      this._picture.element,
      heading(texts.turns, "turns"),
      this._none,
      this._turns,
      this._clear,
      this._phone,
    );
  }

  _open(open) {
    this.element.hidden = !open;
    setAttribute(this.toggle, "aria-expanded", String(open));
    if (open) this.show(this._known);
  }

  /** @param {{hass: object, deviceId: string | null, view: object | null}} known */
  show(known) {
    this._known = known;
    if (this.element.hidden || !known) return;
    const { _texts: texts, _session: session } = this;
    const hindrance = known.view === null || session.stage !== "running" || session.state === "away" ? "away" : null;
    this._writing.show(hindrance, texts);
    this._picture.show(known.view?.picture ?? null, texts);
    const { turns } = this._talk;
    if (turns !== this._shownTurns) {
      this._shownTurns = turns;
      this._turns.replaceChildren(...turns.map((turn) => this._turn(turn)));
    }
    this._turns.hidden = this._clear.hidden = turns.length === 0;
    this._none.hidden = turns.length > 0;
    const phone = session.phones.find((one) => one.wearable_id === session.id);
    this._phone.hidden = !phone;
    setText(this._name, phone ? filled(texts.is_phone, { name: phone.name }) : "");
  }

  _turn({ asked, said }) {
    return make("li", {}, make("p", { class: "asked" }, asked ?? this._texts.unknown), make("p", { class: "answer" }, said));
  }

  _clearTurns() {
    this._talk.clear();
    this.show(this._known);
    this._none.focus(); // the button that had the focus is gone
  }

  async _ask(question) {
    const { hass, deviceId } = this._known;
    this._notice.doing(this._texts.doing);
    try {
      await hass.callService("shelfsight", "ask", { question, device_id: deviceId, speak: true }, undefined, false, true);
      this._notice.doing("");
      return true;
    } catch (error) {
      this._notice.trouble(await wordsOf(hass, error, this._texts));
      return false;
    }
  }

  async _removePhone() {
    const { _texts: texts } = this;
    if (this._remove.textContent !== texts.remove_sure) {
      setText(this._remove, texts.remove_sure); // once more: the same place, and no dialog
      return;
    }
    setText(this._remove, texts.remove);
    try {
      await removePhone(this._known.hass, this._session.id);
    } catch (error) {
      this._notice.trouble(await wordsOf(this._known.hass, error, texts));
    }
  }
}
