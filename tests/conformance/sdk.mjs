// The official SDK as the conformance tests use it: from the folder the tests installed it into, never repeating a call.
import { File } from 'node:buffer';
import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';

// node 18, which is Debian's, has these but not under the names where the SDK looks for them.
globalThis.File ??= File;
globalThis.crypto ??= webcrypto;

const require = createRequire(`${process.env.CONFORMANCE_TOOLS}/package.json`);
export const Retell = require('retell-sdk');

export const clientOf = (baseURL) =>
  new Retell({ apiKey: process.env.RETELL_API_KEY, baseURL, maxRetries: 0, timeout: 30_000 });

export const say = (document) => console.log(JSON.stringify(document));
