"""Train S and XS and their published variants with other patches, whose maps need 128 px.

``python tools/patch_variants.py`` makes ``docs/proxy/patches/trainings.parquet``, by the default
proxy on canvases of 128 px with three seeds: an hour of one core. What is there is kept.
"""

from pathlib import Path

from nasbench_mvit.architecture.published import published
from nasbench_mvit.proxy.patches import VARIANTS
from nasbench_mvit.proxy.recipes import Recipe
from nasbench_mvit.proxy.trainings import plan
from nasbench_mvit.search.batch.run import evaluator_for
from nasbench_mvit.search.study.on_images import EMBEDDED_DATA
from nasbench_mvit.training.images.sources import open_images
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.workbench.shared.trainings.planned import training_run

FOLDER = Path(__file__).resolve().parents[1] / "docs/proxy/patches"
PROXY = ProxyConfig(input_size=128)
NUM_SEEDS = 3


def main() -> None:
    """Train what the folder lacks."""
    names = dict.fromkeys(name for pair in VARIANTS.items() for name in reversed(pair))
    images = open_images(EMBEDDED_DATA, cell_size=PROXY.cell_size).fingerprint
    trainings = plan(
        {"scattered, 128 px": Recipe(PROXY, num_seeds=NUM_SEEDS)},
        {name: published(name) for name in names},
        lambda _: images,
    )
    with training_run(FOLDER, None, workers=None, ray=None) as run:
        run.train(trainings, evaluator_for(PROXY, data=EMBEDDED_DATA, seed=0, folder=FOLDER))


if __name__ == "__main__":
    main()
