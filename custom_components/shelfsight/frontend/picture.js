/** The picture of the last answer, with the place that Home Assistant drew into it. */

import { make, setAttribute, setText } from "./dom.js";

export class Picture {
  constructor() {
    this._shown = null;
    this._image = make("img", { alt: "" });
    this._image.addEventListener("error", () => this._failed(true));
    this._image.addEventListener("load", () => this._failed(false));
    this._trouble = make("p", { class: "trouble", hidden: true });
    this.element = make("div", { class: "picture" }, this._image, this._trouble);
  }

  /**
   * Show this.
   *
   * @param {{key: string, url: string, alternative: string} | null} picture
   * @param {Record<string, string>} texts
   */
  show(picture, texts) {
    this.element.hidden = picture === null;
    setText(this._trouble, texts.picture_failed);
    if (picture === null) {
      this._shown = null;
      this._image.removeAttribute("src");
      return;
    }
    setAttribute(this._image, "alt", picture.alternative);
    // A new token is no reason to load the same picture again, unless it failed.
    if (picture.key !== this._shown || (!this._trouble.hidden && this._image.getAttribute("src") !== picture.url)) {
      this._shown = picture.key;
      this._image.src = picture.url;
    }
  }

  _failed(failed) {
    this._trouble.hidden = !failed;
    this._image.hidden = failed;
  }
}
