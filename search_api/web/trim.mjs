// The design system's style sheet with only what our pages use: rules whose classes, elements and attributes stand
// in a template or a script of this folder, and the variables these rules or our own sheets need.
// So class names are written whole there, never put together.
//
// It is written as three sheets, each with what the one before does not say: what every page of results takes, what some
// of them take, what the other pages take.
//
// Files it names get the version that our pages give them, so that browsers keep them. A font that comes late is for the
// next page: swapping it would move what is being read.
//
//   node trim.mjs IN DIST OUT OUT OUT

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";

const here = dirname(fileURLToPath(import.meta.url));
const [input, dist, ...outputs] = process.argv.slice(2);
const RESULTS = [
  ...["base", "parts", "results", "found"].map((name) => `templates/${name}.html`),
  ...["app", "theme"].map((name) => `static/${name}.js`),
];
const SOME_RESULTS = [...RESULTS, "templates/notices.html", "templates/landing.html"];
const ALL = ["templates", "static"].flatMap((folder) =>
  readdirSync(join(here, folder))
    .filter((name) => /\.(html|js)$/.test(name))
    .map((name) => `${folder}/${name}`),
);
const text = (name) => readFileSync(join(here, name), "utf8");

// What a selector asks of an element, when no element of ours ever has it. Browsers that need other names for the same
// thing than the standard's could not show these pages.
function never(names) {
  const texts = names.map(text);
  const templates = texts.filter((_, at) => names[at].endsWith(".html")).join("\n");
  const tags = [...templates.replace(/\{[{%#].*?[#%}]\}/gs, "").matchAll(/<([a-z]+[1-6]?)((?:"[^"]*"|[^">])*)>/g)];
  const types = new Set(tags.map(([, , attributes]) => attributes.match(/\stype="(\w+)"/)?.[1]));
  const worn = new Set(
    tags.flatMap(([, tag, attributes]) =>
      (attributes.match(/\sclass="([^"]*)"/)?.[1] ?? "").split(/\s+/).map((name) => `${tag}.${name}`),
    ),
  );
  const patterns = [
    /::?-(ms|moz)-|:-webkit-autofill|::-webkit-(contacts|credentials)-auto-fill-button/,
    ...(texts.some((one) => /\bdisabled\b/.test(one)) ? [] : [/(?<!:not\():(disabled)/]),
    ...(texts.some((one) => /\bplaceholder=/.test(one)) ? [] : [/::placeholder/]),
    ...(types.has("search") ? [] : [/::-webkit-search-/]),
    ...(types.has("date") ? [] : [/::-webkit-calendar-/]),
    ...(tags.some(([, tag, attributes]) => tag === "a" && !/\shref=/.test(attributes))
      ? []
      : [/(?<![\w-])a(\.[\w-]+)*:not\(\[href\]\)/]),
  ];
  return (selector) =>
    patterns.some((pattern) => pattern.test(selector)) ||
    [...selector.matchAll(/(?<!:not\([^)]*)\[type=(\w+)\]/g)].some(([, type]) => !types.has(type)) ||
    [...selector.matchAll(/(?<![\w.#-])([a-z]+[1-6]?)((?:\[[^\]]*\]|:not\([^)]*\))*)\.([\w-]+)/g)].some(
      ([, tag, , name]) => !worn.has(`${tag}.${name}`),
    );
}

async function trimmed(names) {
  const [purged] = await new PurgeCSS().purge({
    content: names.map((name) => join(here, name)),
    css: [input],
    defaultExtractor: (content) => content.match(/[A-Za-z0-9_-]+/g) ?? [],
    keyframes: true,
  });
  const sheet = postcss.parse(purged.css);
  const dead = never(names);
  sheet.walkAtRules((rule) => {
    if (rule.name.startsWith("-")) rule.remove();
    rule.params = rule.params.replace(/\(-ms-high-contrast:active\)( and \([^)]*\))?,/g, "");
  });
  sheet.walkRules((rule) => {
    const kept = rule.selectors.filter((selector) => !dead(selector));
    if (kept.length) rule.selectors = kept;
    else rule.remove();
  });
  // What has its standard name beside it.
  sheet.walkDecls(/^-(webkit|moz|ms)-/, (declaration) => {
    const standard = declaration.prop.replace(/^-\w+-/, "");
    if (declaration.parent.some((one) => one.prop === standard)) declaration.remove();
  });
  let licensed = false;
  sheet.walkComments((comment) => {
    if (licensed || !comment.text.includes("SPDX")) comment.remove();
    licensed = true;
  });
  return sheet;
}

const named = (value) => [...value.matchAll(/var\(\s*(--[\w-]+)/g)].map((match) => match[1]);
const ours = readdirSync(join(here, "static"))
  .filter((name) => name.endsWith(".css"))
  .flatMap((name) => named(text(`static/${name}`)));

// A variable that is only another's second name is called by the other.
function renamed(sheet) {
  const values = new Map();
  sheet.walkDecls(/^--/, ({ prop, value, parent }) => {
    const other = parent.selector === ":root" && value.match(/^var\((--[\w-]+)\)$/)?.[1];
    values.set(prop, values.has(prop) && values.get(prop) !== other ? null : other || null);
  });
  sheet.walkDecls((declaration) => {
    declaration.value = declaration.value.replace(/var\((--[\w-]+)\)/g, (whole, name) => {
      for (let other = values.get(name); other; other = values.get(name)) name = other;
      return `var(${name})`;
    });
  });
}

// A variable has a value in each scheme, and each may name other variables.
function withoutUnusedVariables(sheet, wanted) {
  const used = new Set(wanted);
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
}

const version = (name) => createHash("sha256").update(readFileSync(join(dist, name))).digest("hex").slice(0, 12);
// A picture written in the sheet holds up the first paint, and is sent with each change of the sheet: the large ones are
// files of their own.
const written = new Map();

function withFiles(sheet) {
  sheet.walkDecls((declaration) => {
    declaration.value = declaration.value
      .replace(/url\("?(icons\/[^)"]+)"?\)/g, (_, name) => `url(${name}?v=${version(name)})`)
      .replace(/url\("data:image\/svg\+xml;charset=utf-?8,([^"]*)"\)/g, (whole, data) => {
        if (whole.length < 1000) return whole;
        const picture = decodeURIComponent(data);
        const name = createHash("sha256").update(picture).digest("hex").slice(0, 12);
        written.set(name, picture);
        return `url(pictures/${name}.svg?v=${name})`;
      });
  });
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
}

// Removing the last child leaves its parent empty: walked from the leaves.
function prune(container) {
  for (const node of [...container.nodes]) {
    if (node.nodes) prune(node);
    if (node.nodes?.length === 0) node.remove();
  }
}

// Names that our own sheets do not know are told in two letters: they weigh a quarter of the sheet.
const known = new Set(
  readdirSync(join(here, "static"))
    .filter((name) => name.endsWith(".css"))
    .flatMap((name) => text(`static/${name}`).match(/(?<![\w-])--[\w-]+/g) ?? []),
);
const shortened = new Map();
const short = (name) => {
  if (known.has(name)) return name;
  if (!shortened.has(name)) shortened.set(name, `--${shortened.size.toString(36)}`);
  return shortened.get(name);
};

function withShortNames(sheet) {
  sheet.walkDecls((declaration) => {
    if (declaration.prop.startsWith("--")) declaration.prop = short(declaration.prop);
    declaration.value = declaration.value.replace(/(?<![\w-])--[a-z][\w-]*/g, short);
  });
}

// What the sheets before say is not said again.
const place = (node) => (node.type === "root" ? "" : `${place(node.parent)}|${node.selector ?? node.params ?? ""}`);
const said = new Set();

function withoutWhatIsSaid(sheet) {
  const told = [];
  sheet.walkAtRules("font-face", (face) => {
    told.push(face.toString());
    if (said.has(face.toString())) face.remove();
  });
  sheet.walkRules((rule) => {
    for (const selector of rule.selectors) {
      const left = rule.clone({ selectors: [selector] });
      left.each((one) => {
        const known = `${place(rule.parent)}|${selector}|${one.toString()}`;
        told.push(known);
        if (said.has(known)) one.remove();
      });
      if (said.size && left.nodes.length) rule.before(left);
    }
    if (said.size) rule.remove();
  });
  for (const one of told) said.add(one);
}

for (const [at, names] of [RESULTS, SOME_RESULTS, ALL].entries()) {
  const sheet = await trimmed(names);
  renamed(sheet);
  withFiles(sheet);
  withoutUnusedVariables(sheet, ours);
  withShortNames(sheet);
  withoutWhatIsSaid(sheet);
  prune(sheet);
  writeFileSync(outputs[at], sheet.toString());
}
if (written.size) mkdirSync("pictures", { recursive: true });
for (const [name, picture] of written) writeFileSync(join("pictures", `${name}.svg`), picture);
