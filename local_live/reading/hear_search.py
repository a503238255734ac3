"""How likely each thing was asked for: the best way through the sound for every phrase, nothing pruned.

A question is a lead ('where is the'), perhaps a claim ('gluten free') and a word that describes ('frozen'), a thing, and perhaps
a tail ('please'), with pauses between them; or it compares two things; or it is whole ('what do you see').
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from local_live.reading.hear_network import Tree

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

_NEVER = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Followed:
    """For each frame the best end of a tree, as if the tree's phrases had just ended: its score, which phrase, and the tag it carries.

    ``best`` (phrases,) is the best score of each phrase with what follows it, ``tags`` what came before it, ``ended`` when.
    """

    exits: Floats
    exit_phrases: Ints
    exit_tags: Ints
    best: Floats
    tags: Ints
    ended: Ints


def pauses(silence: Floats) -> Floats:
    """What silence from the beginning up to each frame, and from each to the end, is worth: shape (frames + 1,)."""
    return np.concatenate([np.zeros(1, np.float32), np.cumsum(silence, dtype=np.float32)])


def entries(exits: Floats, tags: Ints, silence: Floats, pause_cost: float) -> tuple[Floats, Ints]:
    """From the ends of one tree to the beginnings of the next: at once, or after a pause."""
    scores, kept = exits.copy(), tags.copy()
    waiting, tag = float(_NEVER), -1
    for frame in range(1, len(exits)):
        started = float(exits[frame - 1]) - pause_cost
        if started > waiting:
            waiting, tag = started, int(tags[frame - 1])
        waiting += float(silence[frame - 1])
        if waiting > scores[frame]:
            scores[frame], kept[frame] = waiting, tag
    return scores, kept


def follow(tree: Tree, scores: Floats, start: Floats, start_tags: Ints, rest: Floats) -> Followed:
    """Follow all of a tree's phrases.

    ``scores`` (frames, states of the tree) fit its states; ``start`` (frames + 1,) is the score with which the tree is entered
    before a frame, and ``start_tags`` what it carries then; ``rest`` (frames + 1,) is what follows after one.
    """
    frames, count = scores.shape
    value = np.full(count, _NEVER, np.float32)
    tag = np.full(count, -1, np.int32)
    exits = np.full(frames + 1, _NEVER, np.float32)
    exit_phrases = np.full(frames + 1, -1, np.int32)
    exit_tags = np.full(frames + 1, -1, np.int32)
    end_costs = tree.end_costs + tree.chances[tree.end_phrases]
    best = np.full(len(tree.ends), _NEVER, np.float32)
    tags = np.full(len(tree.ends), -1, np.int32)
    ended = np.zeros(len(tree.ends), np.int32)
    for frame in range(frames):
        moved = value[tree.before] + tree.enter
        moved[tree.firsts] = start[frame]
        moved_tag = tag[tree.before]
        moved_tag[tree.firsts] = start_tags[frame]
        value += tree.stay
        leaves = moved > value
        np.copyto(value, moved, where=leaves)
        np.copyto(tag, moved_tag, where=leaves)
        value += scores[frame]
        ending = value[tree.ends] + end_costs
        at = int(ending.argmax())
        exits[frame + 1] = ending[at]
        exit_phrases[frame + 1] = tree.end_phrases[at]
        exit_tags[frame + 1] = tag[tree.ends[at]]
        whole = ending + rest[frame + 1]
        better = whole > best
        best[better] = whole[better]
        tags[better] = tag[tree.ends][better]
        ended[better] = frame + 1
    return Followed(exits, exit_phrases, exit_tags, *_by_phrase(tree, best, tags, ended))


def _by_phrase(tree: Tree, best: Floats, tags: Ints, ended: Ints) -> tuple[Floats, Ints, Ints]:
    """Of the ways to say each phrase, the best."""
    order = np.argsort(-best, kind="stable")
    scores = np.full(len(tree.phrases), _NEVER, np.float32)
    which = np.zeros(len(tree.phrases), np.int32)
    for end in order[::-1]:
        phrase = tree.end_phrases[end]
        scores[phrase], which[phrase] = best[end], end
    return scores, tags[which], ended[which]


def rests(tail: Tree, scores: Floats, silence: Floats, cost: float, pause_cost: float) -> tuple[Floats, Ints]:
    """What is worth most from each frame to the end: silence, or one of the tail's phrases and silence; and which (-1: none).

    The tree's states are followed backwards; where branches part, the best one counts.
    """
    frames, count = scores.shape
    total = pauses(silence)
    quiet = total[-1] - total
    best, which = quiet.copy(), np.full(frames + 1, -1, np.int32)
    value = np.full(count, _NEVER, np.float32)
    phrase = np.full(count, -1, np.int32)
    inner = np.setdiff1d(np.arange(count, dtype=np.int32), tail.firsts)
    end_value = tail.end_costs + tail.chances[tail.end_phrases]
    for frame in range(frames - 1, -1, -1):
        # value: from a state after this frame's sound; new: with it.
        onward = value + tail.stay
        onward_phrase = phrase
        reached = np.full(count, _NEVER, np.float32)
        np.maximum.at(reached, tail.before[inner], value[inner] + tail.enter[inner])
        from_phrase = np.full(count, -1, np.int32)
        chosen = inner[value[inner] + tail.enter[inner] >= reached[tail.before[inner]]]
        from_phrase[tail.before[chosen]] = phrase[chosen]
        onward_phrase = np.where(reached > onward, from_phrase, onward_phrase)
        onward = np.maximum(onward, reached)
        ending = end_value + quiet[frame + 1]
        for at, end in enumerate(tail.ends):
            if ending[at] > onward[end]:
                onward[end], onward_phrase[end] = ending[at], tail.end_phrases[at]
        value = (onward + scores[frame]).astype(np.float32)
        phrase = onward_phrase.astype(np.int32)
        first = tail.firsts[int(value[tail.firsts].argmax())]
        if value[first] - cost > best[frame]:
            best[frame], which[frame] = value[first] - cost, phrase[first]
    waited, waited_which = best.copy(), which.copy()
    for frame in range(frames - 1, -1, -1):  # a pause before the tail
        if waited[frame + 1] + silence[frame] - (pause_cost if waited_which[frame + 1] < 0 else 0) > waited[frame]:
            waited[frame] = waited[frame + 1] + silence[frame]
            waited_which[frame] = waited_which[frame + 1]
    return waited, waited_which
