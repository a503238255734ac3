"""The pure checks of the wearable's logic, run by both interpreters: `micropython shared_checks.py VECTORS`.

Every function whose name begins with `check_` is one check; pytest runs each on CPython, and the whole file on
MicroPython, where it prints `ok NAME` or `failed NAME` for each and `N passed, N failed` at the end.
"""

# ruff: noqa: PTH123 -- it runs on MicroPython too
import asyncio
import json
import sys

try:
    from firmware_bridge.wearable import (
        button,
        capture,
        codec,
        cues,
        outbox,
        pairing,
        playback as playing,
        proof,
        ring,
        websocket,
        x25519,
    )
    from firmware_bridge.wearable.dialer import Backoff, Tidings
    from firmware_bridge.wearable.playback import Playback
except ImportError:  # MicroPython: the package stands alone
    from wearable import (
        button,
        capture,
        codec,
        cues,
        outbox,
        pairing,
        playback as playing,
        proof,
        ring,
        websocket,
        x25519,
    )
    from wearable.dialer import Backoff, Tidings
    from wearable.playback import Playback
from checks_main import main
from memory_board import Frame, SetClock, Speaker

VECTORS = ""


def vectors(name: str) -> object:
    with open(VECTORS + "/" + name + ".json") as file:
        return json.load(file)


def from_hex(text: str) -> bytes:
    return bytes(int(text[index : index + 2], 16) for index in range(0, len(text), 2))


def raises(error: type, function: object, *arguments: object) -> bool:
    try:
        function(*arguments)
    except error:
        return True
    return False


# x25519, proofs, pairing: the vectors.


def check_x25519_gives_the_results_of_rfc_7748() -> None:
    cases = vectors("x25519")
    for case in cases["multiply"]:
        assert x25519.multiply(from_hex(case["scalar"]), from_hex(case["u"])).hex() == case["result"], case["name"]
    for case in cases["iterated"]:
        scalar = u = from_hex(case["start"])
        for _ in range(case["count"]):
            scalar, u = x25519.multiply(scalar, u), scalar
        assert scalar.hex() == case["result"], case["name"]


def check_a_point_of_small_order_gives_zero() -> None:
    for case in vectors("x25519")["zero"]:
        assert x25519.multiply(from_hex(case["scalar"]), from_hex(case["u"])) == bytes(32), case["name"]


