<?php
// What the library costs from PHP. Run by bindings.py; median and smallest of many rounds, each short enough to be left
// alone by a machine that does other things.

declare(strict_types=1);

use Trunkline\Internal\Library;
use Trunkline\Masker;
use Trunkline\Outcome;
use Trunkline\Space;

require __DIR__ . '/../../bindings/php/autoload.php';
require __DIR__ . '/../bindings/php/bootstrap.php';

/** @return array{float, float} median and smallest, ns a call */
function measured(callable $call, int $n, int $rounds = 401): array
{
    $ns = [];
    $call($n);
    for ($r = 0; $r < $rounds; ++$r) {
        $begin = hrtime(true);
        $call($n);
        $ns[] = (hrtime(true) - $begin) / $n;
    }
    sort($ns);
    return [$ns[intdiv($rounds, 2)], $ns[0]];
}

$missed = 0;
function show(string $what, array $ns, ?float $target = null, ?float $unit = null): void
{
    global $missed;
    [$median, $least] = $ns;
    printf("%-52s %10.0f ns %10.0f ns%s%s\n", $what, $median, $least, $unit ? sprintf('  %5.2f f', $least / $unit) : '',
        $target === null ? '' : sprintf('  target %.0f%s', $target, $least <= $target ? '' : '  MISSED'));
    if ($target !== null && $least > 2 * $target) ++$missed;
}

/** The call that ./dev bench mask measures: what its header's literals say. 10 KB with 32 values that go. */
function endedCall(): string
{
    preg_match_all('/R"\((.*?)\)"/s', (string) file_get_contents(__DIR__ . '/ended_call.hpp'), $parts);
    return implode('', $parts[1]);
}

/** A call of many short turns, of about this size: two values that go in each. */
function callDocument(int $bytes): string
{
    $turns = [];
    for ($i = 0; strlen((string) json_encode($turns)) < $bytes - 600; ++$i)
        $turns[] = ['role' => $i % 2 ? 'agent' : 'user', 'content' => "Guten Tag, ich haette gern einen Termin am Vormittag, Nummer $i.",
            'words' => [['word' => 'Termin', 'start' => $i * 1.25, 'end' => $i * 1.25 + 0.5]]];
    return (string) json_encode(['call_id' => 'call_0123456789abcdef0123456789abcdef', 'call_status' => 'ended', 'from_number' => '+493023125001',
        'to_number' => '+4917139200123', 'start_timestamp' => 1750000000000, 'end_timestamp' => 1750000090000, 'metadata' => ['api_key' => 'key_0123456789abcdef0123456789ab'],
        'recording_url' => 'https://example.test/recording?token=abcdefabcdef', 'transcript_object' => $turns], JSON_UNESCAPED_SLASHES);
}

printf("%-52s %13s %13s\n", '', 'median', 'least');
$ffi = Library::ffi();
$pair = measured(static function (int $n) use ($ffi): void {
    for ($i = 0; $i < $n; ++$i) {
        $ffi->trunkline_error_status(null);
        $ffi->trunkline_error_status(null);
    }
}, 1000);
$f = $pair[1];
show('f: two empty FFI calls with a pointer', $pair);

$space = Space::open('bench', ['private' => true]);
$b = $space->breaker('retell', 't1');
show('allow + report', measured(static function (int $n) use ($b): void {
    for ($i = 0; $i < $n; ++$i) $b->report($b->allow(), Outcome::Ok, 1000);
}, 1000), 420, $f);
$open = $space->breaker('retell', 't2');
$open->forceOpen();
show('allow, rejected', measured(static function (int $n) use ($open): void {
    for ($i = 0; $i < $n; ++$i) $open->allow();
}, 1000), null, $f);
$grants = $space->limiter('retell', 't1', '', ['rate' => 1e6, 'ceiling' => 1e6, 'burst' => 1_000_000, 'fixed' => true, 'no_reserves' => true]);
show('limiter attempt, granted', measured(static function (int $n) use ($grants): void {
    for ($i = 0; $i < $n; ++$i) {
        if ($grants->attempt() < 0) $grants->refund(1000);
    }
}, 1000), null, $f);
$denies = $space->limiter('retell', 't2', '', ['rate' => 0.001, 'floor' => 0.001, 'burst' => 1, 'fixed' => true, 'no_reserves' => true]);
$denies->attempt();
show('limiter attempt, denied', measured(static function (int $n) use ($denies): void {
    for ($i = 0; $i < $n; ++$i) $denies->attempt();
}, 1000), null, $f);

