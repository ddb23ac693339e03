// The life of a stream through the AWS SDK for JavaScript v3. The first word is the handler:
// "default" (HTTP/2 for Kinesis) or "http1" (NodeHttpHandler). AWS_ENDPOINT_URL says where.
// Says what it did, one line a step; ends with 1 and the difference at the first thing that is not so.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

// The packages are where scripts/clients put them, not beside this file.
const require = createRequire(`${process.env.MILLRACE_NODE_CLIENTS}/package.json`);
const sdk = require("@aws-sdk/client-kinesis");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

const handler = process.argv[2];
const client = new sdk.KinesisClient(
  handler === "http1" ? { requestHandler: new NodeHttpHandler() } : {},
);
const StreamName = "s";
const SHARD = "shardId-00000000000";
const HALF = (1n << 127n).toString();

const call = (operation, input) => client.send(new sdk[`${operation}Command`](input));
const step = (text) => console.log(text);
const bytes = (text) => new TextEncoder().encode(text);
const text = (data) => new TextDecoder().decode(data);

async function active() {
  for (;;) {
    const { StreamDescriptionSummary: it } = await call("DescribeStreamSummary", { StreamName });
    if (it.StreamStatus === "ACTIVE") return it;
  }
}

const put = (what) =>
  call("PutRecord", { StreamName, PartitionKey: "k", ExplicitHashKey: "0", Data: bytes(what) });

const iterator = async (shard, ShardIteratorType, more = {}) =>
  (await call("GetShardIterator", { StreamName, ShardId: SHARD + shard, ShardIteratorType, ...more }))
    .ShardIterator;

// Until `atLeast` records came and an answer is empty, or the shard ends.
async function read(from, atLeast = 0) {
  const records = [];
  let children = [];
  for (let at = from; at; ) {
    const answer = await call("GetRecords", { ShardIterator: at });
    records.push(...answer.Records);
    children = answer.ChildShards ?? [];
    at = answer.NextShardIterator;
    if (answer.Records.length === 0 && records.length >= atLeast) break;
  }
  return {
    records,
    texts: records.map((record) => text(record.Data)),
    children: children.map((child) => child.ShardId.at(-1)),
  };
}

async function iterators() {
  const latest = await iterator("0", "LATEST");
  const numbers = [];
  for (const what of ["1", "2"]) numbers.push((await put(what)).SequenceNumber);
  const all = await read(await iterator("0", "TRIM_HORIZON"));
  assert.deepEqual(all.texts, ["1", "2"]);
  assert.deepEqual((await read(latest, 2)).texts, ["1", "2"]);
  const StartingSequenceNumber = numbers[0];
  const at = await iterator("0", "AT_SEQUENCE_NUMBER", { StartingSequenceNumber });
  assert.deepEqual((await read(at)).texts, ["1", "2"]);
  const after = await iterator("0", "AFTER_SEQUENCE_NUMBER", { StartingSequenceNumber });
  assert.deepEqual((await read(after)).texts, ["2"]);
  const Timestamp = all.records[0].ApproximateArrivalTimestamp;
  assert.ok(Timestamp instanceof Date);
  assert.deepEqual((await read(await iterator("0", "AT_TIMESTAMP", { Timestamp }))).texts, ["1", "2"]);
}

async function reshard() {
  await call("SplitShard", { StreamName, ShardToSplit: `${SHARD}0`, NewStartingHashKey: HALF });
  await active();
  await put("3");
  await call("MergeShards", {
    StreamName,
    ShardToMerge: `${SHARD}1`,
    AdjacentShardToMerge: `${SHARD}2`,
  });
  await active();
  await put("4");
  const want = { 0: [["1", "2"], ["1", "2"]], 1: [["3"], ["3"]], 3: [["4"], []] };
  for (const [shard, [texts, children]] of Object.entries(want)) {
    const got = await read(await iterator(shard, "TRIM_HORIZON"));
    assert.deepEqual([got.texts, got.children], [texts, children], `shard ${shard}`);
  }
}

async function register(StreamARN, ConsumerName) {
  const { Consumer } = await call("RegisterStreamConsumer", { StreamARN, ConsumerName });
  const { ConsumerARN } = Consumer;
  for (;;) {
    const { ConsumerDescription: it } = await call("DescribeStreamConsumer", { ConsumerARN });
    if (it.ConsumerStatus === "ACTIVE") return ConsumerARN;
  }
}

async function subscribe(ConsumerARN) {
  const StartingPosition = { Type: "TRIM_HORIZON" };
  const open = await call("SubscribeToShard", { ConsumerARN, ShardId: `${SHARD}3`, StartingPosition });
  const texts = [];
  for await (const { SubscribeToShardEvent: event } of open.EventStream) {
    assert.ok(event.ContinuationSequenceNumber);
    texts.push(...event.Records.map((record) => text(record.Data)));
    if (texts.length === 1) await put("5"); // what comes later is pushed
    if (texts.length >= 2) break;
  }
  assert.deepEqual(texts, ["4", "5"]);

  // On a closed shard the subscription ends with its children.
  const closed = await call("SubscribeToShard", { ConsumerARN, ShardId: `${SHARD}0`, StartingPosition });
  const events = [];
  for await (const event of closed.EventStream) events.push(event.SubscribeToShardEvent);
  assert.deepEqual(events.at(-1).ChildShards.map((child) => child.ShardId.at(-1)), ["1", "2"]);
}

await call("CreateStream", { StreamName, ShardCount: 1 });
const { StreamARN } = await active();
assert.deepEqual((await call("ListStreams", {})).StreamNames, [StreamName]);
step("created");
await iterators();
step("read by every iterator");
await reshard();
step("read across a split and a merge");
const ConsumerARN = await register(StreamARN, "c");
await subscribe(ConsumerARN);
step("subscribed");
await call("DeregisterStreamConsumer", { ConsumerARN });
await call("DeleteStream", { StreamName, EnforceConsumerDeletion: true });
while ((await call("ListStreams", {})).StreamNames.length > 0);
await assert.rejects(call("DescribeStream", { StreamName }), sdk.ResourceNotFoundException);
step("deleted");
client.destroy();
