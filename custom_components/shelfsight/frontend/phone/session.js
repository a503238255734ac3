/**
 * Everything of the page but what is drawn: who this phone is, whether it can work, and the wearable while it does.
 *
 * | stage    | what it is                                              | a touch                        |
 * | -------- | ------------------------------------------------------- | ------------------------------ |
 * | starting | words and phones are being fetched                      | nothing                        |
 * | unable   | this browser, or this address, cannot do it             | says why again                 |
 * | setup    | this user has no phone here yet, or several             | (the form is there instead)    |
 * | running  | the wearable lives                                      | `phone.js`                     |
 * | stopped  | another window, another device, removed, signed out     | goes on, or begins anew        |
 */

import { isGone, openPhone, phones, signedIn } from "./account.js";
import { Awake } from "./awake.js";
import { Hands } from "./hands.js";
import { Headset } from "./headset.js";
import { Mouth } from "./mouth.js";
import { OnlyHere } from "./only-here.js";
import { Permission } from "./permission.js";
import { Phone } from "./phone.js";
import { Phrases } from "./phrases.js";
import { lacking } from "./troubles.js";

const CHOSEN = "shelfsight-phone"; // the id alone; the key is in memory
const FAREWELL_MS = 7000; // no sentence is longer
/** Said when all is well; everything else that is said is a trouble. */
const GOOD_NEWS = ["ready", "back", "privacy_off", "allow"];

export class Session {
  /** @param {() => object} hass Home Assistant, as it is now @param {() => void} changed */
  constructor(hass, changed) {
    this._hass = hass;
    this._changed = changed;
    this.stage = "starting";
    this.sentence = null; // the name of what was said last
    this.phones = [];
    this.mayAdd = false;
    this.id = null;
    this.phone = null;
    this.phrases = new Phrases();
    this.permission = new Permission();
    this._mouth = null;
    this._awake = new Awake();
    this._onlyHere = new OnlyHere(() => this._stop("replaced"));
    this._headset = new Headset(() => this.hands.tap());
    this._identity = null;
    this._asking = false;
    this._unheard = null;
    this._pressed = false; // the home was told of the press that is still down
    this._closed = false;
    this.hands = new Hands(this);
  }

  get hass() {
    return this._hass();
  }

  // --- what is shown ---------------------------------------------------------------------------------------------------

  get state() {
    if (this._asking) return "asking";
    return this.stage === "running" ? this.phone.state : this.stage;
  }

  get capturing() {
    return this.phone?.capturing ?? { microphone: false, camera: false };
  }

  get troubled() {
    return this.sentence !== null && !GOOD_NEWS.includes(this.sentence);
  }

  /** A sentence, to be read and heard; in a page that nobody sees it waits until somebody does, but for why that one fell silent. */
  say(name) {
    this.sentence = name;
    this._unheard = document.hidden && name !== "hidden" ? name : null;
    if (this._unheard === null) this._mouth?.phrase(name);
    this._changed();
  }

  // --- beginning -------------------------------------------------------------------------------------------------------

  /** @param {string} firmware what this page is called among the versions */
  async begin(firmware) {
    this._firmware = firmware;
    await this.phrases.load(this._hass().language);
    this._mouth = new Mouth(this.phrases, (...heard) => this.phone?.played(...heard), () => this._changed());
    const lack = lacking(window);
    if (lack !== null) {
      this.stage = "unable";
      this.say(lack);
      return;
    }
    await Promise.all([this._mouth.open(), this.permission.look()]);
    await this.choose();
  }

  /** Find out which phone this is. */
  async choose() {
    const { phones: mine, may_add: mayAdd } = await phones(this._hass());
    if (this._closed) return;
    this.phones = mine.filter((one) => !one.disabled);
    this.mayAdd = mayAdd;
    const before = localStorage.getItem(CHOSEN);
    const known = this.phones.find((one) => one.wearable_id === before) ?? (this.phones.length === 1 ? this.phones[0] : null);
    if (known) {
      await this.be(known.wearable_id, false);
    } else {
      this.stage = "setup";
      this.say(this.phones.length ? "which_phone" : mayAdd ? "no_phone" : "ask_admin");
    }
  }

