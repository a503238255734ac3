"""The pure modules of the phone's page, run by Node: the protocol byte for byte, sound, and what is decided without a browser."""

import json
from pathlib import Path
from typing import Any

from frontend_parts import FRONTEND, Run
import numpy as np
import pytest

from custom_components.shelfsight.sound import phrases
from firmware_bridge.wearable import cues

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "firmware_bridge" / "vectors"


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text())


# --- the protocol -----------------------------------------------------------------------------------------------------

_CODEC = """
import { agreedVersion, microphoneMessage, picturePart, readSpeaker, readText, ProtocolError } from './phone/codec.js';
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'));
const buffer = (text) => { const all = bytes(text); return all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength); };
const tried = (what) => { try { return what(); } catch (error) { if (error instanceof ProtocolError) return 'refused'; throw error; } };
---
"""


def test_microphone_messages_are_the_vectors_byte_for_byte(run: Run) -> None:
    cases = [case for case in vectors("binary")["messages"] if case["stream"] == 1 and not case["flags"]]
    made = run(
        _CODEC
        + "return given.cases.map((one) => hex(microphoneMessage(one.sequence, one.time_ms, bytes(one.payload))));",
        cases=cases,
    )
    assert cases and made == [case["message"] for case in cases]


def test_pictures_are_cut_as_the_vectors_say(run: Run) -> None:
    cases = vectors("binary")["pictures"]
    source = """
    return given.cases.map(({ sequence, time_ms, jpeg }) => {
      const whole = bytes(jpeg), parts = [];
      for (let offset = 0; offset < whole.length; offset += 4096) parts.push(hex(picturePart(sequence, time_ms, whole, offset)));
      return parts;
    });
    """
    assert run(_CODEC + source, cases=cases) == [case["parts"] for case in cases]


def test_what_the_speaker_gets_is_read_and_what_is_malformed_is_refused(run: Run) -> None:
    binary = vectors("binary")
    right = [case for case in binary["messages"] if case["stream"] == 3]
    source = _CODEC + "return given.cases.map((one) => tried(() => hex(readSpeaker(buffer(one.message)))));"
    assert right and run(source, cases=right) == [case["payload"] for case in right]
    wrong = binary["malformed"]
    assert run(source, cases=wrong) == ["refused"] * len(wrong)


@pytest.mark.parametrize(("group", "proven"), [("to_wearable_opening", False), ("to_wearable", True)])
def test_texts_of_the_home_become_the_vectors_values(run: Run, group: str, proven: bool) -> None:
    cases = vectors("messages")[group]
    source = _CODEC + "return given.cases.map((one) => tried(() => readText(one.text, given.proven)));"
    # A setting of the future is left out.
    wanted = [
        case["value"] if case["name"] != "settings: unknown ones" else {"message": "settings", "settings": {}}
        for case in cases["messages"]
    ]
    assert run(source, cases=cases["messages"], proven=proven) == wanted
    assert run(source, cases=cases["malformed"], proven=proven) == ["refused"] * len(cases["malformed"])


def test_the_version_is_the_highest_that_both_speak(run: Run) -> None:
    cases = vectors("messages")["versions"]
    source = "return given.cases.map((one) => agreedVersion(one.home_oldest, one.home_newest, one.wearable_oldest, one.wearable_newest));"
    assert run(_CODEC + source, cases=cases) == [case["hello"] for case in cases]


def test_both_proofs_are_the_vectors_and_another_homes_is_not_taken(run: Run) -> None:
    cases = vectors("opening")
    source = """
    import { homeProves, linkKey, wearableProof } from './phone/proof.js';
    ---
    return Promise.all(given.cases.map(async (one) => {
      const key = await linkKey(one.key);
      const what = [one.version, one.id, one.home_nonce, one.wearable_nonce];
      const other = one.home_proof.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
      return [await wearableProof(key, ...what), await homeProves(key, one.home_proof, ...what), await homeProves(key, other, ...what), key.extractable];
    }));
    """
    assert run(source, cases=cases) == [[case["wearable_proof"], True, False, False] for case in cases]


# --- what is captured, and when it is dialled ---------------------------------------------------------------------------

_ORDERS = """
import { Orders, SAFETY_STOP_MS } from './phone/orders.js';
const video = { width: 1600, height: 1200, rate_hz: 1, quality: 80 };
const asked = { audio: true, video };
---
const orders = new Orders();
"""


