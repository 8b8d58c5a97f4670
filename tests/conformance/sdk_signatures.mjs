// Signs and verifies with the official SDK. Prints one line for each body of a file, in order.
//
//   node sdk_signatures.mjs FILE      each line {body, key, ours: {case: signature}}
import { readFileSync } from 'node:fs';
import { Retell, say } from './sdk.mjs';

for (const line of readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean)) {
  const { body, key, ours } = JSON.parse(line);
  const verdicts = {};
  for (const [name, signature] of Object.entries(ours)) verdicts[name] = await Retell.verify(body, key, signature);
  verdicts.tampered = await Retell.verify(body + ' ', key, ours.fresh);
  verdicts.otherKey = await Retell.verify(body, key + '.', ours.fresh);
  say({ verdicts, theirs: await Retell.sign(body, key) });
}
