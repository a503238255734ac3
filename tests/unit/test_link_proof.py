"""The proofs of link and pairing against the protocol's byte-exact cases."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
import pytest

from custom_components.shelfsight.link import proof

VECTORS = Path(__file__).parents[2] / "firmware_bridge" / "vectors"


def vectors(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in json.loads((VECTORS / f"{name}.json").read_text())]


@pytest.mark.parametrize("case", vectors("opening"))
def test_the_proofs_of_an_opening_are_those_of_the_protocol(case: dict[str, Any]) -> None:
    key, home, wearable = (bytes.fromhex(case[name]) for name in ("key", "home_nonce", "wearable_nonce"))
    assert proof.wearable_proof(key, case["id"], home, wearable, case["version"]).hex() == case["wearable_proof"]
    assert proof.home_proof(key, case["id"], home, wearable, case["version"]).hex() == case["home_proof"]


@pytest.mark.parametrize("case", vectors("pairing"))
def test_digits_key_and_proofs_of_a_pairing_are_those_of_the_protocol(case: dict[str, Any]) -> None:
    raw = {name: bytes.fromhex(value) for name, value in case.items() if name.endswith(("secret", "public", "nonce"))}
    secret = X25519PrivateKey.from_private_bytes(raw["home_secret"])
    shared = secret.exchange(X25519PublicKey.from_public_bytes(raw["wearable_public"]))
    assert shared.hex() == case["shared"]
    assert proof.commitment(raw["home_public"], raw["home_nonce"]).hex() == case["commit"]
    agreement = proof.agree(
        shared=shared,
        wearable_id=case["id"],
        home_public=raw["home_public"],
        wearable_public=raw["wearable_public"],
        home_nonce=raw["home_nonce"],
        wearable_nonce=raw["wearable_nonce"],
    )
    assert agreement.transcript.hex() == case["transcript"]
    assert (agreement.digits, agreement.link_key.hex()) == (case["digits"], case["key"])
    assert agreement.wearable_confirms().hex() == case["wearable_proof"]
    assert agreement.home_confirms(case["urls"]).hex() == case["home_proof"]


def test_what_was_agreed_does_not_show_itself_in_a_log() -> None:
    agreement = proof.Agreement("123456", b"k" * 32, b"t" * 32)
    assert "123456" not in repr(agreement) and "kkk" not in repr(agreement)


def test_secrets_are_compared_for_all_of_their_bytes() -> None:
    assert proof.same(b"a" * 32, b"a" * 32)
    assert not proof.same(b"a" * 32, b"a" * 31 + b"b")
    assert not proof.same(b"a" * 32, b"a" * 31)
