import optuna
import pytest

from nasbench_mvit.architecture.published import BASELINES, published
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.errors import StudyError
from nasbench_mvit.search.samplers.by_name import make_sampler, parameters, suggest


@pytest.fixture(scope="module")
def main_space() -> SearchSpace:
    return SearchSpace.load("mobilevit")


@pytest.mark.parametrize("name", BASELINES)
def test_parameters_lead_back_to_the_network(main_space: SearchSpace, name: str) -> None:
    study = optuna.create_study()
    study.enqueue_trial(dict(parameters(main_space, published(name))))
    trial = study.ask()
    assert suggest(trial, main_space, "tpe").id == published(name).id
    assert {axis.name for axis in main_space.axes} == set(trial.params)


def test_every_suggestion_is_a_member_and_inactive_axes_are_not_asked(
    main_space: SearchSpace,
) -> None:
    study = optuna.create_study(sampler=make_sampler("random", 0))
    seen_without_block = False
    for _ in range(12):
        trial = study.ask()
        spec = suggest(trial, main_space, "random")
        assert main_space.contains(spec)
        if spec.stages[2].block is None:
            seen_without_block = True
            assert "stage3.dim" not in trial.params
    assert seen_without_block


def test_evenly_spaced_numbers_keep_their_order_for_the_sampler(main_space: SearchSpace) -> None:
    study = optuna.create_study(sampler=make_sampler("random", 0))
    trial = study.ask()
    suggest(trial, main_space, "random")
    kinds = {name: type(distribution) for name, distribution in trial.distributions.items()}
    assert kinds["stage4.depth"] is optuna.distributions.IntDistribution
    assert kinds["stage4.dim"] is optuna.distributions.CategoricalDistribution
    assert kinds["stage4.fusion"] is optuna.distributions.CategoricalDistribution


def test_an_unknown_sampler_gets_the_nearest() -> None:
    with pytest.raises(StudyError, match="Did you mean 'tpe'"):
        make_sampler("tpee", 0)


@pytest.mark.parametrize("sampler", ["nsga2", "tpe"])
def test_what_is_learned_from_spans_the_whole_space(main_space: SearchSpace, sampler: str) -> None:
    study = optuna.create_study(
        directions=["maximize", "minimize"], sampler=make_sampler(sampler, 0)
    )
    without_block = 0
    for _ in range(40):
        trial = study.ask()
        spec = suggest(trial, main_space, sampler)
        without_block += spec.stages[2].block is None
        study.tell(trial, [0.5, 1.0])
    assert without_block
    trial = study.ask()
    relative = study.sampler.infer_relative_search_space(study, study.trials[-1])
    assert set(relative) == {axis.name for axis in main_space.axes}
