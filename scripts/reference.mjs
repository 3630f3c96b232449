// @ts-check
// npm run reference: writes docs/reference from the types and their docstrings. `--check` writes nothing, and fails when a page differs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { docOf, lastDocstring, leading, oneLine, prose, signature, source, tag, typeText } from './docstrings.mjs';
import { root } from './root.mjs';

/** @typedef {import('typescript/unstable/ast').Node} Node */
/** @typedef {import('typescript/unstable/ast').SourceFile} SourceFile */
/** @typedef {{ readonly node: Node, readonly file: SourceFile }} Declaration */

const OPTIONS = [
  'DqSharedOptions',
  'DqOptions',
  'DqEmbeddedOptions',
  'DqEmbedded',
  'DqLogOptions',
  'DqEnhancerOptions',
  'DqModuleEnhancers',
  'DqModuleExtras',
  'DqTubeOptions',
  'DqRunOptions',
  'DqBackoff',
  'DqBackoffFormula',
  'DqExpires',
  'DqCodec',
  'DqLayerOptions',
  'DqLayerHost',
  'DqScheduleCall',
  'DqJobOptions',
  'DqManyOptions',
  'DqLookOptions',
  'DqPauseOptions',
  'DqHealthOptions',
  'DqDuration',
  'RedisSource',
  'DqTestingSettings',
  'DqOtelOptions',
  'DqCronModuleOptions',
  'DqScheduleTimes',
  'DqScheduleRules',
  'DqCronOptions',
  'DqScheduleOptions',
  'DqPreviewOptions',
  'DqDashboardMount',
  'DqDashboardSettings',
  'DqDashboardRedaction',
];

/** What the user's own classes look like, and what they get. */
const SHAPES = new Set(['DqLayerHost', 'DqScheduleCall', 'DqCodec']);

const GENERATED = 'Generated from the types by `npm run reference`. Change the docstrings in `lib`, not this page.';

const declarations = readDeclarations();
const pages = { 'options.md': optionsPage(), 'events.md': eventsPage(), 'errors.md': errorsPage() };
const folder = join(root, 'docs', 'reference');

if (process.argv.includes('--check')) {
  const stale = Object.entries(pages).filter(([name, text]) => textOf(join(folder, name)) !== text);
  for (const [name] of stale) console.error(`docs/reference/${name} is not what the types say. Run: npm run reference`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, name), text);
}

/** Every named declaration of the library that is exported. */
function readDeclarations() {
  const api = new API({ cwd: root });
  /** @type {Map<string, Declaration>} */
  const found = new Map();
  try {
    const [project] = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.build.json')] }).getProjects();
    if (project === undefined) throw new Error('expected a project in tsconfig.build.json');
    const lib = join(root, 'lib');
    for (const name of project.program.getSourceFileNames()) {
      const file = name.startsWith(lib) ? project.program.getSourceFile(name) : undefined;
      file?.forEachChild((node) => {
        const title = 'name' in node ? nameOf(node) : undefined;
        if (title !== undefined && /^export\b/.test(source(node, file))) found.set(title, { node, file });
      });
    }
  } finally {
    api.close();
  }
  return found;
}

function optionsPage() {
  const intro =
    'What `DqModule.forRoot`, `forRootAsync`, `forFeature`, `@DqHandler`, the producer, the inspector, recurring jobs, the dashboard and the tests take. `forRoot` takes ' +
    'the options of servers **or** the embedded ones, with those of both, of log lines and of the module. Durations are ' +
    '[`DqDuration`](#dqduration).';
  return page('Options', intro, OPTIONS.map(typeSection));
}

