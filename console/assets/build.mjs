// Bundles src into dist, which mcr embeds: a style sheet, a script, and what the script
// fetches only where it is needed. Each name holds a digest of what is in the file, so a
// browser may keep it for ever; names.json says which they are. Beside each file stands
// what is sent to browsers that take it: Brotli (.br) and gzip (.gz).
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const styles = {
  name: "sass",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.scss$/ }, ({ path }) => ({
      contents: sass.compile(path, { loadPaths: [here("node_modules")], quietDeps: true }).css,
      loader: "css",
      resolveDir: here("src"),
    })),
};

const { metafile, outputFiles } = await esbuild.build({
  absWorkingDir: here("."),
  entryPoints: ["src/console.scss", "src/console.js"],
  outdir: "dist",
  entryNames: "[name].[hash]",
  chunkNames: "[name].[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  target: "es2022",
  legalComments: "inline",
  loader: { ".svg": "dataurl" },
  plugins: [styles],
  metafile: true,
  write: false,
});

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });

await mkdir(here("dist"), { recursive: true });
for (const old of await readdir(here("dist"))) {
  if (old !== ".gitkeep") {
    await rm(here(`dist/${old}`));
  }
}
for (const { path, contents, text } of outputFiles) {
  if (path.endsWith(".css") && /url\((?!["']?data:)|@import/.test(text)) {
    throw new Error("the style sheet fetches something: bundle it, or leave it out");
  }
  await writeFile(path, contents);
  await writeFile(`${path}.br`, brotli(contents));
  await writeFile(`${path}.gz`, gzipSync(contents, { level: constants.Z_BEST_COMPRESSION }));
}
const names = Object.entries(metafile.outputs)
  .filter(([, { entryPoint }]) => entryPoint?.startsWith("src/console."))
  .map(([path, { entryPoint }]) => [basename(entryPoint).replace(".scss", ".css"), basename(path)]);
await writeFile(here("dist/names.json"), JSON.stringify(Object.fromEntries(names)));
