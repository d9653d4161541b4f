// Speaks the command line of the native solc that forge and py-solc-x use, over the `solc` package's API:
// `--version`, and `--standard-json [FILE]` with `--base-path`, `--include-path` and `--allow-paths`.
// The package's own command prints a stray line before the JSON and refuses --allow-paths.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const PACKAGE = path.dirname(require.resolve("solc/package.json"));

/** Ends with a line on stderr, as the native compiler does. */
function fail(line) {
  fs.writeSync(2, `${line}\n`);
  process.exit(1);
}

/** Writes all of `text` to stdout: a pipe may take a part only, or none just now. */
function print(text) {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function parse(argv) {
  const options = { mode: null, input: "-", base: null, include: [], allow: [] };
  const rest = [...argv];
  const value = (flag, inline) => {
    const given = inline ?? rest.shift();
    if (given === undefined) fail(`the required argument for option '${flag}' is missing`);
    return given;
  };
  while (rest.length > 0) {
    const [flag, inline] = rest.shift().match(/^(--[^=]+|[^=]+)(?:=(.*))?$/s)?.slice(1) ?? [""];
    if (flag === "--version") options.mode = "version";
    else if (flag === "--standard-json") options.mode = "standard-json";
    else if (flag === "--base-path") options.base = value(flag, inline);
    else if (flag === "--include-path" || flag === "-I") options.include.push(value(flag, inline));
    else if (flag === "--allow-paths") options.allow.push(...value(flag, inline).split(",").filter(Boolean));
    else if (flag === "-" || !flag.startsWith("-")) options.input = flag;
    else fail(`unrecognised option '${flag}'`);
  }
  return options;
}

/** The compiler's long version. Asking the package costs half a second, and the tools ask before every run. */
function version() {
  const size = fs.statSync(path.join(PACKAGE, "soljson.js")).size;
  const cache = path.join(PACKAGE, `.version-${require("solc/package.json").version}-${size}`);
  try {
    return fs.readFileSync(cache, "utf8");
  } catch {
    const long = require("solc").version();
    try {
      fs.writeFileSync(`${cache}.${process.pid}`, long);
      fs.renameSync(`${cache}.${process.pid}`, cache);
    } catch {
      // A read-only install is asked again next time.
    }
    return long;
  }
}

/** Reads imported files: base path first, then include paths, and nothing outside the allowed folders. */
function importer(options) {
  const roots = [options.base ?? process.cwd(), ...options.include].map((folder) => path.resolve(folder));
  const allowed = [...roots, ...options.allow.map((folder) => path.resolve(folder))]
    .filter((folder) => fs.existsSync(folder))
    .map((folder) => fs.realpathSync(folder));
  const inside = (file) => allowed.some((folder) => file === folder || file.startsWith(folder + path.sep));
  return (name) => {
    for (const root of roots) {
      const candidate = path.resolve(root, name);
      if (!fs.existsSync(candidate)) continue;
      const file = fs.realpathSync(candidate);
      if (!inside(file)) {
        return { error: `File outside of allowed directories. The following are allowed: ${allowed.join(", ")}` };
      }
      return { contents: fs.readFileSync(file, "utf8") };
    }
    return { error: `File not found. Searched the following locations: ${roots.join(", ")}.` };
  };
}

const options = parse(process.argv.slice(2));
if (options.mode === "version") {
  print(`solc, the solidity compiler commandline interface\nVersion: ${version()}\n`);
} else if (options.mode === "standard-json") {
  const input = fs.readFileSync(options.input === "-" ? 0 : options.input, "utf8");
  print(require("solc").compile(input, { import: importer(options) }));
} else {
  fail("Only --version and --standard-json are offered.");
}
