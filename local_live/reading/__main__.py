"""``python -m local_live.reading PICTURE.jpg "where is the bread"``: what is read in a picture, and answers about it."""

import argparse
from pathlib import Path
import sys
import time

from PIL import Image, ImageDraw

from local_live.brain import Answer
from local_live.reading.asking import understand
from local_live.reading.looking import Seen, glance, look_again, look_closely
from local_live.reading.naming import names
from local_live.reading.ocr import Reader
from local_live.reading.picture import UnreadablePictureError, open_frame
from local_live.reading.saying import say
from local_live.reading.shelfmap import ShelfMap
from local_live.reading.verifying import verify


def main() -> int:
    """Read the command line and the picture, answer, mark."""
    parser = argparse.ArgumentParser(prog="local_live.reading", description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("questions", nargs="*")
    parser.add_argument("--mark", type=Path, metavar="OUT.png", help="draw the shelves and the places into the picture")
    given = parser.parse_args()
    reader = Reader()
    try:
        frame = open_frame(given.picture.read_bytes())
    except (OSError, UnreadablePictureError) as error:
        return _print(str(error), 2)
    begin = time.perf_counter()
    seen = glance(reader, frame)
    glanced = time.perf_counter()
    seen = look_closely(reader, seen)
    _print(f"glance {glanced - begin:.1f} s, close look {time.perf_counter() - glanced:.1f} s")
    _summary(seen.shelf_map)
    answers = []
    for question in given.questions:
        asked = understand(question)
        again = verify(reader, look_again(reader, seen, asked), asked)
        answer = say(asked, again.shelf_map, again.trouble, question)
        answers.append(answer)
        _print(f"{question}\n  {answer.text}\n  {answer.place}")
    if given.mark:
        mark(seen, answers).save(given.mark)
    return 0


def _print(text: str, status: int = 0) -> int:
    sys.stdout.write(text + "\n")
    return status


def _summary(shelf_map: ShelfMap) -> None:
    _print(f"{shelf_map.shelf_count} shelves, {len(shelf_map.words)} words, {len(shelf_map.tags)} prices")
    for number in range(1, shelf_map.shelf_count + 1):
        labels = [label for label in shelf_map.labels if label.shelf == number]
        prices = sorted({tag.price for tag in shelf_map.tags if tag.shelf == number})
        _print(f"  {number}: {', '.join(names(labels)) or '-'} | {' '.join(prices)}")


def mark(seen: Seen, answers: list[Answer]) -> Image.Image:
    """The frame with a line at each rail and a box at each place."""
    image = Image.fromarray(seen.frame.rgb)
    pen = ImageDraw.Draw(image)
    width, height = image.size
    shelves = seen.shelf_map.shelves
    left = 0.0
    for bay in shelves.bays if shelves else ():
        for rail in bay.rails if shelves else ():
            slope = shelves.level.slope + shelves.level.turn * (rail - 0.5)
            ends = [(x * width, rail * height + slope * (x - 0.5) * width) for x in (left, bay.right)]
            pen.line((*ends[0], *ends[1]), (255, 0, 200), 3)
        left = bay.right
    for answer in answers:
        if answer.place and answer.place.box:
            ymin, xmin, ymax, xmax = answer.place.box
            box = (xmin * width / 1000, ymin * height / 1000, xmax * width / 1000, ymax * height / 1000)
            pen.rectangle(box, outline=(0, 255, 80) if answer.place.found else (255, 160, 0), width=5)
    return image


if __name__ == "__main__":
    sys.exit(main())
