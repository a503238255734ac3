"""What a person can mend, told where Home Assistant tells such things (`repairs.py` has the flows that mend it).

| issue | told when | gone when |
| --- | --- | --- |
| quota, overloaded | a question was refused for it | the next one is answered, or a try in the flow |
| certificate_changed | the Live server shows another certificate | the new one was accepted |
| rivals | two wearables dial in with one id | five minutes after it is over, or with a new key |
| firmware_too_old, home_too_old | a wearable dials in that is too old for this home, or too new | one dials in that fits |
| url_no_answer, url_certificate, url_stranger | nothing comes back from the address for outside that would be this home | it does, a wearable came by it, or there is no such address |
| media_kept | words, sound and pictures are kept for a bug report | they are not any more |

All of them go when their entry is removed, and none is kept over a restart: what is still wrong then is told again.

A refused key is not among them: for that Home Assistant has a way of its own. `async_start_reauth` makes an issue of
Home Assistant's (`config_entry_reauth`), which leads to the form for the new key and goes with it; ours would be a second
one for the same thing, and could do no more.
"""

from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import CONF_ANSWERER, DOMAIN

BILLING_URL: Final = "https://aistudio.google.com/billing"
_DOCUMENTS: Final = "https://github.com/shelfsight/shelfsight/blob/main"
UPDATE_WEARABLE_URL: Final = f"{_DOCUMENTS}/docs/update-wearable.md"
UPDATE_HOME_URL: Final = f"{UPDATE_WEARABLE_URL}#shelfsight-itself"

_CERTIFICATE: Final = "certificate_changed"
_RIVALS: Final = "rivals"
_MEDIA: Final = "media_kept"


class Shortage(StrEnum):
    """Why a server that works does not answer; named like the issue's texts."""

    QUOTA = "quota"
    """The key has used up what it may use: somebody has to wait long, or to pay."""
    OVERLOADED = "overloaded"
    """The server has no time: it passes by itself."""


class Misfit(StrEnum):
    """Why a wearable and this home do not go together; named like the issue's texts."""

    FIRMWARE_TOO_OLD = "firmware_too_old"
    HOME_TOO_OLD = "home_too_old"


class Unreached(StrEnum):
    """What came back from the address for outside; named like the issue's texts."""

    NO_ANSWER = "url_no_answer"
    CERTIFICATE = "url_certificate"
    """Nobody who checks certificates would talk to it, as wearables do."""
    STRANGER = "url_stranger"
    """Something answers, but it is not this home."""


# --- who answers ------------------------------------------------------------------------------------------------------


@callback
def report_quota(hass: HomeAssistant, entry: ConfigEntry[Any], kind: Shortage) -> None:
    """Questions of this entry are refused; the newest reason replaces an older one."""
    _create(hass, entry, shortage_id(entry), kind.value, answerer_placeholders(entry), fixable=True)


