"""The ears: what is spoken at a shelf is understood, what is not speech is not, and what is unsure is asked back."""

from collections.abc import Iterator

import numpy as np
import pytest

from drawn_shelves import Scene
from drawn_shelves.camera import stand
from drawn_shelves.scene import plan
from drawn_shelves.truth import tell
from evaluation.hearing import map_of
from evaluation.speaking import Manner, aloud
from local_live.reading.asking import understand
from local_live.reading.ears import GAUSSIANS_DOUBT, NEURAL_DOUBT, Ears, Heard, both, meaning, settle, settled_there
from local_live.reading.finding import find
from local_live.reading.grammar import shelf_phrases
from local_live.reading.hear_features import bands, cepstra, spectrum
from local_live.reading.hear_model import acoustic_model
from local_live.reading.hear_phones import PHONES, number_of, ways_to_say as neural_ways
from local_live.reading.hear_questions import questions
from local_live.reading.hear_sounds import british, ways_to_say
from local_live.reading.noise_model import amid, channel_of, noise_of, spread_of
from local_live.reading.shelfmap import ShelfMap

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def shelf() -> ShelfMap:
    scene = Scene(seed=3)
    return map_of(tell(scene, plan(scene), stand(scene).inverse()))


@pytest.fixture(scope="module")
def ears() -> Iterator[Ears]:
    listening = Ears()
    listening.load()
    yield listening
    listening.close()


def understood(ears: Ears, shelf: ShelfMap, question: str, how: Manner) -> Heard:
    return ears.hear(aloud(question, how), shelf)


def test_questions_in_silence_are_understood(ears: Ears, shelf: ShelfMap) -> None:
    name = " ".join(next(phrase for phrase in shelf_phrases(shelf) if len(phrase) == 2))
    asked = (
        "where is the dog food", "how many shelves are there", "do you see the tomato soup", f"find the {name}",
        f"which is cheaper the {name} or the oat milk", "is there any frozen pizza", f"how much does the {name} cost",
    )  # fmt: skip
    heard = [understood(ears, shelf, question, Manner("en-us", 150, None)) for question in asked]
    same = [meaning(understand(one.text)) == meaning(understand(ask)) for one, ask in zip(heard, asked, strict=True)]
    assert sum(same) >= 6, heard


@pytest.mark.parametrize("voice", ["en-us+f2", "en-gb-x-rp", "en-gb-scotland", "en-029+f5"])
def test_questions_in_the_noise_of_a_shop_are_understood_in_several_accents(
    ears: Ears, shelf: ShelfMap, voice: str
) -> None:
    asked = ("where is the dog food", "do you see the tomato soup", "how many shelves are there", "find the olive oil")
    heard = [understood(ears, shelf, question, Manner(voice, 160)) for question in asked]
    same = [meaning(understand(one.text)) == meaning(understand(ask)) for one, ask in zip(heard, asked, strict=True)]
    assert sum(same) >= 3, heard


def test_words_that_nobody_asks_at_a_shelf_and_music_are_not_taken_for_a_question(ears: Ears, shelf: ShelfMap) -> None:
    talk = (
        "tell me a joke about the weather",
        "what time is it now",
        "no leave it and take the other one",
        "who are you",
    )
    heard = [understood(ears, shelf, text, Manner("en-us", 150, None)) for text in talk]
    seconds = np.arange(3 * RATE_HZ) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * hertz * seconds) * (np.sin(7 * seconds + hertz) > 0) for hertz in (262, 330, 392))
    heard.append(ears.hear((np.asarray(tones) * 4000).astype("<i2").tobytes(), shelf))
    assert sum(not one.text or one.doubtful for one in heard) >= 4, heard


def test_a_claim_on_health_is_heard_or_asked_back(ears: Ears, shelf: ShelfMap) -> None:
    heard = understood(ears, shelf, "where is the gluten free bread", Manner("en-us", 140, None))
    assert heard.doubtful or "gluten free" in heard.text


def unsure(first: str, other: str) -> Heard:
    return Heard(f"where is the {first}", doubtful=True, other=f"where is the {other}")


def test_nobody_is_asked_which_of_two_where_both_lead_to_one_place(shelf: ShelfMap) -> None:
    label = max(shelf.labels, key=lambda one: len(one.tokens))
    whole, part = " ".join(label.tokens), " ".join(label.tokens[-2:])
    assert len(find(shelf, tuple(whole.split()))) == len(find(shelf, tuple(part.split()))) == 1
    assert settled_there(unsure(whole, part), shelf) == Heard(f"where is the {whole}")
    assert settled_there(unsure(part, f"{part} zebra"), shelf) == Heard(
        f"where is the {part}"
    )  # there is no such thing


