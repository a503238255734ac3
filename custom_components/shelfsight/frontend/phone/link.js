/** One connection of the link: the opening with proof, messages, and signs of life (PROTOCOL.md, sections 3 and 5). */

import { PROTOCOL, ProtocolError, agreedVersion, readSpeaker, readText } from "./codec.js";
import { homeProves, toHex, wearableProof } from "./proof.js";

const OPENING_MS = 5000;
const WELCOME_MS = 15000;
const QUIET_MS = 10000; // without a message for so long: is anybody there?
const ANSWER_MS = 4000; // no answer to that: nobody is
const ASKING_MS = 400; // between two pings while somebody asks: the next answer's start depends on how even the network is
const TRIPS = 12;
const STUCK_BYTES = 1024 * 1024; // a connection on which so much waits is stuck
const POLICY_VIOLATION = 1008;

/** The home does not take this page: `reason` is that of its `bye`. */
export class RefusedError extends Error {
  constructor(reason) {
    super(`the home said ${reason}`);
    this.reason = reason;
  }
}

export class Link {
  /**
   * Dial, prove, and be proven to.
   *
   * @param {string} url ws: or wss:
   * @param {{id: string, key: CryptoKey}} identity
   * @param {object} abilities the fields of `hello` that say what this page can do
   * @param {AbortSignal} signal gives up
   * @returns {Promise<{link: Link, welcome: object}>}
   * @throws {RefusedError} the home said no
   * @throws {Error} there is no home, or it is another one
   */
  static async open(url, identity, abilities, signal) {
    const link = new Link(new WebSocket(url));
    signal.addEventListener("abort", () => link._socket.close(), { once: true });
    try {
      const challenge = await link._opening("challenge", OPENING_MS);
      const version = agreedVersion(challenge.oldest, challenge.protocol);
      const nonce = toHex(crypto.getRandomValues(new Uint8Array(16)));
      const proof = await wearableProof(identity.key, version, identity.id, challenge.nonce, nonce);
      link.send({ type: "hello", protocol: version, id: identity.id, nonce, proof, ...abilities });
      const welcome = await link._opening("welcome", WELCOME_MS);
      if (!(await homeProves(identity.key, welcome.proof, version, identity.id, challenge.nonce, nonce))) {
        throw new Error("this is not the home that gave the key");
      }
      if (welcome.protocol !== version || version > PROTOCOL) throw new ProtocolError("another version than agreed");
      return { link, welcome };
    } catch (error) {
      link._socket.close();
      throw error;
    }
  }

  constructor(socket) {
    this._socket = socket;
    this._socket.binaryType = "arraybuffer";
    this._waiting = []; // what came while nobody listened yet
    this._taker = null;
    this._socket.onmessage = ({ data }) => this._came(data);
    this._socket.onclose = () => this._end("closed");
    this._ended = null;
    this._timer = 0;
    this._number = 0;
    this._askedMs = null;
    this._heardMs = performance.now();
    /** How long the last signs of life took, there and back, in ms. */
    this.roundTripsMs = [];
    /** Whether somebody asks: then the network is watched closely. */
    this.asking = false;
    this._listener = null;
  }

  /**
   * From here on messages are handed out, those that have come already first.
   *
   * @param {{text: (message: object) => void, speaker: (pcm: Uint8Array) => void, end: (reason: string) => void}} listener
   */
  listen(listener) {
    this._listener = listener;
    for (const data of this._waiting.splice(0)) this._came(data);
    if (this._ended !== null) listener.end(this._ended);
    else this.probe();
  }

  get waitingBytes() {
    return this._socket.bufferedAmount;
  }

  /** @param {object} message */
  send(message) {
    if (this._socket.readyState === WebSocket.OPEN) this._socket.send(JSON.stringify(message));
  }

  /** @param {Uint8Array} message */
  sendBytes(message) {
    if (this._socket.readyState === WebSocket.OPEN) this._socket.send(message);
    if (this.waitingBytes > STUCK_BYTES) this._end("stuck");
  }

  /** Is anybody there? To be called where it matters: at a press, or when the network has changed. */
  probe() {
    if (this._askedMs !== null) return;
    this._askedMs = performance.now();
    this._number = (this._number + 1) % 2 ** 32;
    this.send({ type: "ping", number: this._number });
    this._wait();
  }

  close() {
    this._end("left");
  }

  // --- the opening -----------------------------------------------------------------------------------------------------

  /** The next message, which has to be this one. */
  async _opening(kind, limitMs) {
    const data = await this._next(limitMs);
    if (typeof data !== "string") throw new ProtocolError("sound before proof");
    const message = readText(data, false);
    if (message.message === "bye") throw new RefusedError(message.reason);
    if (message.message !== kind) throw new ProtocolError(`${message.message} instead of ${kind}`);
    return message;
  }

  _next(limitMs) {
    return new Promise((resolve, reject) => {
      if (this._waiting.length) {
        resolve(this._waiting.shift());
        return;
      }
      const failed = (why) => {
        this._taker = null;
        reject(new Error(why));
      };
      const timer = setTimeout(() => failed("the home says nothing"), limitMs);
      this._socket.addEventListener("close", () => failed("the home hung up"), { once: true });
      this._taker = (data) => {
        clearTimeout(timer);
        this._taker = null;
        resolve(data);
      };
    });
  }

  // --- open ------------------------------------------------------------------------------------------------------------

  _came(data) {
    this._heardMs = performance.now();
    if (this._taker) {
      this._taker(data);
    } else if (this._listener === null) {
      this._waiting.push(data);
    } else {
      try {
        if (typeof data === "string") this._text(readText(data));
        else this._listener.speaker(readSpeaker(data));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.send({ type: "bye", reason: "protocol" });
        this._end("protocol", POLICY_VIOLATION);
      }
    }
  }

  _text(message) {
    if (message.message === "pong") {
      if (message.number === this._number && this._askedMs !== null) {
        this.roundTripsMs = [...this.roundTripsMs.slice(1 - TRIPS), performance.now() - this._askedMs];
        this._askedMs = null;
      }
      this._wait();
    } else if (message.message === "bye") {
      this._end(message.reason);
    } else {
      this._listener.text(message);
      if (!this._timer) this._wait();
    }
  }

  /** Look again when it is time: for an answer, or to ask. */
  _wait() {
    clearTimeout(this._timer);
    if (this._ended !== null) return;
    const waitMs = this._askedMs !== null ? ANSWER_MS : this.asking ? ASKING_MS : QUIET_MS;
    const from = this._askedMs ?? performance.now();
    this._timer = setTimeout(() => {
      // Whatever came since it was asked for is a sign of life too.
      if (this._askedMs !== null && this._heardMs < from) this._end("silent");
      else {
        this._askedMs = null;
        this.probe();
      }
    }, waitMs);
  }

  _end(reason, code = 1000) {
    if (this._ended !== null) return;
    this._ended = reason;
    clearTimeout(this._timer);
    this._socket.close(code);
    this._listener?.end(reason);
  }
}