@callback
def report_certificate_changed(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """The Live server shows another certificate than the one that was accepted."""
    _create(hass, entry, certificate_id(entry), _CERTIFICATE, answerer_placeholders(entry), fixable=True)


@callback
def clear(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """It answers again, or is asked no more. Costs nothing where there is no issue: call it after every answer."""
    ir.async_delete_issue(hass, DOMAIN, shortage_id(entry))
    ir.async_delete_issue(hass, DOMAIN, certificate_id(entry))


def shortage_id(entry: ConfigEntry[Any]) -> str:
    """Of the issue that it does not answer."""
    return f"shortage_{entry.entry_id}"


def certificate_id(entry: ConfigEntry[Any]) -> str:
    """Of the issue that it shows another certificate."""
    return f"{_CERTIFICATE}_{entry.entry_id}"


def answerer_placeholders(entry: ConfigEntry[Any]) -> dict[str, str]:
    """What the texts about who answers need."""
    answerer = entry.data[CONF_ANSWERER]
    host = answerer.get(CONF_HOST)
    return {
        "name": entry.title,
        "answerer": f"{host}:{answerer[CONF_PORT]}" if host else "Gemini",
        "url": BILLING_URL,
    }


# --- a wearable -------------------------------------------------------------------------------------------------------


@callback
def report_rivals(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Two wearables dial in as this one, with its key. Nothing that Home Assistant could do itself would help."""
    _create(hass, entry, _rivals_id(entry), _RIVALS, {"name": entry.title})


@callback
def clear_rivals(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """There is one again, or the key is a new one, which only one of them has."""
    ir.async_delete_issue(hass, DOMAIN, _rivals_id(entry))


@callback
def report_misfit(hass: HomeAssistant, entry: ConfigEntry[Any], misfit: Misfit, has: str, needs: str) -> None:
    """A wearable's software and this home's do not go together: it has the one version, and would need the other."""
    too_old = misfit is Misfit.FIRMWARE_TOO_OLD
    _create(
        hass,
        entry,
        _misfit_id(entry),
        misfit.value,
        {"name": entry.title, "has": has, "needs": needs},
        learn_more_url=UPDATE_WEARABLE_URL if too_old else UPDATE_HOME_URL,
    )


@callback
def clear_misfit(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """They do."""
    ir.async_delete_issue(hass, DOMAIN, _misfit_id(entry))


@callback
def report_media_kept(hass: HomeAssistant, entry: ConfigEntry[Any], until: str) -> None:
    """Words, sound and pictures of the last questions are kept, until then: nobody shall forget it."""
    _create(hass, entry, media_id(entry), _MEDIA, {"name": entry.title, "until": until}, fixable=True)


@callback
def media_placeholders(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, str]:
    """What the texts about that need: as they were told."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, media_id(entry))
    return (issue.translation_placeholders if issue is not None else None) or {"name": entry.title, "until": ""}


@callback
def clear_media_kept(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """They are not any more."""
    ir.async_delete_issue(hass, DOMAIN, media_id(entry))


def media_id(entry: ConfigEntry[Any]) -> str:
    """Of the issue that words, sound and pictures are kept."""
    return f"{_MEDIA}_{entry.entry_id}"


def _rivals_id(entry: ConfigEntry[Any]) -> str:
    return f"{_RIVALS}_{entry.entry_id}"


def _misfit_id(entry: ConfigEntry[Any]) -> str:
    return f"misfit_{entry.entry_id}"


@callback
def clear_all(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """The entry is removed."""
    for clears in (clear, clear_rivals, clear_misfit, clear_media_kept):
        clears(hass, entry)


@callback
def open_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> list[str]:
    """What is wrong with an entry or with the home now, by the names of the texts."""
    ids = {shortage_id(entry), certificate_id(entry), _rivals_id(entry), _misfit_id(entry), media_id(entry), URL_ISSUE}
    found = (ir.async_get(hass).async_get_issue(DOMAIN, issue_id) for issue_id in ids)
    return sorted(issue.translation_key for issue in found if issue is not None and issue.translation_key is not None)


# --- the home ---------------------------------------------------------------------------------------------------------

URL_ISSUE: Final = "url_unreached"


@callback
def report_unreached(hass: HomeAssistant, url: str, why: Unreached) -> None:
    """The address for outside does not lead here, as far as can be told from here."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        URL_ISSUE,
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=why.value,
        translation_placeholders={"url": url},
    )


@callback
def clear_unreached(hass: HomeAssistant) -> None:
    """It does, or nobody needs it."""
    ir.async_delete_issue(hass, DOMAIN, URL_ISSUE)


def _create(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    issue_id: str,
    translation_key: str,
    placeholders: dict[str, str],
    *,
    fixable: bool = False,
    learn_more_url: str | None = None,
) -> None:
    """An issue of the running Home Assistant: after a restart it shows anew whether it is still true."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=fixable,
        severity=ir.IssueSeverity.WARNING,
        translation_key=translation_key,
        translation_placeholders=placeholders,
        learn_more_url=learn_more_url,
        data={"entry_id": entry.entry_id},
    )
