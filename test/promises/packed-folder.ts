import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureBuilt, library } from '../../scripts/build.mjs';
import { dataDir, root } from '../../scripts/root.mjs';
import { Project, type Result, run } from '../package/project.js';

/**
 * A folder with copies of the package as it is published. What a copy needs besides, and is not there, Node finds in the packages of
 * this repository, in which the folder stands.
 */
export class PackedFolder {
  private constructor(readonly dir: string) {}

  static async create(): Promise<PackedFolder> {
    ensureBuilt(library);
    await mkdir(dataDir, { recursive: true });
    return new PackedFolder(await mkdtemp(join(dataDir, 'packed-')));
  }

  /** Installs other packages, so that these are found first. */
  async install(dependencies: Readonly<Record<string, string>>): Promise<void> {
    await Project.create(this.dir, 'module', dependencies);
  }

  /** Puts a copy where an import from `folder` finds it. */
  async copy(folder = '.'): Promise<void> {
    const to = join(this.dir, folder, 'node_modules', 'nestjs-dq');
    await mkdir(to, { recursive: true });
    // Without a package.json in between, files here would be taken for files of this repository, and the name for itself.
    const manifest = join(this.dir, folder, 'package.json');
    if (!existsSync(manifest)) await writeFile(manifest, JSON.stringify({ private: true, type: 'module' }));
    for (const file of ['dist', 'package.json']) await cp(join(root, file), join(to, file), { recursive: true });
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.dir, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Compiles a file of this folder of tests into it, against what stands there. Returns its name there. */
  async script(file: string): Promise<string> {
    await copyFile(join(root, 'test', 'promises', file), join(this.dir, file));
    const options = { noEmit: false, experimentalDecorators: true, emitDecoratorMetadata: true };
    const { code, stdout } = await this.compile([file], options);
    if (code !== 0) throw new Error(`${file} does not compile:\n${stdout}`);
    return file.replace(/\.ts$/, '.js');
  }

  /** Runs a file to its end. */
  node(file: string, env: NodeJS.ProcessEnv = {}): Promise<Result> {
    return run(process.execPath, [file], { cwd: this.dir, env: { ...process.env, ...env, NODE_OPTIONS: '' } });
  }

  /** Compiles with the TypeScript of this repository. */
  async compile(files: readonly string[], compilerOptions: Readonly<Record<string, unknown>>): Promise<Result> {
    const types = { typeRoots: [join(root, 'node_modules', '@types')], types: ['node'], skipLibCheck: true };
    const options = { target: 'ES2023', module: 'nodenext', strict: true, noEmit: true, ...types, ...compilerOptions };
    await this.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files }));
    return run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'], {
      cwd: this.dir,
    });
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
