"""Mistakes with requests: a client without a response sends its request again, and two clients send at the same time."""

from __future__ import annotations

from mutants.form import PLAIN, REQUESTS, mistake


@mistake(
    "An idempotent function makes a new id at each call, so a call that dies half way and the next one use different ids.",
    right="Make the id from the Idempotency-Key: the next call then writes the same rows again.",
    app="""
seen = Table("seen", key="id", ttl="ends")
orders = Table("orders", key="id")

@function(http.post("/orders"), idempotent=Idempotent(seen))
def place(
    key: Annotated[str, http.Header("Idempotency-Key")], body: dict, rows: Annotated[TableWriter, orders]
) -> Response:
    rows.put({"id": key, "item": body["item"]})
    return Response.json({}, status=201)
""",
    change={'{"id": key,': '{"id": uuid.uuid4().hex,'},
)
def an_order_is_placed_once(cloud, app):
    for item in ("tea", "milk"):
        headers = {"Idempotency-Key": f"key-{item}"}
        cloud.http.post("/orders", json={"item": item}, headers=headers).expect(201)
    cloud.settle()
    assert len(cloud.table(app.orders).rows()) == 2


@mistake(
    "A POST with an Idempotency-Key is handled again when its client sends it again.",
    right="Use idempotent=Idempotent(table): the client gets the first response again.",
    app="""
seen = Table("seen", key="id", ttl="ends")
seats = Table("seats", key="seat")

@function(http.post("/seats/{seat}"), idempotent=Idempotent(seen))
def take(
    seat: str, who: Annotated[str, http.Header("Idempotency-Key")], rows: Annotated[TableReadWriter, seats]
) -> Response:
    try:
        rows.put({"seat": seat, "who": who}, if_absent=True)
    except Conflict:
        if rows.get(seat)["who"] != who:
            return Response.json({"error": "taken"}, status=409)
    return Response.json({}, status=201)
""",
    change={
        ", idempotent=Idempotent(seen))": ")",
        """        if rows.get(seat)["who"] != who:
            return Response.json({"error": "taken"}, status=409)
""": """        return Response.json({"error": "taken"}, status=409)
""",
    },
)
def a_seat_is_still_mine(cloud, app):
    cloud.http.post("/seats/1a", headers={"Idempotency-Key": "ada"}).expect(201)
    cloud.http.post("/seats/1a", headers={"Idempotency-Key": "bob"}).expect(409)


@mistake(
    "A PUT is refused the second time, although only its first half was done.",
    right="Do all of it again.",
    app="""
members = Table("members", key="name")
mails = Queue("mails")
mailed = Table("mailed", key="name")

@function(http.put("/members/{name}"))
def join(name: str, rows: Annotated[TableWriter, members], out: Annotated[QueueSender, mails]) -> Response:
    rows.put({"name": name})
    out.send(name)
    return Response.json({}, status=201)

@function(mails.messages())
def mail(message: Message[str], rows: Annotated[TableWriter, mailed]) -> None:
    rows.put({"name": message.payload})
""",
    change={
        '    rows.put({"name": name})\n': """    try:
        rows.put({"name": name}, if_absent=True)
    except Conflict:
        return Response.json({}, status=201)
"""
    },
    found_by=REQUESTS,
)
def a_member_is_greeted(cloud, app):
    cloud.http.put("/members/ada").expect(201)
    cloud.settle()
    assert [row["name"] for row in cloud.table(app.mailed).rows()] == ["ada"]


@mistake(
    "A POST makes a new id at each call.",
    right="Take the id from the client, or make it from the data that it sends.",
    app="""
orders = Table("orders", key="id")

@function(http.post("/carts/{cart}/order"))
def place(cart: str, rows: Annotated[TableWriter, orders]) -> Response:
    rows.put({"id": cart})
    return Response.json({}, status=201)
""",
    change={'{"id": cart}': '{"id": f"{cart}-{uuid.uuid4()}"}'},
    found_by=REQUESTS,
)
def a_cart_is_ordered_once(cloud, app):
    cloud.http.post("/carts/c1/order").expect(201)
    assert len(cloud.table(app.orders).rows()) == 1


@mistake(
    "A DELETE replies 404 to a client that did not get the first response.",
    right="Reply 204 if the object does not exist.",
    app="""
notes = Table("notes", key="id")

@function(http.delete("/notes/{id}"))
def remove(id: str, rows: Annotated[TableReadWriter, notes]) -> Response:
    rows.delete(id)
    return Response(status=204)
""",
    change={
        "    rows.delete(id)\n": "    if rows.get(id, default=None) is None:\n        raise HTTPError(404)\n    rows.delete(id)\n"
    },
    found_by=REQUESTS,
)
def a_note_is_deleted(cloud, app):
    cloud.table(app.notes).put({"id": "n1"})
    cloud.http.delete("/notes/n1").expect(204)
    assert cloud.table(app.notes).rows() == []


