// sharp, said the way benchmarks/workers/protocol.py says it. `node worker.js` does what the
// documentation shows: one pipeline from the file for each size. `node worker.js tuned` decodes
// once, makes each size from the larger one and encodes with effort 2 on one thread.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const readline = require("node:readline");
const sharp = require("sharp");

const IS_TUNED = process.argv.includes("tuned");
const VARIANTS = JSON.parse(process.env.BENCHMARK_VARIANTS);
const IN_MEMORY = "/dev/shm";
const MEDIA = fs.mkdtempSync(
  path.join(fs.existsSync(IN_MEMORY) ? IN_MEMORY : os.tmpdir(), "benchmark-"),
);
process.on("exit", () => fs.rmSync(MEDIA, { recursive: true, force: true }));

if (IS_TUNED) {
  sharp.concurrency(1);
  sharp.cache(false);
}

const target = (variant) => path.join(MEDIA, `${variant.name}.webp`);

const box = (variant) => ({
  width: variant.side,
  height: variant.side,
  fit: variant.operation === "crop" ? "cover" : "inside",
  withoutEnlargement: true,
});

function asDocumented(photograph) {
  return Promise.all(
    VARIANTS.map((variant) =>
      sharp(photograph)
        .autoOrient()
        .resize(box(variant))
        .webp({ quality: variant.quality })
        .toFile(target(variant)),
    ),
  );
}

async function tuned(photograph) {
  const largestFirst = [...VARIANTS].sort((one, other) => other.side - one.side);
  let source = sharp(photograph).autoOrient();
  for (const variant of largestFirst) {
    const { data, info } = await source
      .resize(box(variant))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    await sharp(data, { raw })
      .webp({ quality: variant.quality, effort: 2 })
      .toFile(target(variant));
    source = sharp(data, { raw });
  }
}

function peak() {
  try {
    const status = fs.readFileSync("/proc/self/status", "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

async function render(photograph, folder) {
  const copy = path.join(MEDIA, `${process.hrtime.bigint()}.jpg`);
  fs.copyFileSync(photograph, copy);
  const before = process.cpuUsage();
  const started = process.hrtime.bigint();
  await (IS_TUNED ? tuned(copy) : asDocumented(copy));
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  const used = process.cpuUsage(before);
  const answer = { cpu: (used.user + used.system) / 1e6, wall, peak: peak(), files: {} };
  fs.mkdirSync(folder, { recursive: true });
  for (const variant of VARIANTS) {
    answer.files[variant.name] = fs.statSync(target(variant)).size;
    fs.copyFileSync(target(variant), path.join(folder, `${variant.name}.webp`));
  }
  fs.rmSync(copy);
  return answer;
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    // The paths that this is given are quoted for a shell; none of them has quotes in it.
    const [, ...words] = line.match(/'[^']*'|\S+/g).map((word) => word.replaceAll("'", ""));
    let answer;
    try {
      answer = await render(...words);
    } catch (error) {
      answer = { error: String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

main();
