// Life of an agent as the official SDK lives it. Prints one line a step: what came back, or status and message refused with.
//
//   node sdk_walk.mjs PROXY SIMULATOR NUMBER
//
// Every call goes through the contract proxy but publish, whose empty answer the proxy cannot read.
import { clientOf, say } from './sdk.mjs';

const [proxy, simulator, number] = process.argv.slice(2);
const retell = clientOf(proxy);
const direct = clientOf(simulator);

async function step(name, call) {
  try {
    const answer = await call();
    say({ step: name, answer: answer ?? null });
    return answer;
  } catch (error) {
    say({ step: name, status: error.status ?? 0, message: error.error?.message ?? error.message,
          violations: error.error?.validation ?? [] });
    return {};
  }
}

async function pinTo(agentId, version, weight = 1) {
  return retell.phoneNumber.update(number,
    { inbound_agents: [{ agent_id: agentId, agent_version: version, weight }] });
}

const llm = await step('create llm', () => retell.llm.create(
  { general_prompt: 'You answer the phone of a bakery.', model: 'gpt-4.1', start_speaker: 'agent' }));
const llmId = llm.llm_id;
const agent = await step('create agent', () => retell.agent.create({
  agent_name: 'Bakery', voice_id: 'retell-Cimo', response_engine: { type: 'retell-llm', llm_id: llmId } }));
const id = agent.agent_id;

await step('publish 0', () => direct.agent.publish(id, { version: 0 }));
await step('read 0', () => retell.agent.retrieve(id, { version: 0 }));
await step('update published agent', () => retell.agent.update(id, { voice_speed: 1.1, version: 0 }));
await step('title of published agent', () => retell.agent.update(id, { version_title: 'First', version: 0 }));
await step('update published llm', () => retell.llm.update(llmId, { general_prompt: 'Other.', version: 0 }));

await step('new draft', () => retell.agent.createVersion(id, { base_version: 0 }));
await step('llm of the draft', () => retell.llm.retrieve(llmId, { version: 1 }));
await step('update draft agent', () => retell.agent.update(id, { voice_speed: 1.1, version: 1 }));
await step('update draft llm', () => retell.llm.update(llmId, { general_prompt: 'You sell bread.', version: 1 }));
await step('publish 1', () => direct.agent.publish(id, { version: 1 }));
await step('versions', () => retell.agent.listVersions(id, {}));
await step('agent 0 afterwards', () => retell.agent.retrieve(id, { version: 0 }));
await step('llm 0 afterwards', () => retell.llm.retrieve(llmId, { version: 0 }));
await step('llm 1 afterwards', () => retell.llm.retrieve(llmId, { version: 1 }));

await step('pin number to 1', () => pinTo(id, 1));
await step('pin number back to 0', () => pinTo(id, 0));
await step('weights that do not sum to 1', () => pinTo(id, 0, 0.5));

await step('draft from 0', () => retell.agent.createVersion(id, { base_version: 0 }));
await step('publish 2', () => direct.agent.publish(id, { version: 2 }));
await step('agent 2', () => retell.agent.retrieve(id, { version: 2 }));
await step('llm 2', () => retell.llm.retrieve(llmId, { version: 2 }));

await step('list', () => retell.agent.list({}));
await step('list the second page', async () => {
  const first = await retell.agent.list({ limit: 1 });
  const second = await retell.agent.list({ limit: 1, pagination_key: first.pagination_key });
  return { first, second };
});
await step('unpin number', () => retell.phoneNumber.update(number, { inbound_agents: null }));
await step('delete version 1', () => retell.agent.deleteVersion(id, { version: 1 }));
await step('delete', () => retell.agent.delete(id));
await step('read what was deleted', () => retell.agent.retrieve(id));
await step('delete llm', () => retell.llm.delete(llmId));
