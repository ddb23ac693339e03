"""What the documents' commands find before them: a stage of each name is prepared here."""

import shutil

from millrace import CRIMES, ROOT

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
    """The source folder itself, as far as commands only read it."""
    (stage.dir / "data").symlink_to(ROOT / "data")


def own(stage):
    stage.write("template.yaml", OWN_TEMPLATE)
    stage.write("rows.csv", OWN_ROWS)


def put(stage):
    own(stage)
    stage.serve("template.yaml", "--state-delay", "0", "-q")
    stage.said.append("export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1")


def sdk(stage):
    stage.write("decode.py", HANDLER)


def short_sample(stage, rows=200):
    """The sample with few rows and buffers of seconds: commands in real time end soon."""
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


STAGES = {
    "source": source,
    "own": own,
    "put": put,
    "sdk": sdk,
    "time": short_sample,
    "scenarios": scenarios,
}
