// A project whose compiler makes standard (TC39) decorators is told so, and which line of its tsconfig.json helps.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PackedFolder } from './packed-folder.js';

let folder: PackedFolder;
const ADVICE =
  /"experimentalDecorators": true and "emitDecoratorMetadata": true under compilerOptions in tsconfig\.json/;

beforeAll(async () => {
  folder = await PackedFolder.create();
  await folder.copy();
});

afterAll(() => folder.remove());

/** What a file compiled in this way says. */
async function says(text: string, experimentalDecorators: boolean): Promise<string> {
  const options = { noEmit: false, experimentalDecorators, emitDecoratorMetadata: experimentalDecorators };
  await folder.write('main.ts', text);
  // Its types say that something is wrong too, but not what.
  await folder.compile(['main.ts'], options);
  const { stdout, stderr } = await folder.node('main.js');
  return stdout + stderr;
}

const METHOD = `import { DqHandler } from 'nestjs-dq';
class Jobs {
  @DqHandler('orders')
  run(): void {}
}
console.log('decorated', Jobs.name);
`;
const PROPERTY = `import { DqProducer, InjectDqProducer } from 'nestjs-dq';
class Service {
  @InjectDqProducer('orders') readonly orders!: DqProducer;
}
console.log('decorated', Service.name);
`;

describe('compiled without experimentalDecorators', () => {
  it.each([
    ['@DqHandler', METHOD, /DqHandlerError: Expected @DqHandler .* got a standard \(TC39\) one on the method run\./],
    ['@InjectDqProducer', PROPERTY, /Expected @InjectDqProducer .* got a standard \(TC39\) one on the field orders\./],
  ])('%s says what is wrong', async (_, text, message) => {
    const said = await says(text, false);
    expect(said).toMatch(message);
    expect(said).toMatch(ADVICE);
    expect(said).not.toContain('[object Object]');
  });
});

it.each([METHOD, PROPERTY])('compiled with it, nothing is said (control) %#', async (text) => {
  expect(await says(text, true)).toMatch(/^decorated /);
});
