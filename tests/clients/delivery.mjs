// The life of a delivery stream through the AWS SDK for JavaScript v3. AWS_ENDPOINT_URL says where;
// the bucket "landing" is there. The first word is the folder of its objects.
// Says what it did, one line a step; ends with 1 and the difference at the first thing that is not so.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

// The packages are where scripts/clients put them, not beside this file.
const require = createRequire(`${process.env.MILLRACE_NODE_CLIENTS}/package.json`);
const sdk = require("@aws-sdk/client-firehose");

const folder = process.argv[2];
const client = new sdk.FirehoseClient({ maxAttempts: 1 });
const DeliveryStreamName = "d";
const ARN = "arn:aws:firehose:us-east-1:000000000000:deliverystream/d";
const UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

const call = (operation, input = {}) =>
  client.send(new sdk[`${operation}Command`]({ DeliveryStreamName, ...input }));
const step = (text) => console.log(text);
const bytes = (text) => new TextEncoder().encode(text);

async function until(what) {
  for (;;) {
    const { DeliveryStreamDescription: it } = await call("DescribeDeliveryStream");
    if (what(it)) return it;
  }
}

const objects = () =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    : [];

async function arrived(count) {
  for (;;) {
    const keys = objects();
    if (keys.length >= count) return keys;
    await call("DescribeDeliveryStream");
  }
}

const created = await call("CreateDeliveryStream", {
  ExtendedS3DestinationConfiguration: {
    RoleARN: "arn:aws:iam::000000000000:role/firehose",
    BucketARN: "arn:aws:s3:::landing",
    Prefix: "in/",
    BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 },
    CompressionFormat: "GZIP",
  },
  Tags: [{ Key: "k", Value: "v" }],
});
assert.equal(created.DeliveryStreamARN, ARN);
const described = await until((it) => it.DeliveryStreamStatus === "ACTIVE");
assert.ok(described.CreateTimestamp instanceof Date);
assert.equal(described.Destinations[0].ExtendedS3DestinationDescription.S3BackupMode, "Disabled");
step("created");

const one = await call("PutRecord", { Record: { Data: bytes("one") } });
assert.deepEqual([typeof one.RecordId, one.Encrypted], ["string", false]);
const [first] = await arrived(1);
assert.match(first, new RegExp(`^in/\\d{4}/\\d\\d/\\d\\d/\\d\\d/d-1-\\d{4}(-\\d\\d){5}-${UUID}\\.gz$`));
assert.equal(gunzipSync(readFileSync(join(folder, first))).toString(), "one");
step("delivered a record");

await call("UpdateDestination", {
  CurrentDeliveryStreamVersionId: described.VersionId,
  DestinationId: described.Destinations[0].DestinationId,
  ExtendedS3DestinationUpdate: { Prefix: "out/", CompressionFormat: "UNCOMPRESSED" },
});
await assert.rejects(
  call("UpdateDestination", {
    CurrentDeliveryStreamVersionId: described.VersionId,
    DestinationId: described.Destinations[0].DestinationId,
    ExtendedS3DestinationUpdate: {},
  }),
  sdk.ConcurrentModificationException,
);
step("updated");

const Records = ["two", "three"].map((text) => ({ Data: bytes(text) }));
const batch = await call("PutRecordBatch", { Records });
assert.equal(batch.FailedPutCount, 0);
assert.equal(new Set(batch.RequestResponses.map((entry) => entry.RecordId)).size, 2);
const second = (await arrived(2)).find((key) => key.startsWith("out/"));
assert.match(second, new RegExp(`/d-2-\\d{4}(-\\d\\d){5}-${UUID}$`));
assert.equal(readFileSync(join(folder, second), "utf8"), "twothree");
step("delivered a batch");

await call("TagDeliveryStream", { Tags: [{ Key: "a", Value: "" }] });
await call("UntagDeliveryStream", { TagKeys: ["k"] });
assert.deepEqual((await call("ListTagsForDeliveryStream")).Tags, [{ Key: "a", Value: "" }]);
assert.deepEqual((await call("ListDeliveryStreams")).DeliveryStreamNames, ["d"]);
step("tagged and listed");

await call("StartDeliveryStreamEncryption");
await until((it) => it.DeliveryStreamEncryptionConfiguration.Status === "ENABLED");
assert.equal((await call("PutRecord", { Record: { Data: bytes("secret") } })).Encrypted, true);
await call("StopDeliveryStreamEncryption");
await until((it) => it.DeliveryStreamEncryptionConfiguration.Status === "DISABLED");
step("encrypted");

await call("DeleteDeliveryStream");
await assert.rejects(until(() => false), sdk.ResourceNotFoundException);
step("deleted");
