/**
 * The page as a wearable: what a press starts, what the home's messages do, what is told to the home (PROTOCOL.md, section 4).
 *
 * | state     | what it is                                        | a touch                    |
 * | --------- | ------------------------------------------------- | -------------------------- |
 * | away      | no link; it is being dialled                      | says why, dials at once    |
 * | ready     | linked, nothing is captured or said               | asks                       |
 * | listening | the microphone is open, or the camera             | stops; held: asks anew     |
 * | thinking  | asked, nothing is heard yet                       | stops; held: asks anew     |
 * | answering | something is said                                 | stops; held: asks anew     |
 */

import { NOTES } from "./cues.js";
import { Dialer } from "./dialer.js";
import { BUFFER_MS, SPEAKER_HZ } from "./mouth.js";
import { Outbox } from "./outbox.js";
import { Senses } from "./senses.js";

const MICROPHONE_HZ = 16000;
/** Largest first; the camera is asked for the first, and pictures are made smaller. */
const SIZES = [[1600, 1200], [1024, 768], [640, 480]];
const PICTURES_HZ = 2;
/** No answer takes longer to begin: the home says before that what is wrong. */
const THINKS_MS = 60000;
const U32 = 2 ** 32;
const HIDDEN = "the page is hidden";

export class Phone {
  /**
   * @param {{url: string, name: string, firmware: string, mouth: import("./mouth.js").Mouth,
   *   identity: (anew: boolean) => Promise<object | null>, say: (name: string) => void, changed: () => void}} board
   *   `say` lets a sentence be heard and read; `changed` is called after whatever is to be shown
   */
  constructor(board) {
    this._board = board;
    this._mouth = board.mouth;
    this._outbox = new Outbox();
    this._nowMs = () => Math.round(performance.now());
    const refuse = (what, code, reason, trouble) => this._refuse(what, code, reason, trouble);
    this._senses = new Senses(this._outbox, () => this._mouth.context, this._nowMs, refuse, board.changed);
    this._senses.onSafetyStop = () => {
      this._asked = false;
      board.say("unanswered");
    };
    this._dialer = new Dialer(board.url, {
      identity: board.identity,
      abilities: () => this._abilities(),
      opened: (link, welcome) => this._opened(link, welcome),
      text: (message) => this._take(message),
      speaker: (pcm) => this._mouth.pcm(pcm),
      ended: () => this._ended(),
      tell: board.say,
    });
    this._settings = { capture: { audio: true, video: { width: 1600, height: 1200, rate_hz: 1, quality: 80 } }, cues: true, privacy: false };
    this._press = 0;
    this._pressMs = 0;
    this._asked = false; // by a press; a home that listens for what follows was not pressed
    this._thinksUntilMs = 0;
    this._timer = 0;
    this._closed = false;
  }

  /** Until the person has to do something: why. */
  run() {
    return this._dialer.run();
  }

  // --- what it does ----------------------------------------------------------------------------------------------------

  get state() {
    if (this._link === null) return "away";
    if (this._mouth.answering) return "answering";
    if (this._senses.orders.active) return "listening";
    return this._thinksUntilMs ? "thinking" : "ready";
  }

  get _link() {
    return this._dialer.link;
  }

  get private() {
    return this._settings.privacy === true;
  }

  get capturing() {
    return { microphone: this._senses.ear.on, camera: this._senses.eye.on };
  }

  /** Whether a touch stops something instead of asking. What follows an answer without a touch is no reason to stop. */
  get stoppable() {
    return ["answering", "thinking"].includes(this.state) || (this.state === "listening" && this._asked);
  }

  _abilities() {
    const can = navigator.mediaDevices.getSupportedConstraints();
    return {
      name: this._board.name,
      model: "phone",
      firmware: this._board.firmware,
      camera: { sizes: SIZES, rate_hz: PICTURES_HZ },
      microphone: { rate_hz: MICROPHONE_HZ },
      speaker: { rate_hz: SPEAKER_HZ, buffer_ms: BUFFER_MS },
      buttons: 1,
      echo_cancellation: can.echoCancellation === true,
      battery: false,
      led: true, // the page shows it, and the browser too
      privacy: false,
    };
  }

  // --- what the person does --------------------------------------------------------------------------------------------

  /** The button went down. @returns {boolean} whether the home was told: there is a link */
  press() {
    if (this._link === null) {
      this._mouth.hush();
      this._board.say(this._dialer.why);
      this._dialer.hurry();
      return false;
    }
    this._press = (this._press + 1) % U32;
    this._pressMs = this._nowMs();
    this._asked = true;
    this._think(0);
    this._senses.anew();
    this._mouth.hush();
    this._tellButton("press");
    if (this.private) {
      this._board.say("privacy");
    } else {
      this._senses.orders.pressed(this._press, this._settings.capture, this._pressMs);
      this._mouth.cue("listening");
    }
    this._update();
    this._link.probe();
    return true;
  }

  hold() {
    this._tellButton("hold");
  }

