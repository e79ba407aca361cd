"""The cluster file of docs/scaling.md is one that Ray takes."""

from pathlib import Path

import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

DOCS = Path(__file__).parents[3] / "docs"


def test_the_cluster_launcher_takes_the_cluster_file() -> None:
    config = yaml.safe_load((DOCS / "scaling/cluster.yaml").read_text())
    prepared = prepare_config(config)
    validate_config(prepared)
    (kind,) = prepared["available_node_types"].values()
    assert kind["min_workers"] == kind["max_workers"] == len(config["provider"]["worker_ips"])
    commands = [*config["head_start_ray_commands"], *config["worker_start_ray_commands"]]
    assert not [command for command in commands if "ray start" in command and "\n" in command]
