"""Every code block says what it is; its commands parse and its files are valid, run or not."""

import importlib
import json
import re
import shlex

import jsonschema
import pytest
import yaml
from code_blocks import LANGUAGES, PAGES, ROOT, RUN, Block, all_blocks, blocks_of, commands_of

from nasbench_mvit.ablation.design.config import AblationConfig
from nasbench_mvit.cli.entry_point import VERBS
from nasbench_mvit.errors import StudyError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.search.study.config import StudyConfig

CALL = r"python -m nasbench_mvit[. ]|torchrun .*-m nasbench_mvit |nasbench-mvit "
COMMAND = re.compile(f"(?:{CALL})(.+)")
COMMANDS = sorted({found[1] for block in all_blocks("bash") for command in commands_of(block)
                   if (found := COMMAND.fullmatch(command))})  # fmt: skip
A_STUDY = yaml.safe_load((ROOT / "studies/latency_iphone.yaml").read_text())


@pytest.mark.parametrize("page", PAGES)
def test_every_block_names_its_language(page: str) -> None:
    blocks = list(blocks_of(page))
    assert len(blocks) == len(re.findall(r"(?m)^ *```", (ROOT / page).read_text())) / 2
    assert [block for block in blocks if block.language not in LANGUAGES] == []
    assert [block for block in blocks if block.reason and block.language not in RUN] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_parses(command: str) -> None:
    verb, *arguments = shlex.split(command)
    assert verb in VERBS
    importlib.import_module(f"nasbench_mvit.cli.{verb}.command").main.parse(arguments)


def test_there_are_commands_of_every_verb() -> None:
    assert {command.split()[0] for command in COMMANDS} >= set(VERBS) - {"cost"}


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=lambda block: block.page)
def test_a_yaml_block_is_an_ablation_or_part_of_a_study(block: Block) -> None:
    found = yaml.safe_load(block.code)
    if found.get("kind") == "ablation":
        validate(found, AblationConfig, StudyError, where=block.page)
    else:
        validate(A_STUDY | found, StudyConfig, StudyError, where=block.page)


@pytest.mark.parametrize("block", all_blocks("json"), ids=lambda block: block.page)
def test_a_json_block_is_json_and_keeps_its_schema(block: Block) -> None:
    found = json.loads(block.code)
    if "schema_version" in found:
        schema = json.loads((ROOT / "docs/schemas/ablation_report.schema.json").read_text())
        jsonschema.validate(found, schema)
