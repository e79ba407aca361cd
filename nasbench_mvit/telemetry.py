"""Statistics that libraries keep or send by default, switched off."""

import os

#: Variables of the environment that each library reads as it loads or starts.
SWITCHES = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "ORT_DISABLE_TELEMETRY": "1",  # from 1.29 on, a database in the user's cache
    "RAY_USAGE_STATS_ENABLED": "0",
    "WANDB_ERROR_REPORTING": "false",
}


def switch_off() -> None:
    """Set the variables for this process and those it starts, but those that the user has set."""
    for name, value in SWITCHES.items():
        os.environ.setdefault(name, value)