$masker = Masker::open();
foreach (['call' => [endedCall(), 16_000], 'call of one turn' => [callDocument(200), null], 'call of short turns' => [callDocument(10_240), null]]
    as $name => [$document, $target]) {
    json_decode($document, false, 512, JSON_THROW_ON_ERROR);
    $pointer = (new ReflectionProperty(Trunkline\Internal\Handle::class, 'handle'))->getValue($masker);
    $out = $ffi->new('char[' . 4 * strlen($document) . ']');
    show(sprintf('the masker alone, %s, %.1f KB', $name, strlen($document) / 1024), measured(static function (int $n) use ($ffi, $pointer, $document, $out): void {
        for ($i = 0; $i < $n; ++$i) $ffi->trunkline_mask($pointer, 0, $document, strlen($document), $out, 4 * strlen($document), null);
    }, 20));
    show(sprintf('mask of a %s, JSON of %.1f KB', $name, strlen($document) / 1024), measured(static function (int $n) use ($masker, $document): void {
        for ($i = 0; $i < $n; ++$i) $masker->mask($document);
    }, 20), $target);
}
$plain = str_repeat('worker 17 took job 4711 from the queue after 12 ms; ', 200);
show(sprintf('mask of a text without a finding, %.1f KB', strlen($plain) / 1024), measured(static function (int $n) use ($masker, $plain): void {
    for ($i = 0; $i < $n; ++$i) $masker->mask($plain);
}, 20));

// What a fresh request pays: the time that worker.php takes from nothing to a limiter and a breaker in its hands.
if (Support\Fpm::program() !== null) {
    $user = posix_geteuid() === 0 ? ['opcache.preload_user' => 'root'] : [];
    $preload = dirname(__DIR__, 2) . '/bindings/php/preload.php';
    $scope = Support\Folder::make() . '/scope.h';
    exec(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg($preload) . ' > ' . escapeshellarg($scope));
    $preloaded = ['ffi.enable' => 'preload', 'opcache.preload' => $preload] + $user;
    foreach (['ffi.enable=true' => ['ffi.enable' => 'true'], 'preloaded, ffi.preload' => $preloaded + ['ffi.preload' => $scope]] as $how => $ini) {
        $fpm = new Support\Fpm(1, $ini);
        $c = $fpm->connect();
        $ns = [];
        for ($i = 0; $i < 400; ++$i) {
            $answer = json_decode($c->get(dirname(__DIR__) . '/bindings/php/app/worker.php', 'attach'));
            if ($i >= 20) $ns[] = $answer->attach_ns;
        }
        sort($ns);
        show("FPM request, $how: library, space, limiter, breaker", [$ns[intdiv(count($ns), 2)], $ns[0]], 300_000);
        $fpm->stop();
    }
}

// Peers on APCu, called as their documentation does.
$show = static fn (string $what, callable $call, int $n): mixed => show($what, measured(static function (int $n) use ($call): void {
    for ($i = 0; $i < $n; ++$i) $call();
}, $n, 101), null, $f);
if (!function_exists('apcu_enabled') || !apcu_enabled()) {
    echo "peers: APCu is not there\n";
} else {
    if (is_file('/usr/share/php/Symfony/Component/RateLimiter/autoload.php') && is_file('/usr/share/php/Symfony/Component/Cache/autoload.php')) {
        require_once '/usr/share/php/Symfony/Component/RateLimiter/autoload.php';
        require_once '/usr/share/php/Symfony/Component/Cache/autoload.php';
        $storage = new Symfony\Component\RateLimiter\Storage\CacheStorage(new Symfony\Component\Cache\Adapter\ApcuAdapter('bench'));
        foreach (['granted' => 1_000_000_000, 'denied' => 1] as $how => $limit) {
            $config = ['id' => $how, 'policy' => 'token_bucket', 'limit' => $limit, 'rate' => ['interval' => '1 day', 'amount' => 1]];
            $limiter = (new Symfony\Component\RateLimiter\RateLimiterFactory($config, $storage))->create('key');
            $limiter->consume(1);
            $show("Symfony RateLimiter, APCu, $how", static fn () => $limiter->consume(1), 20);
        }
    }
    if (is_file('/usr/share/php/Illuminate/Cache/autoload.php')) {
        require_once '/usr/share/php/Illuminate/Cache/autoload.php';
        $laravel = new Illuminate\Cache\RateLimiter(new Illuminate\Cache\Repository(new Illuminate\Cache\ApcStore(new Illuminate\Cache\ApcWrapper())));
        foreach (['granted' => 1_000_000_000, 'denied' => 1] as $how => $limit) {
            $laravel->attempt($how, $limit, static fn () => true, 3600);
            $show("Laravel RateLimiter, APCu, $how", static fn () => $laravel->attempt($how, $limit, static fn () => true, 3600), 50);
        }
    }
}
exit($missed > 0 ? 1 : 0);
