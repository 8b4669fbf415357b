"""Mistakes between two instances of a function: what one of them guards or takes, the other does not know."""

from __future__ import annotations

from mutants.form import mistake


@mistake(
    "A lock of the module guards what is looked for and then written.",
    right="Put the row only if it is absent.",
    app="""
rows_ = Table("rows", key="id")

@function(http.post("/take/{who}"))
def take(who: str, rows: Annotated[TableReadWriter, rows_]) -> Response:
    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
    return Response(status=201)
""",
    change={
        'rows_ = Table("rows", key="id")\n': """rows_ = Table("rows", key="id")
lock = threading.Lock()
""",
        """    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
""": """    with lock:
        if rows.get("seat", default=None) is not None:
            return Response(status=409)
        rows.put({"id": "seat", "who": who})
""",
    },
)
def two_callers_get_one_seat(cloud, app):
    found = cloud.at_once(lambda: cloud.http.post("/take/a"), lambda: cloud.http.post("/take/b"))
    assert sorted(f.status_code for f in found) == [201, 409]


@mistake(
    "An asyncio.Lock guards what is looked for and then written.",
    right="Put the row only if it is absent.",
    app="""
rows_ = Table("rows", key="id")

@function(http.post("/take/{who}"))
async def take(who: str, rows: Annotated[AsyncTableReadWriter, rows_]) -> Response:
    try:
        await rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
    return Response(status=201)
""",
    change={
        'rows_ = Table("rows", key="id")\n': """rows_ = Table("rows", key="id")
lock = asyncio.Lock()
""",
        """    try:
        await rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
""": """    async with lock:
        if await rows.get("seat", default=None) is not None:
            return Response(status=409)
        await rows.put({"id": "seat", "who": who})
""",
    },
)
def two_callers_of_an_async_handler_get_one_seat(cloud, app):
    found = cloud.at_once(lambda: cloud.http.post("/take/a"), lambda: cloud.http.post("/take/b"))
    assert sorted(f.status_code for f in found) == [201, 409]


@mistake(
    "A semaphore lets one call of the process through at a time.",
    right="Put the row only if it is absent.",
    app="""
rows_ = Table("rows", key="id")

@function(http.post("/take/{who}"))
def take(who: str, rows: Annotated[TableReadWriter, rows_]) -> Response:
    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
    return Response(status=201)
""",
    change={
        'rows_ = Table("rows", key="id")\n': """rows_ = Table("rows", key="id")
gate = threading.Semaphore(1)
""",
        """    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
""": """    with gate:
        if rows.get("seat", default=None) is not None:
            return Response(status=409)
        rows.put({"id": "seat", "who": who})
""",
    },
)
def one_seat_is_taken_at_a_time(cloud, app):
    found = cloud.at_once(lambda: cloud.http.post("/take/a"), lambda: cloud.http.post("/take/b"))
    assert sorted(f.status_code for f in found) == [201, 409]


@mistake(
    "A set of the module knows what is taken.",
    right="Put the row only if it is absent.",
    app="""
rows_ = Table("rows", key="id")

@function(http.post("/take/{who}"))
def take(who: str, rows: Annotated[TableReadWriter, rows_]) -> Response:
    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
    return Response(status=201)
""",
    change={
        'rows_ = Table("rows", key="id")\n': """rows_ = Table("rows", key="id")
taken = set()
""",
        """    try:
        rows.put({"id": "seat", "who": who}, if_absent=True)
    except Conflict:
        return Response(status=409)
""": """    if "seat" in taken:
        return Response(status=409)
    taken.add("seat")
    rows.get("seat", default=None)
    rows.put({"id": "seat", "who": who})
""",
    },
)
def a_seat_is_taken_once(cloud, app):
    found = cloud.at_once(lambda: cloud.http.post("/take/a"), lambda: cloud.http.post("/take/b"))
    assert sorted(f.status_code for f in found) == [201, 409]
