// The official SDK as the conformance tests use it: from the folder the tests installed it into, never repeating a call.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.CONFORMANCE_TOOLS}/package.json`);
export const Retell = require('retell-sdk');

export const clientOf = (baseURL) =>
  new Retell({ apiKey: process.env.RETELL_API_KEY, baseURL, maxRetries: 0, timeout: 30_000 });

export const say = (document) => console.log(JSON.stringify(document));
