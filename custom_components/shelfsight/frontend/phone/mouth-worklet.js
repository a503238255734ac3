/** The loudspeaker's end of an answer, on the sound's own thread: PCM comes in by messages, samples go out in time. */

import { Jitter } from "./jitter.js";
import { Resampler, fromPcm } from "./resample.js";

const SPEAKER_HZ = 24000;
const HOLDS_MS = 12000;
const REPORT_MS = 200;

class Mouth extends AudioWorkletProcessor {
  constructor() {
    super();
    this._jitter = new Jitter(SPEAKER_HZ, HOLDS_MS);
    this._resampler = new Resampler(SPEAKER_HZ, sampleRate);
    this._ready = new Float32Array(0); // at the loudspeaker's rate
    this._turn = 0;
    this._sounding = false;
    this._reportedS = 0;
    this.port.onmessage = ({ data }) => this._obey(data);
  }

  _obey({ order, turn, startMs, pcm }) {
    if (order === "speak") {
      this._silence();
      this._turn = turn;
      this._jitter.speak(startMs);
    } else if (order === "pcm") {
      this._jitter.push(fromPcm(pcm));
    } else if (order === "spoken" && turn === this._turn) {
      this._jitter.spoken();
    } else if (order === "flush") {
      this._silence();
    }
  }

  _silence() {
    this._jitter.flush();
    this._resampler.reset();
    this._ready = new Float32Array(0);
    this._sounding = false;
  }

  _report(event) {
    this._reportedS = currentTime;
    this.port.postMessage({ event, turn: this._turn, positionMs: this._jitter.positionMs, gaps: this._jitter.gaps });
  }

  process(_inputs, [[channel]]) {
    const before = this._jitter.state;
    if (before !== "silent") this._fill(channel.length);
    const given = Math.min(channel.length, this._ready.length);
    channel.set(this._ready.subarray(0, given));
    this._ready = this._ready.slice(given);
    const now = this._jitter.state;
    if (now === "playing" && !this._sounding) {
      this._sounding = true;
      this._report("begun");
    }
    if (before !== "silent" && now === "silent") {
      this._ending = true;
    } else if (now === "playing" && currentTime - this._reportedS >= REPORT_MS / 1000) {
      this._report("playing");
    }
    if (this._ending && !this._ready.length) {
      this._ending = false;
      this._sounding = false;
      this._report("done");
    }
    return true;
  }

  /** Enough of the answer at the loudspeaker's rate for the next samples, if there is as much. */
  _fill(wanted) {
    while (this._ready.length < wanted && this._jitter.state !== "silent") {
      const came = this._jitter.pull(Math.ceil(((wanted - this._ready.length) * SPEAKER_HZ) / sampleRate) + 1);
      const over = this._jitter.state === "silent";
      if (!came.length && !over) return;
      const made = [this._ready, this._resampler.feed(came), ...(over ? [this._resampler.flush()] : [])];
      this._ready = joined(made);
    }
  }
}

function joined(parts) {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

registerProcessor("shelfsight-mouth", Mouth);
