"""A phone's browser as a target."""

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from nasbench_mvit.errors import MeasurementError, unknown
from nasbench_mvit.workbench.measurements.targets.contract import MODELS, MeasurementTarget

if TYPE_CHECKING:
    from nasbench_mvit.latency.collectors.browser.collector import BrowserCollector
    from nasbench_mvit.latency.collectors.browser.runtimes.runtime import WebRuntime
    from nasbench_mvit.latency.collectors.browser.server.address import Address
    from nasbench_mvit.latency.collectors.browser.targets import Engine
    from nasbench_mvit.latency.collectors.contract import Screen
    from nasbench_mvit.latency.collectors.model_files import ModelFiles
    from nasbench_mvit.latency.collectors.timing import TimingPlan

LITERT: Final = "litert-wasm"
# A browser's clock is coarse, so a sample spans several runs.
MIN_SAMPLE_MS: Final = 50.0
MAX_SAMPLES: Final = 500


@dataclass(frozen=True, kw_only=True)
class BrowserTarget(MeasurementTarget):
    """Any phone through its browser, by onnxruntime-web or LiteRT.js.

    Attributes:
        lan: the IPv4 address of this machine that others open the page at, True to find it; False
            lets in this machine alone.
        port: port of the page, None for the default one; with TLS the next one is taken too.
        tls: whether the page is served over TLS, which needs ``lan``.
        ort_web: folder in which npm installed onnxruntime-web; None for the tested version.
        engine: engine of onnxruntime-web, or ``litert-wasm`` for LiteRT.js.
        threads: number of threads of the engine.
    """

    measures = "any phone through its browser: no cable, no app, no Mac"
    needs = (
        "the extra 'onnx', and npm or a copy of onnxruntime-web (`ort_web=`); with the engine "
        "'litert-wasm' npm and litert-torch"
    )
    form = "onnx"
    #: WebNN's by the type of device that the browser is asked for.
    ENGINES: ClassVar[tuple[str, ...]] = (
        "wasm",
        "webgpu",
        "webnn-cpu",
        "webnn-gpu",
        "webnn-npu",
        LITERT,
    )

    lan: str | bool = False
    port: int | None = None
    tls: bool = False
    ort_web: Path | None = None
    engine: "Engine" = "wasm"
    threads: int = 1

    def __post_init__(self) -> None:
        """Check the engine, and that TLS is for other machines."""
        if self.engine not in self.ENGINES:
            raise MeasurementError(unknown("engine", self.engine, self.ENGINES))
        if self.ort_web is not None and self.engine == LITERT:
            raise MeasurementError(
                f"`ort_web=` is a copy of onnxruntime-web, and the engine '{LITERT}' is LiteRT.js, "
                "which npm fetches. Leave `ort_web=` out, or take another `engine=`."
            )
        if self.tls and not self.lan:
            raise MeasurementError(
                "`tls=` is for other machines, which are let in by `lan=`; this machine's browser "
                "trusts http://localhost as it is. Add `lan=`, or leave out `tls=`."
            )

    def collector(self, run_dir: Path, screen: "Screen") -> "BrowserCollector":
        """Return a collector that serves its page already.

        Raises:
            WorkbenchError: onnxruntime-web or the extra is missing, or a port is taken.
        """
        from nasbench_mvit.latency.collectors.browser.run import BrowserRun  # noqa: PLC0415
        from nasbench_mvit.latency.collectors.browser.service import open_browser  # noqa: PLC0415
        from nasbench_mvit.latency.records.record_file import known_records  # noqa: PLC0415

        known = known_records(run_dir)
        clock = partial(datetime.now, UTC)
        run = BrowserRun(
            runtime=self._runtime(),
            engine=self.engine,
            threads=self.threads,
            device=self.device,
            target=known[0].target if known else None,
            clock=clock,
            screen=screen,
        )
        return open_browser(
            run_dir,
            self.address(),
            run,
            models=self.models(run_dir),
            plan=self._plan(),
            clock=clock,
            screen=screen,
        )

    def address(self) -> "Address":
        """Return the address of the page.

        Raises:
            MeasurementError: the address is to be found, but this machine is in no network.
        """
        from nasbench_mvit.latency.collectors.browser.server.address import (  # noqa: PLC0415
            DEFAULT_PORT,
            Address,
            lan_address,
        )

        port = self.port or DEFAULT_PORT
        if not self.lan:
            return Address(port=port)
        host = lan_address() if self.lan is True else self.lan
        return Address(host, port, is_tls=self.tls)

    def models(self, run_dir: Path) -> "ModelFiles":
        """Return the exporter of networks, for LiteRT.js as ``.tflite``."""
        from nasbench_mvit.latency.collectors.model_files import ModelFiles  # noqa: PLC0415

        form = "litert" if self.engine == LITERT else self.form
        return ModelFiles(run_dir / MODELS, form)

    def _runtime(self) -> "WebRuntime":
        from nasbench_mvit.latency.collectors.browser.runtimes import (  # noqa: PLC0415
            litert_web,
            ort_web,
        )

        if self.engine == LITERT:
            return litert_web.cached_copy()
        if self.ort_web is None:
            return ort_web.cached_copy(self.engine)
        return ort_web.local_copy(self.ort_web, self.engine)

    def _plan(self) -> "TimingPlan":
        return dataclasses.replace(
            super()._plan(), min_sample_ms=MIN_SAMPLE_MS, max_samples=MAX_SAMPLES
        )
