"""A group whose commands are the modules of a package."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cached_property
from types import ModuleType
from typing import Any

import click

from ..spelling import closest, meant, same_name

CORE, LABORATORY = "GANAnomalyLib", "GANAnomalyLab"


class FolderGroup(click.Group):
    """Each module's ``command`` goes by the module's name; it is imported when it is used or listed.

    Modules that begin with an underscore are not commands. Another spelling of a command (analyse, find_best) is the
    command itself. Subclasses name the ``package``; where the laboratory is installed and has a package of the same
    place (``cli.commands``), its modules are commands of the group too.
    """

    package: ModuleType

    def packages(self) -> list[ModuleType]:
        """The packages whose modules are commands."""
        root, _, place = self.package.__name__.partition(".")
        if root != CORE or importlib.util.find_spec(LABORATORY) is None:
            return [self.package]
        there = f"{LABORATORY}.{place}"
        return [self.package, *([importlib.import_module(there)] if importlib.util.find_spec(there) else [])]

    @cached_property
    def _places(self) -> dict[str, str]:
        """The module of each command, by the command's name."""
        return {
            module.name.replace("_", "-"): f"{package.__name__}.{module.name}"
            for package in self.packages()
            for module in pkgutil.iter_modules(package.__path__)
            if not module.name.startswith("_")
        }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._places)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        places = self._places
        known = same_name(name, sorted(places))
        if known is None:
            return None
        command: click.Command = importlib.import_module(places[known]).command
        for parameter in command.params:
            if type(parameter.type) is click.Choice:
                parameter.type = _Choice(parameter.type.choices, parameter.type.case_sensitive)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = str(args[0])
        if ctx.resilient_parsing or name.startswith("-") or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        known = self.list_commands(ctx)
        near = closest(name, known, most=1)
        told = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
        raise click.UsageError(f"There is no command {name[:60]!r}: {told}", ctx)


class _Choice(click.Choice):
    """A choice that says which one a mistyped value probably stands for."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            told = error.message.rstrip(".") + meant(value, map(str, self.choices)) + "."
            raise click.BadParameter(told, error.ctx, error.param, error.param_hint) from error


def folder_group(package: ModuleType) -> type[FolderGroup]:
    """The class of a group over ``package``, for ``click.group(cls=...)``."""
    return type(package.__name__.rpartition(".")[2], (FolderGroup,), {"package": package})
