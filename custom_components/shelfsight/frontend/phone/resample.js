/**
 * Sound at another rate, piece by piece: a windowed sinc, looked up in a table. Pure; runs in AudioWorklets.
 *
 * The filter is symmetric, so that a piece ends `TAPS / 2` samples of the slower rate early, which come with the next one: 16 samples
 * are 1 ms of the microphone's 16 kHz.
 */

const TAPS = 32; // zero crossings of the sinc, both sides together
const PHASES = 256; // values of the table from one zero crossing to the next; between two of them a line is near enough to 16 bits
const PASS = 0.92; // of the lower rate's half: where the filter begins to let nothing through

/** The filter, from its middle outward, `PHASES` values for each zero crossing. */
function half() {
  const table = new Float32Array((TAPS / 2) * PHASES + 1);
  for (let at = 0; at < table.length; at++) {
    const x = at / PHASES;
    const window = 0.42 + 0.5 * Math.cos((2 * Math.PI * x) / TAPS) + 0.08 * Math.cos((4 * Math.PI * x) / TAPS);
    table[at] = x === 0 ? 1 : (Math.sin(Math.PI * x) / (Math.PI * x)) * window;
  }
  return table;
}

const FILTER = half();

export class Resampler {
  /** @param {number} fromHz @param {number} toHz */
  constructor(fromHz, toHz) {
    this._step = fromHz / toHz; // samples that come for one that goes
    this._squeeze = Math.min(1, toHz / fromHz) * PASS; // how far the filter is pulled apart against what would fold back
    this._reach = Math.ceil(TAPS / 2 / this._squeeze);
    this._same = fromHz === toHz;
    this.reset();
  }

  /** Forget what came before: what comes next is another sound. */
  reset() {
    this._held = new Float32Array(this._reach); // silence before the first sample
    this._at = this._reach; // where in `held` the next sample that goes is
  }

  /**
   * More of the sound.
   *
   * @param {Float32Array} samples
   * @returns {Float32Array} what can be said of it at the other rate
   */
  feed(samples) {
    if (this._same) return samples.slice();
    const held = new Float32Array(this._held.length + samples.length);
    held.set(this._held);
    held.set(samples, this._held.length);
    const count = Math.max(0, Math.ceil((held.length - this._reach - this._at) / this._step));
    const out = new Float32Array(count);
    for (let number = 0; number < count; number++) {
      out[number] = this._value(held, this._at);
      this._at += this._step;
    }
    const gone = Math.max(0, Math.floor(this._at) - this._reach);
    this._held = held.slice(gone);
    this._at -= gone;
    return out;
  }

  /** What is still held back, at the end of a sound. */
  flush() {
    const rest = this._same ? new Float32Array(0) : this.feed(new Float32Array(this._reach));
    this.reset();
    return rest;
  }

  _value(held, at) {
    const first = Math.max(0, Math.ceil(at - this._reach));
    const last = Math.min(held.length - 1, Math.floor(at + this._reach));
    let sum = 0;
    for (let index = first; index <= last; index++) {
      const place = Math.abs(index - at) * this._squeeze * PHASES;
      const low = Math.floor(place);
      if (low + 1 < FILTER.length) sum += held[index] * (FILTER[low] + (FILTER[low + 1] - FILTER[low]) * (place - low));
    }
    return sum * this._squeeze;
  }
}

/** -1 to 1 as s16le bytes; what is louder is cut. */
export function toPcm(samples) {
  const pcm = new DataView(new ArrayBuffer(2 * samples.length));
  for (let at = 0; at < samples.length; at++) {
    pcm.setInt16(2 * at, Math.round(Math.min(1, Math.max(-1, samples[at])) * 32767), true);
  }
  return new Uint8Array(pcm.buffer);
}

/** s16le bytes as -1 to 1. */
export function fromPcm(pcm) {
  const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return Float32Array.from({ length: pcm.byteLength >> 1 }, (_, at) => view.getInt16(2 * at, true) / 32768);
}
