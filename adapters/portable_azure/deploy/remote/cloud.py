"""Who is signed in to Azure, which subscription it is, and the function apps that a stage has there.

Azure Resource Manager finds the apps by the names that the infrastructure gives them; only their 8 digits, which depend
on the subscription, are not known before.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portable.errors import NotFound, PermissionDenied, PortableError
from portable.tooling.infra.blueprint import DeployedFunction
from portable.tooling.infra.remote import Running
from portable.tooling.remote.rest import Caller
from portable_azure.deploy.infra.places import UNIQUE, AzurePlaces

SIGN_IN = (
    "Sign in to Azure, for example with `az login`, or give AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
)
INSTALL = "portable-functions[azure]"
SITES = "2024-04-01"
"""The version of the API of function apps (Microsoft.Web)."""
_SUBSCRIPTIONS = "2022-12-01"
_VARIABLES = ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID")


@dataclass(frozen=True)
class Endpoints:
    """Where Azure's APIs are, and the scopes of their tokens. `scheme` is that of the function apps themselves."""

    management: str = "https://management.azure.com"
    logs: str = "https://api.loganalytics.azure.com"
    logs_scope: str = "https://api.loganalytics.io/.default"
    scheme: str = "https"

    @property
    def scope(self) -> str:
        """The scope of tokens for management and for publishing code."""
        return f"{self.management}/.default"


@dataclass(frozen=True)
class App:
    """A function app: its name, its identity in the infrastructure, its id in Azure, its host and that of its code."""

    name: str
    identity: str
    id: str
    host: str
    code_host: str
    functions: tuple[DeployedFunction, ...]


Token = Callable[[str], str]
"""Returns a token for a scope."""


class AzureCloud:
    """A stage on Azure."""

    def __init__(self, running: Running, endpoints: Endpoints, token: Token) -> None:
        self.running, self.endpoints = running, endpoints
        self.places = AzurePlaces(running.blueprint, running.stage)
        self.management = Caller("Azure", lambda: token(endpoints.scope), SIGN_IN, INSTALL)
        self.host = Caller("the function app", None, SIGN_IN, INSTALL)
        self.monitoring = Caller("Azure Monitor", lambda: token(endpoints.logs_scope), SIGN_IN, INSTALL)

    @cached_property
    def subscription(self) -> str:
        """The id of the subscription: of the last deployment, of a variable, or the only one there is."""
        given = (self.running.outputs.get("subscription"), *(os.environ.get(name) for name in _VARIABLES))
        known = next((each for each in given if each), None)
        if known is not None:
            return str(known)
        url = f"{self.endpoints.management}/subscriptions?api-version={_SUBSCRIPTIONS}"
        found = (self.management.json("asking for the subscriptions", "GET", url) or {}).get("value", [])
        if len(found) == 1:
            return str(found[0]["subscriptionId"])
        named = ", ".join(f"{each['subscriptionId']} ({each.get('displayName')})" for each in found) or "none"
        raise PortableError(f"give the subscription in {_VARIABLES[0]}; who is signed in may use: {named}")

    @property
    def group(self) -> str:
        """The path of the stage's resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.places.group}"

    @cached_property
    def apps(self) -> dict[str, App]:
        """The function apps of the stage by name. Raises NotFound where nothing is deployed."""
        url = f"{self.endpoints.management}{self.group}/providers/Microsoft.Web/sites?api-version={SITES}"
        try:
            found: list[Any] = []
            page: str | None = url
            while page:
                reply = self.management.json(f"looking for the function apps in {self.places.group}", "GET", page) or {}
                found += reply.get("value", [])
                page = reply.get("nextLink")
        except NotFound as error:
            raise NotFound(f"{error}. {self.running.deploy_first}, or choose another subscription") from error
        apps = {}
        for identity, functions in self.places.apps.items():
            pattern = re.compile(re.escape(self.places.app(identity)).replace(re.escape(UNIQUE), "[0-9a-f]{8}"))
            site = next((each for each in found if pattern.fullmatch(each["name"])), None)
            if site is not None:
                apps[site["name"]] = self._app(site, identity, functions)
        if not apps:
            raise NotFound(f"{self.places.group} has no function app of this app. {self.running.deploy_first}")
        return apps

    def app_of(self, function: str) -> App:
        """Return the function app that runs a function. Raises NotFound where it is not there yet."""
        for app in self.apps.values():
            if any(each.name == function for each in app.functions):
                return app
        raise NotFound(f"{function} is in no function app of {self.places.group} yet. {self.running.deploy_first}")

    def _app(self, site: dict[str, Any], identity: str, functions: tuple[DeployedFunction, ...]) -> App:
        properties = site["properties"]
        host = properties["defaultHostName"]
        states = properties.get("hostNameSslStates") or ()
        code = next((each["name"] for each in states if each.get("hostType") == "Repository"), None)
        name, _, rest = host.partition(".")
        return App(site["name"], identity, site["id"], host, code or f"{name}.scm.{rest}", functions)


class SignedIn:
    """Gives tokens of whoever is signed in here (azure-identity), for a scope."""

    def __call__(self, scope: str) -> str:
        """Return a token. Raises PermissionDenied when nobody is signed in."""
        credential = self._credential
        from azure.core.exceptions import ClientAuthenticationError

        try:
            return str(credential.get_token(scope).token)
        except ClientAuthenticationError as error:
            first = str(error).strip().splitlines()[0]
            raise PermissionDenied(f"nobody is signed in to Azure ({first}). {SIGN_IN}") from error

    @cached_property
    def _credential(self) -> Any:
        try:
            from azure.identity import DefaultAzureCredential
        except ImportError as error:
            raise PortableError(f'this needs azure-identity: pip install "{INSTALL}"') from error
        return DefaultAzureCredential()
