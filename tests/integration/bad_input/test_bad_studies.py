"""Wrong study files."""

from pathlib import Path
from typing import Any

import pytest
from bad_input import Case, Refuses, exit_code, study_file, text_file

OWN = "--study ./own.yaml"
# Nine levels of nine references each: a few lines that would print as gigabytes.
BOMB = "a: &a0 [x]\n" + "".join(
    f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)


def own(needles: tuple[str, ...], **changes: Any) -> Case:
    return Case(OWN, needles, study_file(**changes))


def raw(needles: tuple[str, ...], content: str | bytes) -> Case:
    return Case(OWN, needles, text_file("own.yaml", content))


CASES = {
    "misspelt key": own(("unknown key 'trails'", "'trials'"), trails=3),
    "misspelt key inside": own(
        ("unknown key 'limits.latency'", "latency_ms"), limits={"latency": 3}
    ),
    "misspelt space": own(("Did you mean 'mobilevit_debug'?",), space="mobilevit_debgu"),
    "sampler of a module": own(("for `table compare`",), sampler="my_samplers:make"),
    "misspelt sampler": own(("sampler 'nsga'", "'nsga2'"), sampler="nsga"),
    "misspelt predictor": own(("iphone12_coreml",), predictor="iphone12"),
    "misspelt baseline": own(
        ("mobilevit_xss", "Did you mean 'mobilevit_x"), baselines={"mobilevit_xss": 1}
    ),
    "a baseline left out": own(
        ("missing mobilevit_xs",), baselines={"mobilevit_s": 1, "mobilevit_xxs": 1}
    ),
    "a baseline never trained": own(
        ("baselines.mobilevit_s", "1", "got 0"),
        baselines={"mobilevit_s": 0, "mobilevit_xs": 1, "mobilevit_xxs": 1},
    ),
    "rate out of range": own(("proxy.learning_rate", "7.0"), proxy={"learning_rate": 7.0}),
    "input and grid": own(
        ("multiple of mosaic_grid", "63 and 66"), proxy={"input_size": 64, "mosaic_grid": 3}
    ),
    "cells too small": own(
        ("at least 8 px", "Raise input_size"), proxy={"input_size": 32, "mosaic_grid": 8}
    ),
    "fewer steps than parts": own(
        ("steps must be at least fractions",), proxy={"steps": 8, "fractions": 9}
    ),
    "a rung between two reports": own(
        ("a rung stands at 0.3", "8 equal fractions", "0.25, 0.375"), pruning={"rungs": [0.3]}
    ),
    "a rung at the end": own(("a rung stands at 1", "0.875"), pruning={"rungs": [0.5, 1.0]}),
    "rungs that descend": own(("rungs ascend",), pruning={"rungs": [0.5, 0.25]}),
    "no rungs": own(("pruning.rungs",), pruning={"rungs": []}),
    "a reduction of nothing": own(
        ("pruning.reduction", "greater than 1"), pruning={"reduction": 1}
    ),
    "a recipe that is a list": own(("'proxy'",), proxy=[8, 8]),
    "a limit that is no number": own(("limits.latency_ms",), limits={"latency_ms": float("nan")}),
    "a limit below nothing": own(("limits.params", "-1"), limits={"params": -1}),
    "a limit nothing keeps": own(
        ("none of 12 networks", "Raise the limits"), limits={"latency_ms": 0.01}
    ),
    "a truth for a number": own(("'trials'", "got true"), trials=True),
    "half a trial": own(("'trials'", "1.5"), trials=1.5),
    "no description": own(("'description'",), description=""),
    "a reference no front can beat": own(
        ("reference.top1", "1.0"), reference={"top1": 1.0, "latency_ms": 15.0}
    ),
    "a later schema": own(("schema_version", "2"), schema_version=2),
    "an unknown rival": own(("unknown rival 'deit'", "deit_tiny"), rivals={"deit": 3}),
    "a rival without a training": own(("rivals.deit_tiny", "0"), rivals={"deit_tiny": 0}),
    "fewer networks than none": own(("'trials'", "-1"), trials=-1),
    "many things at once": own(
        ("more",), trials=-1, seeds=0, seed=-1, description="", sampler=1, space=2, predictor=3
    ),
    "a name of two lines": own(("unknown sampler 't pe'",), sampler="t\npe"),
    "a predictor that is elsewhere": own(
        ("phone.json", "cannot be read", "iphone12_coreml"), predictor="./phone.json"
    ),
    "a space that is a study": own(("own.yaml", "axes"), space="./own.yaml"),
    "images of another kind": own(("unknown image source 'cifar'",), data="cifar"),
    "nothing": raw(("must hold a mapping", "got nothing"), ""),
    "a list": raw(("must hold a mapping", "list"), "- trials: 1\n"),
    "not YAML": raw(("line 1",), "a: [1,"),
    "tabs": raw(("not valid YAML", "line 2"), "limits:\n\tlatency_ms: 3\n"),
    "not text": raw(("cannot be read", "UTF-8"), b"\xff\xfe\x00trials"),
    "a key twice": raw(("'trials' is repeated",), "trials: 1\ntrials: 2"),
    "a key that is a list": raw(("not valid YAML",), "? [trials]\n: 1\n"),
    "a key that is a number": raw(("'schema_version' is missing", "space"), "1: 2\n"),
    "code": raw(("not valid YAML", "python/object"), "trials: !!python/object/apply:os.getcwd []"),
    "nested without end": raw(("not valid YAML",), "trials: " + "[" * 10_000),
    "a bomb of references": raw(("trials",), BOMB + "trials: *a9\n"),
    "a reference to itself": raw(("'trials'",), "trials: &a [*a]\n"),
    "a number of many bits": raw(("whole numbers must be at most",), f"trials: 0x{'f' * 5000}\n"),
    "a number without end": raw(("not valid YAML", "digits"), f"trials: {'9' * 5000}\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_one_message_and_exit_code_2(name: str, refuses: Refuses) -> None:
    refuses(CASES[name])


def test_a_message_about_a_huge_value_stays_readable(refuses: Refuses) -> None:
    message = refuses(raw(("trials",), BOMB + "trials: *a9\n"))
    assert len(message) < 2_000


def test_brackets_in_a_description_are_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:

    monkeypatch.chdir(tmp_path)
    study_file(description="[red] networks [/like this]")(tmp_path)
    assert exit_code([*OWN.split(), "--max-minutes", "0.0001"]) == 0
    assert "[red] networks [/like this]" in capsys.readouterr().out
