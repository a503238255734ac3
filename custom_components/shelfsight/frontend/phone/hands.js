/**
 * What fingers, keys and a headset do, as presses of one button: `down`, `held`, `up`. A tap is all that a headset can do.
 *
 * | comes                     | while nothing is to be stopped       | while something is                       |
 * | ------------------------- | ------------------------------------ | ---------------------------------------- |
 * | down                      | asks                                 | stops                                    |
 * | held for half a second    | the question ends with letting go    | asks, and ends with letting go           |
 * | up                        | held: the question is over           | held: the question is over               |
 */

export const HOLD_MS = 500; // PROTOCOL.md, section 9

export class Hands {
  /** @param {{press: () => void, hold: () => void, release: () => void, stop: () => void, stoppable: boolean}} phone */
  constructor(phone) {
    this._phone = phone;
    this._down = null;
    this._timer = 0;
    this._asks = false;
  }

  /** @param {string} by what went down: another finger or key meanwhile changes nothing */
  down(by) {
    if (this._down !== null) return;
    this._down = by;
    this._asks = !this._phone.stoppable;
    if (this._asks) this._phone.press();
    else this._phone.stop();
    this._timer = setTimeout(() => this._held(), HOLD_MS);
  }

  _held() {
    if (this._asks) this._phone.hold();
    else this._phone.press();
    this._asks = true;
  }

  up(by) {
    if (this._down !== by) return;
    this._down = null;
    clearTimeout(this._timer);
    if (this._asks) this._phone.release();
  }

  /** Down and up at once: a headset's button, a screen reader's double tap. */
  tap() {
    this.down("tap");
    this.up("tap");
  }

  /** The page is hidden, or gone: whatever is held is let go. */
  letGo() {
    if (this._down !== null) this.up(this._down);
  }
}