@mistake(
    "A PATCH adds to a value.",
    right="Use a PUT of the new value, or a key that identifies the change.",
    app="""
likes = Table("likes", key="post", sort="who")

@function(http.put("/posts/{post}/likes/{who}"))
def like(post: str, who: str, rows: Annotated[TableWriter, likes]) -> Response:
    rows.put({"post": post, "who": who, "likes": 1})
    return Response(status=204)
""",
    change={'rows.put({"post": post, "who": who, "likes": 1})': 'rows.update(post, "all", add={"likes": 1})'},
    found_by=REQUESTS,
)
def each_likes_once(cloud, app):
    for who in ("ada", "bob"):
        cloud.http.put(f"/posts/p/likes/{who}").expect(204)
    assert sum(row["likes"] for row in cloud.table(app.likes).query("p").items) == 2


@mistake(
    "The code checks whether a name is free, and then writes it.",
    right="Put it only if it is absent.",
    app="""
users = Table("users", key="name")

@function(http.post("/users/{name}"))
def sign_up(name: str, by: str, rows: Annotated[TableReadWriter, users]) -> Response:
    try:
        rows.put({"name": name, "by": by}, if_absent=True)
    except Conflict:
        raise HTTPError(409) from None
    return Response.json({}, status=201)
""",
    change={
        """    try:
        rows.put({"name": name, "by": by}, if_absent=True)
    except Conflict:
        raise HTTPError(409) from None
""": """    if rows.get(name, default=None) is not None:
        raise HTTPError(409)
    rows.put({"name": name, "by": by})
"""
    },
    found_by=PLAIN,
)
def a_name_is_taken_once(cloud, app):
    found = cloud.at_once(
        lambda: cloud.http.post("/users/ada", params={"by": "1"}),
        lambda: cloud.http.post("/users/ada", params={"by": "2"}),
    )
    assert sorted(each.status_code for each in found) == [201, 409]


@mistake(
    "A request overwrites what a message wrote after the request had read the row.",
    right="Change only the field of the request.",
    app="""
users = Table("users", key="name")
visits = Queue("visits")

@function(http.put("/users/{name}/color"))
def color(name: str, body: str, rows: Annotated[TableReadWriter, users]) -> None:
    rows.update(name, set={"color": body})

@function(http.put("/users/{name}/city"))
def city(name: str, body: str, rows: Annotated[TableReadWriter, users]) -> None:
    rows.update(name, set={"city": body})
""",
    change={'    rows.update(name, set={"color": body})\n': '    rows.put({**rows.get(name), "color": body})\n'},
    found_by=PLAIN,
)
def both_changes_are_kept(cloud, app):
    cloud.table(app.users).put({"name": "ada"})
    text = {"content-type": "text/plain"}
    cloud.at_once(
        lambda: cloud.http.put("/users/ada/color", content="red", headers=text),
        lambda: cloud.http.put("/users/ada/city", content="Rome", headers=text),
    )
    assert cloud.table(app.users).get("ada") == {"name": "ada", "color": "red", "city": "Rome"}


@mistake(
    "The handler retries a failed send, and the receiver counts each message.",
    right="Give the message a fixed id, so that the receiver recognizes a duplicate.",
    app="""
clicks = Queue("clicks")
there = Table("there", key="click")

@function(http.post("/clicks/{click}"), idempotent=Idempotent(Table("seen", key="id")))
def click(click: str, out: Annotated[QueueSender, clicks]) -> Response:
    for _ in range(3):
        try:
            out.send(click)
            break
        except Unavailable:
            continue
    return Response(status=202)

@function(clicks.messages())
def count(message: Message[str], rows: Annotated[TableWriter, there]) -> None:
    rows.put({"click": message.payload, "clicks": 1})
""",
    change={'rows.put({"click": message.payload, "clicks": 1})': 'rows.update("all", add={"clicks": 1})'},
)
def each_click_counts_once(cloud, app):
    for click in ("a", "b"):
        cloud.http.post(f"/clicks/{click}").expect(202)
    cloud.settle()
    assert sum(row["clicks"] for row in cloud.table(app.there).rows()) == 2


@mistake(
    "A queue that drops duplicates gets a different deduplication id for each duplicate.",
    right="Use the id of the job as the deduplication id, and store the result under it, too.",
    app="""
jobs = Queue("jobs", deduplicated=True)
runs = Table("runs", key="job")

@function(http.post("/jobs/{job}"))
def start(job: str, out: Annotated[QueueSender, jobs]) -> Response:
    out.send(job, deduplicate=job)
    return Response(status=202)

@function(jobs.messages())
def run(message: Message[str], rows: Annotated[TableWriter, runs]) -> None:
    rows.put({"id": message.payload, "job": message.payload})
""",
    change={
        "deduplicate=job)": "deduplicate=uuid.uuid4().hex)",
        '{"id": message.payload, "job": message.payload}': '{"job": message.id}',
    },
    found_by=REQUESTS,
)
def a_job_is_started_once(cloud, app):
    cloud.http.post("/jobs/sweep").expect(202)
    cloud.settle()
    assert len(cloud.table(app.runs).rows()) == 1
