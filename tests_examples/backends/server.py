"""An S3 server on loopback with an empty bucket, until its input ends: prints its address.

It runs in the environment of `requirements.txt`.
"""

from __future__ import annotations

import sys

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "my-bucket"

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
address = f"http://{host}:{port}"
client = boto3.client(
    "s3",
    endpoint_url=address,
    region_name="us-east-1",
    aws_access_key_id="key",
    aws_secret_access_key="secret",
)
client.create_bucket(Bucket=BUCKET)
sys.stdout.write(f"{address}\n")
sys.stdout.flush()
sys.stdin.read()
for found in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
    sys.stdout.write(f"{found['Key']}\n")
server.stop()
