// Drives the real window: WebKitWebDriver starts the shell (built with `--features e2e`), webdriverio talks to it.
//
// WebDriver cannot reach native file dialogs, so that build takes their answers from a queue in a file; everything
// else is the program as it ships. Every `open()` is a fresh installation unless it is given the home of an earlier one.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { remote } from 'webdriverio';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Root of the checkout. */
export const ROOT = path.resolve(HERE, '../..');
/** Screenshots and logs of the run. */
export const ARTIFACTS = path.join(HERE, 'artifacts');
/** How long the window may take to show what is waited for, in milliseconds. */
export const PATIENCE = Number(process.env.CARTORIO_E2E_PATIENCE ?? 60_000);

/**
 * Starts the program.
 * @param {object} [options]
 * @param {string} [options.name] prefix of screenshots and logs
 * @param {string} [options.home] data folder; default: a new one, removed by `close()`
 * @param {string} [options.desk] folder for documents; default: a new one, removed by `close()`
 * @param {object[]} [options.dialogs] first answers to file dialogs, see {@link App#answer}
 * @param {Record<string, string>} [options.env] more environment variables for the program
 * @param {[number, number]} [options.size] inner size of the window
 * @returns {Promise<App>}
 */
export async function open({ name = 'window', home, desk, dialogs = [], env = {}, size } = {}) {
  fs.mkdirSync(ARTIFACTS, { recursive: true });
  const app = new App(name, home, desk);
  app.answer(...dialogs);
  try {
    await app.start(env);
    if (size) await app.browser.setWindowSize(...size);
    await app.browser.waitUntil(() => app.browser.execute(() => document.readyState === 'complete'), {
      timeout: PATIENCE,
      timeoutMsg: 'the page did not load',
    });
    await app.recordTraffic();
  } catch (error) {
    await app.close();
    throw new Error(`the window did not start: ${error.message}\n${app.log()}`, { cause: error });
  }
  return app;
}

/** The program as built by `cargo xtask test`. */
export function binary() {
  return built('CARTORIO_E2E_BINARY', 'cartorio-desktop');
}

/** Runs the command line on an installation and gives what it printed; a bad exit code throws. */
export function cli(home, ...args) {
  const program = built('CARTORIO_E2E_CLI', 'cartorio');
  return execFileSync(program, ['--home', home, ...args], { encoding: 'utf8', env: environment({}) });
}

