"""A group whose commands are the modules of a package."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import click


class FolderGroup(click.Group):
    """Each module's ``command`` goes by the module's name; it is imported when it is used or listed.

    Modules that begin with an underscore are not commands. Subclasses name the ``package``, or give several.
    """

    package: ModuleType

    def packages(self) -> list[ModuleType]:
        """The packages whose modules are commands."""
        return [self.package]

    def _places(self) -> dict[str, str]:
        """The module of each command, by the command's name."""
        return {
            module.name.replace("_", "-"): f"{package.__name__}.{module.name}"
            for package in self.packages()
            for module in pkgutil.iter_modules(package.__path__)
            if not module.name.startswith("_")
        }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._places())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        place = self._places().get(name)
        return None if place is None else importlib.import_module(place).command


def folder_group(package: ModuleType) -> type[FolderGroup]:
    """The class of a group over ``package``, for ``click.group(cls=...)``."""
    return type(package.__name__.rpartition(".")[2], (FolderGroup,), {"package": package})
