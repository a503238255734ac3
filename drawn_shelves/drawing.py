"""Draws a scene: the furniture of the shop, then the packs, then the tags, then the photograph of it all."""

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from drawn_shelves.camera import photograph, stand
from drawn_shelves.goods import Rgb
from drawn_shelves.lettering import letter
from drawn_shelves.packs import INK, mix, pack, shadow
from drawn_shelves.scene import DEFAULT, MARGIN, Plan, Rect, Scene, Standing, plan
from drawn_shelves.truth import Truth, tell

FINE = 2
"""Everything is drawn twice as fine as it is shown, which smooths its edges."""

BACK: Rgb = (74, 78, 80)
BOARD: Rgb = (206, 202, 192)
POST: Rgb = (52, 54, 58)
TAG: Rgb = (250, 246, 226)


def draw(scene: Scene = DEFAULT) -> tuple[Image.Image, Truth]:
    """An RGB picture of ``scene`` and the truth about it."""
    flat_plan = plan(scene)
    flat = _furniture(scene, flat_plan)
    for index, standing in enumerate(flat_plan.standing):
        _packs(flat, scene, standing, index)
    for standing in flat_plan.standing:
        _tag(flat, scene, standing)
    for number, obstacle in enumerate(flat_plan.obstacles):
        _hang(flat, _at(scene, obstacle.rect), obstacle.text, number)
    return photograph(flat, scene, FINE), tell(scene, flat_plan, stand(scene).inverse())


def _at(scene: Scene, rect: Rect) -> tuple[int, int, int, int]:
    """A rectangle of the plan on the fine canvas."""
    dx, dy = MARGIN * scene.width_px, MARGIN * scene.height_px
    return (
        round((rect.left + dx) * FINE),
        round((rect.top + dy) * FINE),
        round((rect.right + dx) * FINE),
        round((rect.bottom + dy) * FINE),
    )


