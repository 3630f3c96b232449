import { join, resolve } from 'node:path';
import { textOf } from '../../core/errors/shown.js';
import { type Finding, Findings } from './finding.js';
import { copiesFor, installedFrom, type Manifest, ownManifest, readManifest } from './installed.js';
import { findRange } from './version.js';

const PACKAGE = 'nestjs-dq';
/** Of which a second copy is another one for everybody who injects. */
const ONCE: Readonly<Record<string, string>> = {
  [PACKAGE]: 'A DqProducer or DqInspector of one is not injected by the class of another',
  '@nestjs/core': 'Providers of one are not found by the other',
};

/** Looks at the packages of an application, without running it. */
export async function examineApp(folder: string): Promise<readonly Finding[]> {
  const root = resolve(folder);
  const findings = new Findings(`application ${root}`);
  let app: Manifest;
  try {
    app = await readManifest(join(root, 'package.json'));
  } catch (error) {
    findings.error(
      'package.json',
      `it cannot be read: ${textOf(error)}`,
      'Give the folder of the application to --app',
    );
    return findings.all;
  }
  const own = await installedFrom(root, PACKAGE);
  const isItself = app.name === PACKAGE;
  if (own !== undefined) findings.ok(PACKAGE, own.manifest.version ?? 'of no version');
  else if (!isItself) findings.error(PACKAGE, 'it is not installed there', `npm install ${PACKAGE}`);
  await findPeers(root, own?.manifest ?? (isItself ? app : await ownManifest()), findings);
  await findCopies(root, findings);
  return findings.all;
}

async function findPeers(
  root: string,
  { peerDependencies, peerDependenciesMeta }: Manifest,
  findings: Findings,
): Promise<void> {
  for (const [name, range] of Object.entries(peerDependencies ?? {})) {
    const version = (await installedFrom(root, name))?.manifest.version;
    const optional = peerDependenciesMeta?.[name]?.optional === true;
    if (version !== undefined) findRange(findings, name, version, range, `Install one in ${range}`);
    else if (!optional) findings.error(name, 'it is not installed there', `npm install ${name}, in ${range}`);
  }
}

async function findCopies(root: string, findings: Findings): Promise<void> {
  const { copies, complete } = await copiesFor(root, Object.keys(ONCE));
  for (const [name, found] of copies) {
    const check = `${name} once`;
    if (found.length > 1) {
      const places = found.map(({ folder, manifest }) => `${manifest.version ?? 'of no version'} at ${folder}`);
      findings.error(
        check,
        `${found.length} copies: ${places.join(', ')}. ${ONCE[name] ?? ''}`,
        `npm ls ${name} shows who brings them; let libraries name it as a peer dependency`,
      );
    } else if (!complete) findings.unknown(check, 'there are too many folders to look into all');
    else if (found.length === 1) findings.ok(check, 'one copy');
  }
}
