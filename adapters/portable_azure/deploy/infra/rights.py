"""What a portable action needs on Azure: exact actions of the control plane and of the data plane. `docs/security.md` shows the map.

Sources: "Authorize with Microsoft Entra ID", permissions for blob and queue service operations; Azure resource provider
operations; "Azure Cosmos DB for NoSQL data plane actions". Each action is there because a driver or the host calls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_BLOBS = "Microsoft.Storage/storageAccounts/blobServices"
_QUEUES = "Microsoft.Storage/storageAccounts/queueServices/queues"
_ITEMS = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers"


@dataclass(frozen=True, slots=True)
class Rights:
    """Actions of a role: those of the control plane, and those of the data plane."""

    actions: frozenset[str] = field(default_factory=frozenset)
    data: frozenset[str] = field(default_factory=frozenset)

    def __or__(self, more: Rights) -> Rights:
        """Return both together."""
        return Rights(self.actions | more.actions, self.data | more.data)


def _data(*actions: str) -> Rights:
    return Rights(data=frozenset(actions))


_READ_BLOB = f"{_BLOBS}/containers/blobs/read"
_WRITE_BLOB = f"{_BLOBS}/containers/blobs/write"
_READ_MESSAGE, _ADD_MESSAGE = f"{_QUEUES}/messages/read", f"{_QUEUES}/messages/add/action"
_PROCESS_MESSAGE = f"{_QUEUES}/messages/process/action"
_READ_ROW, _CREATE_ROW = f"{_ITEMS}/items/read", f"{_ITEMS}/items/create"
_REPLACE_ROW, _DELETE_ROW = f"{_ITEMS}/items/replace", f"{_ITEMS}/items/delete"

ABILITIES: Mapping[str, Mapping[str, Rights]] = {
    "bucket": {
        "get": _data(_READ_BLOB),
        "list": _data(_READ_BLOB),
        "put": _data(_WRITE_BLOB),
        "delete": Rights(frozenset((f"{_BLOBS}/containers/write",)), frozenset((f"{_BLOBS}/containers/blobs/delete",))),
        "sign": _data(_READ_BLOB, _WRITE_BLOB),
    },
    "table": {
        "get": _data(_READ_ROW),
        "query": _data(f"{_ITEMS}/executeQuery"),
        "put": _data(f"{_ITEMS}/items/upsert", _READ_ROW, _CREATE_ROW, _REPLACE_ROW),
        "update": _data(_READ_ROW, _CREATE_ROW, _REPLACE_ROW, _DELETE_ROW),
        "delete": _data(_READ_ROW, _DELETE_ROW),
    },
    "queue": {
        "send": _data(_ADD_MESSAGE),
        "count": Rights(frozenset((f"{_QUEUES}/read",))),
        "peek": _data(_READ_MESSAGE),
        "redrive": Rights(),
    },
    "topic": {"publish": _data("Microsoft.EventGrid/events/send/action")},
    "stream": {"send": _data("Microsoft.EventHub/namespaces/messages/send/action")},
    "secret": {"read": _data("Microsoft.KeyVault/vaults/secrets/getSecret/action")},
    "setting": {"read": Rights()},
}
"""By kind of resource and portable action.

obstore deletes by a batch, which the service allows only to who may write the container. A conditional write reads the row
first; `require` of a transaction creates and deletes one. `redrive` is on two queues: `MOVED_FROM` and `send`.
"""
SENDS = ABILITIES["queue"]["send"]
MOVED_FROM = _data(_READ_MESSAGE, _PROCESS_MESSAGE)
"""Taking dead letters out of their queue."""
FED = Rights(frozenset((f"{_QUEUES}/read",)), frozenset((_READ_MESSAGE, _PROCESS_MESSAGE, f"{_QUEUES}/messages/write")))
"""What the host needs of the queue that feeds a function: it takes, hides and gives back messages."""
FOLLOWED = _data("Microsoft.EventHub/namespaces/messages/receive/action")
"""What the host needs of an event hub that a function follows."""
SIGNS = Rights(frozenset((f"{_BLOBS}/generateUserDelegationKey/action",)))
"""What signing URLs needs of the whole account: a key that carries the rights of who asks for it, and no others."""
CONTAINER_METADATA = _data("Microsoft.DocumentDB/databaseAccounts/readMetadata")
"""What every client of a table needs first."""
TELEMETRY = _data("Microsoft.Insights/Metrics/Write", "Microsoft.Insights/Telemetry/Write")
FILES_WRITTEN = _data(_READ_BLOB, _WRITE_BLOB, f"{_BLOBS}/containers/blobs/delete")
"""What whoever applies the configuration needs of the account of a site: Terraform brings its files."""
SECRETS_WRITTEN = _data(
    *(
        f"Microsoft.KeyVault/vaults/secrets/{action}"
        for action in ("getSecret/action", "setSecret/action", "readMetadata/action", "delete", "recover/action")
    )
)
"""What whoever applies the configuration needs of the vault: Terraform makes secrets without their value."""

BUILT_IN: Mapping[Rights, str] = {
    SENDS: "Storage Queue Data Message Sender",
    MOVED_FROM: "Storage Queue Data Message Processor",
    _data(_READ_MESSAGE) | Rights(frozenset((f"{_QUEUES}/read",))): "Storage Queue Data Reader",
    SIGNS: "Storage Blob Delegator",
}
"""Azure's own roles that hold exactly some rights ("Azure built-in roles"). For all others the app has roles of its own."""
HOST = "Storage Blob Data Owner"
"""The role that Microsoft asks for on the storage of a function app's host ("Connecting to host storage with an identity").
That account holds nothing but the host's own state and the code."""
