// What npm has for the same: @pinojs/redact (JSON.parse, 25 names at 4 depths, serialised again), and the usual walk over
// a parsed document with ten patterns.
//
//     npm install --prefix build/peers @pinojs/redact@0.4.0
//     TRUNKLINE_BENCH_INPUTS=FOLDER bench_mask > FILE
//     TRUNKLINE_BENCH_INPUTS=FOLDER node tests/bench/peers_mask.mjs build/peers FILE
//
// FILE: what bench_mask printed, so that ratios to it can be given. Processor time, best of several runs. Hostile
// inputs: one run each in a process of its own, ended after ten seconds.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder, file, only] = process.argv.slice(2);
const inputs = process.env.TRUNKLINE_BENCH_INPUTS;
if (!folder || !inputs) {
    console.error('usage: TRUNKLINE_BENCH_INPUTS=FOLDER peers_mask.mjs FOLDER_WITH_NODE_MODULES [FILE]');
    process.exit(64);
}
const lines = name => readFileSync(path.join(inputs, name), 'utf8').split('\n').filter(Boolean).map(l => l.split('\t'));
const patterns = lines('patterns.tsv').map(([to, from]) =>
    [new RegExp(from.replace('(?i)', ''), from.startsWith('(?i)') ? 'gi' : 'g'), to.replace(/\\(\d)/g, '$$$1')]);
const replaced = text => {
    for (const [from, to] of patterns) text = text.replace(from, to);
    return text;
};
const walked = value => {
    if (typeof value === 'string') return replaced(value);
    if (Array.isArray(value)) return value.map(walked);
    if (value && typeof value === 'object')
        return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walked(v)]));
    return value;
};
const seconds = (work, rounds) => {
    let best = Infinity;
    for (let r = 0; r < rounds; ++r) {
        const begin = process.cpuUsage();
        work();
        const took = process.cpuUsage(begin);
        best = Math.min(best, (took.user + took.system) / 1e6);
    }
    return best;
};
const repeated = (work, times) => () => { for (let i = 0; i < times; ++i) work(); };

if (only) {
    const text = readFileSync(only, 'utf8');
    console.log(Buffer.byteLength(text) / 1e6 / seconds(() => replaced(text), 1));
    process.exit(0);
}

const printed = file ? readFileSync(file, 'utf8') : '';
const ours = name => Number(printed.split('\n').find(l => l.startsWith(`${name} `) && l.includes('memcpy'))?.match(/([\d.]+) MB\/s/)?.[1]);
const show = (what, name, speed) => console.log(`${what.padEnd(34)} ${name.padEnd(28)} ${speed.toFixed(1).padStart(9)} MB/s` +
    (ours(name) ? `   1/${(ours(name) / speed).toFixed(1)} of ours` : ''));

const names = ['password', 'passwd', 'secret', 'token', 'api_key', 'apiKey', 'access_token', 'refresh_token', 'client_secret',
    'authorization', 'cookie', 'private_key', 'from_number', 'to_number', 'phone', 'email', 'customer_name', 'first_name',
    'last_name', 'address', 'iban', 'card_number', 'ssn', 'recording_url', 'transcript'];
const paths = names.flatMap(n => ['', '*.', '*.*.', '*.*.*.'].map(depth => depth + n));
let redact;
try {
    redact = createRequire(path.resolve(folder, 'x.js'))('@pinojs/redact')({ paths, serialize: JSON.stringify });
} catch (error) {
    console.error(`peers_mask.mjs: no @pinojs/redact (${error.code}), it is left out`);
}
for (const [name, what] of lines('inputs.tsv')) {
    const place = path.join(inputs, name);
    const text = readFileSync(place, 'utf8');
    const megabytes = Buffer.byteLength(text) / 1e6;
    if (what.startsWith('hostile')) {
        const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), folder, file ?? '', place],
            { timeout: 10_000, encoding: 'utf8' });
        if (run.status === 0) show('node: ten patterns', what, Number(run.stdout));
        else console.log(`${'node: ten patterns'.padEnd(34)} ${what.padEnd(28)} not done after 10 s, less than ${(megabytes / 10).toFixed(1)} MB/s`);
        continue;
    }
    // Runs as short as bench_mask's: between two interrupts of the system's clock.
    const times = Math.max(1, Math.ceil(20_000 / text.length));
    const speed = work => megabytes * times / seconds(repeated(work, times), 150);
    show('node: ten patterns', what, speed(() => replaced(text)));
    if (!text.startsWith('{')) continue;
    show('node: parse, walk, stringify', what, speed(() => JSON.stringify(walked(JSON.parse(text)))));
    if (redact) show('@pinojs/redact with JSON.parse', what, speed(() => redact(JSON.parse(text))));
}
