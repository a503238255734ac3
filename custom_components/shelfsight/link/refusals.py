"""Which of the wrong proofs count as attacks. Pure; the time comes in.

A key has 256 bits: nobody guesses it, however often they try. What is to be told apart is somebody who tries it all the
same, and a wearable that is not welcome any more: one whose key was lost on one side dials for ever, every 15 to 30 s on
each of its URLs, and at once when its person presses the button. Home Assistant's ban counts wrong logins of an address until it
is restarted and then bans the address for good, which may be that of the wearable that is to be paired again, or of the
whole household. So each id counts once for each address, and from then on only what comes faster than a wearable dials.
"""

from collections import OrderedDict

from .rate import Allowance

_PER_SECOND, _BURST = 0.2, 10
_ADDRESSES = 1024
_IDS_OF_AN_ADDRESS = 16  # a household with more wearables than that, all refused, is not thought of


class Refusals:
    """Remembers who was refused lately."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, dict[str, Allowance]] = OrderedDict()

    def counts(self, address: str, wearable_id: str, now_s: float) -> bool:
        """True when this wrong proof is to be counted as a wrong login."""
        ids = self._known.setdefault(address, {})
        self._known.move_to_end(address)
        if len(self._known) > _ADDRESSES:
            self._known.popitem(last=False)
        if wearable_id in ids:
            return not ids[wearable_id].take(1, now_s)
        if len(ids) < _IDS_OF_AN_ADDRESS:
            ids[wearable_id] = Allowance(_PER_SECOND, _BURST, now_s)
        return True