/** @param {string} name */
function typeSection(name) {
  if (SHAPES.has(name)) return typeAsCode(name, name);
  const { node, file } = declared(name);
  const head = [`## ${name}`, ...prose(docOf(node, file))];
  const base = 'heritageClauses' in node ? /extends\s+([^{]+?)\s*\{/.exec(source(node, file))?.[1] : undefined;
  if (base !== undefined) head.push(`With all of [\`${base}\`](#${base.toLowerCase()}).`);
  if (node.kind !== SyntaxKind.InterfaceDeclaration) return [...head, fenced(signature(node, file))].join('\n\n');
  const members = membersOf(node).flatMap((member) => {
    const [text, usual] = [prose(docOf(member, file)), tag(member, file, 'default')];
    return text.length === 0 ? [] : [`### ${nameOf(member)}`, memberLine(member, file, usual)].concat(text);
  });
  return [...head, ...members].join('\n\n');
}

/**
 * @param {Node} member
 * @param {SourceFile} file
 * @param {string | undefined} usual
 */
function memberLine(member, file, usual) {
  const type = 'type' in member && member.type ? source(/** @type {Node} */ (member.type), file) : '';
  const shown = signatureOf(member, file, type.replace(/ \| undefined$/, ''));
  const required = /\?:/.test(source(member, file)) ? '' : ' Required.';
  return `\`${shown}\`${usual === undefined ? required : ` Default: ${usual}`}`;
}

/**
 * @param {Node} member
 * @param {SourceFile} file
 * @param {string} type
 */
function signatureOf(member, file, type) {
  return member.kind === SyntaxKind.MethodSignature ? source(member, file).replace(/;$/, '') : oneLine(type);
}

function eventsPage() {
  const { node, file } = declared('DqEvent');
  const intro = [
    '[`onEvent`](options.md#onevent) gets these as values, and so do `@OnDqEvent` and layers: see [observability](../guides/observability.md). The log ' +
      'has a line for each, except for `job-scheduled`, `job-started`, `job-completed` and `job-again`, which are made only for those who ask for them.',
    ...prose(docOf(node, file)),
  ].join('\n\n');
  const types = 'type' in node && node.type ? listOf(/** @type {Node} */ (node.type), 'types') : [];
  const sections = types.map((each) => {
    const members = fieldsOf(each, file);
    const type = members.find((member) => nameOf(member) === 'type');
    const fields = members.filter((member) => member !== type);
    const rows = fields.map((field) => {
      const text = prose(docOf(field, file)).join(' ');
      const optional = /\?:/.test(source(field, file)) ? '?' : '';
      return `- \`${nameOf(field)}${optional}: ${typeText(field, file)}\`${text === '' ? '' : `: ${text}`}`;
    });
    const title = typeText(/** @type {Node} */ (type), file).replaceAll("'", '');
    return [`## ${title}`, ...prose(lastDocstring(leading(each, file))), rows.join('\n')].join('\n\n');
  });
  return page('Events', intro, sections);
}

function errorsPage() {
  const errors = [...declarations.values()].filter(
    ({ node, file }) => node.kind === SyntaxKind.ClassDeclaration && /\bcode = 'DQ_/.test(source(node, file)),
  );
  const intro =
    'Every error that this package throws on purpose is a `DqError`. Ask for its class with `instanceof`, or for its `code`, which is ' +
    'stable; its text says what was expected, what came and what to do, and never has a payload or a password in it. Where another ' +
    'error stands behind it, `cause` has that one.';
  const sections = errors.map(({ node, file }) => {
    const code = /\bcode = '(DQ_\w+)'/.exec(source(node, file))?.[1];
    const fields = membersOf(node)
      .filter(({ kind }) => kind === SyntaxKind.Constructor)
      .flatMap((member) => listOf(member, 'parameters'))
      .filter((parameter) => source(parameter, file).startsWith('readonly '))
      .map((field) => {
        const text = prose(lastDocstring(leading(field, file))).join(' ');
        return `- \`${nameOf(field)}: ${typeText(field, file)}\`${text === '' ? '' : `: ${text}`}`;
      });
    const where = relative(root, file.fileName).startsWith('lib/testing') ? ' In `nestjs-dq/testing`.' : '';
    const list = fields.length === 0 ? [] : [fields.join('\n')];
    return [`## ${nameOf(node)}`, `\`${code}\`${where}`, ...prose(docOf(node, file)), ...list].join('\n\n');
  });
  const types = ['DqNodeOutcome', 'DqKnownJobState'].map((name) =>
    typeAsCode(name === 'DqNodeOutcome' ? 'NodeOutcome' : name, name),
  );
  return page('Errors', intro, [...sections, ...types]);
}

/**
 * @param {string} declaredAs
 * @param {string} name under which it is exported
 */
function typeAsCode(declaredAs, name) {
  const { node, file } = declared(declaredAs);
  const code = signature(node, file).replace(`interface ${declaredAs}`, `interface ${name}`);
  return [`## ${name}`, ...prose(docOf(node, file)), fenced(code)].join('\n\n');
}

/**
 * @param {string} title
 * @param {string} intro
 * @param {readonly string[]} sections
 */
function page(title, intro, sections) {
  return `# ${title}\n\n<!-- ${GENERATED} -->\n\n${intro}\n\n${sections.join('\n\n')}\n`;
}

/** @param {string} name */
function declared(name) {
  const found = declarations.get(name);
  if (found === undefined) throw new Error(`expected an exported declaration of ${name} in lib`);
  return found;
}

/** @param {Node} node */
function membersOf(node) {
  return listOf(node, 'members');
}

/**
 * The members of an event, those of a named type in front of its own.
 *
 * @param {Node} node
 * @param {SourceFile} file
 * @returns {Node[]}
 */
function fieldsOf(node, file) {
  if (node.kind === SyntaxKind.ParenthesizedType && 'type' in node)
    return fieldsOf(/** @type {Node} */ (node.type), file);
  if (node.kind === SyntaxKind.IntersectionType) return listOf(node, 'types').flatMap((part) => fieldsOf(part, file));
  if (node.kind !== SyntaxKind.TypeReference) return membersOf(node);
  const named = declared(source(node, file)).node;
  const extended = listOf(named, 'heritageClauses').flatMap((clause) => listOf(clause, 'types'));
  return [...extended.flatMap((base) => membersOf(declared(source(base, file)).node)), ...membersOf(named)];
}

/**
 * @param {Node} node
 * @param {string} property
 */
function listOf(node, property) {
  const list = /** @type {Iterable<Node> | undefined} */ (Reflect.get(node, property));
  return list === undefined ? [] : [...list];
}

/** @param {Node} node */
function nameOf(node) {
  const name = 'name' in node ? node.name : undefined;
  const text = name !== null && typeof name === 'object' && 'text' in name ? name.text : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** @param {string} code */
function fenced(code) {
  return `\`\`\`ts\n${code.trim()}\n\`\`\``;
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
