/** The microphone, on the sound's own thread: whatever its rate, s16le mono of 16 kHz comes out in messages of 20 ms. */

import { Resampler, toPcm } from "./resample.js";

const MICROPHONE_HZ = 16000;
const CHUNK = (MICROPHONE_HZ * 20) / 1000;

class Ear extends AudioWorkletProcessor {
  constructor() {
    super();
    this._resampler = new Resampler(sampleRate, MICROPHONE_HZ);
    this._chunk = new Float32Array(CHUNK);
    this._count = 0;
    this._over = false;
    this.port.onmessage = ({ data }) => this._obey(data);
  }

  _obey(order) {
    if (order === "settle") {
      this._take(this._resampler.flush());
      this._send(); // the last word is shorter than a message
      this.port.postMessage("settled");
    } else if (order === "stop") {
      this._over = true;
    }
  }

  _take(samples) {
    for (const sample of samples) {
      this._chunk[this._count++] = sample;
      if (this._count === CHUNK) this._send();
    }
  }

  _send() {
    if (!this._count) return;
    const pcm = toPcm(this._chunk.subarray(0, this._count));
    this._count = 0;
    this.port.postMessage(pcm, [pcm.buffer]);
  }

  process([[channel]]) {
    if (channel && !this._over) this._take(this._resampler.feed(channel));
    return !this._over;
  }
}

registerProcessor("shelfsight-ear", Ear);
