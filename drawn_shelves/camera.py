"""What a camera does to a flat shelf: where it stands, its lens, its sensor, the light of the shop."""

from dataclasses import dataclass
import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from drawn_shelves.scene import MARGIN, Scene


@dataclass(frozen=True, slots=True)
class Homography:
    """A 3 x 3 matrix that maps points of one plane to another."""

    matrix: npt.NDArray[np.float64]

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        u, v, w = self.matrix @ (x, y, 1.0)
        return float(u / w), float(v / w)

    def inverse(self) -> Homography:
        """The way back."""
        return Homography(np.asarray(np.linalg.inv(self.matrix), np.float64))


def homography(sources: list[tuple[float, float]], targets: list[tuple[float, float]]) -> Homography:
    """The homography that takes four points to four others (direct linear transformation)."""
    rows, right = [], []
    for (x, y), (u, v) in zip(sources, targets, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    eight = np.linalg.solve(np.array(rows, np.float64), np.array(right, np.float64))
    return Homography(np.append(eight, 1.0).reshape(3, 3))


def stand(scene: Scene) -> Homography:
    """From a point of the picture to the point of the flat shelf seen there, both in pixels of the picture's size."""
    width, height = float(scene.width_px), float(scene.height_px)
    corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
    turn = math.radians(scene.slant_deg)
    flat = []
    for x, y in corners:
        # The further side shows more of the shelf: its edge is longer on the shelf itself.
        wide, tall = x * (1 + 2 * scene.pitch * y), y * (1 + 2 * scene.yaw * x)
        across, down = wide * width, tall * height
        flat.append(
            (
                width / 2 + across * math.cos(turn) + down * math.sin(turn),
                height / 2 - across * math.sin(turn) + down * math.cos(turn),
            )
        )
    return homography([((x + 0.5) * width, (y + 0.5) * height) for x, y in corners], flat)


def photograph(flat: Image.Image, scene: Scene, scale: int) -> Image.Image:
    """The picture a camera takes of ``flat``, which is drawn ``scale`` times as fine with `MARGIN` around it."""
    width, height = scene.width_px, scene.height_px
    to_flat = stand(scene).matrix
    fine = np.diag([1 / scale, 1 / scale, 1.0])
    shift = np.array([[scale, 0, MARGIN * width * scale], [0, scale, MARGIN * height * scale], [0, 0, 1.0]])
    whole = shift @ to_flat @ fine
    whole /= whole[2, 2]
    seen = flat.transform(
        (width * scale, height * scale),
        Image.Transform.PERSPECTIVE,
        whole.ravel()[:8].tolist(),
        Image.Resampling.BILINEAR,
    ).reduce(scale)
    if scene.blur_px > 0:
        seen = seen.filter(ImageFilter.GaussianBlur(scene.blur_px))
    return expose(seen, scene)


def expose(image: Image.Image, scene: Scene) -> Image.Image:
    """Light that falls off towards one lower corner, and the noise of a sensor."""
    noise = np.random.default_rng(scene.seed)
    width, height = image.size
    x, y = np.meshgrid(np.linspace(0, 1, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32))
    lamp = 0.3 + 0.4 * (scene.seed % 3) / 2
    light = scene.light * (1.08 - scene.fall_off * ((x - lamp) ** 2 * 0.7 + (y - 0.1) ** 2 * 0.6))
    pixels = np.asarray(image, np.float32) * light[..., None] * np.array([1.0, 0.985, 0.95], np.float32)
    pixels += noise.normal(0, scene.noise, (height, width, 1)).astype(np.float32)
    pixels += noise.normal(0, scene.noise * 0.4, pixels.shape).astype(np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
