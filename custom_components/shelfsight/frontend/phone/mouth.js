/**
 * What the person hears: answers from the home and, between them, cues and phrases. The only user of the loudspeaker.
 *
 * Answers go through an AudioWorklet, which only pages with https have; cues and phrases do not: why there is no https must be heard.
 */

import { OPTIONAL, PASSING, cueSamples, vibration } from "./cues.js";
import { startMs } from "./jitter.js";

export const SPEAKER_HZ = 24000;
/** How far ahead of real time the home may send: a second of an uneven network is not heard. */
export const BUFFER_MS = 1000;
const MOST_WAITING = 4;
const PHRASE = "phrase "; // names of phrases among those of cues

export class Mouth {
  /**
   * @param {import("./phrases.js").Phrases} phrases
   * @param {(turn: number, positionMs: number, done: boolean) => void} played
   * @param {() => void} changed an answer began to be heard, or is over
   */
  constructor(phrases, played, changed) {
    this._phrases = phrases;
    this._played = played;
    this._changed = changed;
    this._waiting = []; // names of cues and phrases
    this._current = null;
    this._node = null;
    this._turn = null;
    this._lastTurn = 0;
    this._positionMs = 0;
    this.sounding = false;
    this.optionalCues = true;
    this.gaps = 0;
    this.context = new AudioContext({ latencyHint: "interactive" });
    this._volume = this.context.createGain();
    this._volume.connect(this.context.destination);
    this.context.addEventListener("statechange", () => this._next());
  }

  /** Make ready for answers and the microphone. @returns {Promise<void>} */
  async open() {
    const modules = ["./mouth-worklet.js", "./ear-worklet.js"];
    await Promise.all(modules.map((name) => this.context.audioWorklet.addModule(new URL(name, import.meta.url))));
    this._node = new AudioWorkletNode(this.context, "shelfsight-mouth", { numberOfInputs: 0, outputChannelCount: [1] });
    this._node.port.onmessage = ({ data }) => this._heard(data);
    this._node.connect(this._volume);
  }

  /** A person touched the page: from here on the browser lets it be heard. */
  unlock() {
    if (this.context.state !== "running") this.context.resume().catch(() => {}); // it is asked again with the next touch
  }

  get unlocked() {
    return this.context.state === "running";
  }

  /** @param {number} volume 0 to 100 */
  setVolume(volume) {
    this._volume.gain.value = (volume / 100) ** 2; // as loudness is heard
  }

  close() {
    this.hush();
    this.context.close().catch(() => {}); // it is closed already
  }

  // --- answers ---------------------------------------------------------------------------------------------------------

  get answering() {
    return this._turn !== null;
  }

  /** An answer begins; one that is still open is over. @param {number[]} roundTripsMs how even the network is */
  speak(turn, roundTripsMs) {
    this.skip(turn);
    this._turn = turn;
    this._node.port.postMessage({ order: "speak", turn, startMs: startMs(roundTripsMs) });
    this._changed();
  }

  /** An answer begins that is not to be heard: it was on its way while the person pressed again. */
  skip(turn) {
    this._finish();
    this._lastTurn = turn;
    this._positionMs = 0;
  }

  /** @param {Uint8Array} pcm s16le; without an open answer it belongs to one that was stopped, and is dropped */
  pcm(pcm) {
    if (this._turn !== null) this._node.port.postMessage({ order: "pcm", pcm });
  }

  spoken(turn) {
    if (turn === this._turn) this._node.port.postMessage({ order: "spoken", turn });
  }

  /** Silence, as the home wants: answered even when nothing was playing. */
  flush() {
    if (!this._finish()) this._played(this._lastTurn, this._positionMs, true);
  }

  _heard({ event, turn, positionMs, gaps }) {
    if (turn !== this._turn) return; // of an answer that was stopped meanwhile
    this._positionMs = positionMs;
    this.gaps = gaps;
    if (event === "begun") {
      this._endCue();
      this._waiting = this._waiting.filter((name) => !PASSING.includes(name));
      this.sounding = true;
      this._changed();
    }
    if (event === "done") this._finish();
    else this._played(turn, positionMs, false);
  }

  _finish() {
    if (this._turn === null) return false;
    const turn = this._turn;
    this._turn = null;
    this.sounding = false;
    this._node.port.postMessage({ order: "flush" });
    this._played(turn, this._positionMs, true);
    this._changed();
    this._next();
    return true;
  }

  // --- cues and phrases ------------------------------------------------------------------------------------------------

  /** Silence, now: a press, or the link's end. */
  hush() {
    this._waiting = [];
    this._endCue();
    this._finish();
  }

  /** A cue, when no answer is playing; of many that wait the oldest goes. */
  cue(name) {
    if (!this.optionalCues && OPTIONAL.includes(name)) return;
    navigator.vibrate?.(vibration(name));
    this._say(name);
  }

  /** A phrase; one that waits already is not said twice. */
  phrase(name) {
    this._waiting = this._waiting.filter((waiting) => waiting !== PHRASE + name);
    this._say(PHRASE + name);
  }

  _say(name) {
    this._waiting = [...this._waiting, name].slice(-MOST_WAITING);
    this._next();
  }

  _next() {
    if (this._current !== null || this._turn !== null || !this.unlocked || !this._waiting.length) return;
    const phrase = this._waiting[0].startsWith(PHRASE) ? this._waiting[0].slice(PHRASE.length) : null;
    const coming = phrase && this._phrases.coming(phrase);
    if (coming) {
      coming.then(() => this._next());
      return;
    }
    const name = this._waiting.shift();
    const sound = phrase && this._phrases.sound(phrase);
    const rateHz = sound?.rateHz ?? SPEAKER_HZ;
    // A phrase whose sound did not come is not silence: the cue of its kind.
    const samples = sound?.samples ?? cueSamples(phrase ? "error" : name, rateHz);
    const buffer = this.context.createBuffer(1, samples.length, rateHz);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this._volume);
    source.addEventListener("ended", () => {
      if (this._current !== source) return;
      this._current = null;
      this._next();
      this._changed();
    });
    this._current = source;
    source.start();
  }

  get talking() {
    return this._current !== null || this._waiting.length > 0;
  }

  _endCue() {
    const source = this._current;
    this._current = null;
    source?.stop();
  }
}
