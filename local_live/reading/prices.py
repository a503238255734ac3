"""Prices: how they are printed on tags, and what OCR makes of them."""

import re

_SIGNS = r"[$€£¥]"
_PRICE = re.compile(rf"^({_SIGNS})?\s*(\d{{1,3}})[.,:·](\d{{2}})\s*({_SIGNS}|eur|kr|zł)?$", re.IGNORECASE)
_BROKEN = re.compile(rf"^({_SIGNS}?\d{{3,4}}|{_SIGNS}?\d{{0,2}}[.,]\d{{1,2}}|\d{{1,2}}[.,]-+)$")


def price(text: str) -> str | None:
    """A price that was read whole, as '3.59' or '$3.59', or None. A comma before the cents is read as a point."""
    found = _PRICE.match(text.strip().rstrip("*"))
    if not found:
        return None
    sign = found[1] or found[4] or ""
    amount = f"{int(found[2])}.{found[3]}"
    return f"{sign}{amount}" if sign in {"", "$", "£", "€", "¥"} else f"{amount} {sign}"


def tag_likelihood(text: str) -> float:
    """0 to 1: how much a word looks as if it stood on a price tag, broken readings included ('899' for 8.99)."""
    if price(text):
        return 1.0
    text = text.strip()
    if not _BROKEN.match(text):
        return 0.0
    digits = re.sub(r"\D", "", text)
    return 0.6 if digits.endswith(("9", "0", "5")) and len(digits) >= 3 else 0.3
