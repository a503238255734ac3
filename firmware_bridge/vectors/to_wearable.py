"""What a home says to a wearable, right and wrong. Written by hand from PROTOCOL.md: no code of either side is used."""

import hmac

from cases import GARBAGE, ID, Case, changed, padded, plain, right, said, wrong

_VIDEO = {"width": 1600, "height": 1200, "rate_hz": 1.0, "quality": 80}
_STILL = {"width": 1600, "height": 1200, "quality": 90}
_SETTINGS: dict[str, object] = {
    "capture": {"audio": True, "video": _VIDEO}, "cues": True, "led": True, "volume": 80, "privacy": False,
    "urls": ["http://192.0.2.10:8123", "https://home.example"], "language": "pt-BR",
}  # fmt: skip
_CAPTURE: dict[str, object] = {"type": "capture", "press": 3, "audio": True, "video": _VIDEO, "still": None}
_SPEAK: dict[str, object] = {"type": "speak", "turn": 7, "rate_hz": 24000, "press": 3}
_BYES = ("protocol", "replaced", "removed", "shutdown", "busy", "tired")


def wearable_opening_cases(key: bytes, home_nonce: bytes, wearable_nonce: bytes) -> dict[str, list[Case]]:
    """What a home says until both have proven themselves."""
    proof = hmac.digest(key, f"shelfsight home 1{ID}".encode() + home_nonce + wearable_nonce, "sha256").hex()
    challenge = {"type": "challenge", "protocol": 1, "oldest": 1, "nonce": home_nonce.hex()}
    welcome = {"type": "welcome", "protocol": 1, "proof": proof, "home": "Home", "settings": _SETTINGS}
    return {
        "messages": [
            plain("challenge", challenge),
            plain("challenge of a home that speaks several versions", challenge, protocol=4, oldest=2),
            right("challenge without the oldest: it is the same",
                  {"type": "challenge", "protocol": 1, "nonce": home_nonce.hex()}, **said(challenge)),
            plain("welcome", welcome),
            right("welcome without settings", {"type": "welcome", "protocol": 1, "proof": proof, "home": ""},
                  **said(welcome, home="", settings={})),
            right("bye: proof", {"type": "bye", "reason": "proof"}, message="bye", reason="proof"),
            right("bye: version", {"type": "bye", "reason": "version", "protocol": 4, "oldest": 2},
                  message="bye", reason="version"),
        ],
        "malformed": [
            *changed(challenge, {
                "a protocol that is a text": ({"protocol": "1"}, "protocol", "kind"),
                "no protocol": ({"protocol": ...}, "protocol", "missing"),
                "an oldest above the newest": ({"oldest": 2}, "oldest", "range"),
                "a nonce in capitals": ({"nonce": "AB" * 16}, "nonce", "form"),
                "a short nonce": ({"nonce": "ab" * 15}, "nonce", "form"),
            }),
            *changed(welcome, {
                "a short proof": ({"proof": "ab" * 31}, "proof", "form"),
                "no proof": ({"proof": ...}, "proof", "missing"),
                "a home that is a number": ({"home": 7}, "home", "kind"),
                "settings that are a list": ({"settings": []}, "settings", "kind"),
                "settings with a fault": ({"settings": {"volume": 101}}, "volume", "range"),
            }),
        ],
    }  # fmt: skip


