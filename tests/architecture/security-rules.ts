// Rules about single files that keep attackers out where no answer of the product could show that they do not hold.
import { isTest, isTestSupport, type SourceFile } from '../../scripts/source-files.ts';
import type { Violation } from './floors.ts';
import { linesWith } from './rules.ts';

type Rule = (file: SourceFile) => Violation[];

const AREA = /^packages\/server\/src\/(access|gate|deals|fleet)\//;
const isProduct = ({ path }: SourceFile): boolean =>
  /^packages\/[^/]+\/src\//.test(path) && !isTest(path) && !isTestSupport(path);

/** Text never becomes a program. */
export const nothingIsEvaluated: Rule = (file) =>
  isProduct(file)
    ? linesWith(
        file,
        /\beval\s*\(|\bnew\s+Function\s*\(|(?<![\w.])Function\s*\(|['"](node:)?vm['"]|\bset(Timeout|Interval)\(\s*['"`]/,
        'evaluation',
        'text becomes a program',
      )
    : [];

const SECRET = String.raw`[\w.]*(?:secret|hash|verifier|challenge|nonce|signature|password)`;
const COMPARED = new RegExp(
  String.raw`\b${SECRET}\s*[!=]==?\s*(?!\s|null\b|undefined\b|''|=)|[!=]==?\s*(?!typeof\b)${SECRET}(?![\w(.])`,
  'i',
);

/** How long a comparison takes tells how much of a guess was right, so secrets are compared with `timingSafeEqual`. */
export const secretsAreComparedInConstantTime: Rule = (file) =>
  isProduct(file) && /^packages\/server\/src\/(access|platform\/(http|secrets))\//.test(file.path)
    ? linesWith(file, COMPARED, 'constant time', 'secrets are compared with timingSafeEqual')
    : [];

/** In the areas, values reach the database as parameters: no SQL is put together from text. */
export const sqlIsParameterised: Rule = (file) =>
  isProduct(file) && AREA.test(file.path)
    ? linesWith(file, /\bsql\s*\.\s*(raw|lit)\b|\bengine\s*\.\s*run\s*\(/, 'sql', 'SQL is put together from text')
    : [];