def check_hmac_with_a_key_longer_than_a_block_hashes_the_key() -> None:
    # RFC 4231, test case 6
    mac = proof.hmac_sha256(b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First")
    assert mac.hex() == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"


def check_both_proofs_are_those_of_the_vectors() -> None:
    for case in vectors("opening"):
        values = [from_hex(case[name]) for name in ("key", "home_nonce", "wearable_nonce")]
        arguments = (values[0], case["id"], values[1], values[2], case["version"])
        assert proof.proof_of_wearable(*arguments).hex() == case["wearable_proof"]
        assert proof.proof_of_home(*arguments).hex() == case["home_proof"]


def check_equal_tells_bytes_apart_wherever_they_differ() -> None:
    assert proof.equal(b"abc", b"abc")
    assert not any(proof.equal(b"abc", other) for other in (b"xbc", b"abx", b"ab", b"abcd", b""))


def attempt_of(case: dict) -> object:
    return pairing.Attempt(
        case["id"], "Desk", "desk", from_hex(case["wearable_secret"]), from_hex(case["wearable_nonce"])
    )


def check_a_pairing_goes_through_step_by_step_as_in_the_vectors() -> None:
    for case in vectors("pairing"):
        attempt = attempt_of(case)
        reply = attempt.begin({"type": "pair_begin", "protocol": 1, "home": "Home", "commit": case["commit"]})
        assert (reply["id"], reply["public"], reply["nonce"]) == (
            case["id"],
            case["wearable_public"],
            case["wearable_nonce"],
        )
        assert attempt.reveal({"public": case["home_public"], "nonce": case["home_nonce"]}) == case["digits"]
        assert attempt.confirm() == {"type": "pair_confirm", "proof": case["wearable_proof"]}
        key, urls = attempt.finish({"proof": case["home_proof"], "urls": case["urls"]})
        assert (key.hex(), urls) == (case["key"], case["urls"])


def check_pairing_refuses_another_public_key_than_the_home_was_bound_to() -> None:
    case = vectors("pairing")[0]
    for name in ("public", "nonce"):
        attempt = attempt_of(case)
        attempt.begin({"protocol": 1, "commit": case["commit"]})
        revealed = {"public": case["home_public"], "nonce": case["home_nonce"]}
        revealed[name] = "ab" * (len(revealed[name]) // 2)
        reason = None
        try:
            attempt.reveal(revealed)
        except pairing.PairingError as error:
            reason = error.reason
        assert reason == "commit"


def check_pairing_refuses_changed_urls_and_a_wrong_proof() -> None:
    case = vectors("pairing")[0]
    for change in (
        {"urls": ["http://evil.example"]},
        {"proof": "00" * 32},
        {"urls": []},
        {"urls": ["ftp://x"]},
        {"urls": "http://x"},
        {"proof": None},
    ):
        attempt = attempt_of(case)
        attempt.begin({"protocol": 1, "commit": case["commit"]})
        attempt.reveal({"public": case["home_public"], "nonce": case["home_nonce"]})
        message = {"proof": case["home_proof"], "urls": case["urls"]}
        message.update(change)
        assert raises(pairing.PairingError, attempt.finish, message), change


def check_pairing_refuses_garbage() -> None:
    attempt = attempt_of(vectors("pairing")[0])
    for message in ({}, {"protocol": 2, "commit": "00" * 32}, {"protocol": 1, "commit": "AB" * 32}, {"protocol": 1}):
        assert raises(pairing.PairingError, attempt.begin, message), message
    for line in (b"", b"[]", b"\xff", b'{"type": "other"}', b"{" * 1000):
        assert raises(pairing.PairingError, pairing.read_line, line, "pair_begin"), line


# codec


def check_binary_messages_are_those_of_the_vectors() -> None:
    for case in vectors("binary")["messages"]:
        payload, message = from_hex(case["payload"]), from_hex(case["message"])
        if case["stream"] == codec.SPEAKER:
            assert bytes(codec.read_speaker(memoryview(message))) == payload, case["name"]
        if not case["flags"]:
            target = bytearray(8)
            codec.write_header(memoryview(target), case["stream"], case["sequence"], case["time_ms"])
            assert bytes(target) + payload == message, case["name"]


def check_malformed_binary_messages_are_refused() -> None:
    for case in vectors("binary")["malformed"]:
        assert raises(codec.ProtocolError, codec.read_speaker, memoryview(from_hex(case["message"]))), case["name"]


def check_counters_wrap() -> None:
    target = bytearray(8)
    codec.write_header(memoryview(target), 1, 65536 + 5, (1 << 32) + 7)
    assert bytes(target) == b"\x01\x00\x00\x05\x00\x00\x00\x07"


def check_text_messages_become_values() -> None:
    read = codec.read_text
    assert read(b'{"type": "capture", "press": 3, "audio": true, "video": null, "still": null}') == (
        3,
        True,
        None,
        None,
    )
    order = read(
        b'{"type": "capture", "press": 3, "audio": false, "video": {"width": 640, "height": 480, "rate_hz": 2,'
        b' "quality": 70}, "still": {"width": 1600, "height": 1200, "quality": 90}, "more": 1}'
    )
    assert order == (3, False, (640, 480, 2, 70), (1600, 1200, 90))
    assert isinstance(read(b'{"type": "flush"}'), codec.Flush)
    assert read(b'{"type": "speak", "turn": 7, "rate_hz": 24000, "press": 3}') == (7, 24000, 3)
    assert read(b'{"type": "speak", "turn": 7, "rate_hz": 24000}') == (7, 24000, None)
    assert read(b'{"type": "from the future"}') is None


def check_text_messages_with_wrong_fields_are_refused() -> None:
    for text in (
        b"",
        b"no json",
        b"[]",
        b"7",
        b"{}",
        b'{"type": 1}',
        b"\xff\xfe",
        b"[" * 4000,
        b'{"type": "capture", "press": "3", "audio": true}',
        b'{"type": "capture", "press": true, "audio": true}',
        b'{"type": "capture", "press": 3, "audio": 1}',
        b'{"type": "capture", "press": 3, "audio": true, "video": {"width": 640}}',
        b'{"type": "capture", "press": 3, "audio": true, "video": {"width": 1, "height": 1, "rate_hz": 0, "quality": 1}}',
        b'{"type": "speak", "turn": -1, "rate_hz": 24000}',
        b'{"type": "cue"}',
        b'{"type": "bye", "reason": 5}',
        b'{"type": "challenge", "protocol": 1, "nonce": "AB"}',
    ):
        assert raises(codec.ProtocolError, codec.read_text, memoryview(text)), text


def check_settings_keep_what_a_change_does_not_name() -> None:
    merged = codec.merge_settings(codec.DEFAULT_SETTINGS, {"capture": {"video": None}, "volume": 30})
    assert merged == (True, None, True, True, 30, None, None, None)
    assert codec.merge_settings(merged, {"cues": False}) == (True, None, False, True, 30, None, None, None)
    for change in ({"volume": 101}, {"volume": "loud"}, {"cues": 1}, {"capture": 3}, {"capture": {"audio": None}}):
        assert raises(codec.ProtocolError, codec.merge_settings, merged, change), change


# websocket


def check_a_sealed_frame_is_masked_as_rfc_6455_shows() -> None:
    # Section 5.7: a single-frame masked text message "Hello"
    frame = memoryview(bytearray(websocket.HEAD_BYTES + 5))
    frame[websocket.HEAD_BYTES :] = b"Hello"
    sealed = websocket.seal(frame, 5, websocket.TEXT, b"\x37\xfa\x21\x3d")
    assert bytes(sealed) == b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"


def check_long_frames_are_masked_byte_by_byte_at_every_length() -> None:
    mask = b"\x01\x02\x03\xf4"
    for count in (0, 1, 125, 126, 1023, 1024, 1025, 4112):
        payload = bytes(index * 7 & 0xFF for index in range(count))
        frame = memoryview(bytearray(websocket.HEAD_BYTES + count))
        frame[websocket.HEAD_BYTES :] = payload
        sealed = bytes(websocket.seal(frame, count, websocket.BINARY, mask))
        head = 6 if count < 126 else 8
        assert sealed[0] == 0x82
        assert sealed[1:2] + sealed[2 : head - 4] == (
            bytes((0x80 | count,)) if count < 126 else bytes((0xFE, count >> 8, count & 0xFF))
        )
        assert bytes(byte ^ mask[index & 3] for index, byte in enumerate(sealed[head:])) == payload


def check_only_the_right_answer_opens_a_websocket() -> None:
    key = b"dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, section 1.3
    right = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nsec-websocket-accept: "
    assert websocket.accepted(right + b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", key)
    assert not websocket.accepted(right + b"AAAALMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", key)
    assert not websocket.accepted(b"HTTP/1.1 200 OK\r\n\r\n", key)
    assert not websocket.accepted(b"", key)


def check_urls_are_split() -> None:
    assert websocket.split_url("http://home.local:8123") == (False, "home.local", 8123, "")
    assert websocket.split_url("https://home.example/ha/") == (True, "home.example", 443, "/ha")
    assert websocket.split_url("http://[::1]:80/") == (False, "::1", 80, "")
    for url in ("", "ftp://x", "http://", "http://x:port", "http://x:99999", "http://:80"):
        assert raises(ValueError, websocket.split_url, url), url


# ring, outbox


def check_a_ring_gives_back_what_it_took_across_its_end() -> None:
    held = ring.Ring(10)
    target = memoryview(bytearray(7))
    assert held.write(b"abcdef") == 6
    assert held.read_into(target[:4]) == 4 and bytes(target[:4]) == b"abcd"
    assert held.write(b"ghijklmnop") == 8
    assert held.count == 10
    assert held.read_into(target) == 7 and bytes(target) == b"efghijk"
    assert held.read_into(target) == 3 and bytes(target[:3]) == b"lmn"
    assert held.read_into(target) == 0


def kinds(box: object, count: int) -> list:
    target = box.frame[websocket.HEAD_BYTES :]
    names = []
    for _ in range(count):
        waiting = box.next_message()
        if waiting is None:
            names.append(None)
        elif waiting[0] == outbox.BINARY:
            names.append(("", "sound", "part")[target[0]])
        else:
            names.append("pong" if waiting[0] == outbox.PONG else "text")
    return names


async def check_sound_goes_before_the_next_part_of_a_picture() -> None:
    box = outbox.Outbox(640, 10)
    frame = Frame(bytes(9000), 5)
    sending = asyncio.create_task(box.picture(frame))
    await asyncio.sleep(0)
    assert kinds(box, 1) == ["part"]
    box.sound(bytes(640), 20)
    box.sound(bytes(640), 40)
    box.text({"type": "x"})
    box.pong(b"1")
    assert kinds(box, 4) == ["pong", "text", "sound", "sound"]
    assert kinds(box, 4) == ["part", "part", "part", None], "beside sound parts are half as long"
    assert await sending
    assert frame.largest_read == 4096


async def check_parts_are_long_again_where_there_is_no_sound_between_them() -> None:
    box = outbox.Outbox(640, 10)
    frame = Frame(bytes(40960), 5)
    sending = asyncio.create_task(box.picture(frame))
    box.sound(bytes(640), 20)
    await asyncio.sleep(0)
    sizes = []
    while (waiting := box.next_message()) is not None:
        sizes.append(waiting[1])
    assert sizes == [648] + [16 + 2048] * 4 + [16 + 4096] * 8
    assert await sending


async def check_picture_parts_are_those_of_the_vectors() -> None:
    for case in vectors("binary")["pictures"]:
        box = outbox.Outbox(640, 10)
        target = box.frame[websocket.HEAD_BYTES :]
        for _ in range(case["sequence"] if case["sequence"] < 10 else 0):
            skipped = asyncio.create_task(box.picture(Frame(b"x", 0)))
            await asyncio.sleep(0)
            box.next_message()
            assert await skipped
        if case["sequence"] == 65535:
            box._picture_sequence = 65535
        sending = asyncio.create_task(box.picture(Frame(from_hex(case["jpeg"]), case["time_ms"])))
        await asyncio.sleep(0)
        for part in case["parts"]:
            opcode, count = box.next_message()
            assert opcode == outbox.BINARY
            assert bytes(target[:count]).hex() == part, case["name"]
        assert await sending


async def check_an_abandoned_picture_sends_no_further_part() -> None:
    box = outbox.Outbox(640, 10)
    sending = asyncio.create_task(box.picture(Frame(bytes(9000), 5)))
    await asyncio.sleep(0)
    assert kinds(box, 1) == ["part"]
    box.abandon_picture()
    assert kinds(box, 1) == [None]
    assert not await sending


def check_a_full_outbox_drops_the_oldest_sound_and_keeps_the_times_right() -> None:
    box = outbox.Outbox(640, 3)
    for number in range(5):
        box.sound(bytes((number,)) * 640, 20 * number)
    target = box.frame[websocket.HEAD_BYTES :]
    got = []
    while box.next_message() is not None:
        got.append((target[3], target[7], target[8]))  # sequence, time, first byte
    assert got == [(0, 40, 2), (1, 60, 3), (2, 80, 4)]
    assert box.dropped_chunks == 2


# button


def events_of(edges: tuple, state: object | None = None) -> list:
    state = state or button.ButtonState()
    events = []
    for at_ms, down in edges:
        found = state.tick(at_ms) if down is None else state.edge(down, at_ms)
        events.extend((name, at_ms) for name in found)
    return events


def check_a_press_is_believed_at_once_and_its_bouncing_is_not() -> None:
    edges = ((0, True), (2, False), (4, True), (30, None), (200, False), (203, True), (205, False), (300, None))
    assert events_of(edges) == [("press", 0), ("release", 200)]


def check_a_release_inside_the_bounce_time_is_seen_afterwards() -> None:
    assert events_of(((0, True), (5, False), (50, None))) == [("press", 0), ("release", 50)]


def check_two_presses_close_together_are_a_double() -> None:
    state = button.ButtonState()
    assert events_of(((0, True), (80, False), (300, True)), state) == [
        ("press", 0),
        ("release", 80),
        ("press", 300),
        ("double", 300),
    ]
    assert state.press == 2
    assert events_of(((400, False), (1000, True)), state) == [("release", 400), ("press", 1000)]


def check_holding_five_seconds_is_long_once() -> None:
    assert events_of(((0, True), (499, None), (4999, None), (5000, None), (6000, None), (7000, False))) == [
        ("press", 0),
        ("hold", 4999),
        ("long", 5000),
        ("release", 7000),
    ]


def check_half_a_second_down_is_a_hold_once_and_less_is_none() -> None:
    assert events_of(((0, True), (450, None), (499, False), (600, None))) == [("press", 0), ("release", 499)]
    assert events_of(((0, True), (500, None), (600, None), (700, False))) == [
        ("press", 0),
        ("hold", 500),
        ("release", 700),
    ]


# cues


def rhythm(pcm: bytes, rate_hz: int) -> list:
    """For how many ms a sound is there, is not, is there again ...: measured every 5 ms, whatever its pitch."""
    step = rate_hz // 200 * 2
    peaks = []
    for start in range(0, len(pcm), step):
        values = (pcm[index] | pcm[index + 1] << 8 for index in range(start, min(start + step, len(pcm)), 2))
        peaks.append(max(value if value < 32768 else 65536 - value for value in values))
    floor = max(peaks) // 8
    lengths = []
    sounding = False
    for peak in peaks:
        if (peak > floor) != sounding or not lengths:
            sounding = peak > floor
            lengths.append(0)
        lengths[-1] += 5
    return lengths if sounding else lengths[:-1]


def check_cues_are_whole_samples_quiet_at_their_ends_and_in_small_pieces() -> None:
    for name in codec.CUES:
        notes = cues.notes_of(name)
        for rate_hz in (16000, 24000):
            pcm = b"".join(cues.pieces(notes, rate_hz))
            assert len(pcm) == cues.duration_ms(notes) * rate_hz // 1000 * 2, name
            assert pcm[:2] == bytes(2), name
            assert max(len(piece) for piece in cues.pieces(notes, rate_hz)) <= rate_hz // 50 * 2, name


def check_every_two_cues_differ_in_rhythm_even_if_pitch_is_not_heard() -> None:
    for rate_hz in (16000, 24000):
        rhythms = [rhythm(b"".join(cues.pieces(cues.notes_of(name), rate_hz)), rate_hz) for name in codec.CUES]
        for index, one in enumerate(rhythms):
            for other in rhythms[:index]:
                same_count = len(one) == len(other)
                assert not same_count or any(
                    max(one[place], other[place]) >= 2 * min(one[place], other[place]) for place in range(len(one))
                ), (one, other)


def check_volume_makes_cues_quieter() -> None:
    def peak(volume: int) -> int:
        pcm = b"".join(cues.pieces(cues.notes_of("done"), 16000, volume))
        values = (pcm[index] | pcm[index + 1] << 8 for index in range(0, len(pcm), 2))
        return max(value if value < 32768 else 65536 - value for value in values)

    assert peak(0) == 0 < peak(20) < peak(100) < 32767


def check_digits_can_be_counted() -> None:
    notes = cues.digits_as_notes("302")
    assert [on_ms for _, on_ms, _, _ in notes] == [100, 100, 100, 0, 400, 0, 100, 100, 0]


# capture


def order(press: int, audio: bool = False, video: object = None, still: object = None) -> object:
    return codec.Capture(press, audio, video, still)


def check_an_order_older_than_the_newest_press_is_ignored() -> None:
    orders = capture.Orders()
    orders.pressed(1, codec.DEFAULT_SETTINGS, 0)
    orders.pressed(2, codec.DEFAULT_SETTINGS, 100)
    assert not orders.ordered(order(1), 200)
    assert orders.active
    assert orders.ordered(order(2), 300)
    assert not orders.active


def check_capturing_ends_twenty_seconds_after_the_last_word_of_anybody() -> None:
    orders = capture.Orders()
    orders.pressed(1, codec.DEFAULT_SETTINGS, 1000)
    assert not orders.expired(20999)
    assert orders.expired(21000)
    orders.ordered(order(1, audio=True), 15000)
    assert not orders.expired(34999)
    assert orders.expired(35000)
    orders.stop()
    assert not orders.expired(99999)


def check_a_picture_under_way_goes_on_only_while_pictures_are_wanted() -> None:
    video = codec.Video(640, 480, 1, 80)
    orders = capture.Orders()
    orders.pressed(1, codec.DEFAULT_SETTINGS, 0)
    before = orders.generation
    orders.ordered(order(1, audio=False, video=video), 10)
    assert orders.generation == before
    orders.ordered(order(1, audio=True), 20)
    assert orders.generation != before
    before = orders.generation
    orders.ordered(order(1, still=codec.Still(640, 480, 80)), 30)
    assert orders.generation != before


def check_the_time_of_sound_follows_the_samples_and_not_the_jitter() -> None:
    assert capture.chunk_time_ms(None, 1020) == 1000
    assert capture.chunk_time_ms(1000, 1055) == 1020
    assert capture.chunk_time_ms(1000, 2000) == 1980


# playback


async def check_playback_drops_samples_that_belong_to_no_answer() -> None:
    playback, _speaker, clock, said = new_playback()
    await playback.samples(bytes(960))
    assert playback.dropped_bytes == 960
    playback.speak(1, 24000)
    await playback.samples(bytes(960))
    playback.stop()
    assert said == [(1, 0, True)]
    await playback.samples(bytes(960))
    assert playback.dropped_bytes == 1920
    assert clock.now_ms == 0


def new_playback() -> tuple:
    clock = SetClock()
    speaker = Speaker(clock)
    said = []
    playback = Playback(
        speaker, clock, lambda *what: said.append(what), lambda *_, **__: None, lambda *what: said.append(what)
    )
    return playback, speaker, clock, said


async def play(playback: object, clock: object, until_ms: int) -> None:
    """Lets the playback run while its clock goes on by 10 ms at a time."""
    running = asyncio.create_task(playback.run())
    while clock.now_ms < until_ms:
        for _ in range(3):
            await asyncio.sleep(0.005)
        clock.now_ms += 10
    running.cancel()
    await asyncio.sleep(0)


async def check_an_answer_begins_with_a_tenth_of_a_second_held_and_comes_out_bit_for_bit() -> None:
    playback, speaker, clock, said = new_playback()
    pcm = bytes(index * 31 & 0xFF for index in range(48 * 200))
    playback.speak(4, 24000)
    await playback.samples(pcm[: 48 * 99])
    await play(playback, clock, 50)
    assert 4 not in speaker.answers
    await playback.samples(pcm[48 * 99 :])
    await play(playback, clock, 120)
    assert 4 in speaker.answers
    playback.spoken(4)
    await play(playback, clock, 400)
    assert speaker.answers[4] == pcm
    assert said[-1] == (4, 200, True)


async def check_a_short_answer_begins_when_all_of_it_is_there() -> None:
    playback, speaker, clock, said = new_playback()
    playback.speak(5, 24000)
    await playback.samples(bytes(48 * 30))
    playback.spoken(5)
    await play(playback, clock, 150)
    assert len(speaker.answers[5]) == 48 * 30
    assert said[-1] == (5, 30, True)


async def check_a_flush_is_silence_and_says_how_far_it_was_heard() -> None:
    playback, speaker, clock, said = new_playback()
    playback.speak(6, 24000)
    await playback.samples(bytes(48 * 400))
    await play(playback, clock, 150)
    playback.flush()
    assert speaker.clears == 1 and speaker.queued_ms() == 0
    turn, position_ms, done = said[-1]
    assert (turn, done) == (6, True) and 100 <= position_ms <= 150
    playback.flush()
    assert said[-1] == (6, position_ms, True)


async def check_an_answer_that_runs_dry_goes_on_with_the_next_samples() -> None:
    playback, speaker, clock, said = new_playback()
    playback.speak(7, 24000)
    await playback.samples(b"\x01" * (48 * 100))
    await play(playback, clock, 300)
    assert len(speaker.answers[7]) == 48 * 100
    await playback.samples(b"\x02" * 96)
    await play(playback, clock, 320)
    assert len(speaker.answers[7]) == 48 * 102
    playback.spoken(7)
    await play(playback, clock, 400)
    assert said[-1] == (7, 102, True)


async def check_a_cue_waits_for_the_answer_and_a_passing_one_does_not_outlive_its_truth() -> None:
    playback, speaker, clock, _said = new_playback()
    playback.speak(8, 24000)
    await playback.samples(bytes(48 * 120))
    playback.cue("thinking", [bytes(960)])
    playback.cue("error", [bytes(480)])
    await play(playback, clock, 60)
    assert speaker.cue_bytes == 0
    playback.spoken(8)
    await play(playback, clock, 300)
    assert speaker.cue_bytes == 480


async def check_sound_for_which_there_is_no_room_waits_and_none_of_it_is_lost() -> None:
    playback, speaker, clock, said = new_playback()
    pcm = bytes(index * 7 & 0xFF for index in range(48 * 1000))
    running = asyncio.create_task(play(playback, clock, 1200))
    playback.speak(9, 24000)
    for start in range(0, len(pcm), 4096):
        await playback.samples(pcm[start : start + 4096])
    playback.spoken(9)
    await running
    assert speaker.answers[9] == pcm
    assert said[-1] == (9, 1000, True) and playback.dropped_bytes == 0


async def check_sound_waits_neither_for_an_answer_that_was_stopped_nor_for_a_speaker_that_takes_nothing() -> None:
    playback, _speaker, _clock, _said = new_playback()
    playback.speak(9, 24000)
    waiting = asyncio.create_task(playback.samples(bytes(48 * 500)))
    await asyncio.sleep(0.01)
    playback.flush()
    await waiting
    assert playback.dropped_bytes == 48 * 100
    playback.speak(10, 24000)
    most_wait_ms, playing._MOST_WAIT_MS = playing._MOST_WAIT_MS, 10
    await playback.samples(bytes(48 * 500))
    playing._MOST_WAIT_MS = most_wait_ms
    assert playback.dropped_bytes == 48 * 200


# dialling


def check_the_back_off_doubles_from_half_a_second_to_thirty_and_is_jittered() -> None:
    backoff = Backoff()
    assert [backoff.wait_ms(255, 0) for _ in range(8)] == [499, 998, 1996, 3992, 7984, 15968, 29941, 29941]
    backoff.soon()
    assert backoff.wait_ms(0, 0) == 250
    backoff.longest()
    assert backoff.wait_ms(0, 0) == 15000


def check_in_the_minute_after_a_link_was_lost_no_wait_is_longer_than_four_seconds() -> None:
    backoff = Backoff()
    backoff.lost(True, 1000)
    assert [backoff.wait_ms(255, 2000) for _ in range(5)] == [499, 998, 1996, 3992, 3992]
    assert backoff.wait_ms(255, 60999) == 3992
    assert [backoff.wait_ms(255, 61000) for _ in range(3)] == [7984, 15968, 29941]
    backoff.lost(False, 100000)
    assert backoff.wait_ms(255, 100001) == 3992
    backoff.longest()
    assert backoff.wait_ms(255, 100002) == 29941


def check_lost_refused_and_back_are_each_said_once() -> None:
    tidings = Tidings()
    assert tidings.connected() == "ready"
    assert [tidings.failed("lost"), tidings.failed("lost"), tidings.failed("refused"), tidings.failed("lost")] == [
        "lost",
        None,
        "refused",
        None,
    ]
    assert [tidings.connected(), tidings.connected()] == ["back", None]
    assert tidings.failed("lost") == "lost"


if __name__ == "__main__":
    sys.exit(main(globals()))
