"""What the documents' commands find before them: a stage of each name is prepared here."""

import io
import json
import shutil
import time
import urllib.request
import zipfile

from aws_stub import Stub
from documents import SECONDS, Failed
from millrace import CRIMES, ROOT, ROWS, bucket_of, buckets, delivered

# `template.yaml`, `MyStream`, `mydb.mytable` and `rows.csv` of the documents: somebody's own.
OWN_TEMPLATE = """\
Resources:
  Source:
    Type: AWS::Kinesis::Stream
    Properties: {Name: MyStream, ShardCount: 2}
  Bucket:
    Type: AWS::S3::Bucket
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration:
        KinesisStreamARN: !GetAtt Source.Arn
        RoleARN: arn:aws:iam::000000000000:role/any
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        RoleARN: arn:aws:iam::000000000000:role/any
        Prefix: rows/
        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}
        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: AppendDelimiterToRecord
              Parameters: [{ParameterName: Delimiter, ParameterValue: '\\n'}]
  Database:
    Type: AWS::Glue::Database
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseInput: {Name: mydb}
  Table:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: mytable
        TableType: EXTERNAL_TABLE
        StorageDescriptor:
          Location: !Sub s3://${Bucket}/rows/
          InputFormat: org.apache.hadoop.mapred.TextInputFormat
          OutputFormat: org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat
          SerdeInfo:
            SerializationLibrary: org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe
            Parameters: {field.delim: '|'}
          Columns: [{Name: id, Type: int}, {Name: name, Type: string}]
"""
OWN_ROWS = "id,name\n" + "".join(f"{i},row {i}\n" for i in range(1, 101))

HANDLER = "def handler(event, context):\n    return event\n"


def source(stage):
    """The source folder, as far as commands read it, and files of the samples' shapes as one's own."""
    (stage.dir / "data").symlink_to(ROOT / "data")
    shutil.copy(CRIMES / "crimes.csv", stage.dir / "reports.csv")
    shutil.copy(ROOT / "data/reviews/reviews.csv", stage.dir / "mine.csv")


def own(stage):
    stage.write("template.yaml", OWN_TEMPLATE)
    stage.write("rows.csv", OWN_ROWS)


def put(stage):
    own(stage)
    stage.serve("template.yaml", "--state-delay", "0", "-q")
    stage.said.append("export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1")


def sdk(stage):
    stage.write("decode.py", HANDLER)
    if shutil.which("zip") is None:  # no reason to install it: Python makes the same file
        program = stage.dir / ".bin/zip"
        program.write_text('#!/bin/sh\nexec python3 -m zipfile -c "$@"\n')
        program.chmod(0o755)


def running(stage):
    """A server of the sample, of whose address the shell knows."""
    stage.serve(CRIMES / "template.yaml", "--state-delay", "0", "-q")
    stage.said.append(f"export AWS_ENDPOINT_URL=http://localhost:{stage.port}")


def seed(stage):
    stage.write("template.yaml", "Resources: {Crimes: {Type: AWS::Kinesis::Stream, Properties: "
                "{Name: crimes, ShardCount: 1}}}")
    stage.serve("template.yaml", "-q")


