/**
 * What is wanted of ear and eye now (PROTOCOL.md, section 4). Pure; times are ms on the page's clock.
 *
 * | comes                        | then                                                                     |
 * | ---------------------------- | ------------------------------------------------------------------------ |
 * | a press                      | what the settings say                                                    |
 * | `capture` that is not too old | what it says                                                            |
 * | 20 s without either          | nothing                                                                  |
 * | privacy, the link's end, stop | nothing                                                                 |
 */

export const SAFETY_STOP_MS = 20000;

export const NOTHING = Object.freeze({ audio: false, video: null, still: null });

export class Orders {
  constructor() {
    this.wanted = NOTHING;
    /** Changes whenever a picture under way must not be sent any more. */
    this.generation = 0;
    this._newestPress = 0;
    this._deadlineMs = 0;
  }

  get active() {
    return this.wanted.audio || this.wanted.video !== null || this.wanted.still !== null;
  }

  /** A connection begins: presses the home was not told of do not count. */
  opened() {
    this._newestPress = 0;
    this.stop();
  }

  /** @param {{audio: boolean, video: object | null}} capture of the settings */
  pressed(press, capture, nowMs) {
    this._newestPress = press;
    this.generation += 1;
    this._deadlineMs = nowMs + SAFETY_STOP_MS;
    this.wanted = { audio: capture.audio, video: capture.video, still: null };
  }

  /** Did the home not know of the newest press yet? `null`: it does not tell. */
  overtook(press) {
    return press !== null && press < this._newestPress;
  }

  /** The home says what to send; false where it did not know of the newest press yet. */
  ordered({ press, audio, video, still }, nowMs) {
    if (this.overtook(press)) return false;
    if (still !== null || (video === null && (this.wanted.video !== null || this.wanted.still !== null))) this.generation += 1;
    this._deadlineMs = nowMs + SAFETY_STOP_MS;
    this.wanted = { audio, video, still };
    return true;
  }

  /** The still that was asked for was taken. */
  stillTaken() {
    this.wanted = { ...this.wanted, still: null };
  }

  /** Something cannot be had. */
  without(what) {
    this.wanted = what === "camera" ? { ...this.wanted, video: null, still: null } : { ...this.wanted, audio: false };
  }

  expired(nowMs) {
    return this.active && nowMs >= this._deadlineMs;
  }

  stop() {
    this.wanted = NOTHING;
    this.generation += 1;
  }
}
