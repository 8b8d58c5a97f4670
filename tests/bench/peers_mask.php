<?php
// What a PHP program does for the same: preg_replace with ten patterns over the text, and the document decoded, walked
// (names of keys, ten patterns over every string) and encoded again.
//
//     TRUNKLINE_BENCH_INPUTS=FOLDER bench_mask > FILE
//     TRUNKLINE_BENCH_INPUTS=FOLDER php tests/bench/peers_mask.php FILE
//
// FILE: what bench_mask printed, so that ratios to it can be given. Processor time, best of several runs. Hostile inputs:
// one run each in a process of its own, ended after ten seconds.

$inputs = getenv('TRUNKLINE_BENCH_INPUTS');
if (!$inputs || !is_file("$inputs/inputs.tsv")) {
    fwrite(STDERR, "peers_mask.php: TRUNKLINE_BENCH_INPUTS names no folder that bench_mask has written\n");
    exit(2);
}
$printed = isset($argv[1]) ? file_get_contents($argv[1]) : '';

function table(string $name): array
{
    global $inputs;
    return array_map(fn ($line) => explode("\t", $line), file("$inputs/$name", FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES));
}

$from = array_map(fn ($p) => '~' . str_replace('~', '\~', $p[1]) . '~', table('patterns.tsv'));
$to = array_map(fn ($p) => $p[0], table('patterns.tsv'));
function replaced(string $text): ?string
{
    global $from, $to;
    return preg_replace($from, $to, $text);
}

const KEYS = ['password', 'passwd', 'secret', 'token', 'api_key', 'apikey', 'access_token', 'refresh_token', 'client_secret',
    'authorization', 'cookie', 'private_key', 'from_number', 'to_number', 'phone', 'email', 'customer_name', 'first_name',
    'last_name', 'address', 'iban', 'card_number', 'ssn', 'recording_url', 'transcript'];
function walked(mixed $value): mixed
{
    static $keys = null;
    $keys ??= array_flip(KEYS);
    if (is_string($value)) return replaced($value);
    if (is_array($value)) {
        foreach ($value as $key => $inner) $value[$key] = isset($keys[strtolower((string) $key)]) ? '[MASKED]' : walked($inner);
    } elseif (is_object($value)) {    // not arrays: of those, {} becomes []
        foreach ($value as $key => $inner) $value->$key = isset($keys[strtolower((string) $key)]) ? '[MASKED]' : walked($inner);
    }
    return $value;
}

function processor_seconds(): float
{
    $u = getrusage();
    return $u['ru_utime.tv_sec'] + $u['ru_stime.tv_sec'] + ($u['ru_utime.tv_usec'] + $u['ru_stime.tv_usec']) / 1e6;
}
function seconds(callable $work, int $times, int $rounds): float
{
    $best = INF;
    for ($r = 0; $r < $rounds; ++$r) {
        $begin = processor_seconds();
        for ($i = 0; $i < $times; ++$i) $work();
        $best = min($best, (processor_seconds() - $begin) / $times);
    }
    return $best;
}

function ours(string $name): ?float
{
    global $printed;
    return preg_match('/^' . preg_quote($name, '/') . ' .*?([\d.]+) MB\/s.*memcpy/m', $printed, $m) ? (float) $m[1] : null;
}
function show(string $what, string $name, float $speed, string $more = '', ?float $target = null): void
{
    $ratio = ($mine = ours($name)) ? sprintf('   1/%.1f of ours', $mine / $speed) : '';
    if ($ratio && $target) $ratio .= sprintf('   target 1/%.0f: %s', $target, $mine / $speed >= $target ? 'reached' : 'MISSED');
    printf("%-34s %-28s %9.1f MB/s%s%s\n", $what, $name, $speed, $ratio, $more);
}

/// One run in a child; null if it had to be ended.
function once_within(string $text, float $limit): ?array
{
    [$mine, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    if (($child = pcntl_fork()) === 0) {
        $begin = processor_seconds();
        $out = replaced($text);
        fwrite($theirs, json_encode([processor_seconds() - $begin, $out === null ? preg_last_error_msg() : '']) . "\n");
        posix_kill(getmypid(), SIGKILL);
    }
    fclose($theirs);
    stream_set_timeout($mine, (int) $limit);
    $line = fgets($mine);
    posix_kill($child, SIGKILL);
    pcntl_waitpid($child, $status);
    return $line ? json_decode($line) : null;
}

foreach (table('inputs.tsv') as [$file, $name]) {
    $text = file_get_contents("$inputs/$file");
    $megabytes = strlen($text) / 1e6;
    if (str_starts_with($name, 'hostile')) {
        if (!function_exists('pcntl_fork')) continue;
        $run = once_within($text, 10);
        if ($run === null) printf("%-34s %-28s not done after 10 s, less than %.1f MB/s\n", 'php: preg_replace, ten patterns', $name, $megabytes / 10);
        else show('php: preg_replace, ten patterns', $name, $megabytes / max($run[0], 1e-6), $run[1] === '' ? '' : "   null: $run[1]");
        continue;
    }
    // Runs as short as those of bench_mask: between two interrupts of the clock of the system.
    $times = max(1, intdiv(40_000, strlen($text)));
    $failed = replaced($text) === null ? '   null: ' . preg_last_error_msg() : '';
    show('php: preg_replace, ten patterns', $name, $megabytes / seconds(fn () => replaced($text), $times, 75), $failed);
    if ($text[0] !== '{') continue;
    show('php: decode, walk, encode', $name, $megabytes / seconds(fn () => json_encode(walked(json_decode($text))), $times, 75),
        target: 10);
}
