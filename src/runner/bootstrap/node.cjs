// Runs a Node.js handler: the client side of the Lambda Runtime API.
//
// millrace starts this with the handler's folder as working directory. It loads the handler once
// (CommonJS or ES module), then takes one event after the other from GET .../invocation/next and
// posts what the handler gives: by promise, by callback, or by context.done and its kin. Every
// surprise is reported as AWS's own client reports it. Paths in stack traces are shown as they
// are on AWS (/var/task), which also keeps the log the same on every machine.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');
const stream = require('stream');
const url = require('url');
const util = require('util');

const API = '/2018-06-01/runtime';
const env = process.env;
const taskRoot = env.LAMBDA_TASK_ROOT;
const [apiHost, apiPort] = env.AWS_LAMBDA_RUNTIME_API.split(':');
// A socket that waits in this agent does not keep the event loop alive: 'beforeExit' comes when
// the handler itself has nothing left to do.
const agent = new http.Agent({ keepAlive: true });

// ---- the conversation ----

function exchange(method, apiPath, headers, body) {
  return new Promise((resolve, reject) => {
    const options = { host: apiHost, port: apiPort, method, path: API + apiPath, headers, agent };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

// Without millrace there is nothing to live for.
function orExit(promise) {
  return promise.catch(() => process.exit(0));
}

function post(apiPath, body, errorType) {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  if (errorType) {
    headers['Content-Type'] = 'application/vnd.aws.lambda.error+json';
    headers['Lambda-Runtime-Function-Error-Type'] = encodeURIComponent(errorType);
  }
  return orExit(exchange('POST', apiPath, headers, body));
}

// ---- the log ----

let requestId = '';
let worldTime = null; // of the invocation, in virtual time; null: the wall clock's

function writeLog(level, text) {
  const time = worldTime === null ? new Date().toISOString() : worldTime;
  process.stdout.write(`${time}\t${requestId}\t${level}\t${text.replace(/\n/g, '\r')}\n`);
}

function patchConsole() {
  const levels = {
    log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', debug: 'DEBUG', trace: 'TRACE', fatal: 'FATAL',
  };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...args) => writeLog(level, util.format(...args));
  }
}

// ---- errors ----

// What keeps a handler from being loaded or its answer from being sent.
class Fault extends Error {
  constructor(name, message, stack) {
    super(message);
    this.name = name;
    if (stack !== undefined) this.stack = stack;
  }
}

function shownStack(stack) {
  return String(stack).split('\n')
    .filter((line) => !line.includes(__filename))
    .map((line) => line.split(taskRoot + path.sep).join('/var/task/'));
}

function errorObject(error) {
  if (util.types.isNativeError(error) || error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: shownStack(error.stack) };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function postError(apiPath, error, title) {
  const report = errorObject(error);
  const text = JSON.stringify(report);
  writeLog('ERROR', `${title}\t${text}`);
  return post(apiPath, text, report.errorType);
}

// ---- loading the handler ----

function isModulePackage(file) {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (fs.existsSync(description)) {
      return JSON.parse(fs.readFileSync(description, 'utf8')).type === 'module';
    }
    if (folder === taskRoot || folder === path.dirname(folder)) return false;
  }
}

function isFile(file) {
  return fs.existsSync(file) && fs.statSync(file).isFile();
}

function importFile(file) {
  return import(url.pathToFileURL(file).href);
}

// In AWS's order: the path as it stands, .js, .mjs, .cjs, then Node's own search.
async function loadModule(folder, name) {
  const base = path.resolve(taskRoot, folder, name);
  if (isFile(base)) return require(base);
  if (isFile(`${base}.js`)) {
    return isModulePackage(`${base}.js`) ? importFile(`${base}.js`) : require(`${base}.js`);
  }
  if (isFile(`${base}.mjs`)) return importFile(`${base}.mjs`);
  if (isFile(`${base}.cjs`)) return require(`${base}.cjs`);
  return require(require.resolve(name, { paths: [taskRoot, path.join(taskRoot, folder)] }));
}

// A stack names the file first when the syntax is wrong; the message says it as AWS does.
function loadFault(error) {
  if (error instanceof SyntaxError) {
    return new Fault('Runtime.UserCodeSyntaxError', String(error), error.stack);
  }
  if (error && (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND')) {
    const message = shownStack(String(error).split('\n')[0]).join('\n');
    return new Fault('Runtime.ImportModuleError', message, error.stack);
  }
  return error;
}

async function loadHandler(handlerName) {
  if (handlerName.includes('..')) {
    throw new Fault('Runtime.MalformedHandlerName',
      `'${handlerName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  // The first dot behind the last slash ends the file's name; the rest is a path of exports.
  const slash = handlerName.lastIndexOf('/') + 1;
  const dot = handlerName.indexOf('.', slash);
  if (dot < 0) {
    throw new Fault('Runtime.MalformedHandlerName', 'Bad handler');
  }
  let found;
  try {
    found = await loadModule(handlerName.slice(0, slash), handlerName.slice(slash, dot));
  } catch (error) {
    throw loadFault(error);
  }
  for (const name of handlerName.slice(dot + 1).split('.')) {
    found = found === undefined || found === null ? undefined : found[name];
  }
  if (found === undefined || found === null) {
    throw new Fault('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw new Fault('Runtime.HandlerNotFound', `${handlerName} is not a function`);
  }
  return found;
}

// ---- streaming handlers ----

// awslambda.streamifyResponse() marks a handler(event, responseStream, context). What it writes is
// gathered: an invocation is answered whole here, as it is by Invoke on AWS.
const STREAMING = Symbol('streaming handler');
const PRELUDE_END = Buffer.alloc(8); // between the prelude of a web answer and its body

class ResponseStream extends stream.Writable {
  constructor() {
    super();
    this.chunks = [];
  }

  _write(chunk, encoding, callback) {
    this.chunks.push(chunk);
    callback();
  }

  setContentType() {} // of a function URL, which nobody asked

  body() {
    return Buffer.concat(this.chunks);
  }
}

globalThis.awslambda = {
  streamifyResponse: (handler) => {
    handler[STREAMING] = true;
    return handler;
  },
  HttpResponseStream: {
    from: (responseStream, prelude) => {
      responseStream.write(JSON.stringify(prelude));
      responseStream.write(PRELUDE_END);
      return responseStream;
    },
  },
};

async function callStreamingHandler(handler, event, context) {
  const responseStream = new ResponseStream();
  const finished = stream.promises.finished(responseStream);
  finished.catch(() => {}); // of a handler that throws as well, its own error is told
  await handler(event, responseStream, context);
  responseStream.end();
  await finished;
  return responseStream.body();
}

// ---- one invocation ----

// Called when the event loop has run empty. Set while a handler may still end that way.
let onEmptyLoop = null;
process.on('beforeExit', () => {
  const call = onEmptyLoop;
  onEmptyLoop = null;
  if (call !== null) call();
});

// What a client has given with the invocation; a header's bytes are UTF-8 here.
function headerObject(headers, name) {
  const text = headers[name];
  return text === undefined ? undefined : JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
}

function makeContext(headers) {
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: headerObject(headers, 'lambda-runtime-client-context'),
    identity: headerObject(headers, 'lambda-runtime-cognito-identity'),
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

// Resolves or rejects with what the handler gives, by whichever of its ways it gives it.
function callHandler(handler, event, context) {
  return new Promise((resolve, reject) => {
    const end = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    const done = (error, result) => {
      if (context.callbackWaitsForEmptyEventLoop) {
        onEmptyLoop = () => end(error, result);
      } else {
        onEmptyLoop = null;
        end(error, result);
      }
    };
    const now = (error, result) => {
      context.callbackWaitsForEmptyEventLoop = false;
      done(error, result);
    };
    context.done = done;
    context.succeed = (result) => now(null, result);
    context.fail = (error) => now(error === undefined || error === null ? new Error('null') : error);

    onEmptyLoop = () => resolve(null); // neither promise nor callback
    const result = handler(event, context, done);
    if (result !== null && typeof result === 'object' && typeof result.then === 'function') {
      onEmptyLoop = null; // a promise that is never kept lets the process end, as on AWS
      result.then(resolve, reject);
    }
  });
}

function marshal(result) {
  try {
    const text = JSON.stringify(result === undefined ? null : result);
    return text === undefined ? 'null' : text;
  } catch (error) {
    throw new Error('Unable to stringify response body');
  }
}

async function serveOne(handler) {
  const { headers, body } = await orExit(exchange('GET', '/invocation/next', {}));
  requestId = headers['lambda-runtime-aws-request-id'];
  const timeUs = Number(headers['millrace-time-us']);
  const time = new Date(Math.floor(timeUs / 1000)).toISOString();
  worldTime = headers['millrace-clock'] === 'virtual' ? time : null;
  env.MILLRACE_TIME = time.replace('Z', `${String(timeUs % 1000).padStart(3, '0')}Z`);
  env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  let answer;
  try {
    const event = JSON.parse(body.toString('utf8'));
    const context = makeContext(headers);
    answer = handler[STREAMING]
      ? await callStreamingHandler(handler, event, context)
      : marshal(await callHandler(handler, event, context));
  } catch (error) {
    await postError(`/invocation/${requestId}/error`, error, 'Invoke Error');
    return;
  }
  await post(`/invocation/${requestId}/response`, answer);
}

// ---- the process ----

// An error that nobody caught ends the environment, after it has been told.
let handling = false;
async function dieOf(error, title, status) {
  const apiPath = handling && requestId !== '' ? `/invocation/${requestId}/error` : '/init/error';
  await postError(apiPath, error, title);
  process.exit(status);
}

async function main() {
  patchConsole();
  process.on('uncaughtException', (error) => dieOf(error, 'Uncaught Exception', 129));
  process.on('unhandledRejection', (reason) => {
    const message = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
    const stack = reason instanceof Error ? reason.stack : '';
    dieOf(new Fault('Runtime.UnhandledPromiseRejection', message, stack), 'Unhandled Promise Rejection', 128);
  });
  let handler;
  try {
    handler = await loadHandler(env._HANDLER);
  } catch (error) {
    await dieOf(error, 'Uncaught Exception', 1);
  }
  handling = true;
  for (;;) {
    await serveOne(handler);
  }
}

main();
