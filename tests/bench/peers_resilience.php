<?php
// What PHP's rate limiters cost over APCu, and whether they admit exactly what they should.
//
//     php tests/bench/peers_resilience.php [FILE]
//
// FILE: what bench_resilience printed, so that ratios to it can be given. The packages are Debian's: php-cli,
// php-apcu, php-symfony-{rate-limiter,cache,lock}, php-illuminate-cache. Medians of short rounds.

if (!function_exists('apcu_enabled') || !apcu_enabled() || !function_exists('pcntl_fork')) {
    if (getenv('PEERS_AGAIN')) {
        fwrite(STDERR, "peers_resilience.php: no APCu or no pcntl\n");
        exit(2);
    }
    putenv('PEERS_AGAIN=1');
    $flags = ['apc.enable_cli=1', 'apc.shm_size=64M', 'opcache.enable_cli=1', 'opcache.jit=tracing',
        'opcache.jit_buffer_size=64M'];
    $command = escapeshellarg(PHP_BINARY);
    foreach ($flags as $flag) $command .= ' -d ' . escapeshellarg($flag);
    foreach ($argv as $word) $command .= ' ' . escapeshellarg($word);
    passthru($command, $status);
    exit($status);
}
foreach (['Symfony/Component/RateLimiter', 'Symfony/Component/Cache', 'Symfony/Component/Lock', 'Illuminate/Cache'] as $part) {
    if (!is_file("/usr/share/php/$part/autoload.php")) {
        fwrite(STDERR, "peers_resilience.php: $part is not installed\n");
        exit(2);
    }
    require_once "/usr/share/php/$part/autoload.php";
}

use Illuminate\Cache\{ApcStore, ApcWrapper, RateLimiter, Repository};
use Symfony\Component\Cache\Adapter\ApcuAdapter;
use Symfony\Component\Lock\{LockFactory, Store\FlockStore};
use Symfony\Component\RateLimiter\{RateLimiterFactory, Storage\CacheStorage};

$printed = isset($argv[1]) ? file_get_contents($argv[1]) : '';
function ours(string $what): ?float
{
    global $printed;
    return preg_match('/^' . preg_quote($what, '/') . '\s+([\d.]+) ns/m', $printed, $m) ? (float) $m[1] : null;
}

function measured(callable $call, int $n, int $rounds = 21): float
{
    $ns = [];
    for ($i = 0; $i < $n; ++$i) $call();
    for ($r = 0; $r < $rounds; ++$r) {
        $begin = hrtime(true);
        for ($i = 0; $i < $n; ++$i) $call();
        $ns[] = (hrtime(true) - $begin) / $n;
    }
    sort($ns);
    return $ns[intdiv($rounds, 2)];
}

function show(string $what, float $ns, ?string $beside = null): void
{
    $ratio = $beside !== null && ($mine = ours($beside)) ? sprintf('   %6.0f x ours', $ns / $mine) : '';
    printf("%-46s %8.1f ns%s\n", $what, $ns, $ratio);
}

function folder(): string
{
    static $made;
    if (!$made) {
        $made = sys_get_temp_dir() . '/trunkline-peers-' . getmypid();
        mkdir($made, 0700);
    }
    return $made;
}

function symfony(string $id, string $policy, int $limit, bool $locked)
{
    $config = ['id' => $id, 'policy' => $policy, 'limit' => $limit];
    if ($policy === 'token_bucket') $config['rate'] = ['interval' => '1 day', 'amount' => 1];
    else $config['interval'] = '1 hour';
    $lock = $locked ? new LockFactory(new FlockStore(folder())) : null;
    return (new RateLimiterFactory($config, new CacheStorage(new ApcuAdapter('bench')), $lock))->create('key');
}
function laravel(): RateLimiter
{
    return new RateLimiter(new Repository(new ApcStore(new ApcWrapper())));
}

/// How many of 12,000 tries of four processes at once were admitted.
function admitted(callable $make): int
{
    $gate = folder() . '/gate';
    @unlink($gate);
    $pipes = [];
    for ($p = 0; $p < 4; ++$p) {
        [$mine, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        if (pcntl_fork() === 0) {
            $try = $make();
            while (!file_exists($gate)) clearstatcache();
            $count = 0;
            for ($i = 0; $i < 3000; ++$i) $count += $try() ? 1 : 0;
            fwrite($theirs, "$count\n");
            posix_kill(getmypid(), SIGKILL); // a child must not tear down what all share
        }
        fclose($theirs);
        $pipes[] = $mine;
    }
    touch($gate);
    $sum = 0;
    foreach ($pipes as $pipe) $sum += (int) fgets($pipe);
    while (pcntl_wait($status) > 0);
    unlink($gate);
    return $sum;
}
function race(string $what, callable $make_of_round): void
{
    $counts = [];
    for ($round = 0; $round < 5; ++$round) $counts[] = admitted($make_of_round($round));
    printf("%-46s %s admitted of 1000\n", $what, implode(' ', $counts));
}

$nothing = function () {};
show('php: bare closure', measured($nothing, 200_000));
show('php: apcu_inc', measured(fn () => apcu_inc('bench-counter'), 100_000));

foreach ([false, true] as $locked) {
    $with = $locked ? 'with flock' : 'no lock';
    $many = symfony("grant-$with", 'token_bucket', 1_000_000_000, $locked);
    $ok = $many->consume(1)->isAccepted() ? '' : ' NOT GRANTED';
    show("Symfony token bucket, APCu, $with, granted$ok", measured(fn () => $many->consume(1), 2_000),
        'limiter grant, coarse clock');
    $few = symfony("deny-$with", 'token_bucket', 1, $locked);
    $few->consume(1);
    $ok = $few->consume(1)->isAccepted() ? ' NOT DENIED' : '';
    show("Symfony token bucket, APCu, $with, denied$ok", measured(fn () => $few->consume(1), 2_000),
        'limiter deny, coarse clock');
}
$laravel = laravel();
$granted = fn () => $laravel->attempt('grant', 1_000_000_000, $nothing, 3600);
show('Laravel RateLimiter, APCu, granted' . ($granted() === false ? ' NOT GRANTED' : ''), measured($granted, 5_000),
    'limiter grant, coarse clock');
$laravel->hit('deny', 3600);
$denied = fn () => $laravel->attempt('deny', 1, $nothing, 3600);
show('Laravel RateLimiter, APCu, denied' . ($denied() === false ? '' : ' NOT DENIED'), measured($denied, 5_000),
    'limiter deny, coarse clock');

echo "limit 1000, four processes, 12000 tries, five rounds:\n";
foreach (preg_grep('/^four processes/', explode("\n", $printed)) as $line) echo "  ours: $line\n";
foreach ([false, true] as $locked)
    race('  Symfony fixed window, APCu, ' . ($locked ? 'with flock' : 'no lock'), fn ($round) => function () use ($round, $locked) {
        $limiter = symfony("race-$round-" . (int) $locked, 'fixed_window', 1000, $locked);
        return fn () => $limiter->consume(1)->isAccepted();
    });
race('  Laravel RateLimiter, APCu', fn ($round) => function () use ($round) {
    $limiter = laravel();
    return fn () => $limiter->attempt("race-$round", 1000, fn () => true, 3600);
});
array_map('unlink', glob(folder() . '/*'));
rmdir(folder());
