"""OnImages: what the study of a search and that of an ablation have in common, images to train on.

``data`` names the images and ``proxy`` the training on them.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, model_validator

from nasbench_mvit.errors import WorkbenchError
from nasbench_mvit.io.validation import validate
from nasbench_mvit.training.proxy.recipe import ProxyConfig

EMBEDDED_DATA = "embedded"
PACKAGED_DATA = (EMBEDDED_DATA, "emoji")  # in this package, with their splits


class OnImages(BaseModel):
    """A study whose images, unless they are the package's, are classified one by one by default."""

    ERROR: ClassVar[type[WorkbenchError]]

    if TYPE_CHECKING:  # a study declares it in the order of its file
        data: str

    @model_validator(mode="before")
    @classmethod
    def _classify_own_images(cls, fields: Any) -> Any:
        if not isinstance(fields, dict) or fields.get("data", EMBEDDED_DATA) in PACKAGED_DATA:
            return fields
        proxy = fields.get("proxy", {})
        return fields | {"proxy": {"mosaic_grid": 1} | proxy} if isinstance(proxy, dict) else fields

    def with_options(self, **options: object) -> Self:
        """Return the study with some fields replaced; None keeps a field.

        Raises:
            StudyError: a value of a search breaks a rule.
            AblationError: a value of an ablation breaks a rule.
        """
        given = {key: value for key, value in options.items() if value is not None}
        fields = self.model_dump(exclude_unset=True) | given
        replaced = given.get("data", self.data) not in PACKAGED_DATA
        if replaced and self.data in PACKAGED_DATA:
            proxy = fields.get("proxy", {})  # its task was meant for the images replaced
            fields["proxy"] = {name: value for name, value in proxy.items() if name != "layout"}
            fields["proxy"]["mosaic_grid"] = 1
        return validate(fields, type(self), self.ERROR, where="the study with these options")


def judged_on(data: str, proxy: ProxyConfig, length: str) -> str:
    """Return the images and the training that an accuracy comes from, as text."""
    images = "Fashion-MNIST" if data == EMBEDDED_DATA else data
    if not proxy.classifies:
        return f"held-out scenes of {images} (at {proxy.input_size} px, {length})"
    return f"validation images of {images} ({proxy.shown} at {proxy.input_size} px, {length})"
