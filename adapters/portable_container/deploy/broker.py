"""Who may do what in NATS: the functions and resources of an app in; the users of the server out.

`users_text` is a file for the server's configuration: `include users.conf`. `runtime/image_engines` has the streams, and
`runtime/nats_rights` the rights.
"""

from __future__ import annotations

from collections.abc import Iterable

from portable.tooling.app.model import ResourceModel
from portable.tooling.infra.blueprint import DeployedFunction
from portable_container.deploy.image import image_of
from portable_container.runtime.addresses import user_name
from portable_container.runtime.image import DEPLOY
from portable_container.runtime.nats_clients import inbox_of
from portable_container.runtime.nats_rights import Rights, rights_of


def users(prefix: str, functions: Iterable[DeployedFunction], resources: Iterable[ResourceModel]) -> dict[str, Rights]:
    """Return the rights of the user of each identity."""
    found = rights_of(image_of("", functions, resources), prefix)
    return {user_name(prefix, identity): rights for identity, rights in found.items()}


SHARED = (
    "# A server has one list of users, and of two files that it includes the second replaces the first without a word. Where",
    "# several apps or stages share a server, put the users of all files into one authorization block.",
)


def users_text(prefix: str, found: dict[str, Rights]) -> str:
    """Return the `authorization` block of the server. Passwords come from variables of the server's environment.

    The variable of a user is `PASSWORD_<USER>`; its value begins with a letter and has only letters and digits.
    """
    administrator = user_name(prefix, DEPLOY)
    lines = [f'    {{ user: "{administrator}", password: ${variable_of(administrator)} }}']
    for user, rights in sorted(found.items()):
        head = f'    {{ user: "{user}", password: ${variable_of(user)}, permissions: {{'
        lines += [head, *_permissions(user, rights), "    } }"]
    return "\n".join([*SHARED, "authorization {", "  users: [", *lines, "  ]", "}", ""])


def variable_of(user: str) -> str:
    """Return the name of the variable that holds the password of a user."""
    return "PASSWORD_" + "".join(letter if letter.isalnum() else "_" for letter in user).upper()


def _permissions(user: str, rights: Rights) -> list[str]:
    allowed = [f'          "{subject}"' for subject in sorted(rights.publish)]
    inbox = "_INBOX" if rights.foreign else inbox_of(user)
    return ["      publish: { allow: [", *allowed, "      ] }", f'      subscribe: {{ allow: ["{inbox}.>"] }}']
