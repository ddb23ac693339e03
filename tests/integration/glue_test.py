"""A catalog made by hand: objects in folders that name no partition, partitions of the template over
some of them, and a named query."""

import json

from millrace import Case, bucket_of, main

TEMPLATE = """\
Metadata:
  Millrace:
    Inputs:
      - {Stream: Hose, File: rows.csv, Encode: json, Rate: 1/s}
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: events}}
  Hose:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: DirectPut
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        RoleARN: arn:aws:iam::000000000000:role/r
        Prefix: in/!{timestamp:yyyy/MM/dd/HH}/
        ErrorOutputPrefix: errors/!{firehose:error-output-type}/
        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}
        ProcessingConfiguration:
          Enabled: true
          Processors: [{Type: AppendDelimiterToRecord}]
  Other:
    Type: AWS::Glue::Database
    Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {Name: other}}
  Sales:
    Type: AWS::Glue::Database
    Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {Name: sales}}
  Events:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Sales
      TableInput:
        Name: events
        TableType: EXTERNAL_TABLE
        PartitionKeys: [{Name: day, Type: string}, {Name: hour, Type: int}]
        StorageDescriptor:
          Location: !Sub s3://${Bucket}/in/
          InputFormat: org.apache.hadoop.mapred.TextInputFormat
          SerdeInfo: {SerializationLibrary: org.openx.data.jsonserde.JsonSerDe}
          Columns: [{Name: n, Type: int}]
  FirstHour:
    Type: AWS::Glue::Partition
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Sales
      TableName: !Ref Events
      PartitionInput:
        Values: ['2025-01-01', 0]
        StorageDescriptor: {Location: !Sub 's3://${Bucket}/in/2025/01/01/00/'}
  ThirdHour:
    Type: AWS::Glue::Partition
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Sales
      TableName: !Ref Events
      PartitionInput:
        Values: ['2025-01-01', 2]
        StorageDescriptor: {Location: !Sub 's3://${Bucket}/in/2025/01/01/02/'}
  ByHour:
    Type: AWS::Athena::NamedQuery
    Properties:
      Name: by_hour
      Database: !Ref Sales
      QueryString: |-
        SELECT day, hour, count(*) AS events, min(n) AS first
        FROM events GROUP BY day, hour ORDER BY day, hour
"""
ROWS = 9000  # at one a second: two hours and a half


class Glue(Case):
    def setUp(self):
        super().setUp()
        self.write("rows.csv", "n\n" + "".join(f"{n}\n" for n in range(ROWS)))
        self.template = self.write("template.yaml", TEMPLATE)

    def run_template(self, *words, **how):
        return self.millrace("run", self.template, "--state", self.state, *words, **how)

    def expected(self):
        """The answer, worked out from the objects themselves."""
        rows = {}
        for key, data in bucket_of(self.state, "events").items():
            hour = int(key.split("/")[4])
            rows.setdefault(hour, []).extend(json.loads(line)["n"] for line in data.splitlines())
        self.assertEqual(sum(map(len, rows.values())), ROWS)
        self.assertEqual(sorted(rows), [0, 1, 2])
        return [{"day": "2025-01-01", "hour": hour, "events": len(rows[hour]),
                 "first": int(min(map(int, rows[hour])))} for hour in (0, 2)]

    def test_partitions_of_the_template_are_read_and_no_others(self):
        result = self.run_template("--query", "by_hour", "--output", "jsonl")
        self.assertEqual(result.rows, self.expected())
        again = self.query("SELECT day, hour, count(*) AS events, min(n) AS first "
                           "FROM sales.events GROUP BY day, hour ORDER BY day, hour")
        self.assertEqual(again.rows, result.rows)
        # and once more over the state that is there, where the partitions exist already
        resumed = self.run_template("--resume", "--query", "ByHour", "--output", "jsonl")
        self.assertEqual(resumed.rows, result.rows)

    def test_a_named_query_runs_when_asked_for(self):
        self.assertEqual(self.run_template().out, "")

    def test_check_shows_both(self):
        out = self.millrace("check", self.template).out
        for piece in ("partition FirstHour", "values          2025-01-01, 0",
                      "location        s3://events/in/2025/01/01/02/", "named query ByHour",
                      "name            by_hour", "2 partitions, 1 input, 1 query", "0 errors"):
            self.assertIn(piece, out)

    def test_a_partition_with_too_few_values_is_refused_before_anything_is_made(self):
        self.write("template.yaml", TEMPLATE.replace("['2025-01-01', 2]", "['2025-01-01']"))
        result = self.run_template(want=2)
        self.assertEqual(len(result.errors), 1, result)
        self.assertIn("table sales.events has 2 partition keys: day, hour", result.errors[0])
        self.assertFalse(self.state.exists())


if __name__ == "__main__":
    main()
