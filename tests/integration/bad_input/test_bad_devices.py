"""What the targets of ``measure`` refuse: phones, Macs, programs, and each other's options."""

import functools
from importlib import util
from pathlib import Path

import coremltools_stand_in
import pytest
from adb_stand_in import ONE_PHONE, PERF_TEST, SERIAL, PhoneStandIn
from bad_input import Case, Refuses, text_file
from measuring import NETWORK

from nasbench_mvit.cli.measure.command import main

measure = functools.partial(Case, main=main)

ONE = "--specs one.json"
ANDROID = f"--target android {ONE}"
RUNNER = f"{ANDROID} --runner onnxruntime_perf_test"
CORE_ML = f"--target coreml {ONE}"
IPHONE = f"{CORE_ML} --iphone --device iPhone"

WITHOUT_PHONE = {
    "android without a runner": measure(ANDROID, ("needs --runner", "executor_runner")),
    "android with no such runner": measure(f"{ANDROID} --runner r", ("no file r", "perf_test")),
    "android with an unknown runner": measure(
        f"{ANDROID} --runner one.json", ("'one.json' holds neither", "onnxruntime_perf_test")
    ),
    "android without adb": measure(RUNNER, ("needs adb", "platform tools", "PATH")),
    "a runner elsewhere": measure(
        f"--target onnxruntime {ONE} --runner onnxruntime_perf_test",
        ("--runner can only be given with --target android",),
    ),
    "a phone elsewhere": measure(
        f"--target onnxruntime {ONE} --serial {SERIAL}", ("--serial", "android, coreml")
    ),
    "compute units elsewhere": measure(f"{RUNNER} --compute-units ALL", ("--target coreml",)),
    "a misspelt target": measure(f"--target androit {ONE}", ("Did you mean 'android'?",)),
    "executorch without its library": measure(
        f"--target executorch {ONE}", ("executorch cannot be loaded", "pip install", "[executorch]")
    ),
    "executorch's files without its library": measure(
        f"--target executorch {ONE} --prepare-only", ("executorch cannot be loaded",)
    ),
    "coreml on Linux": measure(CORE_ML, ("misses macOS (this is Linux)", "--prepare-only")),
    "an iPhone on Linux": measure(
        IPHONE, ("macOS (this is Linux)", "xcodebuild (Xcode)", "devicectl", "--team")
    ),
    "unknown compute units": measure(
        f"{CORE_ML} --compute-units NPU", ("unknown set of compute units 'NPU'", "CPU_AND_NE")
    ),
    "threads of coreml": measure(
        f"{CORE_ML} --threads 2", ("--threads can only be given with --target",)
    ),
    "a team without a phone": measure(f"{CORE_ML} --team T", ("--team", "Add --iphone")),
    "a serial without a phone": measure(f"{CORE_ML} --serial T", ("--serial", "Add --iphone")),
}
LISTINGS = {
    "no phone": ("", "", ("no phone is attached", "USB debugging")),
    "two phones": (
        "",
        f"{ONE_PHONE}emulator-5554\tdevice\n",
        ("2 phones are attached", SERIAL, "emulator-5554", "--serial"),
    ),
    "one of two not ready": (
        "",
        f"{ONE_PHONE}abc\tunauthorized\n",
        ("2 phones are attached", "abc (unauthorized)", "--serial"),
    ),
    "another phone": (
        "--serial xyz",
        ONE_PHONE,
        ("no phone 'xyz' is attached", f"{SERIAL} (device)"),
    ),
    "unauthorised": ("", "abc\tunauthorized\n", ("abc", "Unlock it and allow USB debugging")),
    "offline": ("", "abc\toffline\n", ("'offline'", "Reconnect the cable")),
    "no permissions": (
        "",
        "abc\tno permissions (verify udev rules); see [a page]\n",
        ("no permissions", "udev rules on Linux"),
    ),
    "recovery": ("", "abc\trecovery\n", ("'recovery'", "Start Android")),
    "a line that says nothing": ("", "abc\n", ("'unknown'",)),
}


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path) -> None:
    text_file("one.json", NETWORK.to_json())(tmp_path)
    text_file("onnxruntime_perf_test", PERF_TEST)(tmp_path)


@pytest.mark.parametrize("name", WITHOUT_PHONE)
def test_one_message_and_exit_code_2(
    name: str, refuses: Refuses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.system", lambda: "Linux")
    found = util.find_spec
    monkeypatch.setattr(
        util, "find_spec", lambda name: None if name == "executorch" else found(name)
    )
    refuses(WITHOUT_PHONE[name])


@pytest.mark.parametrize("name", LISTINGS)
def test_the_one_phone_must_be_there_and_ready(
    name: str,
    refuses: Refuses,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options, listing, needles = LISTINGS[name]
    phone = PhoneStandIn(tmp_path_factory.mktemp("adb"), monkeypatch)
    phone.attach(listing)
    refuses(measure(f"{RUNNER} {options}", needles))


def test_a_phone_without_a_model_must_be_named(
    refuses: Refuses, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = PhoneStandIn(tmp_path_factory.mktemp("adb"), monkeypatch)
    phone.program("tools/getprop", "#!/bin/sh\n")
    refuses(measure(RUNNER, ("does not say its model", "--device")))


def test_an_adb_that_fails_is_quoted(
    refuses: Refuses, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = PhoneStandIn(tmp_path_factory.mktemp("adb"), monkeypatch)
    phone.program("adb", "#!/bin/sh\necho 'cannot bind 5037' >&2; exit 1\n")
    refuses(measure(RUNNER, ("cannot bind 5037", "adb kill-server")))


@pytest.mark.parametrize(
    ("options", "needles"),
    [
        (IPHONE, ("misses a signing team (--team",)),
        (f"{CORE_ML} --iphone --team T", ("does not say which model", "--device 'iPhone 12'")),
        (f"{IPHONE} --team T", ("no iPhone is connected", "developer mode")),
    ],
)
def test_what_an_iphone_needs_on_a_mac(
    options: str,
    needles: tuple[str, ...],
    refuses: Refuses,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    coremltools_stand_in.install(tmp_path_factory.mktemp("library"), monkeypatch)
    refuses(measure(options, needles))
