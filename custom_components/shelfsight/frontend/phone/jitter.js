/**
 * An answer between the network, which is uneven, and the loudspeaker, which must not be (PROTOCOL.md, "Playing"). Pure; runs in an
 * AudioWorklet.
 *
 * | state   | what comes                           | then                                                   |
 * | ------- | ------------------------------------ | ------------------------------------------------------ |
 * | silent  | `speak`                              | filling                                                |
 * | filling | enough is held, or `spoken`          | playing                                                |
 * | playing | nothing left, not `spoken`           | filling again, with more: the network is worse than it seemed |
 * | playing | nothing left, `spoken`               | silent; it was heard to its end                        |
 * | any     | `flush`                              | silent, at once                                        |
 * | silent  | samples                              | dropped                                                |
 */

const AGAIN = 1.5; // how much more is held after the network was too slow once
const MOST_START_MS = 600;

export class Jitter {
  /** @param {number} rateHz of the samples @param {number} holdsMs the most that is kept */
  constructor(rateHz, holdsMs) {
    this._rateHz = rateHz;
    this._ring = new Float32Array(Math.ceil((rateHz * holdsMs) / 1000));
    this.gaps = 0;
    this.dropped = 0;
    this._clear();
    this.state = "silent";
  }

  _clear() {
    this._read = 0;
    this._count = 0;
    this._spoken = false;
    this._heard = 0;
  }

  /** How much of the answer was given away, in ms of it. */
  get positionMs() {
    return Math.floor((this._heard * 1000) / this._rateHz);
  }

  /** An answer begins; `startMs` of it are to be held before anything is heard. */
  speak(startMs) {
    this._clear();
    this._startMs = startMs;
    this.state = "filling";
  }

  /** @param {Float32Array} samples */
  push(samples) {
    if (this.state === "silent") return;
    const room = this._ring.length - this._count;
    this.dropped += Math.max(0, samples.length - room);
    const taken = samples.subarray(0, room);
    const at = (this._read + this._count) % this._ring.length;
    const first = taken.subarray(0, this._ring.length - at);
    this._ring.set(first, at);
    this._ring.set(taken.subarray(first.length), 0);
    this._count += taken.length;
  }

  /** All of it has come. */
  spoken() {
    if (this.state !== "silent") this._spoken = true;
  }

  /** Silence. */
  flush() {
    this._count = 0;
    this.state = "silent";
  }

  /**
   * The next samples; fewer than wanted where there are no more, none while it fills.
   *
   * @param {number} wanted
   * @returns {Float32Array}
   */
  pull(wanted) {
    if (this.state === "filling" && (this._spoken || this._count >= (this._rateHz * this._startMs) / 1000)) this.state = "playing";
    if (this.state !== "playing") return new Float32Array(0);
    const given = new Float32Array(Math.min(wanted, this._count));
    for (let at = 0; at < given.length; at++) given[at] = this._ring[(this._read + at) % this._ring.length];
    this._read = (this._read + given.length) % this._ring.length;
    this._count -= given.length;
    this._heard += given.length;
    if (given.length < wanted) this._ranOut();
    return given;
  }

  _ranOut() {
    if (this._spoken) {
      this.state = "silent";
      return;
    }
    this.gaps += 1;
    this._startMs = Math.min(MOST_START_MS, this._startMs * AGAIN);
    this.state = "filling";
  }
}

const LEAST_START_MS = 100; // PROTOCOL.md, section 9
const USUAL_SPREAD_MS = 25; // what the browser itself adds to a way there and back

/**
 * How much of an answer to hold before it is heard: what the ways there and back differed by, lately.
 *
 * @param {number[]} roundTripsMs
 */
export function startMs(roundTripsMs) {
  if (roundTripsMs.length < 2) return LEAST_START_MS;
  const spread = Math.max(...roundTripsMs) - Math.min(...roundTripsMs) - USUAL_SPREAD_MS;
  return Math.min(MOST_START_MS, LEAST_START_MS + Math.max(0, spread));
}
