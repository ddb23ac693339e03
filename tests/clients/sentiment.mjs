// The scores that the npm package vader-sentiment gives texts: texts on standard input, a NUL behind
// each; a line of JSON for each on standard output: [compound, positive, negative, neutral].

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The packages are where scripts/clients put them, not beside this file.
const require = createRequire(`${process.env.MILLRACE_NODE_CLIENTS}/package.json`);
const { SentimentIntensityAnalyzer } = require("vader-sentiment");

const texts = readFileSync(0).toString("utf8").split("\0");
texts.pop(); // what is behind the last NUL: nothing
const lines = texts.map((text) => {
  const { compound, pos, neg, neu } = SentimentIntensityAnalyzer.polarity_scores(text);
  return `${JSON.stringify([compound, pos, neg, neu])}\n`;
});
process.stdout.write(lines.join(""));