/** Starts the command line on an installation. It is killed as by a power cut as soon as `now()` holds; tells whether that came first. */
export async function cliKilledWhen(home, args, now, patience = PATIENCE) {
  const child = spawn(built('CARTORIO_E2E_CLI', 'cartorio'), ['--home', home, ...args], { env: environment({}), stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const end = Date.now() + patience;
  while (!now() && child.exitCode === null && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
  const inTime = now() && child.exitCode === null;
  child.kill('SIGKILL');
  await ended;
  return inTime;
}

/** Runs one of our judge scripts in its own Python environment and gives its JSON. */
export function judge(script, ...args) {
  const file = path.join(ROOT, 'tests/interop', script);
  return JSON.parse(execFileSync(python('judges'), [file, ...args], { encoding: 'utf8' }));
}

/** Starts an AWS-compatible server on loopback; see `crates/testkit/src/emulator.rs` for the same in Rust. */
export async function startMinistack() {
  return onFreePort(ministackOn);
}

async function ministackOn(port) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-ministack-'));
  const env = environment({
    AUTH: 'true',
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    MINISTACK_REGION: 'sa-east-1',
    STATE_DIR: path.join(folder, 'state'),
    TMPDIR: folder,
  });
  const server = spawn(python('emulators'), ['-m', 'ministack'], { cwd: folder, env, stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const end = Date.now() + PATIENCE;
  while (!(await fetch(`${endpoint}/_ministack/health`).then((answer) => answer.ok, () => false))) {
    if (server.exitCode !== null || Date.now() > end) {
      server.kill('SIGKILL');
      fs.rmSync(folder, { recursive: true, force: true });
      throw new Error('ministack did not start');
    }
    await sleep(100);
  }
  return {
    endpoint,
    /** Access keys of a new user that may use KMS. */
    user(name) {
      const script = path.join(ROOT, 'tests/interop/ministack_user.py');
      return JSON.parse(execFileSync(python('emulators'), [script, endpoint, name], { encoding: 'utf8', env }));
    },
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const gone = new Promise((resolve) => server.once('exit', resolve));
        server.kill('SIGKILL');
        await gone;
      }
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts the laboratory: CAs with lists, and time-stamp authorities, all on loopback; `null` where it is not installed.
 * The same as `crates/testkit/src/lab.rs` starts for the tests in Rust.
 */
export async function startLab() {
  if (!fs.existsSync(python('judges'))) return null;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-lab-'));
  const script = path.join(ROOT, 'tests/interop/lab_server.py');
  const server = spawn(python('judges'), [script, folder], { env: environment({}), stdio: ['pipe', 'pipe', 'inherit'] });
  const urls = await new Promise((resolve, reject) => {
    let said = '';
    server.once('exit', (code) => reject(new Error(`the laboratory ended with ${code}`)));
    server.stdout.on('data', (part) => {
      said += part;
      if (said.includes('\n')) resolve(JSON.parse(said.slice(0, said.indexOf('\n'))));
    });
  });
  return {
    urls,
    /** A file of the laboratory. */
    file: (name) => path.join(folder, name),
    /** Fetches the list of a CA into a file. */
    async list(issuer) {
      const answer = await fetch(urls.crls[issuer]);
      assert.ok(answer.ok, `${issuer}: HTTP ${answer.status}`);
      const file = path.join(folder, `${issuer}.crl`);
      fs.writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
      return file;
    },
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const gone = new Promise((resolve) => server.once('exit', resolve));
        server.stdin.end();
        await gone;
      }
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * An authority in front of the laboratory's, which can be told to keep whoever asks waiting: a batch that needs its stamps is then
 * under way for as long as a test likes.
 */
export async function startAuthority(lab) {
  let left = Infinity;
  let waiting = [];
  const pass = async ({ body, response }) => {
    const answer = await fetch(lab.urls.tsa, { method: 'POST', headers: { 'Content-Type': 'application/timestamp-query' }, body });
    const token = Buffer.from(await answer.arrayBuffer());
    // Who asked may have been killed meanwhile.
    if (response.destroyed) return;
    response.writeHead(answer.status, { 'Content-Type': 'application/timestamp-reply' });
    response.end(token);
  };
  const server = createHttpServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const asked = { body: Buffer.concat(parts), response };
      left -= 1;
      if (left < 0) waiting.push(asked);
      // Where the laboratory does not answer, nobody is answered.
      else pass(asked).catch(() => response.destroy());
    });
    for (const end of [request, response]) end.on('error', () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** How many wait for their answer. */
    waiting() {
      return waiting.length;
    },
    /** So many more questions are answered; whoever asks after them waits. */
    answers(count) {
      left = count;
    },
    /** Answers all who wait, and whoever asks from here on. */
    goOn() {
      left = Infinity;
      const all = waiting;
      waiting = [];
      for (const asked of all) pass(asked).catch(() => asked.response.destroy());
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A home with a demonstration that trusts the laboratory's root by two people and keeps the lists of its CAs. */
export async function officeBesideLab(lab) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-e2e-'));
  const run = (...args) => JSON.parse(cli(home, '--json', ...args));
  run('demo', 'init');
  const { id } = run('trust', 'add', lab.file('root.pem'), '--reason', 'Raiz do laboratório');
  run('request', 'approve', id, '--reason', 'Conferida', '--operator', 'Rui Camargo (demonstração)');
  run('trust', 'apply', '--request', id);
  run('trust', 'keep', lab.file('act.pem'), await lab.list('root'), await lab.list('act'));
  return home;
}

function python(name) {
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const venv = process.env[`CARTORIO_${name.toUpperCase()}_VENV`] || path.join(cache, 'cartorio-digital/venvs', name);
  return path.join(venv, 'bin/python');
}

/** Every file under a folder. */
export function filesUnder(folder) {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

/** One running window. */
export class App {
  #driver;
  #logFile;
  #ownsHome;
  #ownsDesk;
  #screens = [];
  #findings = new Map();

  constructor(name, home, desk) {
    this.name = name;
    this.#ownsHome = home === undefined;
    this.home = home ?? fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-e2e-'));
    /** A folder of the test's own for documents that go in and come out. */
    this.desk = desk ?? fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-desk-'));
    this.#ownsDesk = desk === undefined;
    this.dialogFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-dialogs-'));
    /** What the page itself remembers, as how large it was shown: nobody else's. */
    this.memory = fs.mkdtempSync(path.join(os.tmpdir(), 'cartorio-webview-'));
    this.answered = 0;
    this.#logFile = path.join(ARTIFACTS, `${name}.log`);
    fs.writeFileSync(this.#logFile, '');
  }

  async start(env) {
    const port = await onFreePort((free) => this.#drive(free, env));
    this.browser = await remote({
      hostname: '127.0.0.1',
      port,
      logLevel: 'error',
      waitforTimeout: PATIENCE,
      connectionRetryCount: 0,
      connectionRetryTimeout: 60_000,
      capabilities: { 'webkitgtk:browserOptions': { binary: binary(), args: [] }, 'wdio:enforceWebDriverClassic': true },
    });
    await this.browser.setTimeout({ script: 60_000 });
  }

  /** Starts the driver; gives its port. */
  async #drive(port, env) {
    const log = fs.openSync(this.#logFile, 'a');
    this.#driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], {
      stdio: ['ignore', log, log],
      env: environment({
        TAURI_WEBVIEW_AUTOMATION: 'true',
        CARTORIO_HOME: this.home,
        XDG_DATA_HOME: this.memory,
        CARTORIO_E2E_DIALOGS: this.dialogFolder,
        RUST_LOG: 'info',
        ...env,
      }),
    });
    fs.closeSync(log);
    let died;
    this.#driver.once('error', (error) => (died = error));
    this.#driver.once('exit', (code) => (died ??= new Error(`it ended with ${code}`)));
    try {
      await reachable(port, () => died);
    } catch (error) {
      await this.#stopDriver();
      throw error;
    }
    return port;
  }

  /** Queues an answer for the next file dialog: `{pick: [paths]}`, `{save: path}`, `{folder: path}` or `{cancel: true}`. */
  answer(...answers) {
    for (const answer of answers) {
      // One file for each, renamed into place: the program may be taking the one before at this very moment.
      const name = path.join(this.dialogFolder, String((this.answered += 1)).padStart(4, '0'));
      fs.writeFileSync(`${name}.part`, JSON.stringify(answer));
      fs.renameSync(`${name}.part`, `${name}.json`);
    }
  }

  /** Looks at every document of the queue, as the button «next unseen» does, however long each takes to be drawn. */
  async lookAtAll() {
    const unseen = () => this.browser.$$('[data-testid="queue-item"][data-seen="false"]').length;
    for (let left = await unseen(); left > 0; left = await unseen()) {
      // The button goes away with the last unseen document, perhaps just now.
      await this.browser.execute((css) => document.querySelector(css)?.click(), selector('sign-next-unseen'));
      await this.browser.waitUntil(async () => (await unseen()) < left, { timeoutMsg: `${left} documents stay unseen` });
    }
  }

  /** The element with this `data-testid`, once it can be seen. */
  async see(id, timeout = PATIENCE) {
    const element = this.browser.$(selector(id));
    try {
      await element.waitForDisplayed({ timeout });
    } catch (error) {
      const file = await this.shot(`without-${id}`);
      throw new Error(`nothing with data-testid «${id}» was shown; the keys go to ${await this.keysGoTo()}; ${file} reads:\n${await this.words()}`, {
        cause: error,
      });
    }
    return element;
  }

  /** Waits until nothing with this `data-testid` is shown. */
  async gone(id, timeout = PATIENCE) {
    await this.browser
      .$(selector(id))
      .waitForDisplayed({ timeout, reverse: true, timeoutMsg: `data-testid «${id}» did not go away` });
  }

  /** Whether something with this `data-testid` is shown now. */
  async shows(id) {
    return this.browser.$(selector(id)).isDisplayed();
  }

  /** How many elements have this `data-testid`. */
  async count(id) {
    return (await this.browser.$$(selector(id))).length;
  }

  /** Waits until so many elements have this `data-testid`: exactly `wanted`, or whatever it finds right. */
  async counts(id, wanted, what) {
    let last;
    const right = typeof wanted === 'function' ? wanted : (count) => count === wanted;
    await this.browser.waitUntil(async () => right((last = await this.count(id)))).catch(() => assert.fail(`${last} times «${id}»: ${what}`));
  }

  /** Clicks, once the element is there and enabled. */
  async click(id, timeout = PATIENCE) {
    const element = await this.see(id, timeout);
    await element.waitForEnabled({ timeout, timeoutMsg: `«${id}» stayed disabled` });
    await element.scrollIntoView({ block: 'nearest' });
    // A toast may lie over it for a while; a person waits, too.
    const end = Date.now() + timeout;
    for (;;) {
      try {
        return await element.click();
      } catch (error) {
        if (!/intercepted/.test(error.message) || Date.now() > end) throw error;
        await sleep(250);
      }
    }
  }

  /** Chooses one of a drop-down list, by its value. */
  async select(id, value) {
    await this.click(id);
    const item = this.browser.$(`.select-item[data-value="${value}"]`);
    await item.waitForDisplayed({ timeoutMsg: `${id} has no choice ${value}` });
    await item.click();
    await item.waitForDisplayed({ reverse: true, timeoutMsg: `${id} stays open` });
  }

  /** Chooses one of a group of cards, by its value; gives how far from the top of the window it was, CSS pixels. */
  async choose(group, value) {
    const card = (await this.see(group)).$(`input[value="${value}"]`);
    await card.scrollIntoView({ block: 'center' });
    const top = await this.topOf(group, value);
    // Once: what moves under the pointer while somebody presses is a defect of the window.
    await card.click();
    assert.ok(await card.isSelected(), `«${value}» was pressed at ${top} and is not chosen; it is at ${await this.topOf(group, value)}`);
    return top;
  }

  /** How far a card is from the top of the window, CSS pixels. */
  async topOf(group, value) {
    return this.browser.execute((css) => document.querySelector(css).getBoundingClientRect().top, `${selector(group)} input[value="${value}"]`);
  }

  /** Opens a fold, if it is shut. */
  async unfold(id) {
    const fold = (await this.see(id)).$('..');
    if (await fold.getProperty('open')) return;
    // Once: what comes above it and takes it from under the pointer is a defect of the window.
    await this.click(id);
    assert.ok(await fold.getProperty('open'), `«${id}» was pressed and stays shut`);
  }

  /** Waits until a button may be pressed, or may not. */
  async enabled(id, wanted = true) {
    await this.browser.$(selector(id)).waitForEnabled({ reverse: !wanted, timeoutMsg: `«${id}» ${wanted ? 'stayed disabled' : 'may be pressed'}` });
  }

  /** Waits until all that lies on the desk is judged as it would be signed now; only then a button signs at the first press. */
  async judged(id) {
    await this.browser.$(`${selector(id)}[data-judged="true"]`).waitForExist({ timeoutMsg: `«${id}» does not know what it would sign` });
  }

  /** Empties the desk and puts these files on it. */
  async lay(...files) {
    if (await this.shows('sign-clear')) await this.click('sign-clear');
    for (let left = await this.count('queue-item'); left > 0; left = await this.count('queue-item')) {
      await this.browser.execute((css) => document.querySelector(css)?.click(), selector('queue-remove'));
      await this.browser.waitUntil(async () => (await this.count('queue-item')) < left, { timeoutMsg: 'it stays in the queue' });
    }
    this.answer({ pick: files });
    await this.click('sign-pick');
    await this.browser.waitUntil(async () => (await this.count('queue-item')) === files.length, { timeoutMsg: 'not in the queue' });
  }

  /** Replaces the content of a field, typing as a person would. */
  async fill(id, value) {
    const element = await this.see(id);
    await element.setValue(value);
  }

  /** The beginning of all that the window says. */
  async words() {
    return (await this.browser.execute(() => document.body.innerText)).slice(0, 1000);
  }

  /** The visible text. */
  async text(id) {
    await this.see(id);
    return this.#inner(id);
  }

  /** WebDriver's own text leaves out what CSS may cut off with an ellipsis. */
  async #inner(id) {
    return this.browser.execute((css) => document.querySelector(css)?.innerText ?? '', selector(id));
  }

  /** Waits until the element's text matches. */
  async reads(id, pattern, timeout = PATIENCE) {
    let last = '';
    await this.browser
      .waitUntil(
        async () => {
          last = (await this.shows(id)) ? await this.#inner(id) : '';
          return pattern.test(last);
        },
        { timeout },
      )
      .catch(() => assert.fail(`«${id}» reads «${last}», which does not match ${pattern}`));
    return last;
  }

  /** Presses keys on whatever has the focus. */
  async keys(...keys) {
    await this.browser.keys(keys);
  }

  /** `data-testid` (or the tag) of the focused element. */
  async focused() {
    return this.browser.execute(() => {
      const at = document.activeElement;
      return at?.closest('[data-testid]')?.getAttribute('data-testid') ?? at?.tagName.toLowerCase() ?? null;
    });
  }

  /** Who has the keys, in words: the focused element and what lies over the page. */
  async keysGoTo() {
    return this.browser.execute(() => {
      const name = (element) => (element ? `${element.tagName.toLowerCase()}[${element.getAttribute('data-testid') ?? element.className}] ${element.getAttribute('data-state') ?? ''}` : 'nothing');
      const layers = [...document.querySelectorAll('[role="dialog"], [role="menu"], [role="listbox"]')].map(name);
      return `${name(document.activeElement)} under ${layers.join(', ') || 'nothing'}, ${document.hasFocus() ? 'focused' : 'without focus'}`;
    });
  }

  /** Calls a command past the UI, as a hostile page would; gives `{answer}` or `{refusal}`. */
  async invoke(command, args = {}) {
    return this.browser.executeAsync(
      (name, payload, done) => {
        globalThis.__TAURI_INTERNALS__.invoke(name, payload).then(
          (answer) => done({ answer }),
          // Not named `error`: webdriverio would take that for an error of WebDriver's.
          (error) => done({ refusal: typeof error === 'string' ? error : JSON.stringify(error) }),
        );
      },
      command,
      args,
    );
  }

  /** Saves a screenshot under `artifacts/`. */
  async shot(name) {
    const file = path.join(ARTIFACTS, `${this.name}-${name}.png`);
    await this.browser.executeAsync((done) => document.fonts.ready.then(() => requestAnimationFrame(() => done())));
    await this.browser.saveScreenshot(file);
    return file;
  }

  /** Notes what axe-core finds serious or critical on the screen as it is now; {@link App#assertAccessible} judges. */
  async accessible(screen) {
    await this.browser.execute(AXE);
    const result = await this.browser.executeAsync((done) => {
      globalThis.axe
        .run(document, { resultTypes: ['violations'] })
        .then((report) => done({ violations: report.violations }))
        .catch((error) => done({ failed: String(error) }));
    });
    assert.equal(result.failed, undefined, `axe-core did not run on ${screen}`);
    const serious = result.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    this.#screens.push(screen);
    for (const { id, help, nodes } of serious) {
      for (const { html } of nodes) {
        const finding = `${id}: ${help}\n    ${html}`;
        this.#findings.set(finding, [...(this.#findings.get(finding) ?? []), screen]);
      }
    }
  }

  /** Fails with everything that {@link App#accessible} noted, each finding once with its screens. */
  assertAccessible() {
    assert.ok(this.#screens.length > 0, 'no screen was looked at');
    const told = [...this.#findings].map(([finding, screens]) => `${finding}\n    on ${screens.join(', ')}`);
    assert.equal(told.length, 0, `axe-core on ${this.#screens.length} screens:\n${told.join('\n')}`);
  }

  /** From now on, keeps what crosses between page and program, until the page is left. */
  async recordTraffic() {
    await this.browser.execute(() => {
      if (globalThis.__traffic) return;
      const traffic = (globalThis.__traffic = []);
      const fetch = globalThis.fetch;
      const text = (body) =>
        typeof body === 'string' ? body : body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
      globalThis.fetch = async (input, init) => {
        const url = String(input?.url ?? input);
        const answer = await fetch(input, init);
        if (url.includes('ipc')) {
          traffic.push({ url, request: init?.body == null ? '' : text(init.body) });
          const copy = answer.clone();
          copy.text().then((response) => (traffic.at(-1).response = response.slice(0, 200_000)));
        }
        return answer;
      };
    });
  }

  /** What {@link App#recordTraffic} has kept. */
  async traffic() {
    return this.browser.execute(() => globalThis.__traffic ?? []);
  }

  /** Fails when one of `secrets` (name → value) is in the traffic, the log or a file of the data folder. */
  async assertKeepsSecret(secrets, { office = true } = {}) {
    const traffic = await this.traffic();
    assert.ok(traffic.length > 10, 'the recording of the traffic is empty, so it proves nothing');
    const places = [
      ['the messages between page and program', JSON.stringify(traffic)],
      ['the log', this.log()],
      ...filesUnder(this.home).map((file) => [file, fs.readFileSync(file).toString('latin1')]),
    ];
    // Without an office nothing is written, and that is right.
    if (office) assert.ok(places.length > 4, 'the data folder is empty, so it proves nothing');
    for (const [where, content] of places) {
      for (const [name, value] of Object.entries(secrets)) {
        assert.ok(value.length >= 8, `${name} is too short to look for`);
        assert.ok(!content.includes(value), `the ${name} is in ${where}`);
      }
      assert.ok(!content.includes('PRIVATE KEY'), `a private key is in ${where}`);
    }
  }

  /** Saves the root of the chain that the certificates page shows; gives its path. */
  async saveRoot() {
    await this.click('nav-certificates');
    await this.click('certificates-tab-office');
    await this.see('chain-view');
    await this.browser.$(`${selector('chain-node')} .row-name`).click();
    await this.reads('certificate-name', /AC Raiz/);
    const file = path.join(this.desk, 'raiz.pem');
    this.answer({ save: file });
    await this.click('save-certificate');
    await this.click('save-pem');
    await this.browser.waitUntil(() => fs.existsSync(file), { timeoutMsg: 'nothing was saved' });
    return file;
  }

  /** Everything that the program and the driver printed. */
  log() {
    return fs.readFileSync(this.#logFile, 'utf8');
  }

  /** Ends the program as a power cut would, at the very moment when `now()` says so; gives false when it never did. */
  async killWhen(now, patience = PATIENCE) {
    const victims = descendants(this.#driver.pid);
    const end = Date.now() + patience;
    let seen = now();
    while (!seen && Date.now() < end) {
      await sleep(5);
      seen = now();
    }
    for (const pid of victims) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
    this.browser = undefined;
    await this.#stopDriver();
    return seen;
  }

  /** Loads the page again, as F5 does. */
  async reload() {
    await this.#goes();
    await this.browser.refresh();
    await this.returns();
  }

  /** The page is about to go away, once what lies on the desk is kept. */
  async #goes() {
    const count = await this.browser.$$(selector('queue-item')).length;
    const kept = (wanted) => (JSON.parse(sessionStorage.getItem('keepsake') ?? '{}').desk?.queue.length === wanted ? (globalThis.isOld = true) : false);
    await this.browser.waitUntil(() => this.browser.execute(kept, count), { timeoutMsg: 'the desk is not kept' });
  }

  /** Kills the process that draws the page, as a defect of a graphics driver would. */
  async killPage() {
    await this.#goes();
    this.killDrawing();
  }

  /** The same without looking at the page, which may have nothing to say. */
  killDrawing() {
    const drawing = descendants(this.#driver.pid).filter((pid) => nameOf(pid).startsWith('WebKitWebProc'));
    assert.equal(drawing.length, 1, 'one process draws the page');
    process.kill(drawing[0], 'SIGKILL');
  }

  /** Waits for a page that was loaded anew. */
  async returns() {
    const isNew = () => globalThis.isOld !== true && document.querySelector('[data-testid]') !== null;
    // Nothing answers while there is no page.
    await this.browser.waitUntil(() => this.browser.execute(isNew).catch(() => false), { timeoutMsg: 'the page does not come back' });
    await this.recordTraffic();
  }

  /** Tells the program that the session of the system ends. */
  endSession() {
    this.#programs().forEach((pid) => process.kill(pid, 'SIGTERM'));
  }

  /** Waits until the program has ended by itself. */
  async ends() {
    await this.until(() => this.#programs().length === 0, 'the program does not end');
  }

  #programs() {
    return descendants(this.#driver.pid).filter((pid) => nameOf(pid).startsWith('cartorio'));
  }

  /** Waits for something that can be seen without the page. */
  async until(holds, what) {
    const end = Date.now() + PATIENCE;
    while (!holds() && Date.now() < end) await sleep(50);
    assert.ok(holds(), `${what}:\n${this.log().slice(-2000)}`);
  }

  /** Ends the window in an orderly way; `keepHome` leaves the data for a next start. */
  async close({ keepHome = false } = {}) {
    await this.browser?.deleteSession().catch(() => {});
    await this.#stopDriver();
    if (this.#ownsDesk) fs.rmSync(this.desk, { recursive: true, force: true });
    fs.rmSync(this.dialogFolder, { recursive: true, force: true });
    fs.rmSync(this.memory, { recursive: true, force: true });
    if (this.#ownsHome && !keepHome) fs.rmSync(this.home, { recursive: true, force: true });
  }

  async #stopDriver() {
    const driver = this.#driver;
    if (!driver || driver.exitCode !== null || driver.signalCode !== null) return;
    const gone = new Promise((resolve) => driver.once('exit', resolve));
    const left = descendants(driver.pid);
    driver.kill('SIGTERM');
    await gone;
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended with the session, as it should.
      }
    }
  }
}

const selector = (id) => `[data-testid="${id}"]`;

function built(variable, name) {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target');
  const file = process.env[variable] ?? path.resolve(ROOT, target, 'debug', name);
  assert.ok(fs.existsSync(file), `${file} is not built; \`cargo xtask test --only e2e\` builds and runs everything`);
  return file;
}

/** Ours without anything that could reach a real account, or change the language of what is tested. */
function environment(more) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && !/^(LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LANG: 'C.UTF-8', ...more };
}

/** Starts something on a free port; on another one where somebody else was faster. */
async function onFreePort(start) {
  for (let tries = 2; ; tries -= 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function reachable(port, died) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    if (died()) throw new Error(`WebKitWebDriver: ${died().message}`);
    try {
      await fetch(`http://127.0.0.1:${port}/status`);
      return;
    } catch {
      await sleep(50);
    }
  }
  throw new Error('WebKitWebDriver does not answer');
}

/** The name of a process, of which the kernel keeps 15 letters; empty once it has ended. */
function nameOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Every process below `pid`, deepest last. */
function descendants(pid) {
  const parents = new Map();
  for (const entry of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended while we looked.
    }
  }
  const below = (of) => (parents.get(of) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}
