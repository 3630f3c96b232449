// @ts-check
/** @typedef {import('typescript/unstable/ast').Node} Node */
/** @typedef {import('typescript/unstable/ast').SourceFile} SourceFile */

const DOCSTRING = /\/\*\*(.*?)\*\//gs;

/**
 * @param {Node} node
 * @param {SourceFile} file
 */
export function source(node, file) {
  return file.text
    .slice(node.pos, node.end)
    .replaceAll(DOCSTRING, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .trim();
}

/**
 * @param {Node} node
 * @param {SourceFile} file
 */
export function typeText(node, file) {
  const type = 'type' in node && node.type ? /** @type {Node} */ (node.type) : undefined;
  return type === undefined ? '' : oneLine(source(type, file));
}

/** @param {string} text */
export function oneLine(text) {
  return text.replaceAll(/\s+/g, ' ');
}

/**
 * A declaration as it is written, with its inner docstrings and without its own.
 *
 * @param {Node} node
 * @param {SourceFile} file
 */
export function signature(node, file) {
  return file.text.slice(node.pos, node.end).replace(/^[\s\S]*?(?=export )/, '');
}

/**
 * The comments in front of a node; for a member of a union they stand in front of its bar, which belongs to nobody.
 *
 * @param {Node} node
 * @param {SourceFile} file
 */
export function leading(node, file) {
  const own = file.text.slice(node.pos).match(/^(\s|\/\*\*[\s\S]*?\*\/)*/)?.[0] ?? '';
  const before = file.text.slice(0, node.pos).match(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*\|\s*$/)?.[1] ?? '';
  return own.includes('/**') ? own : before;
}

/**
 * @param {Node} node
 * @param {SourceFile} file
 */
export function docOf(node, file) {
  return lastDocstring(file.text.slice(node.pos, node.end).match(/^(\s|\/\*\*[\s\S]*?\*\/|\/\/.*)*/)?.[0] ?? '');
}

/** @param {string} text */
export function lastDocstring(text) {
  const body = [...text.matchAll(DOCSTRING)].at(-1)?.[1] ?? '';
  return body.replaceAll(/^[ \t]*\*[ \t]?/gm, '').trim();
}

/**
 * @param {Node} node
 * @param {SourceFile} file
 * @param {string} name
 */
export function tag(node, file, name) {
  const text = docOf(node, file).split(`@${name} `)[1]?.split(/@\w+ /)[0];
  return text === undefined ? undefined : asCode(oneLine(text.trim()));
}

/** A value as code, a sentence as it is. @param {string} text */
function asCode(text) {
  return /^('[^']*'|\{.*\}|[\d_]+|true|false)$/.test(text) ? `\`${text}\`` : text;
}

/**
 * The paragraphs and lists of a docstring, without its tags.
 *
 * @param {string} doc
 */
export function prose(doc) {
  const text = doc
    .replace(/@(default|throws|example) [\s\S]*$/, '')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .trim();
  if (text === '') return [];
  return text
    .split(/\n\s*\n/)
    .map((block) => block.replaceAll(/\s*\n(?!\s*- )\s*/g, ' ').replaceAll(/\n\s*- /g, '\n- '));
}
