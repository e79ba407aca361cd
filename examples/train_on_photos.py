"""Train a network on a folder of images, score it on those held out, and export it.

Give a folder with a folder of images for each class; without one, coloured shapes are drawn.
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw

from nasbench_mvit import FullRecipe, evaluate_weights, export_network, train_network

SIZE = 64


def draw_shapes(folder: Path, per_class: int = 24) -> Path:
    """Write images of three classes of shapes, and return their folder."""
    drawn = {"disc": ImageDraw.ImageDraw.ellipse, "square": ImageDraw.ImageDraw.rectangle}
    for index in range(per_class):
        at = 4 + index
        for name in (*drawn, "bar"):
            image = Image.new("RGB", (SIZE, SIZE), (40 + 5 * index, 60, 120))
            box = (at, at, at + 30, at + 30) if name in drawn else (at, 0, at + 6, SIZE)
            draw = drawn.get(name, ImageDraw.ImageDraw.rectangle)
            draw(ImageDraw.Draw(image), box, fill=(250, 200 - 5 * index, 30))
            (folder / name).mkdir(parents=True, exist_ok=True)
            image.save(folder / name / f"{index}.png")
    return folder


photos = Path(sys.argv[1]) if len(sys.argv) > 1 else draw_shapes(Path("shapes"))
data = f"imagefolder:{photos}"
recipe = FullRecipe(epochs=3, sizes=(SIZE,), base_size=SIZE, eval_resize=SIZE, eval_size=SIZE)
trained = train_network("mobilevit_xxs", data, recipe=recipe, out="runs/photos", workers=0)
scores = evaluate_weights(trained.weights, data, workers=0)
print(f"top-1 of the images held out: {scores.top1.value:.0%}")
exported = export_network(None, formats=["torch"], weights=trained.weights, out="exports/photos")
print(f"its card: {exported.card}")
