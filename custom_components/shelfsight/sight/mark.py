"""Draws an answer into its picture, for those who can see it. Runs in an executor."""

import io

from PIL import Image, ImageDraw, ImageFont

_MAX_SIDE_PX = 1600
# Yellow between black lines stands out from every shelf, also for people who see no colours.
_BRIGHT, _DARK = (255, 221, 0), (0, 0, 0)


def mark(picture: bytes, box: tuple[int, ...] | None, caption: str) -> bytes:
    """A JPEG with the place framed and the words below it.

    `box` is (ymin, xmin, ymax, xmax), 0 to 1000; None draws the words alone. `picture` is in any format Pillow reads.
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.thumbnail((_MAX_SIDE_PX, _MAX_SIDE_PX), Image.Resampling.LANCZOS)
    width, height = image.size
    if box is not None:
        ymin, xmin, ymax, xmax = box
        draw = ImageDraw.Draw(image)
        line = max(3, width // 200)
        frame = (xmin * width // 1000, ymin * height // 1000, xmax * width // 1000, ymax * height // 1000)
        for grow, colour in ((2 * line, _DARK), (line, _BRIGHT), (0, _DARK)):
            draw.rectangle(
                (frame[0] - grow, frame[1] - grow, frame[2] + grow, frame[3] + grow), outline=colour, width=line
            )
    return _encode(_with_caption(image, caption) if caption else image)


def _with_caption(image: Image.Image, caption: str) -> Image.Image:
    """The picture with the words on a band below it."""
    font = ImageFont.load_default(size=max(14, image.width // 40))
    band = Image.new("RGB", (image.width, image.width), _DARK)
    draw = ImageDraw.Draw(band)
    margin = image.width // 50
    lines, line = [], ""
    for word in caption.split():
        longer = f"{line} {word}".strip()
        if line and draw.textlength(longer, font=font) > image.width - 2 * margin:
            lines.append(line)
            line = word
        else:
            line = longer
    text = "\n".join([*lines, line])
    draw.multiline_text((margin, margin), text, font=font, fill=_BRIGHT)
    bottom = round(draw.multiline_textbbox((margin, margin), text, font=font)[3]) + margin
    whole = Image.new("RGB", (image.width, image.height + bottom))
    whole.paste(image, (0, 0))
    whole.paste(band.crop((0, 0, image.width, bottom)), (0, image.height))
    return whole


def _encode(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
