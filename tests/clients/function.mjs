// The life of a function through the AWS SDK for JavaScript v3. The words are the paths of two zips.
// AWS_ENDPOINT_URL says where. Says what it did, one line a step; ends with 1 and the difference at the
// first thing that is not so.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.MILLRACE_NODE_CLIENTS}/`);
const {
  LambdaClient, CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand, InvokeCommand,
  ListFunctionsCommand, UpdateFunctionCodeCommand, waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} = require('@aws-sdk/client-lambda');

const [zip, otherZip] = process.argv.slice(2).map((path) => fs.readFileSync(path));
const client = new LambdaClient({ maxAttempts: 1 });
const waiting = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
const FunctionName = 'f';

async function invoke(event, more = {}) {
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }));
  const text = answer.Payload?.transformToString() ?? ''; // a DryRun has none
  return { ...answer, result: text === '' ? undefined : JSON.parse(text) };
}

await client.send(new CreateFunctionCommand({
  FunctionName,
  Runtime: 'python3.11',
  Role: 'arn:aws:iam::000000000000:role/r',
  Handler: 'm.handler',
  Timeout: 1,
  Code: { ZipFile: zip },
}));
await waitUntilFunctionActiveV2(waiting, { FunctionName });
console.log('created');

const answer = await invoke({ a: '\u00e9' }, { LogType: 'Tail' });
assert.deepEqual(answer.result.event, { a: '\u00e9' });
assert.equal(answer.result.id, answer.$metadata.requestId);
assert.match(Buffer.from(answer.LogResult, 'base64').toString(), /^START RequestId: /);
assert.equal((await invoke({}, { InvocationType: 'Event' })).StatusCode, 202);
assert.equal((await invoke({}, { InvocationType: 'DryRun' })).StatusCode, 204);
const failed = await invoke({ do: 'raise' });
assert.equal(failed.FunctionError, 'Unhandled');
assert.equal(failed.result.errorMessage, 'no luck');
assert.equal((await invoke({ do: 'hang' })).result.errorType, 'Sandbox.Timedout');
console.log('invoked');

await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: otherZip }));
await waitUntilFunctionUpdatedV2(waiting, { FunctionName });
assert.equal((await invoke({})).result, 'other');
console.log('updated');

const { Functions } = await client.send(new ListFunctionsCommand({}));
assert.deepEqual(Functions.map((f) => f.FunctionName), ['f']);
const { Code } = await client.send(new GetFunctionCommand({ FunctionName }));
const downloaded = Buffer.from(await (await fetch(Code.Location)).arrayBuffer());
assert.ok(downloaded.equals(otherZip));
console.log('shown');

await client.send(new DeleteFunctionCommand({ FunctionName }));
await assert.rejects(client.send(new GetFunctionCommand({ FunctionName })), (error) => {
  assert.equal(error.name, 'ResourceNotFoundException');
  assert.equal(error.message, 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:f');
  return true;
});
console.log('deleted');
