"""Calls the API with the Python client as a program does. Arguments: its URL, and a path of a file that it may write."""

import sys
import time

from headwater_client import Client, HeadwaterError, pages

url, path = sys.argv[1:]
headwater = Client(url, timeout=30)

source = headwater.create_data_source({"name": "From Python", "sourceType": "upload"})["dataSource"]
with open(path, "w+b") as file:
    file.write("The snake lives below the pier.".encode())
    file.seek(0)
    uploaded = headwater.upload_file(source["id"], file, path="Animals/Snake.md")
assert headwater.upload_file(source["id"], b"The gull lives on the pier.", path="Animals/Gull.md")
print("uploaded", uploaded["file"]["path"], uploaded["file"]["size"])

# Uploads start a sync by themselves, which may be running already.
try:
    job = headwater.start_job({"dataSourceId": source["id"], "jobType": "full_sync"})["job"]
except HeadwaterError as refusal:
    assert (refusal.status, refusal.code) == (409, "already_running"), refusal
    job = refusal.body["job"]
ended = headwater.wait_for_job(job["id"], poll_seconds=0.1)
print("job", ended["status"])

while headwater.list_documents(data_source_id=source["id"], total=True)["total"] != 2:
    listed = next(pages(headwater.list_jobs, data_source_id=source["id"], limit=1))["jobs"]
    headwater.wait_for_job(listed[0]["id"], poll_seconds=0.1)
    time.sleep(0.1)
print("documents", sorted(document["title"] for document in headwater.documents(data_source_id=source["id"], limit=1)))
print("found", headwater.search({"query": "where does the snake live?", "limit": 1})["hits"][0]["title"])

lines = list(headwater.export_lines(data_source_id=source["id"], vectors=True))
print("exported", [line["type"] for line in lines], len(lines[0]["document"]["chunks"]))
with headwater.export_documents(data_source_id=source["id"], format="parquet") as parquet:
    print("parquet", parquet.read()[:4])

tag = headwater.create_tag({"name": "from/python ä"})["tag"]
print("tag", headwater.update_tag(tag["id"], {"name": "renamed"})["tag"]["name"], headwater.delete_tag(tag["id"]))

for call in (
    lambda: headwater.get_document("00000000-0000-7000-8000-000000000000"),
    lambda: headwater.search({"query": "", "limit": 1}),
    lambda: Client("http://127.0.0.1:9", max_retries=0).list_data_sources(),
):
    try:
        call()
        raise AssertionError("it should have been refused")
    except HeadwaterError as refusal:
        print("refused", refusal.status, refusal.code, [error["field"] for error in refusal.errors])
