/** The microphone: on from `start` to `stop`, and its track is ended in between, so that the browser shows it off. */

const WANTED = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
const SETTLE_MS = 100;
export const CHUNK_MS = 20;

export class Ear {
  /**
   * @param {() => AudioContext} context a running one
   * @param {(pcm: Uint8Array) => void} heard s16le of 16 kHz, 20 ms
   * @param {(error: Error) => void} failed
   * @param {() => void} changed it went on or off
   */
  constructor(context, heard, failed, changed) {
    this._context = context;
    this._heard = heard;
    this._failed = failed;
    this._changed = changed;
    this._wanted = 0; // counts up; 0 is off
    this._count = 0;
    this._stream = null;
    this._source = null;
    this._node = null;
    this._settled = () => {};
  }

  get on() {
    return this._stream !== null;
  }

  get wanted() {
    return this._wanted !== 0;
  }

  async start() {
    if (this._wanted) return;
    const mine = (this._wanted = ++this._count);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
      if (this._wanted !== mine) stop(stream); // nobody wants it any more
      else this._open(stream);
    } catch (error) {
      if (this._wanted === mine) this._fail(error);
    }
  }

  _open(stream) {
    const context = this._context();
    this._stream = stream;
    this._source = context.createMediaStreamSource(stream);
    this._node = new AudioWorkletNode(context, "shelfsight-ear", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this._node.port.onmessage = ({ data }) => {
      if (data === "settled") this._settled();
      else this._heard(data);
    };
    this._source.connect(this._node);
    const [track] = stream.getAudioTracks();
    track.addEventListener("ended", () => {
      if (this._stream === stream) this._fail(new DOMException("the microphone was taken away", "NotReadableError"));
    });
    this._changed();
  }

  _fail(error) {
    this.stop();
    this._failed(error);
  }

  /** Hand over what was heard until now, the last piece of a message too. */
  async settle() {
    if (this._node === null) return;
    const node = this._node;
    await new Promise((resolve) => {
      this._settled = resolve;
      node.port.postMessage("settle");
      setTimeout(resolve, SETTLE_MS);
    });
  }

  stop() {
    this._wanted = 0;
    if (this._stream === null) return;
    this._node.port.postMessage("stop");
    this._source.disconnect();
    this._node.port.onmessage = null;
    stop(this._stream);
    this._stream = this._source = this._node = null;
    this._settled();
    this._changed();
  }
}

export function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** When a chunk that has just been filled began: right after the one before it, unless that is far from the truth. */
export function chunkTimeMs(beforeMs, nowMs) {
  const arrivedMs = nowMs - CHUNK_MS;
  return beforeMs === null || Math.abs(beforeMs + CHUNK_MS - arrivedMs) > 100 ? arrivedMs : beforeMs + CHUNK_MS;
}
