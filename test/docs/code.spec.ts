// Pages say what is so: their code is the code of test/docs/pages, which is compiled with the repository, and run here.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';
import { codeBlocks, pages, read } from './markdown.js';

/** Types of frameworks that this repository does not have. */
const OTHER_FRAMEWORKS = /declare module 'vitest'|namespace jest|^}$/;

/** Pages whose code is in two programs. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['readme', 'smallest-program'],
  'docs/guides/dashboard-and-cli.md': ['dashboard-and-cli', 'operators'],
  'docs/guides/observability.md': ['observability', 'observability-recipes'],
};

const programs = (page: string): readonly string[] => PARTS[page] ?? [page.replace(/^.*\//, '').replace(/\.md$/, '')];

/** However it is indented and broken into lines. */
const flat = (code: string): string => code.replaceAll(/\s+/g, ' ').trim();

/** The parts of a page's code that its programs do not have; a blank line ends a part. */
function strange(code: readonly string[], program: string): readonly string[] {
  const parts = code.flatMap((block) => block.split(/\n\s*\n/)).map(flat);
  return parts.filter((part) => !program.includes(part) && !OTHER_FRAMEWORKS.test(part) && !isImported(part, program));
}

/** True for imports alone that the program has too, beside others. */
function isImported(part: string, program: string): boolean {
  const imports = [...part.matchAll(/import (?:type )?\{ ([^}]+) \} from ('[^']+');\s*/g)];
  return (
    part === imports.map(([whole]) => whole).join('') &&
    imports.every(([, names = '', from = '']) =>
      names.split(', ').every((name) => new RegExp(`import [^;]*\\b${name}\\b[^;]* from ${from}`).test(program)),
    )
  );
}

const withCode = pages().filter(
  (page) => !/^docs\/(reference|evidence)\//.test(page) && codeBlocks(read(page), 'ts').length > 0,
);

describe('the code', () => {
  it.each(withCode)('of %s is compiled', (page) => {
    const files = programs(page).map((name) => join('test', 'docs', 'pages', `${name}.ts`));
    const program = files.map((file) => (existsSync(join(root, file)) ? read(file) : '')).join('\n');
    expect(strange(codeBlocks(read(page), 'ts'), flat(program))).toEqual([]);
  });

  it('of README, of guides, and of no page beside them is looked at', () => {
    expect(withCode.length).toBeGreaterThan(8);
    expect(withCode).toContain('README.md');
  });

  it('that is not compiled is found (control)', () => {
    expect(strange(['one();\ntwo();\n\nthree();'], 'zero(); one(); two();')).toEqual(['three();']);
  });
});
