// What npm's circuit breakers cost:
//
//     npm install --prefix build/peers opossum@8.5.0 cockatiel@3.2.1
//     node tests/bench/peers_resilience.mjs build/peers [FILE]
//
// FILE: what bench_resilience printed, so that ratios to it can be given. Both guard an async function that does
// nothing; ns for one call, medians of short rounds. "bare" is the function without a guard, so what the promise
// itself costs is seen.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [folder, file] = process.argv.slice(2);
if (!folder) {
    console.error('usage: peers_resilience.mjs FOLDER_WITH_NODE_MODULES [FILE]');
    process.exit(64);
}
const printed = file ? readFileSync(file, 'utf8') : '';
const ours = what => Number(printed.split('\n').find(l => l.startsWith(`${what} `))?.match(/([\d.]+) ns/)?.[1]);
const require = createRequire(path.resolve(folder, 'x.js'));
const CircuitBreaker = require('opossum');
const cockatiel = require('cockatiel');

const work = async () => 1;
const sick = async () => { throw new Error('sick'); };

async function measured(call, n = 20_000, rounds = 21) {
    const ns = [];
    for (let r = 0; r < rounds; ++r) {
        const begin = process.hrtime.bigint();
        for (let i = 0; i < n; ++i) await call();
        ns.push(Number(process.hrtime.bigint() - begin) / n);
    }
    return ns.sort((a, b) => a - b)[rounds >> 1];
}
const swallow = call => async () => { try { await call(); } catch { /* rejected: that is measured */ } };
const show = (what, ns, beside) => {
    const ratio = ns / ours(beside);
    console.log(`${what.padEnd(46)} ${ns.toFixed(1).padStart(8)} ns` +
        (ratio ? `   ${ratio.toFixed(0).padStart(6)} x ours` : ''));
};
const pair = 'allow + report, closed', rejection = 'rejection while open';

show('bare async function', await measured(work));

const options = { timeout: false, errorThresholdPercentage: 50, resetTimeout: 3_600_000, volumeThreshold: 20 };
const closed = new CircuitBreaker(work, options);
show('opossum, closed', await measured(() => closed.fire()), pair);
const open = new CircuitBreaker(sick, options);
for (let i = 0; i < 40; ++i) await swallow(() => open.fire())();
show(`opossum, rejected (${open.opened ? 'open' : 'NOT OPEN'})`, await measured(swallow(() => open.fire()), 5_000), rejection);

const policy = breaker => cockatiel.circuitBreaker(cockatiel.handleAll, { halfOpenAfter: 3_600_000, breaker });
const healthy = policy(new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000 }));
show('cockatiel, closed', await measured(() => healthy.execute(work)), pair);
const broken = policy(new cockatiel.ConsecutiveBreaker(20)); // the other one asks for a rate in time
for (let i = 0; i < 40; ++i) await swallow(() => broken.execute(sick))();
show(`cockatiel, rejected (${broken.state === cockatiel.CircuitState.Open ? 'open' : 'NOT OPEN'})`,
    await measured(swallow(() => broken.execute(work)), 5_000), rejection);
process.exit(0);