def short_sample(stage, rows=200):
    """The sample with few rows and buffers of a second: commands in real time end soon."""
    shutil.copytree(CRIMES / "handlers", stage.dir / "handlers")
    text = (CRIMES / "template.yaml").read_text()
    for old, new in (
        ("{SizeInMBs: 1, IntervalInSeconds: 60}", "{SizeInMBs: 1, IntervalInSeconds: 1}"),
        ("{SizeInMBs: 5, IntervalInSeconds: 300}", "{SizeInMBs: 5, IntervalInSeconds: 1}"),
        ("BufferIntervalInSeconds, ParameterValue: '15'", "BufferIntervalInSeconds, ParameterValue: '1'"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    stage.write("template.yaml", text)
    with open(CRIMES / "crimes.csv", encoding="utf-8") as file:
        stage.write("crimes.csv", "".join(line for _, line in zip(range(rows + 1), file)))


def scenarios(stage):
    """The samples, and a copy of steady.yaml as one's own."""
    source(stage)
    text = (CRIMES / "scenarios/steady.yaml").read_text()
    stage.write("steady.yaml", text.replace("../template.yaml", "data/crimes/template.yaml"))


def aws(stage):
    """AWS is a stub of docs/aws.md's services and, for Kinesis, Firehose and Lambda, a server of ours
    with the sample's template, whose resources the stub shows as those of the stack."""
    source(stage)
    state = stage.dir / ".state"
    (stage.dir / ".stack").mkdir()
    folder, stage.dir = stage.dir, stage.dir / ".stack"
    short_sample(stage)
    stage.dir = folder
    stage.serve(".stack/template.yaml", "--state", state, "--region", "eu-west-1", "-q")
    names = {part: name for part in ("data", "backup") for name in buckets(state) if part in name}
    (stream,) = (path.name for path in (state / "streams").iterdir() if path.is_dir())
    (function,) = (path.name for path in (state / "functions").iterdir() if path.is_dir())
    stub = Stub(state, {
        "Outputs": {"StreamName": stream, "DataLocation": f"s3://{names['data']}/crimes/",
                    "BackupLocation": f"s3://{names['backup']}/raw/"},
        "Resources": {"Decode": function},
        "Buckets": list(names.values()),
    })
    stage.at_end.append(stub.close)
    stage.stub = stub
    server = f"http://127.0.0.1:{stage.port}"
    stage.environment.update(
        {f"AWS_ENDPOINT_URL_{service}": server for service in ("KINESIS", "FIREHOSE", "LAMBDA")},
        AWS_ENDPOINT_URL=stub.url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")


def until_all_is_delivered(stage):
    state = stage.dir / ".state"
    bound = time.monotonic() + 60
    while len(delivered(state)) < ROWS or not any(key.startswith("raw/") for key in bucket_of(state, "backup")):
        if time.monotonic() > bound:
            raise Failed(f"{len(delivered(state))} rows are delivered after a minute")
        time.sleep(0.05)


def until_the_run_is_over(stage):
    """Its inputs are put and delivered: what ends now is a run that has come to its end."""
    bound = time.monotonic() + SECONDS
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{stage.port}/_millrace/api/state") as answer:
            state = json.load(answer)
        if state["time"]["idle"] and all(one["ended"] for one in state["inputs"]):
            return
        assert time.monotonic() < bound, state
        time.sleep(0.05)  # between two looks


def code_was_uploaded(stage):
    """What `package` put is the handlers' folder, and what `deploy` sent names it."""
    asked = stage.stub.asked
    (key,) = {members["key"] for what, members in asked if what == "s3:PUT" and members["key"]}
    (template,) = [members["TemplateBody"] for what, members in asked if what == "CreateChangeSet"]
    if f"S3Key: {key}" not in template:
        raise Failed(f"the code {key} is not in the template\n{template}")
    (bucket,) = {members["bucket"] for what, members in asked if what == "s3:PUT"}
    code = (stage.stub.bucket(bucket) / key).read_bytes()
    names = zipfile.ZipFile(io.BytesIO(code)).namelist()
    if not {"python/decode.py", "node/decode.js"} <= set(names):
        raise Failed(f"the code has {names}")


def nothing_is_left(stage):
    """The stack is deleted, with its buckets empty, and the code's bucket is gone."""
    if stage.stub.exists:
        raise Failed("the stack is still there")
    left = {name: list(keys) for name, keys in buckets(stage.dir / ".state").items()}
    if any(left.values()) or any(name.startswith("millrace-crimes-") for name in left):
        raise Failed(f"buckets are left: {left}")


STAGES = {
    "aws": aws,
    "source": source,
    "own": own,
    "put": put,
    "sdk": sdk,
    "time": short_sample,
    "console": short_sample,
    "running": running,
    "seed": seed,
    "scenarios": scenarios,
}