def test_a_press_captures_what_the_settings_say_until_the_safety_stop(run: Run) -> None:
    told = run(
        _ORDERS + "orders.pressed(1, asked, 0); const at = orders.wanted;"
        "return [at, orders.expired(SAFETY_STOP_MS - 1), orders.expired(SAFETY_STOP_MS)];"
    )
    assert told[0]["audio"] is True and told[0]["video"]["width"] == 1600
    assert told[1:] == [False, True]


def test_an_order_that_did_not_know_of_the_newest_press_changes_nothing(run: Run) -> None:
    source = """
    const nothing = { audio: false, video: null, still: null };
    orders.pressed(2, asked, 0);
    const old = orders.ordered({ press: 1, ...nothing }, 5), then = orders.active;
    const right = orders.ordered({ press: 2, ...nothing }, 6), last = orders.active;
    orders.opened();
    return [old, then, right, last, orders.ordered({ press: 0, ...nothing, audio: true }, 7), orders.active];
    """
    assert run(_ORDERS + source) == [False, True, True, False, True, True]


def test_an_answer_that_did_not_know_of_the_newest_press_is_known_and_one_that_tells_none_is_heard(run: Run) -> None:
    source = "orders.pressed(2, asked, 0); return [orders.overtook(1), orders.overtook(2), orders.overtook(null)];"
    assert run(_ORDERS + source) == [True, False, False]


def test_a_picture_under_way_is_given_up_when_none_is_wanted_any_more(run: Run) -> None:
    source = """
    orders.pressed(1, asked, 0);
    const first = orders.generation;
    orders.ordered({ press: 1, audio: false, video, still: null }, 1);
    const goesOn = orders.generation;
    orders.ordered({ press: 1, audio: false, video: null, still: null }, 2);
    return [goesOn === first, orders.generation > first];
    """
    assert run(_ORDERS + source) == [True, True]


def test_the_waits_double_to_half_a_minute_and_stay_short_while_the_network_may_be_back_soon(run: Run) -> None:
    source = """
    import { Backoff } from './phone/backoff.js';
    ---
    const slow = new Backoff(), quick = new Backoff();
    quick.lost(20000, 0);
    const waits = (one, chance, now) => Array.from({ length: 8 }, () => one.waitMs(chance, now));
    return [waits(slow, 1, 0), waits(quick, 1, 1000), waits(new Backoff(), 0, 0)];
    """
    full, quick, least = run(source)
    assert full == [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]
    assert quick == [500, 1000, 2000, 4000, 4000, 4000, 4000, 4000]
    assert least == [wait / 2 for wait in full]


def test_that_the_link_is_gone_is_said_once_and_that_it_is_back_only_then(run: Run) -> None:
    source = """
    import { Tidings } from './phone/backoff.js';
    ---
    const one = new Tidings();
    return [one.connected(), one.failed('lost'), one.failed('lost'), one.connected(), one.connected(), one.failed('lost')];
    """
    assert run(source) == ["ready", "lost", None, "back", None, "lost"]


# --- sound ------------------------------------------------------------------------------------------------------------

