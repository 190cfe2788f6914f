// Bundles src into dist, which mcr embeds: one script, one style sheet.
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const style = sass.compile(here("src/console.scss"), {
  loadPaths: [here("node_modules")],
  quietDeps: true,
});
const bundled = { bundle: true, minify: true, target: "es2022", legalComments: "inline", write: false };
const [css] = (
  await esbuild.build({
    ...bundled,
    stdin: { contents: style.css, loader: "css", resolveDir: here("src") },
    loader: { ".svg": "dataurl" },
  })
).outputFiles;
if (/url\((?!["']?data:)|@import/.test(css.text)) {
  throw new Error("the style sheet fetches something: bundle it, or leave it out");
}
const [script] = (
  await esbuild.build({ ...bundled, entryPoints: [here("src/console.js")], format: "esm" })
).outputFiles;

await mkdir(here("dist"), { recursive: true });
await writeFile(here("dist/console.css"), css.contents);
await writeFile(here("dist/console.js"), script.contents);
