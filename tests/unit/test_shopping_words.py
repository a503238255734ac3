"""What is understood as a word about the thing that is looked for, and what is a question all the same."""

import pytest

from custom_components.shelfsight.shopping_words import (
    ITEM_LIMIT,
    LANGUAGES,
    Sign,
    item_name,
    sayings,
    sign_in,
    words_of,
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sign", list(Sign))
def test_every_saying_means_what_it_is_listed_for_and_nothing_else(sign: Sign, language: str) -> None:
    for saying in sayings(sign, language):
        for said in (saying, saying.upper(), f" {saying.capitalize()}. ", f"OK, {saying}!", saying.replace("'", "’")):
            assert sign_in(said) is sign, said


@pytest.mark.parametrize(
    "said",
    [
        "", "...", "OK.", "Thank you.", "Yes, but where is it?", "I don't have it.", "I have it not", "Do I have it?",
        "Is this the next shelf?", "Where is the milk?", "Got milk?", "Yes or no?", "No, I have it.", "Yesterday",
        "Ich habe es nicht.", "Ja, aber welches?", "Je ne l'ai pas.", "No lo tengo.", "Non ce l'ho.", "Ik heb het niet.",
        "Stop reading the labels", "stop, I have it",
    ],
)  # fmt: skip
def test_whatever_else_is_said_is_no_such_word(said: str) -> None:
    assert sign_in(said) is None


@pytest.mark.parametrize("reply", ["Yes.", "No, thanks.", "Ja!", "Nein", "Sí", "Oui.", "Non, merci", "Nee"])
def test_a_yes_or_no_to_what_was_asked_back_says_nothing_of_the_thing(reply: str) -> None:
    assert sign_in(reply) is not None and sign_in(reply, asked_back=True) is None
    assert sign_in(f"{reply} I have it.", asked_back=True) is Sign.TAKEN


def test_a_transcript_may_be_without_accents_and_apostrophes() -> None:
    assert sign_in("si") is sign_in("Sí") is sign_in("ive got it") is sign_in("ca y est") is Sign.TAKEN


@pytest.mark.parametrize(
    ("tag", "question"),
    [("de-AT", "Wo ist Milch?"), ("de_CH", "Wo ist Milch?"), ("EN", "Where is Milch?"), ("pl", "Where is Milch?")],
)
def test_a_language_without_words_asks_in_english(tag: str, question: str) -> None:
    assert words_of(tag).question.format(item="Milch") == question


def test_an_item_is_said_on_one_line_and_not_for_ever() -> None:
    assert item_name(" 2 x milk\n\tfrom  the farm ") == "2 x milk from the farm"
    assert len(item_name("milk " * 100)) <= ITEM_LIMIT
    assert words_of("en").question.format(item="{braces}") == "Where is {braces}?"