_SOUND = """
import { Resampler, fromPcm, toPcm } from './phone/resample.js';
const sine = (hertz, rate, seconds) => Float32Array.from({ length: rate * seconds }, (_, at) => 0.5 * Math.sin(2 * Math.PI * hertz * at / rate));
const through = (samples, from, to, piece) => {
  const resampler = new Resampler(from, to), out = [];
  for (let at = 0; at < samples.length; at += piece) out.push(...resampler.feed(samples.subarray(at, at + piece)));
  return [...out, ...resampler.flush()];
};
---
"""


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(48000, 16000), (44100, 16000), (24000, 48000), (24000, 44100), (16000, 16000)]
)
def test_a_tone_is_the_same_tone_at_another_rate(run: Run, from_hz: int, to_hz: int) -> None:
    # In pieces of 128 samples, as an AudioWorklet gets them.
    out = np.array(run(_SOUND + "return through(sine(1000, given.a, 0.5), given.a, given.b, 128);", a=from_hz, b=to_hz))
    assert abs(len(out) - to_hz / 2) <= 2
    wanted = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(len(out)) / to_hz)
    middle = slice(to_hz // 20, -to_hz // 20)
    assert np.abs(out[middle] - wanted[middle]).max() < 0.003  # 50 dB below the tone


def test_what_the_lower_rate_cannot_hold_is_not_folded_into_it(run: Run) -> None:
    out = np.array(run(_SOUND + "return through(sine(11000, 48000, 0.3), 48000, 16000, 128);"))
    assert np.abs(out[200:-200]).max() < 0.5 / 300


def test_samples_become_bytes_and_samples_again_and_what_is_too_loud_is_cut(run: Run) -> None:
    told = run(
        _SOUND
        + "return [[...toPcm(Float32Array.of(0, 2, -2, 1 / 32767))], [...fromPcm(Uint8Array.of(0, 128, 255, 127))]];"
    )
    assert told[0] == [0, 0, 255, 127, 1, 128, 1, 0]
    assert told[1] == [-1, 32767 / 32768]


def test_phrases_are_decoded_as_the_home_decodes_them(run: Run) -> None:
    file = FRONTEND / "phone" / "phrases" / "de" / "back.wav"
    source = """
    import { readWav } from './phone/adpcm.js';
    ---
    const file = new Uint8Array(Buffer.from(given.wav, 'hex'));
    const { rateHz, samples } = readWav(file.buffer);
    return [rateHz, [...samples].map((one) => Math.round(one * 32768))];
    """
    rate_hz, samples = run(source, wav=file.read_bytes().hex())
    recording = phrases.read_wav(file.read_bytes())
    wanted = phrases._decode({"it": recording})["it"]
    assert rate_hz == phrases.PHRASES_HZ
    assert samples == np.frombuffer(wanted, "<i2").tolist()


def test_what_is_no_phrase_is_refused_and_not_played(run: Run) -> None:
    source = """
    import { readWav } from './phone/adpcm.js';
    ---
    return given.files.map((hex) => {
      try { return readWav(new Uint8Array(Buffer.from(hex, 'hex')).buffer).samples.length; } catch (error) { return error.name; }
    });
    """
    whole = (FRONTEND / "phone" / "phrases" / "en" / "back.wav").read_bytes()
    broken = [b"", b"RIFF", whole[:40], whole.replace(b"\x11\x00\x01\x00", b"\x01\x00\x01\x00", 1), b"\0" * 200]
    assert run(source, files=[one.hex() for one in broken]) == ["RangeError"] * len(broken)


def test_each_cue_has_the_rhythm_that_every_wearable_gives_it(run: Run) -> None:
    source = """
    import { NOTES, cueSamples, vibration } from './phone/cues.js';
    ---
    const names = Object.keys(NOTES);
    const lengths = names.map((name) => cueSamples(name, 24000).length);
    return [NOTES, Object.fromEntries(names.map((name, at) => [name, lengths[at]])), vibration('lost'), vibration('thinking')];
    """
    notes, lengths, lost, thinking = run(source)
    assert {name: [note[1:3] for note in all_of] for name, all_of in notes.items()} == {
        name: [[on_ms, off_ms] for _period, on_ms, off_ms, _loudness in all_of] for name, all_of in cues.NOTES.items()
    }
    assert lengths == {name: cues.duration_ms(all_of) * 24 for name, all_of in cues.NOTES.items()}
    assert lost == [350, 110, 80, 110, 80]
    assert thinking == []


# --- an answer through an uneven network ----------------------------------------------------------------------------------

_JITTER = """
import { Jitter, startMs } from './phone/jitter.js';
const ms = (count, value = 0.5) => new Float32Array(24 * count).fill(value);
---
const jitter = new Jitter(24000, 1000);
const pull = (count) => jitter.pull(24 * count).length / 24;
"""


def test_an_answer_begins_when_enough_of_it_is_held_or_all_has_come(run: Run) -> None:
    source = """
    jitter.push(ms(40));
    const dropped = jitter.state;
    jitter.speak(100); jitter.push(ms(80));
    const early = pull(10);
    jitter.push(ms(40));
    const begun = pull(10);
    jitter.speak(100); jitter.push(ms(20)); jitter.spoken();
    return [dropped, early, begun, pull(10), jitter.state, pull(20), jitter.state, jitter.positionMs, jitter.gaps];
    """
    assert run(_JITTER + source) == ["silent", 0, 10, 10, "playing", 10, "silent", 20, 0]


def test_a_network_that_was_too_slow_is_given_more_time_and_nothing_is_lost(run: Run) -> None:
    source = """
    jitter.speak(100); jitter.push(ms(100));
    const first = pull(200), gaps = jitter.gaps;
    jitter.push(ms(120));
    const waits = pull(10);
    jitter.push(ms(40)); jitter.spoken();
    return [first, gaps, waits, pull(500), jitter.positionMs, jitter.gaps];
    """
    assert run(_JITTER + source) == [100, 1, 0, 160, 260, 1]


def test_a_flush_is_silence_at_once_and_what_still_comes_is_dropped(run: Run) -> None:
    source = """
    jitter.speak(100); jitter.push(ms(500)); pull(50); jitter.flush(); jitter.push(ms(500));
    return [pull(10), jitter.state, jitter.positionMs];
    """
    assert run(_JITTER + source) == [0, "silent", 50]


def test_more_than_was_promised_to_be_held_is_dropped_and_counted(run: Run) -> None:
    source = "jitter.speak(100); jitter.push(ms(900)); pull(500); jitter.push(ms(900)); return [jitter.dropped / 24, pull(2000)];"
    assert run(_JITTER + source) == [300, 1000]


def test_the_start_waits_for_as_much_as_the_network_was_uneven_lately(run: Run) -> None:
    source = "return [[], [30], [20, 22, 31], [20, 220, 60], [10, 4000]].map(startMs);"
    assert run(_JITTER + source) == [100, 100, 100, 275, 600]


# --- ear and eye ------------------------------------------------------------------------------------------------------

# What a browser has that Node has not: devices that open when they are told to, an audio context's nodes, and nothing to show.
_SENSES = """
import { Senses } from './phone/senses.js';
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const asked = [], nodes = [], track = { stop() {}, addEventListener() {} };
const stream = { getTracks: () => [track], getAudioTracks: () => [track], getVideoTracks: () => [track] };
const getUserMedia = async (wanted) => { asked.push(...Object.keys(wanted)); return stream; };
Object.defineProperty(globalThis, 'navigator', { value: { mediaDevices: { getUserMedia } }, configurable: true });
globalThis.document = { createElement: () => ({ play: async () => {} }) };
globalThis.AudioWorkletNode = class { constructor() { this.port = { postMessage() {} }; nodes.push(this); } };
const source = { connect() {}, disconnect() {} };
const outbox = { sound() {}, dropSound() {}, picture() {}, dropPicture() {} };
const senses = new Senses(outbox, () => ({ createMediaStreamSource: () => source }), () => performance.now(), () => {}, () => {});
const video = { width: 640, height: 480, rate_hz: 1, quality: 80 };
const press = (number, audio) => { senses.orders.pressed(number, { audio, video }, 0); senses.update(); };
const done = () => { senses.orders.stop(); senses.update(); };
---
"""


def test_the_camera_opens_when_the_microphone_hears_or_takes_too_long(run: Run) -> None:
    source = """
    press(1, true); await wait(50);
    const before = asked.splice(0);
    nodes[0].port.onmessage({ data: new Uint8Array(640) });
    const after = asked.splice(0);
    done(); press(2, true); await wait(400);
    const late = asked.splice(0);
    done();
    return [before, after, late];
    """
    assert run(_SENSES + source) == [["audio"], ["video"], ["audio", "video"]]


def test_a_camera_alone_waits_for_no_microphone_and_what_is_over_opens_nothing(run: Run) -> None:
    source = """
    press(1, false); const alone = asked.splice(0);
    done(); press(2, true); await wait(50); done(); await wait(400);
    return [alone, asked];
    """
    assert run(_SENSES + source) == [["video"], ["audio"]]


# --- hands, pictures, words ---------------------------------------------------------------------------------------------


def test_a_tap_asks_or_stops_and_a_hold_always_asks(run: Run) -> None:
    source = """
    import { Hands, HOLD_MS } from './phone/hands.js';
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    ---
    const done = [], phone = { stoppable: false };
    for (const name of ['press', 'hold', 'release', 'stop']) phone[name] = () => done.push(name);
    const hands = new Hands(phone);
    const took = () => done.splice(0).join(' ');
    hands.tap();
    const asked = took();
    phone.stoppable = true; hands.tap();
    const stopped = took();
    hands.down('a'); hands.down('b'); hands.up('b'); await wait(HOLD_MS + 50); hands.up('a');
    const anew = took();
    phone.stoppable = false; hands.down('a'); await wait(HOLD_MS + 50); hands.letGo();
    return [asked, stopped, anew, took()];
    """
    assert run(source) == ["press release", "stop", "stop press release", "press hold release"]


def test_a_picture_fits_what_is_wanted_whichever_way_the_phone_is_held(run: Run) -> None:
    source = """
    import { fitted } from './phone/eye.js';
    ---
    const wanted = { width: 1600, height: 1200 };
    return [[4000, 3000], [3000, 4000], [1280, 720], [1920, 1080], [640, 480]].map(([a, b]) => fitted(a, b, wanted));
    """
    assert run(source) == [[1600, 1200], [1200, 1600], [1280, 720], [1600, 900], [640, 480]]


def test_ten_questions_are_kept_and_none_after_they_were_cleared(run: Run) -> None:
    source = """
    import { Talk } from './phone/talk.js';
    ---
    const talk = new Talk();
    for (let number = 0; number < 12; number++) talk.see(`${number}`, `asked ${number}`, `said ${number}`);
    const kept = talk.turns.map((turn) => turn.said), again = talk.see('11', 'asked 11', 'said 11');
    talk.clear(); talk.see('11', 'asked 11', 'said 11');
    return [kept, again, talk.turns.length, talk.see(null, 'a', 'b'), talk.see('12', null, 'said 12')];
    """
    kept, *rest = run(source)
    assert kept == [f"said {number}" for number in range(11, 1, -1)]
    assert rest == [False, 0, False, True]


def test_each_reason_why_it_cannot_work_has_a_sentence_of_its_own(run: Run) -> None:
    source = """
    import { codeOf, lacking, troubleOf } from './phone/troubles.js';
    ---
    const whole = { isSecureContext: true, AudioWorkletNode: 1, crypto: { subtle: 1 }, navigator: { mediaDevices: { getUserMedia: 1 } } };
    const names = ['NotAllowedError', 'NotReadableError', 'NotFoundError', 'Whatever'];
    const troubles = ['camera', 'microphone'].flatMap((what) => names.map((name) => troubleOf(what, { name })));
    return [troubles, troubles.map(codeOf), lacking(whole), lacking({ ...whole, isSecureContext: false }), lacking({ ...whole, navigator: {} })];
    """
    troubles, codes, *lack = run(source)
    assert troubles[:4] == ["camera_denied", "camera_busy", "no_camera", "no_camera"]
    assert codes[4:] == ["privacy", "failed", "missing", "missing"]
    assert lack == [None, "no_https", "old_browser"]
    texts = json.loads((FRONTEND / "phone" / "phrases" / "en" / "phrases.json").read_text())
    assert {*troubles, "no_https", "old_browser"} <= texts.keys()


# --- the eye ----------------------------------------------------------------------------------------------------------

_EYE = """
import { Eye } from './phone/eye.js';
const taken = [];
const canvas = { getContext: () => ({ drawImage() {} }), toBlob: (made) => made(new Blob([new Uint8Array([taken.length])])) };
const video = { videoWidth: 640, videoHeight: 480, play: async () => {} };
const track = { addEventListener() {}, stop() {} };
const stream = { getVideoTracks: () => [track], getTracks: () => [track] };
Object.defineProperty(globalThis, 'navigator', { value: { mediaDevices: { getUserMedia: async () => stream } }, configurable: true });
globalThis.document = { createElement: (name) => (name === 'video' ? video : canvas) };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
---
"""


def test_a_press_takes_a_picture_at_once_however_lately_the_last_one_was_taken(run: Run) -> None:
    source = """
    const failed = [];
    const eye = new Eye(() => taken.push(Date.now()), (error) => failed.push(String(error)), () => {});
    const slow = { width: 640, height: 480, rate_hz: 0.25, quality: 80 };
    const counts = [];
    eye.want(slow, true);
    await wait(100);
    counts.push(taken.length);
    eye.want(slow, false);  // the home says the same again
    await wait(100);
    counts.push(taken.length);
    eye.want({ ...slow, rate_hz: 1 }, true);  // a press
    await wait(100);
    counts.push(taken.length);
    eye.want(slow, false);  // the home wants fewer
    await wait(1100);
    counts.push(taken.length);
    eye.want(null, true);
    return { counts, failed };
    """
    assert run(_EYE + source) == {"counts": [1, 1, 2, 2], "failed": []}
