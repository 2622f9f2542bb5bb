// SPDX-License-Identifier: Apache-2.0
// Builds the map into the folder named by the first argument. Installs packages only when the lock file is newer than
// what is installed, and does nothing at all when no source changed: a second build needs no network and no time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const out = resolve(process.argv[2] ?? join(root, 'dist'));

function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.error) {
    console.error(`The web map needs Node 20.19 or newer with npm: ${done.error.message}`);
    process.exit(1);
  }
  if (done.status !== 0) process.exit(done.status ?? 1);
}

const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.survol-lock');
const lockDigest = createHash('sha256').update(readFileSync(lock)).digest('hex');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lockDigest) {
  run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']);
  writeFileSync(installed, lockDigest);
}

function* files(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* files(path);
    else yield path;
  }
}

const digest = createHash('sha256').update(lockDigest);
const inputs = ['index.html', 'package.json', 'tsconfig.json', 'vite.config.ts'].map((name) => join(root, name));
for (const path of [...inputs, ...files(join(root, 'src')), ...files(join(root, 'public'))]) {
  digest.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0');
}
const wanted = digest.digest('hex');
const stamp = join(dirname(out), '.webui-digest');
if (existsSync(join(out, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) process.exit(0);

const bin = (name) => join(root, 'node_modules', name);
run(process.execPath, [bin('typescript/bin/tsc'), '--noEmit']);
rmSync(out, { recursive: true, force: true });
run(process.execPath, [bin('vite/bin/vite.js'), 'build', '--outDir', out, '--emptyOutDir', '--logLevel', 'warn']);
mkdirSync(dirname(stamp), { recursive: true });
writeFileSync(stamp, wanted);
