"""samples/photos as a Chalice app: the same routes and events; boto3, which Lambda has, and msgspec for the typed job."""

from __future__ import annotations

import json

import boto3
import msgspec
from chalice import Chalice, NotFoundError, Response

app = Chalice(app_name="photos")
s3 = boto3.client("s3")


class Job(msgspec.Struct):
    source: str
    target: str


@app.route("/photos/{name}", methods=["PUT"], content_types=["application/octet-stream"])
def upload(name):
    s3.put_object(Bucket="photos", Key=f"originals/{name}", Body=app.current_request.raw_body)
    return Response({"stored": name}, status_code=201)


@app.route("/photos/{name}", methods=["GET"])
def download(name):
    try:
        return Response(s3.get_object(Bucket="photos", Key=f"originals/{name}")["Body"].read())
    except s3.exceptions.NoSuchKey:
        raise NotFoundError(name) from None


@app.route("/photos")
def catalog():
    found = s3.list_objects_v2(Bucket="photos", Prefix="index/").get("Contents", [])
    return [json.loads(s3.get_object(Bucket="photos", Key=item["Key"])["Body"].read()) for item in found]


@app.on_s3_event(bucket="photos", events=["s3:ObjectCreated:*"], prefix="originals/")
def index(event):
    size = s3.head_object(Bucket="photos", Key=event.key)["ContentLength"]
    s3.put_object(Bucket="photos", Key=f"index/{event.key}.json", Body=json.dumps({"size": size}).encode())


@app.on_sqs_message(queue="jobs", batch_size=1)
def work(event):
    for record in event:
        job = msgspec.json.decode(record.body, type=Job)
        s3.copy_object(Bucket="photos", Key=job.target, CopySource={"Bucket": "photos", "Key": job.source})


@app.schedule("cron(0 3 ? * MON-FRI *)")
def nightly(event):
    count = s3.list_objects_v2(Bucket="photos", Prefix="originals/")["KeyCount"]
    s3.put_object(Bucket="photos", Key="reports/today.json", Body=json.dumps({"photos": count}).encode())
