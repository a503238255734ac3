/** Stays linked: dials for ever, says once why the link is lost and once that it is back (PROTOCOL.md, section 5). */

import { Backoff, Tidings } from "./backoff.js";
import { Link, RefusedError } from "./link.js";

/** Reasons for which dialling again at once would do harm, and what is said then. */
const UNWANTED = { version: "old_version", replaced: "replaced", proof: "refused", removed: "removed" };
/** After these a person has to do something first: a page that dials by itself would throw out the other one, for ever. */
const FINAL = ["replaced", "removed", "version"];
const QUICK_OPEN_MS = 3500;

export class Dialer {
  /**
   * @param {string} url
   * @param {{abilities: () => object, identity: (anew: boolean) => Promise<{id: string, key: CryptoKey} | null>,
   *   opened: (link: Link, welcome: object) => void, text: (message: object) => void, speaker: (pcm: Uint8Array) => void,
   *   ended: (reason: string) => boolean, tell: (name: string) => void}} owner `identity` asks Home Assistant where it knows none
   *   yet, or `anew`, and gives null for a phone that is none any more; `ended` says whether somebody was using the link
   */
  constructor(url, owner) {
    this._url = url;
    this._owner = owner;
    this._backoff = new Backoff();
    this._tidings = new Tidings();
    this._hurry = () => {};
    this._breakOff = () => {};
    this._left = false;
    this._anew = false;
    this.link = null;
    /** The phrase that says why there is no link now. */
    this.why = "lost";
  }

  /** Until `leave`, or until something is for the person to do: that reason. */
  async run() {
    while (!this._left) {
      const reason = await this._dial();
      if (this._left) break;
      if (FINAL.includes(reason)) return reason;
      const waitMs = this._backoff.waitMs(Math.random(), performance.now());
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this._hurry = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return "left";
  }

  /** The person wants something: dial now. */
  hurry() {
    this._backoff.soon();
    this._hurry();
  }

  /** The network is another one, or the page was asleep. */
  networkChanged() {
    this.hurry();
    if (this.link) this.link.probe();
    else this._breakOff();
  }

  leave() {
    this._left = true;
    this._hurry();
    this._breakOff();
    this.link?.close();
  }

  async _dial() {
    const giving = new AbortController();
    this._breakOff = () => giving.abort();
    const timer = this._backoff.quick(performance.now()) ? setTimeout(() => giving.abort(), QUICK_OPEN_MS) : 0;
    try {
      const identity = await this._owner.identity(this._anew);
      if (identity === null) return "removed";
      const { link, welcome } = await Link.open(this._url, identity, this._owner.abilities(), giving.signal);
      clearTimeout(timer);
      if (this._left) {
        link.close();
        return "left";
      }
      return await this._stay(link, welcome);
    } catch (error) {
      clearTimeout(timer);
      return this._failed(error);
    }
  }

  _failed(error) {
    const reason = error instanceof RefusedError ? error.reason : "lost";
    // Of what is said before proof only this is to be believed, and a new key may be all that is missing.
    const believed = reason === "proof" || reason === "version";
    if (reason === "proof") {
      const again = !this._anew;
      this._anew = true;
      if (again) {
        this._backoff.soon();
        return "proof";
      }
    }
    this.why = believed ? UNWANTED[reason] : "lost";
    if (believed) this._backoff.longest();
    this._say(this.why);
    return believed ? reason : "lost";
  }

  async _stay(link, welcome) {
    const beganMs = performance.now();
    this.link = link;
    this.why = "lost";
    this._anew = false;
    this._owner.opened(link, welcome);
    const ended = new Promise((end) => {
      link.listen({ text: (message) => this._owner.text(message), speaker: (pcm) => this._owner.speaker(pcm), end });
    });
    const tidings = this._tidings.connected();
    if (tidings) this._owner.tell(tidings);
    const reason = await ended;
    this.link = null;
    const used = this._owner.ended(reason);
    this._backoff.lost(performance.now() - beganMs, performance.now());
    if (reason in UNWANTED) {
      this.why = UNWANTED[reason];
      this._backoff.longest();
      if (reason !== "removed") this._say(this.why);
    } else if (used && !this._left) {
      this._say(this.why);
    }
    return reason;
  }

  _say(name) {
    const tidings = this._tidings.failed(name);
    if (tidings) this._owner.tell(tidings);
  }
}