  /** The button that asked went up. */
  async release() {
    const press = this._press;
    await this._senses.ear.settle();
    if (press === this._press) this._outbox.textAfterSound(this._button("release"));
  }

  /** The person wants silence, and nothing asked. */
  stop() {
    this._senses.orders.stop();
    this._asked = false;
    this._think(0);
    this._mouth.hush();
    this._tellButton("stop");
    this._mouth.cue("done");
    this._update();
  }

  /** The page is not to be seen any more: nobody is asked through a pocket. What is being said goes on. */
  hide() {
    const { wanted, active } = this._senses.orders;
    if (!active) return;
    this._senses.orders.stop();
    this._update();
    this._refuseAll(wanted, HIDDEN);
    if (wanted.audio && this._asked) this._board.say("hidden");
    this._asked = false;
  }

  networkChanged() {
    this._dialer.networkChanged();
  }

  /** Home Assistant says that nobody is asked anything. */
  homeIsIdle() {
    if (this._thinksUntilMs) this._think(0);
  }

  /** Nothing more comes of it; whoever has the mouth next is not silenced when the link has ended. */
  close() {
    this._ended();
    this._closed = true;
    this._dialer.leave();
  }

  _button(event) {
    return { type: "button", event, press: this._press, time_ms: this._nowMs() % U32 };
  }

  _tellButton(event) {
    this._outbox.text(this._button(event));
  }

  // --- the link --------------------------------------------------------------------------------------------------------

  _opened(link, welcome) {
    this._outbox.open(link);
    this._senses.orders.opened();
    this._change(welcome.settings);
    this._outbox.text({ type: "state", ...(this.private ? { privacy: true } : {}) });
    this._board.changed();
  }

  _ended() {
    if (this._closed) return false;
    const used = this._senses.orders.active || this._mouth.answering || this._thinksUntilMs > 0;
    this._outbox.close();
    this._senses.orders.stop();
    this._asked = false;
    this._think(0);
    this._mouth.hush();
    this._update();
    return used;
  }

  _take(message) {
    const { message: type } = message;
    if (type === "capture") this._capture(message);
    else if (type === "cue") this._cue(message.name);
    else if (type === "speak") this._senses.orders.overtook(message.press) ? this._mouth.skip(message.turn) : this._speak(message);
    else if (type === "spoken") this._mouth.spoken(message.turn);
    else if (type === "flush") this._mouth.flush();
    else if (type === "settings") this._change(message.settings);
  }

  _capture(order) {
    const shut = this.private ? "privacy is on" : document.hidden ? HIDDEN : null;
    if (shut !== null && (order.audio || order.video || order.still)) {
      this._refuseAll(order, shut);
      return;
    }
    const listened = this._senses.orders.wanted.audio;
    if (!this._senses.orders.ordered(order, this._nowMs())) return;
    const over = listened && !order.audio;
    if (over && this._asked && !this._mouth.answering) this._think(THINKS_MS);
    if (!order.audio) this._asked = false;
    this._update();
  }

  _cue(name) {
    if (name in NOTES) this._mouth.cue(name);
    else this._refuse("cue", "unknown", `there is no cue ${name}`, null);
  }

  _speak({ turn, rate_hz: rateHz }) {
    if (rateHz !== SPEAKER_HZ) {
      this._refuse("speaker", "failed", `no loudspeaker at ${rateHz} Hz`, null);
      return;
    }
    this._think(0);
    this._mouth.speak(turn, this._link.roundTripsMs);
  }

  /** For the mouth: how much of an answer was heard. */
  played(turn, positionMs, done) {
    this._outbox.text({ type: "played", turn, position_ms: positionMs, done });
  }

  _change(change) {
    const wasPrivate = this.private;
    const capture = { ...this._settings.capture, ...change.capture };
    this._settings = { ...this._settings, ...change, capture };
    this._mouth.optionalCues = this._settings.cues;
    if ("volume" in change) this._mouth.setVolume(change.volume);
    if (this.private === wasPrivate) return;
    if (this.private) this._senses.orders.stop();
    this._update();
    this._outbox.text({ type: "state", privacy: this.private });
    this._board.say(this.private ? "privacy_on" : "privacy_off");
  }

  // --- ear and eye -----------------------------------------------------------------------------------------------------

  _update() {
    this._senses.update();
    if (this._link) this._link.asking = this._senses.orders.active || this._thinksUntilMs > 0;
    this._board.changed();
  }

  _refuse(what, code, reason, trouble) {
    this._outbox.text({ type: "refused", what, code, reason });
    if (trouble !== null) this._board.say(trouble);
    this._board.changed();
  }

  /** What was wanted is not to be had, by its person's wish: nothing is broken. */
  _refuseAll({ audio, video, still }, reason) {
    if (audio) this._refuse("microphone", "privacy", reason, null);
    if (video || still) this._refuse("camera", "privacy", reason, null);
  }

  _think(forMs) {
    clearTimeout(this._timer);
    this._thinksUntilMs = forMs && this._nowMs() + forMs;
    if (forMs) this._timer = setTimeout(() => this._think(0), forMs);
    this._board.changed();
  }
}
