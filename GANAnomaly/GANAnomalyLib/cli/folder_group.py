"""A group whose commands are the modules of a package."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import click


class FolderGroup(click.Group):
    """Each module's ``command`` goes by the module's name; it is imported when it is used or listed.

    Modules that begin with an underscore are not commands. Subclasses name the ``package``.
    """

    package: ModuleType

    def list_commands(self, ctx: click.Context) -> list[str]:
        modules = pkgutil.iter_modules(self.package.__path__)
        return sorted(module.name.replace("_", "-") for module in modules if not module.name.startswith("_"))

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        return importlib.import_module(f"{self.package.__name__}.{name.replace('-', '_')}").command


def folder_group(package: ModuleType) -> type[FolderGroup]:
    """The class of a group over ``package``, for ``click.group(cls=...)``."""
    return type(package.__name__.rpartition(".")[2], (FolderGroup,), {"package": package})
