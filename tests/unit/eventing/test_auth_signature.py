"""Signatures of webhooks. The first cases are the worked examples of the documents that define the schemes."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from searches import examples
from unit.eventing.callers import NOW, At, Known, asking, refused

from portable import ConfigurationError, Secret, http
from portable.eventing.auth import SCHEMES
from portable.eventing.auth_signature import SignatureVerifier

KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()


def check_of(scheme: Any, secret: str = KEY, tolerance: int = 300) -> SignatureVerifier:
    auth = http.signature(Secret("hook"), scheme, tolerance)
    return SignatureVerifier(auth, Known(secrets={"hook": secret}))  # type: ignore[arg-type]


def mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def signed(scheme: str, body: bytes, key: str = KEY, at: float = NOW, name: str = "msg_1") -> dict[str, str]:
    """Return the headers that the sender of a scheme would send, written here anew from its document."""
    time = str(int(at))
    if scheme == "github":
        return {"X-Hub-Signature-256": "sha256=" + mac(key.encode(), body).hex()}
    if scheme == "stripe":
        return {"Stripe-Signature": f"t={time},v0=aa,v1={mac(key.encode(), f'{time}.'.encode() + body).hex()}"}
    if scheme == "slack":
        text = f"v0:{time}:".encode() + body
        return {"X-Slack-Signature": "v0=" + mac(key.encode(), text).hex(), "X-Slack-Request-Timestamp": time}
    found = mac(base64.b64decode(key.removeprefix("whsec_")), f"{name}.{time}.".encode() + body)
    return {
        "webhook-id": name,
        "webhook-timestamp": time,
        "webhook-signature": "v1," + base64.b64encode(found).decode(),
    }


def test_the_example_of_github() -> None:
    check = check_of("github", "It's a Secret to Everybody")
    mark = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert check(asking({"X-Hub-Signature-256": mark}, b"Hello, World!"), At()).subject == "github"
    refused(check, asking({"X-Hub-Signature-256": mark}, b"Hello, World"))


def test_the_example_of_slack() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        "X-Slack-Request-Timestamp": "1531420618",
    }
    found = check_of("slack", "8f742231b10e8888abcd99yyyzzz85a5")(asking(headers, body), At(1531420618))
    assert (found.subject, found.claims["timestamp"]) == ("slack", 1531420618)


def test_the_example_of_standard_webhooks() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    check = check_of("standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = check(asking(headers, b'{"test": 2432232314}'), At(1614265330))
    assert found.claims["id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_signed_request_gets_in_and_a_changed_one_does_not(scheme: str) -> None:
    body, check = b'{"paid": 5}\xff\r\n', check_of(scheme)
    headers = signed(scheme, body)
    assert check(asking(headers, body), At()).subject == scheme
    for other in (b"", body + b" ", body.replace(b"5", b"6"), body.strip()):
        refused(check, asking(headers, other))
    for name in headers:
        refused(check, asking({key: value for key, value in headers.items() if key != name}, body))
        refused(check, asking({**headers, name: ""}, body))
        refused(check, asking({**headers, name: headers[name][:-1]}, body))
        refused(check, asking({**headers, name: headers[name] + "0"}, body))
        refused(check, asking({**headers, name: "ü" + headers[name]}, body))
    refused(check, asking(signed(scheme, body, "whsec_" + base64.b64encode(b"o" * 24).decode()), body))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_secret_is_no_signature(scheme: str) -> None:
    with pytest.raises(ConfigurationError, match="is empty"):
        check_of(scheme, " \n ")(asking(signed(scheme, b""), b""), At())


@pytest.mark.parametrize("scheme", ["stripe", "slack", "standard-webhooks"])
def test_the_tolerance_holds_on_both_sides(scheme: str) -> None:
    check = check_of(scheme, tolerance=60)
    for late in (-60, -1, 0, 60):
        assert check(asking(signed(scheme, b"x"), b"x"), At(NOW + late))
    for late in (-3600, -61, 61, 3600):
        refused(check, asking(signed(scheme, b"x"), b"x"), NOW + late)


@pytest.mark.parametrize("time", ["", "-1", "+5", "1e9", "1.5", " 1790000000", "١٧٩٠٠٠٠٠٠٠", "0x10", "9" * 5000, "NaN"])
@pytest.mark.parametrize("scheme", ["stripe", "slack", "standard-webhooks"])
def test_the_time_of_signing_is_a_number_of_seconds(scheme: str, time: str) -> None:
    """The signature is right for this text, so only the reading of the time refuses it."""
    body = b"x"
    if scheme == "stripe":
        headers = {"stripe-signature": f"t={time},v1={mac(KEY.encode(), f'{time}.x'.encode()).hex()}"}
    elif scheme == "slack":
        mark = mac(KEY.encode(), f"v0:{time}:x".encode()).hex()
        headers = {"x-slack-signature": f"v0={mark}", "x-slack-request-timestamp": time}
    else:
        mark = base64.b64encode(mac(b"k" * 24, f"m.{time}.x".encode())).decode()
        headers = {"webhook-id": "m", "webhook-timestamp": time, "webhook-signature": f"v1,{mark}"}
    refused(check_of(scheme), asking(headers, body))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_secret_is_replaced_without_a_break(scheme: str) -> None:
    new = "whsec_" + base64.b64encode(b"n" * 32).decode()
    both = check_of(scheme, f"{KEY}\r\n {new} \n")
    for key in (KEY, new):
        assert both(asking(signed(scheme, b"x", key), b"x"), At())
    refused(check_of(scheme, new), asking(signed(scheme, b"x", KEY), b"x"))


def test_one_of_several_signatures_is_enough() -> None:
    right = signed("stripe", b"x")["Stripe-Signature"]
    time, _, mark = right.split(",")
    for sent in (f"{time},v1={'0' * 64},{mark}", f"{mark},v1=zz, {time}", f"{time},v0={'1' * 64},{mark},scheme=1,"):
        assert check_of("stripe")(asking({"stripe-signature": sent}, b"x"), At())
    for sent in (
        f"{time},v0={mark[3:]}",
        f"{time},v1={'0' * 64}",
        f"{time},{time},{mark}",
        mark,
        time,
        f"{time},v1=",
        ",",
    ):
        refused(check_of("stripe"), asking({"stripe-signature": sent}, b"x"))

    headers = signed("standard-webhooks", b"x")
    mark = headers["webhook-signature"]
    for sent in (f"v1,{'A' * 43}= {mark}", f"{mark} v1a,xx", f"  {mark}  x"):
        assert check_of("standard-webhooks")(asking({**headers, "webhook-signature": sent}, b"x"), At())
    for sent in (
        mark.replace("v1,", "v1a,"),
        mark[3:],
        mark.replace("v1,", "v2,"),
        mark.replace("v1,", ""),
        f"{mark},{mark}",
    ):
        refused(check_of("standard-webhooks"), asking({**headers, "webhook-signature": sent}, b"x"))


def test_two_copies_of_a_header_are_not_one_signature() -> None:
    for scheme in ("github", "stripe", "slack"):
        headers = [*signed(scheme, b"x").items(), *signed(scheme, b"x").items()]
        refused(check_of(scheme), asking(headers, b"x"))


def test_a_part_of_the_body_cannot_become_a_part_of_the_id() -> None:
    time = str(int(NOW))
    headers = signed("standard-webhooks", f"{time}.x".encode())
    moved = {**headers, "webhook-id": f"{headers['webhook-id']}.{time}"}
    refused(check_of("standard-webhooks"), asking(moved, b"x"))


def test_the_old_hash_of_github_is_not_enough() -> None:
    mark = hmac.digest(KEY.encode(), b"x", "sha1").hex()
    for headers in ({"x-hub-signature": f"sha1={mark}"}, {"x-hub-signature-256": f"sha1={mark}"}):
        refused(check_of("github"), asking(headers, b"x"))


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!", "whsec_MfKQ9r8", "ключ", "whsec_MfKQ9r8GKYqr\nwhsec_?"])
def test_a_secret_that_is_no_key_of_standard_webhooks_says_so(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="whsec_") as caught:
        check_of("standard-webhooks", secret)(asking(signed("standard-webhooks", b""), b""), At())
    assert secret not in str(caught.value) or secret == "whsec_"


@given(st.sampled_from(SCHEMES), st.text(max_size=80), st.text(max_size=20))
@examples(80)
def test_no_header_breaks_the_check(scheme: str, sent: str, time: str) -> None:
    names = ("x-hub-signature-256", "stripe-signature", "x-slack-signature", "webhook-signature")
    headers = dict.fromkeys(names, sent) | {
        "x-slack-request-timestamp": time,
        "webhook-timestamp": time,
        "webhook-id": time,
    }
    refused(check_of(scheme), asking(headers, b"x"))
