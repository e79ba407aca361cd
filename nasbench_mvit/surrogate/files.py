"""The folders of surrogates on the disk."""

from pathlib import Path

from nasbench_mvit.errors import SurrogateError
from nasbench_mvit.io.checksummed_folder import DataFolders
from nasbench_mvit.surrogate.schema import ABOUT, SCHEMA_VERSION, About

SURROGATES = DataFolders(
    noun="surrogate",
    about=ABOUT,
    model=About,
    version=SCHEMA_VERSION,
    own=Path("surrogates"),
    packaged=Path(__file__).parent / "data",
    error=SurrogateError,
    remedy="Install the package anew, or make it with `python -m nasbench_mvit surrogate build`.",
)
