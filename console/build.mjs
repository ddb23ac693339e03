// build.mjs - bundles the console: node build.mjs OUTPUT_FOLDER
//
// Writes to the folder
//   <name>-<hash>.<ext>.gz   each file of the console, compressed (gzip -9, the same bytes always)
//   shell_head.html, shell_tail.html   the page around its content, with the hashed names filled in
//   assets.c                 all of it for the program: src/web/assets.h
// and says how much the first view loads; more than BUDGET is an error. Nothing is written elsewhere.

import {createHash} from 'node:crypto';
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import {build} from 'esbuild';

const BUDGET = 100_000; // bytes, compressed: HTML, styles and scripts of the first view
const ASSETS = '/_millrace/console/assets/';
const FIRST_VIEW = 'src/views/pipeline.js';

const TYPES = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const here = dirname(fileURLToPath(import.meta.url));
const output = resolve(process.argv[2] ?? 'dist');

/** The files of Swagger UI that /_millrace/docs is made of. */
const swagger = ['swagger-ui.css', 'swagger-ui-bundle.js'];

const pack = (bytes) => gzipSync(bytes, {level: 9});

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: {console: 'src/main.js', styles: 'src/styles.css', docs: 'src/docs.js'},
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    minify: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    outdir: 'out',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    logLevel: 'warning',
  });
  const files = result.outputFiles.map(({path, contents}) => ({name: basename(path), bytes: contents}));
  const outputs = Object.fromEntries(
    Object.entries(result.metafile.outputs).map(([path, about]) => [basename(path), about]),
  );
  return {files, outputs};
}

/** A file that is taken as it is, under a name with its hash. */
async function taken(path, name = basename(path)) {
  const bytes = await readFile(path);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
  const dot = name.lastIndexOf('.');
  return {name: `${name.slice(0, dot)}-${hash}${name.slice(dot)}`, bytes};
}

/** The files that are loaded with this one: what it imports at once, and so on. */
function withImports(name, outputs, seen = new Set()) {
  if (!seen.has(name)) {
    seen.add(name);
    for (const {path, kind} of outputs[name].imports) {
      if (kind === 'import-statement') {
        withImports(basename(path), outputs, seen);
      }
    }
  }
  return seen;
}

const {files, outputs} = await bundle();
const icon = await taken(join(here, 'src/icon.svg'));
files.push(icon);
for (const file of swagger) {
  files.push(await taken(resolve('node_modules/swagger-ui-dist', file)));
}

const named = (start, end) => files.find(({name}) => name.startsWith(start) && name.endsWith(end)).name;
const script = named('console-', '.js');
const style = named('styles-', '.css');
const page = (await readFile(join(here, 'src/index.html'), 'utf8'))
  .replace('%script%', ASSETS + script)
  .replace('%style%', ASSETS + style)
  .replace('%icon%', ASSETS + icon.name);

/** A C string that spells the text, a line each. */
function spelled(text) {
  const escaped = text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n"\n    "');
  return `"${escaped}"`;
}

/** The files as symbols that the assembler fills, and the table that names them: the compiler would
 * take long over so many numbers. */
function sourceOf(assets, head, tail) {
  const include = assets.map(({file}, at) => `EMBED(mr_asset_bytes_${at}, "${file.replace(/[\\"]/g, '\\$&')}")`);
  const rows = assets.map(({name, type, size, packedSize}, at) =>
    `    {"${name}", "${type}", mr_asset_bytes_${at}, ${packedSize}, ${size}}`);
  return `/* Made by console/build.mjs. */
#include "src/web/assets.h"

#ifdef __APPLE__
#define SECTION ".section __TEXT,__const"
#define SYMBOL  "_"
#else
#define SECTION ".section .rodata"
#define SYMBOL  ""
#endif
#define EMBED(name, file)                                                                     \\
    extern const unsigned char name[];                                                        \\
    __asm__(SECTION "\\n.globl " SYMBOL #name "\\n" SYMBOL #name ":\\n.incbin \\"" file "\\"\\n.text\\n");

${include.join('\n')}

const mr_asset mr_assets[] = {
${rows.join(',\n')}};
const size_t mr_asset_count = ${assets.length};

const char mr_console_head[] =
    ${spelled(head)};
const char mr_console_tail[] =
    ${spelled(tail)};
`;
}

await rm(output, {recursive: true, force: true});
await mkdir(output, {recursive: true});
const packed = new Map(files.map(({name, bytes}) => [name, pack(bytes)]));
const assets = [];
for (const {name, bytes} of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
  const file = join(output, `${name}.gz`);
  await writeFile(file, packed.get(name));
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
  assets.push({name, type, file, size: bytes.length, packedSize: packed.get(name).length});
}
const [head, tail] = page.split('%content%');
await writeFile(join(output, 'shell_head.html'), head);
await writeFile(join(output, 'shell_tail.html'), tail);
await writeFile(join(output, 'assets.c'), sourceOf(assets, head, tail));

const view = Object.keys(outputs).find((name) => outputs[name].entryPoint === FIRST_VIEW);
const first = [style, ...withImports(script, outputs, withImports(view, outputs))];
const total = first.reduce((sum, name) => sum + packed.get(name).length, pack(page).length);
console.log(`console: ${files.length} files; the first view loads ${(total / 1000).toFixed(1)} kB compressed (at most ${BUDGET / 1000})`);
if (total > BUDGET) {
  console.error(`console: the first view is too large: ${first.map((name) => `${name} ${packed.get(name).length}`).join(', ')}`);
  process.exit(1);
}
