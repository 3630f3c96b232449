import { type SpawnOptions, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/root.mjs';

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What an outer npm tells its scripts about itself would make an inner one work in the outer one's folder. */
const OUTER = /^npm_(package_|lifecycle_|command$|config_(local_prefix|prefix|workspace)$)|^INIT_CWD$/i;

/** Runs a command to its end. */
export function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Result> {
  const env = Object.fromEntries(
    Object.entries({ ...process.env, ...options.env }).filter(([key]) => !OUTER.test(key)),
  );
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The same, and its output, or an error that shows all it said. */
export async function output(command: string, args: readonly string[], options?: SpawnOptions): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}:\n${stdout}\n${stderr}`);
}

/** A user's project in an empty folder. */
export class Project {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** @param dependencies by name, as package.json has them */
  static async create(
    dir: string,
    type: 'module' | 'commonjs',
    dependencies: Readonly<Record<string, string>>,
  ): Promise<Project> {
    await mkdir(dir, { recursive: true });
    const project = new Project(dir);
    await project.write('package.json', JSON.stringify({ name: 'user', private: true, type, dependencies }));
    await project.install();
    return project;
  }

  /** Installs what package.json names, and these beside it. */
  async install(...packages: readonly string[]): Promise<void> {
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    const install = ['install', ...options, ...packages];
    try {
      await output('npm', install, { cwd: this.dir });
    } catch {
      // A network may fail once; the second error is told.
      await output('npm', install, { cwd: this.dir });
    }
  }

  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.dir, file), text);
  }

  /** Compiles with the TypeScript of this repository: the one a user has is the user's. */
  async compile(files: readonly string[], options: Readonly<Record<string, unknown>> = {}): Promise<Result> {
    const compilerOptions = {
      target: 'ES2023',
      module: 'nodenext',
      strict: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      typeRoots: [join(root, 'node_modules', '@types')],
      types: ['node'],
      skipLibCheck: true,
      ...options,
    };
    await this.write('tsconfig.json', JSON.stringify({ compilerOptions, files }));
    return run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'], {
      cwd: this.dir,
    });
  }

  /** Runs a file, or a text with `-e`. */
  async node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
    return run(process.execPath, args, { cwd: this.dir, env: { ...process.env, ...env, NODE_OPTIONS: '' } });
  }
}
