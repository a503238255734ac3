"""What goes up often is framed as websockets would frame it."""

import importlib
import sys

import pytest
from websockets import utils
from websockets.frames import OP_TEXT
from websockets.server import ServerProtocol

from custom_components.shelfsight.live import frames
from custom_components.shelfsight.live.frames import Masks, text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 400_000])
def test_a_server_reads_a_frame_of_any_size(size: int) -> None:
    payload = bytes(at % 127 for at in range(size))
    server = ServerProtocol()
    server.state = server.state.OPEN
    server.parser = server.parse()  # past the handshake
    next(server.parser)
    server.receive_data(text_frame(payload, b"\x01\xfe\x80\x00"))
    (frame,) = server.events_received()
    assert frame.opcode is OP_TEXT and frame.fin
    assert bytes(frame.data) == payload


def test_no_mask_is_given_twice_and_all_come_from_the_source() -> None:
    asked: list[int] = []

    def random_bytes(size: int) -> bytes:
        asked.append(size)
        return b"".join((1000 * len(asked) + at).to_bytes(4) for at in range(size // 4))

    masks = Masks(random_bytes)
    given = [masks() for _ in range(1000)]
    assert len(set(given)) == 1000 and {len(mask) for mask in given} == {4}
    assert len(asked) == 4


def test_masks_are_random_by_themselves() -> None:
    one, other = Masks(), Masks()
    assert {one() for _ in range(300)}.isdisjoint({other() for _ in range(300)})


def test_it_frames_the_same_where_websockets_was_built_without_its_part_in_c(monkeypatch: pytest.MonkeyPatch) -> None:
    payload, mask = b"sound and pictures" * 99, b"\x01\xfe\x80\x00"
    fast = text_frame(payload, mask)
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    try:
        importlib.reload(frames)
        assert frames.apply_mask is utils.apply_mask
        assert frames.text_frame(payload, mask) == fast
    finally:
        monkeypatch.undo()
        importlib.reload(frames)
