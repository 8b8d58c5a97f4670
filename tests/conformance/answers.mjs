// Judges answers where prism does not: an upload's, and refusals, whose status prism leaves alone. Against the same
// description, by the validator prism uses. Prints one line an answer: what is wrong with it.
//
//   node answers.mjs CONTRACT FILE      each line {path, method, status, body}
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { say } from './sdk.mjs';

const require = createRequire(`${process.env.CONFORMANCE_TOOLS}/package.json`);
const Ajv = require('ajv').default;
const { parse } = require('@stoplight/yaml');

const [contractFile, answersFile] = process.argv.slice(2);
const contract = parse(readFileSync(contractFile, 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema(contract, 'api');

const at = (place) => place.reduce((value, name) => value?.[name], contract);
const step = (name) => encodeURIComponent(name.replace(/~/g, '~0').replace(/\//g, '~1'));

function faults({ path, method, status, body }) {
  let place = ['paths', path, method.toLowerCase(), 'responses', String(status)];
  if (!at(place)) return [`status ${status} is not described`];
  if (at(place).$ref) place = at(place).$ref.slice(2).split('/');
  place = [...place, 'content', 'application/json', 'schema'];
  if (!at(place)) return body === null ? [] : ['a body is not described'];
  const validate = ajv.compile({ $ref: `api#/${place.map(step).join('/')}` });
  validate(body);
  return (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}

for (const line of readFileSync(answersFile, 'utf8').split('\n').filter(Boolean)) say(faults(JSON.parse(line)));
