// The browser of the tests: one command on a line of stdin, one answer on a line of stdout, both JSON. See chromium.py.

const { chromium } = require("playwright-core");
const axe = require("axe-core").source;
const { createInterface } = require("node:readline");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const PATIENCE = 15000;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let browser, page;
const faults = []; // what the page's console and its policy complain about
const asked = new Set(); // origins that were asked

async function open({ scripts = true }) {
  await page?.context().close();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, javaScriptEnabled: scripts });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("console", (message) => { if (message.type() === "error" && !message.text().includes("status of 4")) faults.push(message.text()); });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  page.on("dialog", (dialog) => dialog.accept());
}

const commands = {
  open,
  look: async ({ dark, width = 1280, height = 800 }) => { await page.emulateMedia({ colorScheme: dark ? "dark" : "light" }); await page.setViewportSize({ width, height }); },
  goto: async ({ url }) => (await page.goto(url, { waitUntil: "domcontentloaded" })).status(),
  click: async ({ on }) => { await page.locator(on).first().click(); },
  fill: async ({ on, value }) => { await page.locator(on).first().fill(value); },
  choose: async ({ on, value }) => { await page.locator(on).first().selectOption(value); },
  file: async ({ on, path }) => { await page.locator(on).first().setInputFiles(path); },
  press: async ({ key }) => { await page.keyboard.press(key); },
  text: async ({ of = "main" }) => (await page.locator(of).first().innerText()),
  count: async ({ of }) => page.locator(of).count(),
  see: async ({ on, text }) => { await (text === undefined ? page.locator(on) : page.locator(on, { hasText: text })).first().waitFor(); },
  gone: async ({ on }) => { await page.locator(on).first().waitFor({ state: "detached" }); },
  url: async () => page.url(),
  evaluate: async ({ script }) => page.evaluate(script),
  shot: async ({ path, whole = true }) => { await page.screenshot({ path, fullPage: whole }); },
  wide: async () => page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)"),
  axe: async ({ only }) => {
    if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe);
    const found = await page.evaluate(([rules, one]) => window.axe.run(document, { resultTypes: ["violations"], runOnly: one ? [one] : rules }), [RULES, only]);
    return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  },
  faults: async () => faults.splice(0),
  asked: async () => [...asked],
};

(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS });
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...given } = JSON.parse(line);
    let answer;
    try { answer = { value: (await commands[name](given)) ?? null }; } catch (error) { answer = { error: String(error.message ?? error).slice(0, 2000) }; }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await browser.close();
})();
