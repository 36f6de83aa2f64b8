// The design system's style sheet with only what our pages use: rules whose classes, elements and attributes stand
// in a template, a script or a module of this folder, and the variables these rules or our own sheets need.
// So class names are written whole there, never put together.
//
// Files it names get the version that our pages give them, so that browsers keep them. A font that comes late is for the
// next page: swapping it would move what is being read.
//
//   node trim.mjs IN OUT DIST

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const [input, output, dist] = process.argv.slice(2);

const [purged] = await new PurgeCSS().purge({
  content: ["templates/*.html", "static/*.js", "*.py"].map((glob) => join(here, glob)),
  css: [input],
  defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
  keyframes: true,
});
const sheet = postcss.parse(purged.css);

const named = (value) => [...value.matchAll(/var\(\s*(--[\w-]+)/g)].map((match) => match[1]);
const used = new Set();
for (const file of readdirSync(join(here, "static")).filter((name) => name.endsWith(".css"))) {
  for (const name of named(readFileSync(join(here, "static", file), "utf8"))) used.add(name);
}
// A variable has a value in each scheme, and each may name other variables.
const needs = new Map();
sheet.walkDecls((declaration) => {
  if (declaration.prop.startsWith("--")) {
    needs.set(declaration.prop, [...(needs.get(declaration.prop) ?? []), ...named(declaration.value)]);
  } else {
    for (const name of named(declaration.value)) used.add(name);
  }
});
// A set gives what is added to it while it is walked.
for (const name of used) for (const other of needs.get(name) ?? []) used.add(other);

sheet.walkDecls(/^--/, (declaration) => {
  if (!used.has(declaration.prop)) declaration.remove();
});
const version = (name) => createHash("sha256").update(readFileSync(join(dist, name))).digest("hex").slice(0, 12);
sheet.walkDecls((declaration) => {
  declaration.value = declaration.value.replace(
    /url\("?(icons\/[^)"]+)"?\)/g,
    (_, name) => `url(${name}?v=${version(name)})`,
  );
});
// A picture written in the sheet holds up the first paint, and is sent with each change of the sheet: the large ones are
// files of their own.
const written = new Map();
sheet.walkDecls((declaration) => {
  declaration.value = declaration.value.replace(/url\("data:image\/svg\+xml;charset=utf-?8,([^"]*)"\)/g, (whole, data) => {
    if (whole.length < 1000) return whole;
    const picture = decodeURIComponent(data);
    const name = createHash("sha256").update(picture).digest("hex").slice(0, 12);
    written.set(name, picture);
    return `url(pictures/${name}.svg?v=${name})`;
  });
});
if (written.size) mkdirSync(join(dirname(output), "pictures"), { recursive: true });
for (const [name, picture] of written) writeFileSync(join(dirname(output), "pictures", `${name}.svg`), picture);
sheet.walkDecls("font-display", (declaration) => {
  declaration.value = "optional";
});
// Only the fonts that were copied; their older format is for browsers that could not show these pages.
sheet.walkAtRules("font-face", (face) => {
  face.walkDecls("src", (declaration) => {
    const name = declaration.value.match(/fonts\/[^)?]+\.woff2/)?.[0];
    if (!name || !existsSync(join(dirname(input), name))) face.remove();
    else declaration.value = `url(${name}?v=${version(name)}) format("woff2")`;
  });
});
sheet.walkComments((comment) => {
  if (!comment.text.startsWith("!")) comment.remove();
});
// Removing the last child leaves its parent empty: walked from the leaves.
const prune = (container) => {
  for (const node of [...container.nodes]) {
    if (node.nodes) prune(node);
    if (node.nodes?.length === 0) node.remove();
  }
};
prune(sheet);
writeFileSync(output, sheet.toString());
