import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, sep } from 'node:path';
import { libraryFolder } from '../core/base/library-folder.cjs';

/** A file of the page. All are text. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/** What a browser is to see, and may load. */
export interface Page {
  readonly html: string;
  readonly policy: string;
}

const FOLDER = join(libraryFolder, 'dashboard', 'page');
/** In the sources: where what others wrote lies, by its name in `vendor`, where the published page has it. */
const VENDOR = 'vendor.json';
const INDEX = 'index.html';
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};
const HASH_LENGTH = 12;
/** A relative address of one of the files, as the page and its import map write it. */
const ASSET = /"(\.\/)?assets\//g;
const IMPORT_MAP = /<script type="importmap">([\s\S]*?)<\/script>/;

/** The page, its modules and styles, as they are published. Read once, when somebody first asks. */
export class PageFiles {
  readonly hash: string;
  readonly #files: ReadonlyMap<string, PageFile>;

  constructor(folder = FOLDER) {
    this.#files = new Map([...read(folder), ...readVendor(folder)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const hash = createHash('sha256');
    for (const [name, { text }] of this.#files) hash.update(`${name}\0${text.length}\0${text}`);
    this.hash = hash.digest('hex').slice(0, HASH_LENGTH);
  }

  get(name: string): PageFile | undefined {
    return this.#files.get(name);
  }

  /** The page for an address below which its files and its API are: `./` or `./dq/`. Its import map is the only inline script. */
  page(base: string): Page {
    const assets = `"${base}assets/${this.hash}/`;
    const html = (this.#files.get(INDEX)?.text ?? '').replaceAll(ASSET, assets);
    const map = IMPORT_MAP.exec(html)?.[1];
    return { html, policy: policy(map) };
  }
}

/** `inline`: a script in the page that is allowed, by its hash. */
export function policy(inline?: string): string {
  const hash = inline === undefined ? '' : ` 'sha256-${createHash('sha256').update(inline).digest('base64')}'`;
  return (
    `default-src 'none'; script-src 'self'${hash}; style-src 'self'; connect-src 'self'; img-src 'self' data:; ` +
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
  );
}

function* read(folder: string): Generator<readonly [string, PageFile]> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    yield [name.replaceAll(sep, '/'), { type, text: readFileSync(join(folder, name), 'utf8') }];
  }
}

function* readVendor(folder: string): Generator<readonly [string, PageFile]> {
  const list = join(folder, VENDOR);
  if (!existsSync(list)) return;
  const files = JSON.parse(readFileSync(list, 'utf8')) as Readonly<Record<string, string>>;
  const modules = join(dirname(dirname(dirname(folder))), 'node_modules');
  for (const [name, file] of Object.entries(files)) {
    const type = TYPES[extname(name)];
    if (type !== undefined) yield [`vendor/${name}`, { type, text: readFileSync(join(modules, file), 'utf8') }];
  }
}