  /** Be this phone. @param {boolean} touched: in this window rather than in another one */
  async be(id, touched) {
    this.id = id;
    localStorage.setItem(CHOSEN, id);
    if (!(await this._onlyHere.take(id, touched))) {
      this.stage = "stopped";
      this.say("replaced");
      return;
    }
    if (this._closed) {
      this._onlyHere.release();
      return;
    }
    const phone = new Phone({
      url: new URL("/api/shelfsight/link", import.meta.url).href.replace(/^http/, "ws"),
      name: this.phones.find((one) => one.wearable_id === id)?.name ?? "Phone",
      firmware: this._firmware,
      mouth: this._mouth,
      identity: (anew) => this._identify(id, anew),
      say: (name) => this.say(name),
      changed: () => this._changed(),
    });
    this.phone?.close();
    this.phone = phone;
    this.stage = "running";
    this.sentence = null;
    this._changed();
    const over = await phone.run();
    if (this.phone === phone && over !== "left") this._stop(over === "version" ? "old_version" : over);
  }

  /** Id and key, from memory or from Home Assistant; null for a phone that is none any more. */
  async _identify(id, anew) {
    if (anew || this._identity?.id !== id) {
      try {
        this._identity = await openPhone(this._hass(), id);
      } catch (error) {
        if (isGone(error)) return null;
        throw new Error("the key is not to be had now", { cause: error });
      }
    }
    return this._identity;
  }

  _stop(why) {
    if (this.stage === "stopped" || this._closed) return;
    this._onlyHere.release();
    this.phone?.close();
    this.phone = null;
    if (why === "removed") this._identity = null;
    this.stage = "stopped";
    this.say(why);
  }

  // --- what the person does --------------------------------------------------------------------------------------------

  get stoppable() {
    return this.stage === "running" && !this._asking && this.phone.stoppable;
  }

  press() {
    this.touched();
    if (this._asking) return;
    if (this.stage === "running") {
      if (this.permission.settled) this._ask();
      else this._askPermission();
    } else if (this.stage === "stopped") {
      this._goOn();
    } else if (this.sentence !== null) {
      this.say(this.sentence);
    }
  }

  _ask() {
    this.sentence = null;
    this._pressed = this.phone.press();
  }

  hold() {
    if (this._pressed) this.phone?.hold();
  }

  release() {
    if (this._pressed) this.phone?.release();
    this._pressed = false;
  }

  stop() {
    this.touched();
    this.sentence = null;
    this.phone.stop();
  }

  /** Any touch: from here on the browser lets the page be heard. */
  touched() {
    this._mouth?.unlock();
    this._awake.keep();
    this._headset.follow("Shelfsight");
  }

  async _askPermission() {
    this._asking = true;
    this.say("allow");
    const trouble = await this.permission.ask();
    this._asking = false;
    this.say(trouble ?? "ready");
  }

  /** After another window, after the phone was removed, after being signed out. */
  async _goOn() {
    const why = this.sentence;
    this.stage = "starting";
    this._changed();
    if (why === "replaced") await this.be(this.id, true);
    else if (why === "old_version") location.reload();
    else await this.choose();
  }

  // --- what happens to it ----------------------------------------------------------------------------------------------

  /** The page is to be seen, or not. */
  seen(isSeen) {
    if (!isSeen) {
      this.hands.letGo();
      this.phone?.hide();
      return;
    }
    this._awake.keep();
    this.phone?.networkChanged();
    if (this._unheard !== null && this._unheard === this.sentence) this.say(this.sentence);
  }

  networkChanged() {
    this.phone?.networkChanged();
  }

  /**
   * Home Assistant's own connection is gone. Where that is because nobody is signed in any more, its page goes to the sign-in at once:
   * not before the person has heard why.
   *
   * @param {{suspendReconnectUntil: (until: Promise<unknown>) => void}} connection
   */
  disconnected(connection) {
    connection.suspendReconnectUntil(this._leaveIfSignedOut());
  }

  async _leaveIfSignedOut() {
    if (await signedIn(this._hass())) return;
    this._identity = null;
    this._stop("signed_out");
    const endMs = performance.now() + FAREWELL_MS;
    while (this._mouth?.unlocked && this._mouth.talking && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  close() {
    this._closed = true;
    this.phone?.close();
    this._onlyHere.release();
    this._awake.letGo();
    this._headset.leave();
    this._mouth?.close();
    this._identity = null;
  }
}
