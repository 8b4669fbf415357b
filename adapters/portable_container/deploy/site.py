"""A blueprint and a stage in, the `Site` out: the stage, and what its things are called on engines and in a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from portable.base.drivers import variable_name
from portable.tooling.infra.blueprint import Blueprint
from portable.tooling.infra.stage import Stage, shortened
from portable_container.deploy.image import image_of
from portable_container.deploy.roles import Role, engines, migrate, roles
from portable_container.runtime.addresses import bucket_name, prefix_of, user_name
from portable_container.runtime.image import Image

LABEL = 63
"""Characters of a DNS label, and of the value of a label of Kubernetes."""


@dataclass(frozen=True)
class Site:
    """An app in a stage, as all files of its infrastructure see it.

    `abroad` are the variables by which functions sign in to other clouds, by the function's name.
    """

    blueprint: Blueprint
    stage: Stage
    abroad: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def image(self) -> Image:
        """What the app is in a container."""
        return image_of(self.blueprint.app, self.blueprint.functions, self.blueprint.resources)

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The roles that run all the time."""
        return roles(self.blueprint)

    @cached_property
    def migrate(self) -> Role:
        """The role that makes what an engine holds."""
        return migrate(self.image)

    @cached_property
    def engines(self) -> frozenset[str]:
        """The engines that the app needs."""
        return engines(self.image)

    @property
    def prefix(self) -> str:
        """What the schema, the streams and the users of the stage begin with."""
        return prefix_of(self.blueprint.app, self.stage.name)

    @property
    def namespace(self) -> str:
        """The namespace of the stage: a DNS label, which also names its project for Docker Compose."""
        return shortened(self.stage.prefix(), LABEL)

    @property
    def local_image(self) -> str:
        """The name of the app's image on a machine that builds it itself."""
        return f"{shortened(self.blueprint.app, LABEL)}:{self.stage.name}"

    def user(self, identity: str) -> str:
        """Return the role of PostgreSQL and user of NATS of an identity."""
        return user_name(self.prefix, identity)

    def bucket(self, name: str) -> str:
        """Return the name of a bucket in the store."""
        return bucket_name(self.blueprint.app, self.stage.name, name)

    def identities(self) -> dict[str, Role]:
        """Return the role of each identity that has accounts on engines, but for the administrator's."""
        found: dict[str, Role] = {}
        for role in self.roles:
            known = found.get(role.identity)
            both = role.engines if known is None else role.engines | known.engines
            functions = role.functions if known is None else (*known.functions, *role.functions)
            found[role.identity] = Role(role.name, role.kind, role.identity, functions, both)
        return found

    def settings(self) -> dict[str, str | None]:
        """Return the default of each setting of the app by its variable, None for one that must be given.

        So must be what leads to resources in another cloud.
        """
        found = (one for one in self.blueprint.resources if one.kind == "setting")
        defaults = {variable_name("setting", one.name): one.options.get("default") for one in found}
        return defaults | {names[0]: None for names in self.blueprint.wants}

    @property
    def store_prefix(self) -> str:
        """What the variables of the store's keys and region begin with. AWS_… may lead to another cloud."""
        return "PORTABLE_S3_" if self.blueprint.drivers else "AWS_"

    def signing_in(self, role: Role) -> tuple[str, ...]:
        """Return the variables by which the functions of a role sign in to other clouds. They may be missing."""
        found = (key for function in role.functions for key in self.abroad.get(function.name, ()))
        return tuple(dict.fromkeys(found))

    def secrets(self) -> list[str]:
        """Return the names of the app's secrets."""
        return sorted({name for role in self.roles for name in role.secrets})
