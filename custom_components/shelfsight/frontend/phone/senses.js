/** Ear and eye do what the orders say, and what they take goes to the outbox. Nothing is captured otherwise. */

import { Ear, chunkTimeMs } from "./ear.js";
import { Eye } from "./eye.js";
import { Orders } from "./orders.js";
import { codeOf, troubleOf } from "./troubles.js";

/** Sound goes before pictures, when they are opened too: a camera keeps a small phone busy, and words that are lost do not come again. */
const EYE_WAITS_MS = 300;

export class Senses {
  /**
   * @param {import("./outbox.js").Outbox} outbox
   * @param {() => AudioContext} context
   * @param {() => number} nowMs the page's clock
   * @param {(what: string, code: string, reason: string, trouble: string | null) => void} refuse tells home and person
   * @param {() => void} changed something went on or off
   */
  constructor(outbox, context, nowMs, refuse, changed) {
    this._outbox = outbox;
    this._nowMs = nowMs;
    this._refuse = refuse;
    this.orders = new Orders();
    this._generation = 0;
    this._chunkMs = null;
    this._timer = 0;
    this._eyeWaits = 0; // a timer, while the eye waits for the ear
    this._hears = false;
    this.ear = new Ear(context, (pcm) => this._heard(pcm), (error) => this._failed("microphone", error), changed);
    this.eye = new Eye((jpeg, timeMs, wish) => this._seen(jpeg, timeMs, wish), (error) => this._failed("camera", error), changed);
    /** Called when nobody has said anything for so long that capturing ends. */
    this.onSafetyStop = () => {};
  }

  /** What is wanted has changed. */
  update() {
    const { audio, video, still } = this.orders.wanted;
    const anew = this.orders.generation !== this._generation;
    this._generation = this.orders.generation;
    if (anew) this._outbox.dropPicture();
    if (audio) this.ear.start();
    else {
      this.ear.stop();
      this._hears = false;
    }
    const wish = still ?? video;
    clearTimeout(this._eyeWaits);
    this._eyeWaits = 0;
    if (audio && !this._hears && wish !== null && !this.eye.wanted) this._eyeWaits = setTimeout(() => this._open(), EYE_WAITS_MS);
    else this.eye.want(wish, anew);
    clearInterval(this._timer);
    if (this.orders.active) this._timer = setInterval(() => this._look(), 250);
  }

  /** A new question: what waits of an older one is not part of it. */
  anew() {
    this._outbox.dropSound();
    this._chunkMs = null;
  }

  _look() {
    if (!this.orders.expired(this._nowMs())) return;
    this.orders.stop();
    this.update();
    this.onSafetyStop();
  }

  /** The eye's turn: the ear hears, or takes too long. */
  _open() {
    this._hears = true;
    this.update();
  }

  _heard(pcm) {
    this._chunkMs = chunkTimeMs(this._chunkMs, this._nowMs());
    this._outbox.sound(pcm, this._chunkMs);
    if (this._eyeWaits) this._open();
    this._hears = true;
  }

  _seen(jpeg, timeMs, wish) {
    this._outbox.picture(jpeg, Math.round(timeMs));
    if (!wish.rate_hz && this.orders.wanted.still) {
      this.orders.stillTaken();
      this.update();
    }
  }

  _failed(what, error) {
    const trouble = troubleOf(what, error);
    this.orders.without(what);
    this.update();
    this._refuse(what, codeOf(trouble), `${error.name}: ${error.message}`.slice(0, 200), trouble);
  }
}
