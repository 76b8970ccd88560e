/**
 * `npm run client:python -- FOLDER`: writes a Python client made from the API's description, after it has been compiled and
 * every module of it imported. With HEADWATER_URL it also reads sources and documents and searches. Needs Python 3.10
 * and PyPI, which tests do not, so it is no test.
 */

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeApi } from './describe-api.ts';

const generator = 'openapi-python-client==0.29.1';
const [folder] = process.argv.slice(2);

if (folder === undefined || folder.startsWith('-')) {
  console.error('usage: npm run client:python -- FOLDER');
  process.exit(2);
}
const work = await mkdtemp(join(tmpdir(), 'headwater-python-'));
try {
  await generate(resolve(folder));
} catch (error) {
  console.error(Error.isError(error) ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await rm(work, { recursive: true, force: true });
}

async function generate(output: string): Promise<void> {
  const [environment, description] = [join(work, 'venv'), join(work, 'openapi.json')];
  const bin = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
  await writeFile(description, JSON.stringify(await describeApi()));
  run('python3', ['-m', 'venv', environment]);
  run(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', generator]);
  const files = ['--path', description, '--output-path', output, '--overwrite'];
  run(join(bin, 'openapi-python-client'), ['generate', ...files]);
  run(join(bin, 'python'), ['-c', trial, output]);
  console.log(`${output}: a Python client; \`pip install ${output}\``);
}

/** @throws Error if the program is missing or fails */
function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error !== undefined || status !== 0) throw new Error(`${program} failed: ${error?.message ?? `exit ${status}`}`);
}

const trial = `
import compileall, importlib, os, pkgutil, sys
sys.path.insert(0, sys.argv[1])
assert compileall.compile_dir(os.path.join(sys.argv[1], "headwater_client"), quiet=1)
import headwater_client.api as api
names = [module.name for module in pkgutil.walk_packages(api.__path__, api.__name__ + ".")]
modules = {name.rsplit(".", 1)[1]: importlib.import_module(name) for name in names}
print(len(names), "modules imported")
url = os.environ.get("HEADWATER_URL")
if url is not None:
    from headwater_client import AuthenticatedClient, Client, models
    token = os.environ.get("HEADWATER_TOKEN")
    client = Client(base_url=url) if token is None else AuthenticatedClient(base_url=url, token=token)
    print(len(modules["list_data_sources"].sync(client=client).data_sources), "sources")
    print(len(modules["list_documents"].sync(client=client, limit=2).documents), "documents on a page of 2")
    print(len(modules["search"].sync(client=client, body=models.SearchBody(query="ferry")).hits), "hits")
    unknown = "00000000-0000-7000-8000-000000000000"
    refused = modules["get_job"].sync(client=client, job_id=unknown)
    assert refused.code == "not_found", refused
`;