def wearable_cases() -> dict[str, list[Case]]:
    """What a proven home says."""
    settings = {"type": "settings", "settings": _SETTINGS}
    return {
        "messages": [
            plain("settings", settings),
            *(plain(f"settings: {name} alone", settings, settings={name: value}) for name, value in _SETTINGS.items()),
            plain("settings: no pictures from a press on", settings, settings={"capture": {"video": None}}),
            plain("settings: none", settings, settings={}),
            plain("settings: unknown ones", settings, settings={"smell": 7}),
            plain("capture of sound and pictures", _CAPTURE),
            plain("capture of a still", _CAPTURE, audio=False, video=None, still=_STILL),
            plain("capture of nothing", _CAPTURE, audio=False, video=None),
            right("capture, the rest missing", {"type": "capture", "press": 3, "audio": False},
                  **said(_CAPTURE, audio=False, video=None)),
            *(plain(f"cue: {name}", {"type": "cue", "name": name})
              for name in ("listening", "thinking", "done", "error", "lost", "back", "refused", "of the future")),
            plain("speak", _SPEAK),
            right("speak of a home that tells no press", {"type": "speak", "turn": 7, "rate_hz": 24000},
                  **said(_SPEAK, press=None)),
            plain("spoken", {"type": "spoken", "turn": 7}),
            plain("flush", {"type": "flush"}),
            *(plain(f"bye: {reason}", {"type": "bye", "reason": reason}) for reason in _BYES),
            right("unknown fields", {**_SPEAK, "voice": {"name": "Ada"}}, **said(_SPEAK)),
            right("an unknown type", {"type": "from the future", "press": "?"}, message="unknown"),
        ],
        "malformed": [
            *GARBAGE,
            wrong("over its size", padded(_SPEAK, 16385), "message", "size"),
            *changed(_CAPTURE, {
                "a press that is a text": ({"press": "3"}, "press", "kind"),
                "a press that is true": ({"press": True}, "press", "kind"),
                "sound that is one": ({"audio": 1}, "audio", "kind"),
                "no word of sound": ({"audio": ...}, "audio", "missing"),
                "pictures of no height": ({"video": {**_VIDEO, "height": 0}}, "height", "range"),
                "pictures without a rate": ({"video": _STILL}, "rate_hz", "missing"),
                "pictures at no rate": ({"video": {**_VIDEO, "rate_hz": 0}}, "rate_hz", "range"),
                "pictures of a quality above 100": ({"video": {**_VIDEO, "quality": 101}}, "quality", "range"),
                "a still that is true": ({"still": True}, "still", "kind"),
            }),
            *changed(_SPEAK, {
                "a turn below none": ({"turn": -1}, "turn", "range"),
                "a rate of none": ({"rate_hz": 0}, "rate_hz", "range"),
            }),
            wrong("a cue without a name", {"type": "cue"}, "name", "missing"),
            wrong("spoken of no turn", {"type": "spoken"}, "turn", "missing"),
            wrong("a bye whose reason is a number", {"type": "bye", "reason": 5}, "reason", "kind"),
            wrong("no settings", {"type": "settings"}, "settings", "missing"),
            *(wrong(f"settings: {name}", {"type": "settings", "settings": change}, field, rule)
              for name, (change, field, rule) in _SETTINGS_FAULTS.items()),
        ],
    }  # fmt: skip


_SETTINGS_FAULTS: dict[str, tuple[dict[str, object], str, str]] = {
    "capture that is true": ({"capture": True}, "capture", "kind"),
    "sound that is null": ({"capture": {"audio": None}}, "audio", "kind"),
    "pictures without a size": ({"capture": {"video": {"rate_hz": 1, "quality": 80}}}, "width", "missing"),
    "cues that are one": ({"cues": 1}, "cues", "kind"),
    "a light that is a word": ({"led": "on"}, "led", "kind"),
    "louder than loud": ({"volume": 101}, "volume", "range"),
    "privacy that is null": ({"privacy": None}, "privacy", "kind"),
    "no URL": ({"urls": []}, "urls", "form"),
    "five URLs": ({"urls": ["http://a.example"] * 5}, "urls", "form"),
    "a URL of 201 bytes": ({"urls": ["http://" + "x" * 194]}, "urls", "form"),
    "a URL that is none": ({"urls": ["ftp://a.example"]}, "urls", "form"),
    "a URL with a space": ({"urls": ["http://a.example /x"]}, "urls", "form"),
    "URLs that are a text": ({"urls": "http://a.example"}, "urls", "kind"),
    "a language that is a path": ({"language": "../en"}, "language", "form"),
    "no language": ({"language": ""}, "language", "form"),
    "a language of 36 letters": ({"language": "x" * 36}, "language", "form"),
}
