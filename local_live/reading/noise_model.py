"""Noise: how much of it is in each mel band, and what the acoustic model's sounds are like in it.

Taking noise out of the sound leaves holes that sound like nothing the model knows. So it is the other way round: each of
the model's Gaussians is moved to where its sound would be amid this noise, as log(speech + noise) in each band (the idea of
parallel model combination, M. Gales and S. Young). The bands of a quiet recording stay as they are.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from local_live.reading.hear_features import cosines
from local_live.reading.hear_model import AcousticModel

Floats = npt.NDArray[np.float32]

_QUIET: Final = 0.2
"""The part of the frames, the quietest, in which nobody is taken to speak."""

_SMOOTH: Final = 7
"""Frames over which loudness is judged."""

_LOUD: Final = 4.0
"""A frame is speech where it is so much louder than the noise, in power."""

_LOUD_SOUNDS: Final = ["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"]
"""What is loudest in speech is its vowels."""


def noise_of(power_in_bands: Floats) -> Floats:
    """The power of the noise in each band, shape (25,): the mean of its logarithm over the quietest frames."""
    return np.asarray(np.exp(np.log(np.maximum(power_in_bands[_quiet(power_in_bands)], 1e-4)).mean(axis=0)), np.float32)


def spread_of(power_in_bands: Floats, cepstra: Floats) -> Floats:
    """The variance of the noise's cepstra, shape (13,)."""
    return np.asarray(cepstra[_quiet(power_in_bands)].var(axis=0), np.float32)


def _quiet(power_in_bands: Floats) -> npt.NDArray[np.intp]:
    """The numbers of the quietest frames."""
    loudness = np.convolve(np.log(power_in_bands + 1).mean(axis=1), np.ones(_SMOOTH) / _SMOOTH, "same")
    return np.argsort(loudness)[: max(10, int(_QUIET * len(loudness)))]


def channel_of(power_in_bands: Floats, noise: Floats, model: AcousticModel) -> Floats:
    """The cepstrum (13,) that this voice and microphone add to the model's, from the frames that are clearly speech."""
    loud = power_in_bands.mean(axis=1) > (1 + _LOUD) * noise.mean()
    if loud.sum() < 10:
        loud = power_in_bands.mean(axis=1) >= np.median(power_in_bands.mean(axis=1))
    clean = np.maximum(power_in_bands[loud] - noise, 0.1 * power_in_bands[loud])
    return np.asarray((np.log(clean) @ cosines()).mean(axis=0) - _usual(model), np.float32)


def _usual(model: AcousticModel) -> Floats:
    """The mean cepstrum of what is loud in speech, in the model."""
    spoken = [model.phones[name] for name in _LOUD_SOUNDS]
    return np.asarray(model.centres[spoken, 0].mean(axis=(0, 1)), np.float32)


def amid(model: AcousticModel, noise: Floats, channel: Floats, spread: Floats) -> AcousticModel:
    """The model as it is in this noise and with this channel; its cepstra are then those of the sound, not less their mean.

    ``spread`` (13,) is the variance of the noise's cepstra.
    """
    to_cepstra = cosines()
    to_bands = np.linalg.pinv(to_cepstra).astype(np.float32)
    log_noise = np.log(np.maximum(noise, 1e-4))
    clean = (model.centres[:, 0] + channel) @ to_bands
    noisy = np.logaddexp(clean, log_noise)
    share = np.exp(clean - noisy)  # of speech in each band, (phones, densities, bands)
    usual = share.mean(axis=1)
    # A small change of clean speech becomes this change of noisy speech, for each phone: (phones, 13, 13).
    change = np.einsum("cb,pb,bd->pcd", to_bands, usual, to_cepstra)
    centres, precisions = model.centres.copy(), model.precisions.copy()
    # What bands are with 13 cepstra only is nearly, not quite, what they were: what is left over is kept.
    centres[:, 0] = model.centres[:, 0] + channel + (noisy - clean) @ to_cepstra
    variances = 1 / precisions
    inside = np.einsum("pkc,pcd->pkd", variances[:, 0], change**2)
    between = np.einsum("cb,pb,bd->pcd", to_bands, 1 - usual, to_cepstra) ** 2
    variances[:, 0] = inside + np.einsum("c,pcd->pd", spread, between)[:, None] + 1e-2
    for stream, gain in ((1, 2.0), (2, 4.0)):
        centres[:, stream] = np.einsum("pkc,pcd->pkd", model.centres[:, stream], change)
        inside = np.einsum("pkc,pcd->pkd", variances[:, stream], change**2)
        variances[:, stream] = inside + np.einsum("c,pcd->pd", gain * spread, between)[:, None] + 1e-2
    offsets = -0.5 * np.log(2 * np.pi * variances).sum(axis=-1)
    return replace(
        model,
        centres=centres.astype(np.float32),
        precisions=(1 / variances).astype(np.float32),
        offsets=offsets.astype(np.float32),
    )
