/** Decides whether a listing shows a path, which is less than whether the file system opens it. */

import { openFolder } from './below-root.ts';
import { fullPath, toId } from './names.ts';

interface Step {
  readonly folder: string;
  readonly name: string;
}

/**
 * A file system that ignores case opens a renamed file by its former name, and a folder that has become a link still
 * leads to its files. So each name on the way must be in its folder. Each folder is read once.
 * @param paths all paths that will be asked about: only their names are kept of a folder
 */
export function createIsListed(root: string, paths: readonly string[]): (path: string) => Promise<boolean> {
  const wanted = new Set(paths.flatMap((path) => stepsOf(path).map(({ folder, name }) => below(folder, name))));
  const read = new Map<string, Promise<ReadonlySet<string>>>();
  const pathsIn = (folder: string): Promise<ReadonlySet<string>> => {
    const found = read.get(folder) ?? readPaths(root, folder, wanted);
    read.set(folder, found);
    return found;
  };
  return async (path) => {
    for (const { folder, name } of stepsOf(path)) if (!(await pathsIn(folder)).has(below(folder, name))) return false;
    return true;
  };
}

async function readPaths(root: string, path: string, wanted: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  await using folder = await openFolder(fullPath(root, path));
  const paths = (await folder.names()).map((name) => below(path, toId(name)));
  return new Set(paths.filter((each) => wanted.has(each)));
}

function stepsOf(path: string): Step[] {
  const names = path.split('/');
  return names.map((name, i) => ({ folder: names.slice(0, i).join('/'), name }));
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
