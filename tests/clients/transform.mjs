// A function and a delivery stream that uses it, through the AWS SDK for JavaScript v3.
//   make {zip, role, destination}   creates both, and waits until they are active
//   batch [text, ...]               puts the texts as one batch
//   one text                        puts one
// The second word is JSON. AWS_ENDPOINT_URL says where. Ends with 1 at the first thing that is not so.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

// The packages are where scripts/clients put them, not beside this file.
const require = createRequire(`${process.env.MILLRACE_NODE_CLIENTS}/package.json`);
const lambda = require("@aws-sdk/client-lambda");
const firehose = require("@aws-sdk/client-firehose");

const functions = new lambda.LambdaClient({ maxAttempts: 1 });
const deliveries = new firehose.FirehoseClient({ maxAttempts: 1 });
const FunctionName = "transform";
const DeliveryStreamName = "d";
const bytes = (text) => new TextEncoder().encode(text);

const actions = {
  async make({ zip, role, destination }) {
    const input = { FunctionName, Role: role, Runtime: "python3.11", Handler: "transform.handler" };
    const Code = { ZipFile: readFileSync(zip) };
    await functions.send(new lambda.CreateFunctionCommand({ ...input, Code }));
    await lambda.waitUntilFunctionActiveV2({ client: functions, maxWaitTime: 60, minDelay: 0.1 }, { FunctionName });
    await deliveries.send(
      new firehose.CreateDeliveryStreamCommand({
        DeliveryStreamName,
        ExtendedS3DestinationConfiguration: destination,
      }),
    );
    for (let status = ""; status !== "ACTIVE"; ) {
      const answer = await deliveries.send(new firehose.DescribeDeliveryStreamCommand({ DeliveryStreamName }));
      status = answer.DeliveryStreamDescription.DeliveryStreamStatus;
    }
  },
  async batch(texts) {
    const Records = texts.map((text) => ({ Data: bytes(text) }));
    const answer = await deliveries.send(new firehose.PutRecordBatchCommand({ DeliveryStreamName, Records }));
    assert.equal(answer.FailedPutCount, 0);
    assert.equal(answer.RequestResponses.length, texts.length);
  },
  async one(text) {
    const Record = { Data: bytes(text) };
    const answer = await deliveries.send(new firehose.PutRecordCommand({ DeliveryStreamName, Record }));
    assert.ok(answer.RecordId.length > 0);
  },
};

const [what, argument] = process.argv.slice(2);
await actions[what](JSON.parse(argument));
