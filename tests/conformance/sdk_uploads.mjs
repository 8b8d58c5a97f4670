// The uploads of calls.json as the official SDK sends them. Prints one line an upload: whether it was accepted.
//
//   node sdk_uploads.mjs URL CALLS_FILE KNOWLEDGE_BASE_ID
import { readFileSync } from 'node:fs';
import { Retell, clientOf, say } from './sdk.mjs';

const [url, callsFile, knowledgeBaseId] = process.argv.slice(2);
const retell = clientOf(url);

const uploads = {
  'clone-voice': (body) => retell.voice.clone(body),
  'create-knowledge-base': (body) => retell.knowledgeBase.create(body),
  'add-knowledge-base-sources': (body) => retell.knowledgeBase.addSources(knowledgeBaseId, body),
  'upload-contact-import-file': (body) => retell.contact.uploadImportFile(body),
  'create-asset': (body) => retell.asset.create(body),
};
const single = new Set(['file']);

for (const { call, arguments: given = {}, files = [] } of JSON.parse(readFileSync(callsFile, 'utf8'))) {
  if (!uploads[call]) continue;
  const body = { ...given.body };
  for (const { field, filename, content_type: type, content } of files) {
    const file = await Retell.toFile(Buffer.from(content, 'utf8'), filename, { type });
    if (single.has(field)) body[field] = file;
    else (body[field] ??= []).push(file);
  }
  try {
    await uploads[call](body);
    say({ call, accepted: true });
  } catch (error) {
    say({ call, accepted: false, status: error.status ?? 0, message: String(error.message) });
  }
}
