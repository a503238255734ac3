"""JPEGs out of a stream of bytes, however it is cut and whatever stands between them."""

from itertools import pairwise
import random

import pytest

from custom_components.shelfsight.link.limits import PICTURE_LIMIT_BYTES
from custom_components.shelfsight.link.streams.pictures import BETWEEN_LIMIT_BYTES, NoPicturesError, PictureStream
from tests import pictures

SHOTS = [pictures.jpeg(seed=seed) for seed in range(3)]
PART = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"


def cut_into(pieces: list[bytes], *, wanted: bool = True) -> list[bytes]:
    stream = PictureStream()
    return [came.jpeg for piece in pieces for came in stream.feed(piece, 0.0, wanted=wanted)]


def with_thumbnail(jpeg: bytes, thumbnail: bytes) -> bytes:
    """A picture that carries another one, as cameras put it into their Exif segment."""
    return jpeg[:2] + b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2) + thumbnail + jpeg[2:]


@pytest.mark.parametrize(
    "body",
    [b"".join(SHOTS), b"".join(PART % (len(shot), shot) for shot in SHOTS), b"\r\n".join(SHOTS)],
    ids=["one after the other", "multipart", "lines between"],
)
def test_every_picture_is_found_however_the_bytes_are_cut(body: bytes) -> None:
    assert cut_into([body]) == SHOTS
    assert cut_into([body[at : at + 1] for at in range(len(body))]) == SHOTS
    chance = random.Random(4)
    for _ in range(20):
        cuts = sorted({0, len(body), *(chance.randrange(len(body)) for _ in range(9))})
        assert cut_into([body[a:b] for a, b in pairwise(cuts)]) == SHOTS


def test_a_picture_within_a_picture_is_part_of_it() -> None:
    shot = with_thumbnail(SHOTS[0], SHOTS[1])
    assert cut_into([shot + SHOTS[2]]) == [shot, SHOTS[2]]


def test_a_picture_that_was_cut_short_is_dropped_and_the_next_is_whole() -> None:
    stream = PictureStream()
    body = PART % (len(SHOTS[0]), SHOTS[0][: len(SHOTS[0]) // 2]) + PART % (len(SHOTS[1]), SHOTS[1])
    assert [came.jpeg for came in stream.feed(body, 0.0, wanted=True)] == [SHOTS[1]]
    assert stream.dropped == 1


def test_a_damaged_picture_costs_only_itself() -> None:
    damaged = SHOTS[0][:2] + b"\xff\xe0\x00\x01" + SHOTS[0][6:]
    assert cut_into([damaged + SHOTS[1]])[-1] == SHOTS[1]


def test_a_picture_over_the_limit_is_dropped_while_it_comes() -> None:
    stream = PictureStream()
    head = SHOTS[0][:-2]
    assert list(stream.feed(head, 0.0, wanted=True)) == []
    for _ in range(PICTURE_LIMIT_BYTES // 65_536 + 1):
        if stream.dropped:
            break
        assert list(stream.feed(bytes(65_536), 0.0, wanted=True)) == []
    assert stream.dropped == 1
    assert len(stream._picture) == 0
    assert [came.jpeg for came in stream.feed(b"\xff\xd9" + SHOTS[1], 0.0, wanted=True)] == [SHOTS[1]]


def test_what_is_no_stream_of_pictures_is_refused() -> None:
    with pytest.raises(NoPicturesError):
        cut_into([bytes(BETWEEN_LIMIT_BYTES), bytes(8)])


def test_of_pictures_that_nobody_wants_nothing_is_kept() -> None:
    stream = PictureStream()
    for piece in (SHOTS[0][:500], SHOTS[0][500:-1]):
        assert list(stream.feed(piece, 0.0, wanted=False)) == []
        assert len(stream._picture) == 0 and len(stream._tail) < 4
    # It is wanted from here on: what has begun before is not, not even what follows of it.
    assert [came.jpeg for came in stream.feed(SHOTS[0][-1:] + SHOTS[1], 1.0, wanted=True)] == [SHOTS[1]]


def test_a_picture_counts_from_its_first_byte() -> None:
    stream = PictureStream()
    assert list(stream.feed(SHOTS[0][:100], 5.0, wanted=True)) == []
    (came,) = stream.feed(SHOTS[0][100:], 6.0, wanted=False)
    assert (came.jpeg, came.began_s) == (SHOTS[0], 5.0)


def test_filling_and_markers_without_a_length_belong_to_the_picture() -> None:
    # As ITU-T T.81 allows: 0xFF before any marker (B.1.1.2), TEM and restarts alone (table B.1).
    filled = SHOTS[0][:2] + b"\xff\xff\xff\xd0\xff\x01" + SHOTS[0][2:]
    assert cut_into([filled + SHOTS[1]]) == [filled, SHOTS[1]]
    assert cut_into([filled[at : at + 1] for at in range(len(filled))]) == [filled]


def test_a_picture_that_begins_where_a_segment_should_takes_the_place_of_the_one_before() -> None:
    stream = PictureStream()
    assert [came.jpeg for came in stream.feed(SHOTS[0][:2] + SHOTS[1], 0.0, wanted=True)] == [SHOTS[1]]
    assert stream.dropped == 1


def test_what_is_no_marker_where_one_should_be_ends_a_picture() -> None:
    stream = PictureStream()
    assert [came.jpeg for came in stream.feed(SHOTS[0][:2] + b"\xff\x01no" + SHOTS[1], 0.0, wanted=True)] == [SHOTS[1]]
    assert stream.dropped == 1
