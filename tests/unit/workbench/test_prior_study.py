"""A study whose sampler starts from a surrogate: what is refused, said and kept."""

from pathlib import Path

import numpy as np
import pytest
from surrogate_making import arithmetic, make_surrogate, use_few_trees

from nasbench_mvit import Surrogate
from nasbench_mvit.cost_aware import CostAwareSampler
from nasbench_mvit.errors import StoreError, StudyError, SurrogateError
from nasbench_mvit.search.reports.text import prior_note
from nasbench_mvit.search.samplers.by_name import parameters
from nasbench_mvit.search.samplers.prior import SurrogatePrior
from nasbench_mvit.search.store.location import Location
from nasbench_mvit.search.study.config import StudyConfig, load_study
from nasbench_mvit.workbench.studies.prepared_study import PreparedStudy, prepare_study


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    use_few_trees(monkeypatch)


def study(**changes: object) -> StudyConfig:
    _, config = load_study("latency_iphone")
    return config.with_options(prior="mobilevit_family").with_options(**changes)


def prepared(folder: Path, **changes: object) -> PreparedStudy:
    return prepare_study(study(**changes), name="one", run_dir=folder, workers=1, ray=None)


def test_it_says_that_earlier_trainings_are_not_counted(tmp_path: Path) -> None:
    one = prepared(tmp_path)
    note = one.note(one.outlook())
    assert "prior: the surrogate mobilevit_family, fitted to earlier trainings of 410 networks" in (
        note
    )
    assert "mobilevit_family" in prior_note(one.config)
    _, without = load_study("latency_iphone")
    assert prior_note(without) == ""


def test_the_sampler_is_told_the_estimates_of_its_networks(tmp_path: Path) -> None:
    one = prepared(tmp_path)
    space, store = one.candidates.space, one.open_store(Location.in_folder(tmp_path), {})
    assert isinstance(store.study.sampler, CostAwareSampler)
    (prior,) = store.study.sampler._estimates.values()
    assert isinstance(prior, SurrogatePrior)
    specs = [space.sample(np.random.default_rng(seed)) for seed in range(3)]
    expected = Surrogate.load("mobilevit_family").predict(specs).top1.tolist()
    assert prior.many([dict(parameters(space, spec)) for spec in specs]) == expected


def test_it_is_compared_by_content_when_a_study_goes_on(tmp_path: Path) -> None:
    location = Location.in_folder(tmp_path)
    prepared(tmp_path).open_store(location, {})
    own = tmp_path / "own"
    make_surrogate(own, arithmetic(200, of="mobilevit_family"))
    for other in (study(prior=str(own)), load_study("latency_iphone")[1]):
        changed = prepare_study(other, name="one", run_dir=tmp_path, workers=1, ray=None)
        with pytest.raises(StoreError, match="started with another content of prior"):
            changed.open_store(location, {})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"proxy": {"steps": 400}}, "proxy.steps: 168, or leave `prior=` out"),
        ({"space": "mobilevit_debug"}, "surrogate build`, or leave `prior=` out"),
        ({"sampler": "tpe"}, "`prior=` is for the sampler cost_aware, and this one is 'tpe'"),
        ({"evaluator": "surrogate"}, "the evaluator 'surrogate' trains nothing: leave it out"),
    ],
)
def test_a_prior_that_says_nothing_of_the_study_is_refused(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(StudyError) as caught:
        prepared(tmp_path, **changes)
    assert said in str(caught.value)


def test_a_prior_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(SurrogateError, match=r"mobilevit_famly.*mobilevit_family"):
        prepared(tmp_path, prior="mobilevit_famly")
