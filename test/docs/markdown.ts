import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../../scripts/root.mjs';

const AT_THE_ROOT = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'];

/** Every page of the repository, as a path from its root. */
export function pages(): readonly string[] {
  const below = readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true });
  const docs = below.filter((entry) => entry.isFile() && entry.name.endsWith('.md'));
  return [...AT_THE_ROOT, ...docs.map((entry) => relative(root, join(entry.parentPath, entry.name)))].toSorted();
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The code blocks of a page in one language, as written. */
export function codeBlocks(page: string, language: string): readonly string[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, name, code = '']) =>
    name === language ? [code] : [],
  );
}

/** A page without its code, where brackets are no links and signs no headings. */
export function withoutCode(page: string): string {
  return page.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));
}

export function links(page: string): readonly string[] {
  return [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that GitHub gives the headings of a page. */
export function anchors(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = [...page.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#{1,6} (.+)$/gm)];
  return new Set(
    headings.map(([, title = '']) => {
      const slug = title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}
