"""How well each state of the acoustic model fits each hundredth of a second."""

from typing import Final

import numpy as np
import numpy.typing as npt

from local_live.reading.hear_model import AcousticModel

Floats = npt.NDArray[np.float32]

_FLOOR: Final = 12.0
"""How much less likely than the best Gaussian of a stream any can be: noise in one moment must not decide."""


def senone_scores(
    model: AcousticModel, features: Floats, senones: npt.NDArray[np.int32], floor: float = _FLOOR
) -> Floats:
    """Logarithms of the likelihoods, less that of the best Gaussian: features (3, frames, 13) become (frames, senones)."""
    scores = np.zeros((features.shape[1], len(senones)), np.float32)
    books = model.codebook[senones]
    for stream, seen in enumerate(features):
        precisions, centres = model.precisions[:, stream], model.centres[:, stream]
        phones, densities, size = centres.shape
        flat = precisions.reshape(-1, size)
        pulled = (precisions * centres).reshape(-1, size)
        constant = model.offsets[:, stream] - 0.5 * (precisions * centres**2).sum(axis=-1)
        likely = seen @ pulled.T - 0.5 * (seen**2) @ flat.T + constant.reshape(-1)
        likely -= likely.max(axis=1, keepdims=True)
        linear = np.exp(likely).reshape(len(seen), phones, densities)
        least = np.exp(-floor)
        for phone in np.unique(books):
            mine = np.flatnonzero(books == phone)
            mixed = linear[:, phone] @ model.weights[stream][:, senones[mine]]
            scores[:, mine] += np.log(mixed + least)
    return scores
