"""Targets in a browser, named by their engine.

A browser reaches a neural processor by WebNN alone, and decides itself what a device type means.
"""

import re
from typing import Final, Literal, get_args

from nasbench_mvit.io.paths import slug
from nasbench_mvit.latency.collectors.browser.runtimes.runtime import WebRuntime
from nasbench_mvit.latency.collectors.browser.user_agent import parse_user_agent
from nasbench_mvit.latency.target import Target

Engine = Literal["wasm", "webgpu", "webnn-cpu", "webnn-gpu", "webnn-npu", "litert-wasm"]
ENGINES: Final[tuple[Engine, ...]] = get_args(Engine)


def browser_target(
    user_agent: str, *, device: str | None, engine: Engine, threads: int, runtime: WebRuntime
) -> Target:
    """Return the target of a browser.

    Args:
        user_agent: header of the browser, untrusted.
        device: name the user gave; None for the kind of device that the header tells.
        engine: engine of the runtime.
        threads: number of threads of the engine.
        runtime: what runs the network.
    """
    told = parse_user_agent(user_agent)
    return Target(
        device=device or told.device,
        os=told.os,
        runtime=runtime.name,
        runtime_version=runtime.version,
        engine=f"{engine} in {told.browser} {told.version}".rstrip(),
        threads=threads,
        precision="fp32",
        batch=1,
    )


def short_name(target: Target) -> str:
    """Return a target's name for files and titles, like ``iphone-13-safari-wasm1``."""
    engine, _, browser = target.engine.partition(" in ")
    family = re.sub(r"[\d.]+$", "", browser)
    words = f"{target.device} {family} {engine}{target.threads}"
    return slug(words)
