// SPDX-License-Identifier: Apache-2.0
// Opens the map in headless Chromium, as a person would, and fails with a sentence when it does not work.
// usage: node smoke.mjs URL [FOLDER for screenshots]
import { chromium } from 'playwright-core';
import { join } from 'node:path';

const [url, folder] = process.argv.slice(2);
const origin = new URL(url).origin;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});
const problems = [];
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  page.on('pageerror', (error) => problems.push(`error in the page: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  page.on('request', (request) => {
    const to = new URL(request.url());
    if (/^https?:$/.test(to.protocol) && to.origin !== origin) problems.push(`a request leaves the house: ${to.origin}`);
  });
  page.on('response', (response) => response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`));
  const picture = (name, full) => folder && page.screenshot({ path: join(folder, `${name}.png`), ...full });

  const drawn = page.waitForResponse((r) => /\/tiles\/.*\.png/.test(r.url()), { timeout: 60_000 });
  const tiles = page.waitForResponse((r) => /\/tiles\/WebMercatorQuad\/\d+\//.test(r.url()) && r.status() === 200, { timeout: 60_000 });
  await page.goto(url);
  await page.getByRole('heading', { name: 'Legend' }).waitFor({ timeout: 60_000 });
  await drawn;
  await tiles;
  await page.waitForTimeout(1500);
  await picture('done');
  await page.mouse.click(800, 520);
  await page.locator('.tell table').waitFor({ timeout: 20_000 });
  if (!/m²|ha/.test(await page.locator('.tell').innerText())) problems.push('the popup says no area');
  await page.locator('.chance').first().waitFor({ timeout: 20_000 });
  if (!/%/.test(await page.locator('.chance').first().innerText())) problems.push('the popup says no probability');
  await picture('polygon');
  const origins = await browser.newPage();
  await origins.goto(new URL(await page.locator('.tell a').getAttribute('href'), url).href);
  if (!/predictions/.test(await origins.innerText('body'))) problems.push('the page about where a polygon comes from says no predictions');
  if (folder) await origins.screenshot({ path: join(folder, 'lineage.png') });
  await origins.close();
  await page.getByRole('button', { name: 'FR' }).click();
  await page.getByRole('heading', { name: 'Légende' }).waitFor({ timeout: 10_000 });
  await page.setViewportSize({ width: 390, height: 800 });
  await page.waitForTimeout(500);
  await picture('narrow');
} catch (error) {
  problems.push(error.message);
} finally {
  await browser.close();
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