def test_it_is_asked_where_another_place_or_another_claim_was_meant(shelf: ShelfMap) -> None:
    one, *others = (" ".join(label.tokens[-2:]) for label in shelf.labels)
    elsewhere = next(other for other in others if not set(other.split()) & set(one.split()))
    for asked in (unsure(one, elsewhere), unsure(f"{one} zebra", one), unsure(one, f"gluten free {one}")):
        assert settled_there(asked, shelf) == asked


@pytest.mark.parametrize("seconds", [0.0, 0.05, 1.5])
def test_nothing_is_heard_in_silence(ears: Ears, shelf: ShelfMap, seconds: float) -> None:
    assert ears.hear(bytes(2 * int(seconds * RATE_HZ)), shelf) == Heard("")


def test_nothing_is_understood_from_even_noise(ears: Ears, shelf: ShelfMap) -> None:
    noise = np.random.default_rng(1).normal(0, 3000, 2 * RATE_HZ).astype("<i2").tobytes()
    assert ears.hear(noise, shelf) == Heard("")


def test_clipped_sound_does_no_harm(ears: Ears, shelf: ShelfMap) -> None:
    sound = np.frombuffer(aloud("where is the dog food", Manner("en-us", 150, None)), "<i2").astype(np.int32)
    clipped = np.clip(sound * 20, -32768, 32767).astype("<i2").tobytes()
    assert isinstance(ears.hear(clipped, shelf), Heard)


def test_what_both_listenings_find_likely_counts() -> None:
    one = {"find the soap": -100.0, "find the salmon": -101.0}
    other = {"find the salmon": -90.0, "find the soap": -140.0}
    assert settle([one, other], GAUSSIANS_DOUBT) == Heard("find the salmon")
    assert settle([{}, {}], GAUSSIANS_DOUBT) == Heard("")


def test_where_two_ways_of_listening_differ_it_is_asked_which() -> None:
    soap, other = Heard("find the soap"), Heard("where is the soup")
    assert both(soap, Heard("where is the soap")) == soap
    assert both(soap, Heard("")) == soap
    assert both(soap, other) == Heard("find the soap", doubtful=True, other="where is the soup")


def test_two_things_that_are_about_as_likely_are_asked_about() -> None:
    heard = settle([{"find the soap": -100.0, "find the salmon": -101.0}], NEURAL_DOUBT)
    assert heard == Heard("find the soap", doubtful=True, other="find the salmon")


def test_a_claim_is_neither_dropped_nor_made_where_it_is_unsure() -> None:
    with_claim, without = "where is the gluten free bread", "where is the bread"
    assert settle([{without: -100.0, with_claim: -115.0}], GAUSSIANS_DOUBT).doubtful
    assert settle([{with_claim: -100.0, without: -115.0}], GAUSSIANS_DOUBT).doubtful
    assert settle([{with_claim: -100.0, without: -150.0}], GAUSSIANS_DOUBT) == Heard(with_claim)


def test_what_may_be_asked_grows_from_the_shelf(shelf: ShelfMap) -> None:
    bare, here = questions({}), questions(shelf_phrases(shelf))
    assert set(bare.names) < set(here.names)
    assert all(here.names[phrase] >= bare.names[phrase] for phrase in bare.names)


def test_words_outside_the_dictionary_can_be_said() -> None:
    assert ways_to_say(("zilvervliesrijst",))[0][0][:4] == ("Z", "IH", "L", "V")
    assert british(("B", "AH", "T", "ER")) == ("B", "AH", "T", "AH")
    assert british(("B", "EH", "R", "IY")) == ("B", "EH", "R", "IY")


def test_a_phrase_can_be_said_in_several_accents_and_the_before_a_vowel() -> None:
    spoken = {"".join(PHONES[sound] for sound in way) for way in neural_ways(("butter",))}
    assert {"bʌɾɚ", "bʌtɐ"} <= spoken
    assert {way[-1] for way in neural_ways(("find", "the"))} >= {number_of("ə"), number_of("ɪ")}
    assert number_of("ˈuː") == number_of("uː") is not None
    assert number_of("") is None


def test_noise_moves_the_models_sounds_towards_it_and_silence_leaves_them() -> None:
    model = acoustic_model()
    sound = np.random.default_rng(2).normal(0, 1, RATE_HZ).astype(np.float32)
    seen = bands(spectrum(sound))
    still = np.full(25, 1e-4, np.float32)
    zero = np.zeros(13, np.float32)
    loud = np.float32(20)  # nats: far above the noise
    louder = zero.copy()
    louder[0] = loud * 5
    quiet_room = amid(model, still, louder, zero)
    assert np.abs(quiet_room.centres[:, 0] - model.centres[:, 0] - louder).max() < 0.5
    drowned = amid(model, noise_of(seen), -louder, spread_of(seen, cepstra(seen)))
    assert drowned.centres[:, 0].std(axis=(0, 1))[1] < 0.2 * model.centres[:, 0].std(axis=(0, 1))[1]
    assert channel_of(seen, noise_of(seen), model).shape == (13,)
