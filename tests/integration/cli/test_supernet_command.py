"""Training a supernet, searching with it and ranking by it, as commands in an empty directory."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml
from bad_input import Case, Refuses
from fakes import InlineExecutor, curve_of
from few_images import NUM_IMAGES, use_few_images
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from streamlit.testing.v1 import AppTest

from nasbench_mvit.architecture.published import published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cli.search import command as search
from nasbench_mvit.cli.supernet import command as supernet
from nasbench_mvit.errors import StudyError, SupernetError
from nasbench_mvit.io import catalogue
from nasbench_mvit.search.batch.archive import Archive, Training
from nasbench_mvit.search.evaluators import proxy
from nasbench_mvit.search.finalists.choice import FinalRequest
from nasbench_mvit.search.finalists.record import FineTuning
from nasbench_mvit.search.results.row import SHARED
from nasbench_mvit.search.study.config import load_study
from nasbench_mvit.supernet.description import digest_of, read_description
from nasbench_mvit.training.proxy.recipe import ProxyConfig
from nasbench_mvit.training.proxy.result import SharedResult, TrainingResult
from nasbench_mvit.workbench.exports import images as export_images
from nasbench_mvit.workbench.exports.export import export_network
from nasbench_mvit.workbench.shared import engines as engine
from nasbench_mvit.workbench.shared.described_network import StudyTrial
from nasbench_mvit.workbench.studies.open import open_study
from nasbench_mvit.workbench.studies.run import run_study
from nasbench_mvit.workbench.supernets.fronts import compare_fronts

PROXY = {"steps": 8, "batch_size": 8, "input_size": 32, "interim_images": 8}
OpenPage = Callable[..., AppTest]
TRAIN = ["train", "--study", "./own.yaml", "--updates", "8", "--device", "cpu"]
SEARCH = ["--study", "./own.yaml", "--workers", "1", "--run-dir", "found"]
SHARED_WEIGHTS = ["--evaluator", "supernet", "--supernet", "own.safetensors"]
NUM_RANKED = 10
SPACE = """
schema_version: 1
description: twelve small networks
base: mobilevit_xxs
axes: {stage4.depth: [1, 2], stage5.depth: [1, 2, 3], stage5.channels: [64, 80]}
"""


def write_study(folder: Path, **changes: object) -> None:
    """Write a study of a small space with a proxy of an instant."""
    (folder / "small.yaml").write_text(SPACE)
    fields = yaml.safe_load(catalogue.find("studies", "table_iphone", StudyError).read_text())
    fields |= {"space": "./small.yaml", "trials": 2, "limits": {}, "proxy": PROXY}
    fields |= {"evaluator": "training", "sampler": "random", "seeds": 1} | changes
    fields["baselines"] = dict.fromkeys(("mobilevit_s", "mobilevit_xs", "mobilevit_xxs"), 1)
    (folder / "own.yaml").write_text(yaml.safe_dump(fields))


@pytest.fixture(scope="module", autouse=True)
def _few_images() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        use_few_images(patch, cell_size=ProxyConfig.model_validate(PROXY).cell_size)
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    write_study(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        assert supernet.main([*TRAIN, "--run-dir", "run", "--out", "own.safetensors"]) == 0
    return home


@pytest.fixture(autouse=True)
def _there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setattr(engine, "LocalEngine", lambda made, workers: InlineExecutor(made, workers))  # noqa: PLW0108 - another name of the argument


def test_the_same_command_again_trains_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (home / "own.safetensors").read_bytes()
    assert supernet.main([*TRAIN, "--run-dir", "run", "--out", "again.safetensors"]) == 0
    assert (home / "again.safetensors").read_bytes() == before
    assert "next: python -m nasbench_mvit search --study ./own.yaml" in capsys.readouterr().out
    assert read_description(home / "own.safetensors").updates == 8


def test_ctrl_c_leaves_no_file_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nasbench_mvit.supernet.training.train_supernet", interrupt)
    out = tmp_path / "none.safetensors"
    assert supernet.main([*TRAIN, "--run-dir", str(tmp_path), "--out", str(out)]) == 130
    assert "interrupted; the same command again goes on" in capsys.readouterr().out
    assert not out.exists()


def test_a_search_scores_shared_weights_and_says_so_everywhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert search.main([*SEARCH, *SHARED_WEIGHTS]) == 0
    assert "no network is trained alone" in " ".join(capsys.readouterr().out.split())
    study = open_study("found")
    rows = study.summary.rows
    assert {row.top1_kind for row in rows} == {SHARED}
    assert study.summary.kind == SHARED
    assert "weights that all share in a supernet" in study.summary.noise_note
    result = study.reading.trials[0].record.evaluations[0].result
    assert isinstance(result, SharedResult)
    assert (result.num_images, result.curve[-1].step) == (NUM_IMAGES, 8)
    front = json.loads(Path("found/front.json").read_text())
    assert front["accuracy"].startswith("with the shared weights of a supernet, not trained: ")
    for entry in front["front"]:
        low, high = entry["top1_interval"]
        assert entry["top1_kind"] == SHARED
        assert low < entry["top1"] < high
    assert "steps" not in front["accuracy"]
    page = Path("found/report.html").read_text()
    assert "accuracy of shared weights" in page
    assert "proxy accuracy" not in page


def test_the_dashboard_shows_shared_scores_as_what_they_are(
    tmp_path: Path, open_page: OpenPage
) -> None:
    assert search.main([*SEARCH[:-1], str(tmp_path / "run"), *SHARED_WEIGHTS]) == 0
    front = open_page("pareto", tmp_path / "run")
    assert not front.exception
    figure, *_ = front.get("plotly_chart")
    assert "accuracy of shared weights" in figure.proto.spec
    assert "proxy accuracy" not in figure.proto.spec
    network = open_page("network", tmp_path / "run", trial="0")
    assert not network.exception
    said = " ".join(str(text.value) for text in (*network.caption, *network.info))
    assert "its accuracy is that of weights shared in a supernet" in said


def test_finalists_are_fine_tuned_from_shared_weights_and_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_images, "open_images", lambda *_, **__: proxy._images())
    own = [*SEARCH[:-1], str(tmp_path / "tuned"), *SHARED_WEIGHTS]
    finalists = ["--finalists", "1", "--finalist-seeds", "2"]
    assert search.main([*own, *finalists, "--finetune", "9"]) == 0
    study = open_study(tmp_path / "tuned")
    final = study.reading.final
    digest = digest_of(Path("own.safetensors"))
    assert final is not None
    assert final.plan.finetuning == FineTuning(updates=9, supernet=digest)
    assert {record.result.curve[-1].step for record in final.records if record.result} == {9}
    front = json.loads((tmp_path / "tuned/front.json").read_text())
    about = f"fine-tuned by 9 updates from the shared weights of the supernet {digest}"
    assert about in front["finalists"]["about"]
    assert front["finalists"]["start"] == "shared weights"
    assert "Shared weights" in front["finalists"]["notes"]
    table = pd.read_csv(tmp_path / "tuned/finalists.csv")
    assert set(table["start"]) == {"shared weights"}
    assert set(table["updates"]) == {9}
    assert about in (tmp_path / "tuned/report.html").read_text()
    with pytest.raises(StudyError, match=r"`finetune=` 9.*without `finetune=`"):
        run_study(
            study.config, name="own", run_dir=tmp_path / "tuned", finalists=FinalRequest(1, 2)
        )

    best = min(final.records, key=lambda record: record.trial)
    assert best.result is not None
    network = StudyTrial(study=study, number=best.trial, run_dir=tmp_path / "tuned")
    made = export_network(network, formats=["torch"], weights="proxy", out=tmp_path / "out")
    assert f"from shared weights of the supernet {digest}" in made.manifest.weights
    assert "repeats that of the finalist exactly" in str(made.manifest.accuracy)


@pytest.mark.parametrize(
    ("changes", "options", "needle"),
    [
        ({}, ["--finetune", "9"], "--finetune: needs --finalists N"),
        ({}, ["--finalists", "1", "--finetune", "9"], "this study's evaluator is training. Leave"),
        (
            {},
            [*SHARED_WEIGHTS, "--finalists", "1", "--finetune", "7"],
            "--finetune must be a whole number of 8 or more, got 7",
        ),
        ({}, ["--evaluator", "supernet"], "needs --supernet, the file that"),
        ({}, ["--supernet", "own.safetensors"], "add --evaluator supernet, or leave it out"),
        ({}, [*SHARED_WEIGHTS[:3], "other.safetensors"], "there is no file other.safetensors"),
        ({"proxy": PROXY | {"steps": 9}}, SHARED_WEIGHTS, "with proxy.steps 8, the study asks for"),
        ({"data": "emoji"}, SHARED_WEIGHTS, "made with data embedded, the study asks for emoji"),
        ({"rivals": {"deit_tiny": 1}}, SHARED_WEIGHTS, "Remove the rivals deit_tiny"),
    ],
)
def test_a_search_it_cannot_serve_is_refused(
    home: Path,
    refuses: Refuses,
    changes: dict[str, object],
    options: list[str],
    needle: str,
) -> None:
    def prepare(folder: Path) -> None:
        (folder / "own.safetensors").symlink_to(home / "own.safetensors")
        write_study(folder, **changes)

    refuses(Case((*SEARCH, *options), (needle,), prepare))


def write_trainings() -> None:
    """Write trainings of networks of the space and of one outside."""
    _, study = load_study("./own.yaml")
    images = read_description(Path("own.safetensors")).images
    archive = Archive(Path("alone/trainings.parquet"))
    outside = published("mobilevitv2_1.0")
    for spec in [*[*SearchSpace.load("./small.yaml").enumerate()][:NUM_RANKED], outside]:
        for seed in (0, 1):
            result = TrainingResult(curve=curve_of(spec, seed), device="cpu", precision="float32")
            archive.add(Training("", study.proxy, "", spec, images, seed), result)


def test_ranks_are_held_against_trainings(capsys: pytest.CaptureFixture[str]) -> None:
    write_trainings()
    evaluate = ["eval", "own.safetensors", "--device", "cpu", "--run-dir", "ranks", "--against"]
    for _ in range(2):  # scores are kept
        assert supernet.main([*evaluate, "alone/trainings.parquet"]) == 0
    said = capsys.readouterr().out
    assert f"{NUM_RANKED} networks, {NUM_RANKED} of them scored" in said
    assert "not in the supernet, so left out: MobileViTv2-1.0" in said
    report = Path("ranks/supernet.md").read_text()
    for way in ("shared weights", "params", "MACs", "a second training, against the first"):
        assert f"| all | {way} | {NUM_RANKED} |" in report


def test_the_cost_of_a_supernet_that_was_replaced_is_not_known(
    tmp_path: Path,
) -> None:
    moved, run = str(tmp_path / "moved.safetensors"), str(tmp_path / "run")
    shutil.copy("own.safetensors", moved)
    options = ["--evaluator", "supernet", "--supernet", moved]
    assert (
        search.main([*SEARCH[:-1], run, *options, "--finalists", "1", "--finalist-seeds", "2"]) == 0
    )
    (front,) = compare_fronts([run]).fronts
    assert front.supernet_core_seconds > 0
    weights = load_file(moved)
    name = next(iter(weights))
    with safe_open(moved, "pt") as file:
        about = file.metadata()
    save_file(weights | {name: weights[name] + 1}, moved, metadata=about)
    with pytest.raises(SupernetError, match="another supernet"):
        compare_fronts([run])


@pytest.mark.parametrize(
    ("args", "needle"),
    [
        (("eval", "--against", "nowhere/trainings.parquet"), "has 0 networks that were trained"),
        (
            ("eval", "--against", "alone/trainings.parquet", "--surrogate", "mobilevit_family"),
            "the surrogate mobilevit_family estimates trainings by the proxy",
        ),
        (
            ("gain", "--study", "./own.yaml", "--updates", "7"),
            "each of --updates must be",
        ),
        (
            ("gain", "--study", "./own.yaml", "--updates", "8", "--networks", "13"),
            "asks for 13 networks, and small has 12",
        ),
        (("fronts", "own.safetensors"), "own.safetensors"),
    ],
)
def test_evidence_that_cannot_be_had_is_refused(
    home: Path, refuses: Refuses, args: tuple[str, ...], needle: str
) -> None:
    verb, *options = args

    def prepare(folder: Path) -> None:
        write_study(folder)
        (folder / "own.safetensors").symlink_to(home / "own.safetensors")
        write_trainings()

    supernets = () if verb == "fronts" else ("own.safetensors",)
    refuses(Case((verb, *supernets, *options), (needle,), prepare, supernet.main))


def test_the_gain_of_shared_weights_is_paired_by_network(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gain = ["gain", "own.safetensors", "--study", "./own.yaml", "--updates", "8", "--updates", "9"]
    options = ["--networks", "2", "--seeds", "1", "--workers", "1", "--run-dir", "gain"]
    for _ in range(2):  # trainings are kept
        assert supernet.main([*gain, *options]) == 0
    assert "4 trainings of 2 networks, random, 4 of them done" in capsys.readouterr().out
    digest = digest_of(Path("own.safetensors"))
    rows = {
        name: Archive(Path("gain") / name / "trainings.parquet").rows
        for name in ("random", f"shared-{digest}")
    }
    report = Path("gain/gain.md").read_text()
    for updates in (8, 9):
        of_random, of_shared = (
            frame[(frame["step"] == updates) & (frame["fraction"] == 1)]
            .groupby("spec_id")["top1"]
            .last()
            .mean()
            for frame in rows.values()
        )
        points = 100 * (of_shared - of_random)
        assert f"| {updates} | {of_shared:.1%} | {of_random:.1%} | {points:+.1f} [" in report