def _furniture(scene: Scene, flat_plan: Plan) -> Image.Image:
    """Back wall, boards, rails, posts and floor."""
    width = round(scene.width_px * (1 + 2 * MARGIN)) * FINE
    height = round(scene.height_px * (1 + 2 * MARGIN)) * FINE
    flat = Image.new("RGB", (width, height), BACK)
    pen = ImageDraw.Draw(flat)
    for y in range(0, height, 44 * FINE):
        for x in range(0, width, 44 * FINE):
            pen.ellipse((x, y, x + 5 * FINE, y + 5 * FINE), mix(BACK, (0, 0, 0), 0.35))
    shelves = iter(zip(flat_plan.compartments, flat_plan.rails, strict=True))
    for bay, count in enumerate(flat_plan.shelf_counts):
        left = round((bay / scene.bays + MARGIN) * scene.width_px * FINE) if bay else 0
        right = round(((bay + 1) / scene.bays + MARGIN) * scene.width_px * FINE) if bay + 1 < scene.bays else width
        for _ in range(count):
            room, rail = next(shelves)
            _shelf(flat, _at(scene, room), _at(scene, rail), (left, right))
    foot = _at(scene, flat_plan.rails[-1])[3]
    pen.rectangle((0, foot, width, foot + (height - foot) // 3), (58, 56, 56))
    pen.rectangle((0, foot + (height - foot) // 3, width, height), (150, 144, 134))
    head = min(_at(scene, room)[1] for room in flat_plan.compartments)
    pen.rectangle((0, 0, width, head - 8 * FINE), (66, 92, 84))
    pen.rectangle((0, head - 8 * FINE, width, head - 4 * FINE), (40, 54, 50))
    if scene.sign:
        middle = round((0.5 + MARGIN) * scene.width_px * FINE)
        letter(
            pen,
            scene.sign,
            (middle - width // 5, head - 50 * FINE, middle + width // 5, head - 10 * FINE),
            (250, 250, 244),
        )
    inner = [scene.width_px * bay / scene.bays for bay in range(1, scene.bays)]
    for centre in (
        MARGIN * scene.width_px * 0.9,
        *(x + MARGIN * scene.width_px for x in inner),
        scene.width_px * (1 + MARGIN * 1.1),
    ):
        left = round((centre - 9) * FINE)
        pen.rectangle((left, head, left + 18 * FINE, foot), POST)
        pen.line((left + 3 * FINE, head, left + 3 * FINE, foot), mix(POST, (255, 255, 255), 0.25), FINE * 2)
    return flat


def _shelf(
    flat: Image.Image, room: tuple[int, int, int, int], rail: tuple[int, int, int, int], span: tuple[int, int]
) -> None:
    """The shade of one compartment, and its board and rail, from one x to another."""
    pen = ImageDraw.Draw(flat)
    left, right = span
    top, bottom = room[1], room[3]
    shade = Image.new("RGB", (right - left, bottom - top), (0, 0, 0))
    fade = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize(shade.size)
    flat.paste(shade, (left, top), fade.point(lambda value: round(30 + value * 0.62)))
    top, bottom = rail[1], rail[3]
    deep = round((bottom - top) * 0.12)
    pen.rectangle((left, top, right, top + deep), mix(BOARD, (0, 0, 0), 0.28))
    for row in range(top + deep, bottom):
        part = (row - top) / (bottom - top)
        pen.line((left, row, right, row), mix(BOARD, (90, 86, 80), 0.1 + 0.55 * part * part))
    pen.line((left, top + deep, right, top + deep), mix(BOARD, (255, 255, 255), 0.5), FINE)
    pen.rectangle((left, bottom - 3 * FINE, right, bottom), mix(BOARD, (0, 0, 0), 0.62))


def _hang(flat: Image.Image, box: tuple[int, int, int, int], text: str, number: int) -> None:
    """A sign with words, or a cloth with folds, in front of everything."""
    left, top, right, bottom = box
    pen = ImageDraw.Draw(flat)
    if text:
        pen.ellipse(box, (232, 40, 36), (250, 220, 60), 3 * FINE)
        room = (right - left) // 6
        letter(pen, text, (left + room, top + room, right - room, bottom - room), (255, 250, 240), bold=0.04)
        return
    colours = ((188, 214, 60), (96, 150, 190), (210, 210, 214), (226, 150, 60))
    for fold in range(8):
        start, end = left + (right - left) * fold // 8, left + (right - left) * (fold + 1) // 8
        pen.rectangle((start, top, end, bottom), mix(colours[number % 4], (0, 0, 0), 0.35 * (fold % 3) / 2))
    pen.rectangle(
        ((left + right) // 2 - 2 * FINE, top - 14 * FINE, (left + right) // 2 + 2 * FINE, top), (230, 230, 230)
    )


def _packs(flat: Image.Image, scene: Scene, standing: Standing, index: int) -> None:
    """All packs of one good: a dim second row behind, then the front row."""
    for number, rect in enumerate(standing.packs):
        left, top, right, bottom = _at(scene, rect)
        image = pack(standing.good, right - left, bottom - top, scene.seed * 10_000 + index * 100 + number)
        behind = ImageEnhance.Brightness(image.convert("RGB")).enhance(0.42)
        flat.paste(behind, (left + 6 * FINE, top - 5 * FINE), image.getchannel("A"))
        blur = 6 * FINE
        room = Image.new("RGBA", (image.width + 4 * blur, image.height + 2 * blur))
        room.paste(image, (2 * blur, 2 * blur))
        flat.paste((0, 0, 0), (left - 2 * blur + 4 * FINE, top - 2 * blur), shadow(room, blur / 2))
        light = ImageEnhance.Brightness(image.convert("RGB")).enhance(0.96 + 0.08 * ((index * 7 + number * 3) % 5) / 4)
        flat.paste(light, (left, top), image.getchannel("A"))


def _tag(flat: Image.Image, scene: Scene, standing: Standing) -> None:
    """The price tag on the rail: the price large, the name small above it."""
    left, top, right, bottom = _at(scene, standing.tag)
    width, height = right - left, bottom - top
    soft = Image.new("L", (width + 16, height + 16), 0)
    ImageDraw.Draw(soft).rectangle((6, 8, width + 8, height + 10), 120)
    flat.paste((0, 0, 0), (left - 6, top - 6), soft.filter(ImageFilter.GaussianBlur(4)))
    pen = ImageDraw.Draw(flat)
    pen.rectangle((left, top, right, bottom), TAG)
    pen.rectangle((left, top, right, top + height * 0.07), (206, 60, 46))
    letter(pen, standing.good.name, (left + 8, top + height * 0.1, right - 8, top + height * 0.34), (90, 84, 76))
    letter(pen, standing.price, (left + 8, top + height * 0.32, right - 8, bottom - 2), INK, bold=0.03)
